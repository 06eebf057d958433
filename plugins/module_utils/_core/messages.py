# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The sentence in ``msg``: what happened, of which kind each failure is, who said so, and where to look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .errors import Kind, OutboundError
from .operation import OutcomeLabels
from .outcomes import Outcome
from .redact import Redactor
from .results import Entry, error_dict, outcomes, target_label

_ERRORS_SHOWN = 3
_SHAPE = Redactor()
"""Makes one short line of a name whose secrets are masked already."""

_LOOK_AT = {
    Kind.DENIED: "look at the rights of this account",
    Kind.NOT_FOUND: "look at the ids and base_url",
    Kind.QUOTA: "run it again when the vendor's quota begins anew",
    Kind.UNAVAILABLE: "run it again later",
    Kind.CONNECT: "look at base_url, proxy and the firewall",
    Kind.TLS: "look at base_url, ca_path and client_cert",
    Kind.REDIRECT: "look at base_url",
}
"""Where to look; nothing where the message itself names the option, or where it depends."""


class Reasons:
    """Failures as parts of a sentence; where to look stands with the first one of each kind."""

    def __init__(self, redactor: Redactor, credentials: str) -> None:
        """Take what masks secrets, and the words for the options that the credentials came from."""
        self._redactor = redactor
        self._look_at = {Kind.AUTH: f"look at {credentials}", **_LOOK_AT}

    def of(self, error: OutboundError) -> str:
        """Return kind and message, the vendor's own words in quotes."""
        message = str(error_dict(error, self._redactor)["message"])
        words = self._redactor.message(error.words)
        if words:
            message = message.replace(words, f'the vendor says "{words}"', 1)
        hint = self._look_at.pop(error.kind, None)
        return f"{error.kind.value}: {message}; {hint}" if hint else f"{error.kind.value}: {message}"


def credentials(names: Iterable[str], user: str | None, params: Mapping[str, Any]) -> str:
    """Return the secret options that were used, and where they came from."""
    named = " and ".join(names)
    where = "the task" if any(params[name] is not None for name in names) else "the environment"
    return f"{named}{' and its login' if user else ''} (from {where})"


def summary_message(
    entries: Sequence[Entry], totals: Mapping[str, Any], labels: OutcomeLabels, redactor: Redactor, reasons: Reasons
) -> str:
    """Say in one sentence what happened, how much was there, and why for the first targets that failed."""
    counts = [f"{totals[word]} {word.replace('_', ' ')}" for word in outcomes(labels) if totals[word]]
    targets = totals["targets"]
    text = f"{targets} target{'s' if targets != 1 else ''}: {', '.join(counts)}{_amounts(totals, labels)}"
    # A target that was not begun says nothing of its own: the one that caused it does.
    failed = [(entry.target, entry.error) for entry in entries if entry.error and entry.outcome != Outcome.NOT_SENT]
    told = [
        f"{_SHAPE.message(target_label(redactor.clean(target)))}: {reasons.of(error)}"
        for target, error in failed[:_ERRORS_SHOWN]
    ]
    if len(failed) > _ERRORS_SHOWN:
        told.append(f"and {len(failed) - _ERRORS_SHOWN} more")
    return f"{text}. {'; '.join(told)}" if told else text


def _amounts(totals: Mapping[str, Any], labels: OutcomeLabels) -> str:
    """Say how much was there and how much is left, where something is cleared and the number is known."""
    before, after, unit = totals["pending_before"], totals["pending_after"], totals["unit"]
    if labels.done is not Outcome.CLEARED or before is None:
        return ""
    return f" ({before} {unit} before)" if after is None else f" ({before} {unit} before, {after} after)"
