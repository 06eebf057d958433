# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Outcomes of a target: the word in the results, its meaning and its severity."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

CLEAR = "clear"
"""The step that tears down a target of a run about campaigns, in its journals."""


class Severity(StrEnum):
    """The severity of an outcome, also a style of the report."""

    BAD = "bad"
    OPEN = "open"
    """Said by the vendor, or foreseen, but not seen."""

    GOOD = "good"
    QUIET = "quiet"
    """Nothing was there."""


class Word(StrEnum):
    """A word of results: text with a meaning and a severity."""

    severity: Severity
    meaning: str

    def __new__(cls, word: str, severity: Severity, meaning: str) -> Self:
        """Make a member whose value is its word."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.severity = severity
        member.meaning = meaning
        return member


class Outcome(Word):
    """The outcome of a target, in the order in which a person needs to see them."""

    IN_DOUBT = "in_doubt", Severity.BAD, "may have been carried out; reading could not settle it"
    FAILED = "failed", Severity.BAD, "the vendor said no, or could not be reached; nothing was carried out"
    NOT_SENT = "not_sent", Severity.BAD, "not begun"
    REFUSED = "refused", Severity.BAD, "a guard said no; nothing was sent"
    ACCEPTED = "accepted", Severity.OPEN, "the vendor said yes; nothing can be read to confirm it"
    WOULD_CLEAR = "would_clear", Severity.OPEN, "would be cleared"
    WOULD_CHANGE = "would_change", Severity.OPEN, "would be changed"
    CLEARED = "cleared", Severity.GOOD, "the vendor said yes, and a read or its own acknowledgement confirmed it"
    CHANGED = "changed", Severity.GOOD, "the vendor said yes, and a read confirmed it"
    ALREADY_CLEAR = "already_clear", Severity.QUIET, "nothing was there, or the vendor said that it was gone already"
    UNCHANGED = "unchanged", Severity.QUIET, "nothing had to be changed"

    @property
    def failed(self) -> bool:
        """Return whether this outcome makes a task fail."""
        return self.severity is Severity.BAD


FAILURES = (Outcome.REFUSED, Outcome.IN_DOUBT, Outcome.FAILED, Outcome.NOT_SENT)
"""The outcomes that make a task fail, in the order of the summary."""

CONFIRMED = (Outcome.CLEARED, Outcome.ALREADY_CLEAR)
"""The outcomes of a clear that a read, or the vendor's word on it, has proved."""
