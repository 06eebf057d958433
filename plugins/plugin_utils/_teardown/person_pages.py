# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Which persons of a run about several phone numbers get a page of their own: a few all, of many those asked for."""

from __future__ import annotations

from .documents import Document
from .formats.number_page import person_pages
from .masking import KEPT
from .numbers import numbers_of
from .plan import Plan
from .run_folder import RunFolder
from .settings import NUMBERS, Settings

MOST = 20
"""Numbers up to which everybody gets a page; thousands of files would help nobody."""


def pages_of(evidence: Document, plan: Plan, settings: Settings, folder: RunFolder) -> dict[str, str]:
    """Return the page of each person by file name; a page that the folder has is made again. None for one number."""
    people = _people(plan)
    if settings.interface is not NUMBERS or len(people) == 1:
        return {}
    named = {number: f"person-{number[-KEPT:]}-{places[0]}.html" for number, places in people.items()}
    wanted = set(people) if len(people) <= MOST else _asked_for(settings)
    there = {path.name for path in folder.path.glob("person-*.html")}
    chosen = [number for number, name in named.items() if number in wanted or name in there]
    return person_pages(evidence, {named[number]: people[number] for number in chosen})


def _people(plan: Plan) -> dict[str, list[int]]:
    """Return the places of each number. The plan tells numbers apart that look alike when they are masked."""
    found: dict[str, list[int]] = {}
    for place, target in enumerate(plan.targets):
        if number := target["target"].get("number"):
            found.setdefault(number, []).append(place)
    return found


def _asked_for(settings: Settings) -> set[str]:
    if settings["mode"] != "evidence" or not (settings["numbers"] or settings.text("file")):
        return set()
    return set(numbers_of(settings))
