# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Result entries, and their summary, message and diff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .client import WriteTrace
from .counts import number, sum_of_known
from .errors import OutboundError
from .operation import OutcomeLabels
from .outcomes import FAILURES, Outcome
from .redact import Redactor


@dataclass(kw_only=True)
class Entry:
    """The result of one target."""

    target: Mapping[str, Any]
    outcome: Outcome
    changed: bool = False
    pending_before: int | None = None
    pending_after: int | None = None
    verified: bool = False
    attempts: int = 0
    elapsed: float = 0.0
    error: OutboundError | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    diff_before: Sequence[str] = ()
    diff_after: Sequence[str] = ()
    begun: float | None = None
    confirmed: float | None = None
    trace: WriteTrace = field(default_factory=WriteTrace)
    words: str = ""

    @property
    def failed(self) -> bool:
        """Return whether this entry makes the task fail."""
        return self.outcome.failed

    def as_dict(self, redactor: Redactor) -> dict[str, Any]:
        """Return the entry as a playbook sees it, without secrets."""
        entry = {
            "target": self.target,
            "outcome": self.outcome.value,
            "changed": self.changed,
            "pending_before": self.pending_before,
            "pending_after": self.pending_after,
            "verified": self.verified,
            "attempts": self.attempts,
            "elapsed": round(self.elapsed, 3),
            "error": None,
            **self.details,
        }
        # These keys are ours: a secret that happens to be a part of a key must not change it.
        cleaned = {key: redactor.clean(value) for key, value in entry.items()}
        return {**cleaned, "outcome": self.outcome.value, "error": self.error and error_dict(self.error, redactor)}

    def record(self, redactor: Redactor) -> dict[str, Any]:
        """Return the details that only the journal keeps: times and the vendor's own words, without secrets."""
        times = {
            "begun": self.begun,
            "sent": self.trace.sent,
            "answered": self.trace.answered,
            "confirmed": self.confirmed,
        }
        said = [redactor.message(text) for text in (self.trace.answer, self.words) if text]
        return {"times": {name: _time(stamp) for name, stamp in times.items()}, "vendor_said": said}


def _time(stamp: float | None) -> str | None:
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC).isoformat(timespec="milliseconds")


def error_dict(error: OutboundError, redactor: Redactor) -> dict[str, Any]:
    """Return an error as a playbook sees it: untrusted text is short, on one line, and without secrets."""
    more = error.excerpt.shown(redactor.mask) if error.excerpt else ""
    return {
        "kind": error.kind.value,
        "status": error.status,
        "code": redactor.message(error.code) if isinstance(error.code, str) else error.code,
        "message": redactor.message(f"{error.message}: {more}" if more else error.message),
    }


def outcomes(labels: OutcomeLabels) -> tuple[Outcome, ...]:
    """Return every outcome that a module can report, in the order of the summary."""
    return (labels.idle, labels.would, labels.done, Outcome.ACCEPTED, *FAILURES)


def summary(entries: Sequence[Entry], labels: OutcomeLabels, unit: str) -> dict[str, Any]:
    """Count the outcomes; a sum is None if one of its parts is.

    If ``changed`` is itself an outcome, it counts that outcome, so that the counters add up to ``targets``.
    """
    counted = {outcome.value: 0 for outcome in outcomes(labels)}
    for entry in entries:
        counted[entry.outcome.value] += 1
    counters = {"changed": sum(entry.changed for entry in entries)} | counted
    return {
        "targets": len(entries),
        **counters,
        "verified": sum(entry.verified for entry in entries),
        "pending_before": sum_of_known(entry.pending_before for entry in entries),
        "pending_after": sum_of_known(entry.pending_after for entry in entries),
        "unit": unit,
    }


def diff_text(entries: Sequence[Entry], unit: str, redactor: Redactor) -> dict[str, str]:
    """Return the state before and after (in check mode: the expected one), one line or more per target."""
    before: list[str] = []
    after: list[str] = []
    for entry in entries:
        then = entry.diff_before or (number(entry.pending_before, unit),)
        now = then
        if entry.changed:
            now = entry.diff_after or (number(entry.pending_after, unit),)
        # The state that is wanted would stand beside the one that was there.
        name = redactor.message(target_label({key: item for key, item in entry.target.items() if key != "state"}))
        before.extend(f"{name}: {line}" for line in then)
        after.extend(f"{name}: {line}" for line in now)
    return {"before": _text(before, redactor), "after": _text(after, redactor)}


def target_label(target: Mapping[str, Any]) -> str:
    """Return a target's identity on one line."""
    shown = {key: str(value).lower() if isinstance(value, bool) else value for key, value in target.items()}
    return " ".join(f"{key}={value}" for key, value in shown.items())


def _text(lines: Iterable[str], redactor: Redactor) -> str:
    return "".join(redactor.line(line) + "\n" for line in lines)
