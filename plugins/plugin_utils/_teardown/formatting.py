# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""How values of plan and evidence are shown to a person."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .documents import grouped


def format_count(number: Any) -> str:
    """Return a count for display: an unknown count is never shown as 0."""
    return "unknown" if number is None else f"{number:,}" if isinstance(number, int) else str(number)


def counted(number: int, what: str) -> str:
    """Return a number of things, in the plural where it is not one."""
    return f"{format_count(number)} {what}{'' if number == 1 else 's'}"


def first_of(names: Sequence[str], most: int) -> str:
    """Return the first names for a sentence, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def as_sentence(text: str) -> str:
    """Return a text with a full stop, and with a capital letter unless it begins with a name such as a variable's."""
    first = text[:1] if "_" in text.partition(" ")[0] else text[:1].upper()
    return f"{first}{text[1:].rstrip('.')}."


def extra_variable(name: str, value: str) -> str:
    """Return the words of a shell line that give a variable to ansible-playbook, which ends a bare value at a space."""
    if shlex.quote(value) == value:
        return f"-e {name}={value}"
    return f"-e {shlex.quote(json.dumps({name: value}))}"


def format_value(value: Any) -> str:
    """Return a value of a target or result for display, on one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return " ".join(f"{key}={format_value(item)}" for key, item in value.items())
    if isinstance(value, list):
        return " ".join(map(format_value, value))
    return str(value)


def given_name(target: Mapping[str, Any]) -> str:
    """Return a target's name as given, or else the vendor's name; empty if it has none."""
    return str(target.get("name") or target.get("vendor_name") or target.get("campaign_name") or "")


def display_name(target: Mapping[str, Any]) -> str:
    """Return a target's name, or its ids if it has none."""
    # A phone number tells records of one list apart, so it comes first where a name is cut short.
    ordered = dict(sorted(_ids(target).items(), key=lambda item: item[0] != "phone_number"))
    return given_name(target) or format_value(ordered)


def _ids(target: Mapping[str, Any]) -> Mapping[str, Any]:
    return target.get("identity") or target.get("target") or {}


def _account_and_name(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry.get("account")), given_name(entry)


def _telling_keys(targets: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids by which targets differ; none for one target."""
    keys = dict.fromkeys(key for target in targets for key in target)
    return [key for key in keys if len({format_value(target.get(key)) for target in targets}) > 1]


def distinct_names(entries: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]], widest: int) -> list[str]:
    """Return a name for each entry, no wider than ``widest``, with what tells it apart where ``others`` have it too.

    What is alike even then, such as masked numbers, gets its place in the plan.
    """
    shared = grouped(filter(given_name, others), _account_and_name)
    telling = {name: _telling_keys(list(map(_ids, same))) for name, same in shared.items()}
    found = []
    for entry in entries:
        target = _ids(entry)
        apart = " ".join(
            format_value(target[key]) for key in telling.get(_account_and_name(entry), ()) if key in target
        )
        found.append(_with_end(display_name(entry), f" ({apart})" if apart else "", widest))
    alike = Counter((entry.get("account"), name) for entry, name in zip(entries, found, strict=True))
    return [
        _with_end(name, f" #{entry.get('place', number)}", widest) if alike[entry.get("account"), name] > 1 else name
        for number, (entry, name) in enumerate(zip(entries, found, strict=True))
    ]


def _with_end(name: str, end: str, widest: int) -> str:
    """Return name and end; what is too wide is cut from the name first."""
    room = max(widest - len(end), widest // 3)
    return cut_to(widest, f"{cut_to(room, name)}{end}")


def cut_to(widest: int, text: str) -> str:
    """Return a text that is no longer than ``widest``."""
    return text if len(text) <= widest else f"{text[: widest - 1]}…"
