# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The systems and the outcomes of a teardown, for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...module_utils._core.number_outcomes import CANCEL, FINAL, HANG_UP, SUPPRESS, NumberOutcome
from ...module_utils._core.outcomes import FAILURES, Outcome, Severity, Word

HEADINGS = ("system", "what is torn down", "what it does NOT stop", "can the state be read?")


@dataclass(frozen=True)
class System:
    """One system, for people, and what a run has to know of it. The README opens with the same table."""

    title: str
    unit: str
    stopped: str
    not_stopped: str
    readable: str
    one_request_at_a_time: bool = False
    """A token may be used once at a time, and its lock does not reach another machine."""
    holds_numbers: bool = True
    """What is torn down may hold phone numbers that the record does not have."""


_PLUM = System(
    "Plum Insight",
    "calls",
    "every pending outbound call of a survey instance",
    "calls in progress; calls queued later",
    "only call by call, by ids that you have",
)
SYSTEMS: Mapping[str, System] = {
    "plum insight": _PLUM,
    "plum fuse": replace(_PLUM, title="Plum Fuse", stopped="every pending outbound call of a deployment"),
    "genesys": System(
        "Genesys Web Services",
        "records",
        "one record of a calling list, or its whole chain, by phone number",
        "the person's other records and lists; it is no do-not-call entry",
        "no; the vendor acknowledges each cancel",
    ),
    "wolkvox": System(
        "wolkvox",
        "records",
        "all records of a campaign, or those with one result",
        "calls in progress; the next upload",
        "yes",
        one_request_at_a_time=True,
    ),
    "vicidial": System(
        "VICIdial",
        "leads",
        "the hopper of a campaign: the leads that are dialed next",
        "calls in progress; leads themselves; callbacks that fall due",
        "yes, but for rows that are being dialed",
    ),
    "voipnow": System(
        "VoipNow",
        "events",
        "phone call events (call hooks) of an extension",
        "any call: an event is a notification, not a call",
        "yes",
        holds_numbers=False,
    ),
}


_OF_STATES = (Outcome.WOULD_CHANGE, Outcome.CHANGED, Outcome.UNCHANGED)
OUTCOMES: Mapping[str, Outcome] = {outcome.value: outcome for outcome in Outcome if outcome not in _OF_STATES}
"""What a plan or an evidence says of a target; those of states are told as steps."""

WORKABLE = (Outcome.WOULD_CLEAR, Outcome.ALREADY_CLEAR)
"""What a planned target's outcome must be, so that apply may work on it."""

NUMBER_OUTCOMES: Mapping[str, Word] = {
    outcome.value: outcome for outcome in (*FAILURES, *NumberOutcome, Outcome.ACCEPTED)
}
"""What a plan or an evidence says of a step against a phone number."""

_WORDS: Mapping[str, Word] = {**OUTCOMES, **NUMBER_OUTCOMES}
_ORDER: Mapping[str, int] = {word: place for place, word in enumerate(_WORDS)}
_UNITS: Mapping[Any, str] = {SUPPRESS: "numbers", CANCEL: "records", HANG_UP: "calls"}


def slice_sentence(part: Mapping[str, Any] | None) -> str:
    """Return what a person must know of a run that had only a part of its plan; empty where it had all of it."""
    if not part:
        return ""
    return f"This is a slice: it has {part.get('accounts')} of the {part.get('of_accounts')} accounts of the plan."


def system_key(entry: Mapping[str, Any]) -> str:
    """Return which of the systems a target belongs to; only the vendor where none of its systems is named."""
    vendor = str(entry.get("vendor") or "")
    key = f"{vendor} {entry.get('product') or ''}".strip()
    return key if key in SYSTEMS else vendor


def system_of(entry: Mapping[str, Any]) -> System | None:
    """Return the system of a target, or another one of its vendor; None where there is none."""
    key = system_key(entry)
    return SYSTEMS.get(key) or next((system for name, system in SYSTEMS.items() if name.split()[0] == key), None)


def system_title(entry: Mapping[str, Any]) -> str:
    """Return the name of a target's system, or its key where there is none such."""
    key = system_key(entry)
    return SYSTEMS[key].title if key in SYSTEMS else key


def is_workable(planned: Mapping[str, Any]) -> bool:
    """Tell whether an apply works on a planned target."""
    outcome = planned.get("outcome")
    return outcome not in FINAL if step_of(planned) else outcome in WORKABLE


def step_of(planned: Mapping[str, Any]) -> str | None:
    """Return which step against a phone number a planned target is; None for one that is about a campaign."""
    target = planned.get("target")
    return target.get("step") if isinstance(target, Mapping) else None


def unit(entry: Mapping[str, Any]) -> str:
    """Return what is counted there, in the plural."""
    if step := step_of(entry):
        return _UNITS.get(step, "items")
    found = system_of(entry)
    return found.unit if found else "items"


def needs_attention(entry: Mapping[str, Any]) -> bool:
    """Return whether a target needs a person: it, or a step beside it, did not end well."""
    steps = [str(step) for step in entry.get("steps") or ()]
    return severity(entry) is Severity.BAD or any(step.endswith(f"_{word}") for step in steps for word in FAILURES)


def severity(entry: Mapping[str, Any]) -> Severity:
    """Return how an outcome is to be taken; a word that is not known is bad."""
    found = _WORDS.get(str(entry.get("outcome")))
    return found.severity if found else Severity.BAD


def sort_key(entry: Mapping[str, Any]) -> tuple[bool, int]:
    """Return the sort key of entries: those that need attention come first."""
    return not needs_attention(entry), _ORDER.get(str(entry.get("outcome")), -1)


def by_urgency(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return outcomes with their counts, the most urgent first."""
    return sorted(counts.items(), key=lambda item: _ORDER.get(item[0], -1))
