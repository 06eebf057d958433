# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""What can become of one step against one phone number: the words, and how a module's outcome is told in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .outcomes import FAILURES, Outcome, Severity, Word

SUPPRESS, CANCEL, HANG_UP, LOOK = "suppress", "cancel", "hang_up", "look"
CANCEL_PARTS = "cancel_parts"
"""A cancel that was refused as a whole, carried out in parts; the cancel itself tells what came of them."""

STEPS = (SUPPRESS, CANCEL, HANG_UP, LOOK)
"""In the order in which they are carried out: what is suppressed first cannot be filled in again behind a cancel."""

_ABOUT = frozenset({"name", "step", "number", "rule", "also_means", "why", "foreseen"})
"""Keys of a planned target that say what it is about; the others are options of its module."""


class NumberOutcome(Word):
    """The outcome of a step, besides ``accepted`` and the outcomes that make a task fail."""

    REFILLED = "refilled", Severity.BAD, "looked again: there is something that would be dialed"
    IN_PROGRESS = "in_progress", Severity.OPEN, "a call is in progress, and goes on until it ends"
    UNSUPPORTED = "unsupported", Severity.OPEN, "the system has no such request"
    CANNOT_BE_READ = "cannot_be_read", Severity.OPEN, "the system cannot be asked whether anything is left"
    NOT_FOUND = "not_found", Severity.OPEN, "not found in the form that was searched; another form was not looked for"
    WOULD_SUPPRESS = "would_suppress", Severity.OPEN, "would be put on the do-not-call list"
    WOULD_CANCEL = "would_cancel", Severity.OPEN, "what the system holds of the number would be cancelled"
    WOULD_HANG_UP = "would_hang_up", Severity.OPEN, "calls in progress would be hung up"
    WOULD_LOOK = "would_look", Severity.OPEN, "would be looked up again"
    SUPPRESSED = "suppressed", Severity.GOOD, "on the do-not-call list, which a read or an acknowledgement showed"
    CANCELLED = "cancelled", Severity.GOOD, "will not be dialed, which a read or an acknowledgement showed"
    HUNG_UP = "hung_up", Severity.GOOD, "the call was ended, which a read showed"
    STILL_CLEAR = "still_clear", Severity.GOOD, "looked again: nothing is there that would be dialed"


DONE_WORDS = {SUPPRESS: NumberOutcome.SUPPRESSED, CANCEL: NumberOutcome.CANCELLED, HANG_UP: NumberOutcome.HUNG_UP}

FINAL = frozenset({*FAILURES, NumberOutcome.UNSUPPORTED, NumberOutcome.CANNOT_BE_READ})
"""Planned outcomes of steps that are not carried out."""

_DONE = (Outcome.CLEARED, Outcome.CHANGED)
_NOTHING_TO_DO = (Outcome.ALREADY_CLEAR, Outcome.UNCHANGED)
_FORESEEN = (Outcome.WOULD_CLEAR, Outcome.WOULD_CHANGE)

FOUND = ("records", "leads")
"""The keys under which results list what was found of a number."""


def outcome_of(step: str, result: Mapping[str, Any]) -> str:
    """Return what a module's result says of a step, in the words of this file; a word that is not known stays."""
    outcome = result.get("outcome")
    if step not in DONE_WORDS:  # a look tells its outcome in these words
        return str(outcome)
    if outcome in _DONE:
        return DONE_WORDS[step]
    if outcome in _FORESEEN:
        return f"would_{step}"
    if outcome in _NOTHING_TO_DO:
        # A number on the list is what was wanted. What was marked before is there, and is found.
        there = step == SUPPRESS or any(result.get(name) for name in FOUND)
        return DONE_WORDS[step] if there else NumberOutcome.NOT_FOUND
    return str(outcome)


def module_options(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a planned target is an option of its module."""
    return {name: value for name, value in target.items() if name not in _ABOUT}
