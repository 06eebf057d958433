# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The limits of a plan. Lowering a limit never allows more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from ...module_utils._core.redact import Redactor
from .documents import Document, InvalidDocument
from .folding import folded
from .formatting import cut_to, display_name, format_count
from .masking import FEWEST, Masker, digits_of
from .vocabulary import system_of

VARIABLE = "campaign_teardown_"
_NO_IDS = frozenset({"max_pending", "allow_unknown"})
_CLEAN = Redactor()
_MASKER = Masker()
_LONGEST = 80
_MOST_BEFORE = 4
"""Digits of a country code, or that are dialed before a number, such as 9011."""

_NUMBER = re.compile(r"(?:tel:)?[\s+\-()./\d]+")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits that a plan is checked against; None is no limit."""

    max_targets: int | None = None
    max_pending_total: int | None = None
    protected: tuple[str, ...] = ()
    allow_unknown: bool = True

    @classmethod
    def of(cls, document: Any) -> Limits:
        """Return the limits in a plan or in settings; raise InvalidDocument if they are invalid."""
        if not isinstance(document, Mapping):
            raise InvalidDocument("the limits are not a mapping")
        most = {name: document.get(name) for name in ("max_targets", "max_pending_total")}
        if not all(value is None or (isinstance(value, int) and value >= 0) for value in most.values()):
            raise InvalidDocument("a limit is not a number")
        protected, allow_unknown = document.get("protected"), document.get("allow_unknown")
        if not isinstance(protected, list) or not isinstance(allow_unknown, bool):
            raise InvalidDocument("the limits have no list protected, or allow_unknown is neither true nor false")
        return cls(**most, protected=tuple(map(str, protected)), allow_unknown=allow_unknown)

    def strictest(self, other: Limits) -> Limits:
        """Return the stricter of each pair of limits."""
        return Limits(
            max_targets=_least(self.max_targets, other.max_targets),
            max_pending_total=_least(self.max_pending_total, other.max_pending_total),
            protected=tuple(dict.fromkeys((*self.protected, *other.protected))),
            allow_unknown=self.allow_unknown and other.allow_unknown,
        )

    def as_dict(self) -> Document:
        """Return the limits for a plan."""
        return {**asdict(self), "protected": list(self.protected)}


def violations(targets: Sequence[Mapping[str, Any]], limits: Limits) -> list[Document]:
    """Return every breach, each with the variable that would allow it, where one would."""
    return [*_in_all(targets, limits), *_each(targets, limits), *_shared(targets), *_masked(targets)]


def unused_patterns(targets: Iterable[Mapping[str, Any]], limits: Limits) -> list[str]:
    """Return the protected patterns that match no target."""
    texts = {text for target in targets for text in _texts(target)}
    return [pattern for pattern in limits.protected if not any(_matches(text, pattern) for text in texts)]


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _in_all(targets: Sequence[Mapping[str, Any]], limits: Limits) -> Iterator[Document]:
    number, most = len(targets), limits.max_targets
    if most is not None and number > most:
        yield _breach("max_targets", f"the plan has {format_count(number)} targets, and {most} are allowed")
    total, most = sum(target.get("pending") or 0 for target in targets), limits.max_pending_total
    if most is not None and total > most:
        yield _breach("max_pending_total", f"{format_count(total)} would go in all, and {most} are allowed")


def _each(targets: Iterable[Mapping[str, Any]], limits: Limits) -> Iterator[Document]:
    for target in targets:
        texts = set(_texts(target)) if limits.protected else set()
        for pattern in limits.protected:
            if any(_matches(text, pattern) for text in texts):
                yield _breach("protected", f"{_called(target)} is protected by {pattern!r}", target)
        if not limits.allow_unknown and target.get("pending") is None:
            yield _breach("allow_unknown", f"{_called(target)}: how much would go is unknown", target)


def _shared(targets: Iterable[Mapping[str, Any]]) -> Iterator[Document]:
    """Yield the tokens that several accounts have: jobs on two machines would use one of them at the same time."""
    holders: dict[tuple[str, str], dict[str, None]] = {}
    for target in targets:
        system = system_of(target)
        if system and system.one_request_at_a_time and target.get("login"):
            holders.setdefault((target["vendor"], target["login"]), {})[str(target["account"])] = None
    for (vendor, _login), accounts in holders.items():
        if len(accounts) > 1:
            message = (
                f"the accounts {', '.join(accounts)} have the same token of {vendor}: make them one inventory host"
            )
            yield _violation("one_account", message)


def _masked(targets: Sequence[Mapping[str, Any]]) -> Iterator[Document]:
    """Yield what an account is known by and a run's files mask: its journals could not be assigned to it later."""
    masker = Masker()
    masker.learn(list(targets))
    for key in ("account", "address", "login"):
        for text in dict.fromkeys(str(target.get(key)) for target in targets):
            if (shown := masker.data({key: text})[key]) != text:
                message = f"the {key} {shown} has a phone number, which the files of a run mask: use one without"
                yield _violation("no_phone_number", message)


def _matches(text: str, pattern: str) -> bool:
    """Return whether a pattern protects a name: brackets in it may be a set of letters, or just brackets.

    A phone number protects itself in every spelling.
    """
    wanted = folded(pattern)
    return bool(wanted) and (text == wanted or fnmatchcase(text, wanted) or _may_be_one_number(text, wanted))


def _may_be_one_number(text: str, wanted: str) -> bool:
    """Return whether two texts may be spellings of one phone number.

    A number with a plus is compared with national forms, and with what is dialed before a number, by its last digits.
    """
    shorter, longer = sorted(map(_digits_of_number, (text, wanted)), key=len)
    if shorter == longer:
        return bool(shorter)
    before = len(longer) - len(shorter)
    return "+" in text + wanted and len(shorter) >= FEWEST and before <= _MOST_BEFORE and longer.endswith(shorter)


@lru_cache(maxsize=65536)
def _digits_of_number(text: str) -> str:
    """Return the digits of a phone number without zeros at its beginning; empty for any other text."""
    digits = digits_of(text) if _NUMBER.fullmatch(text) else ""
    return digits.lstrip("0") if len(digits) >= FEWEST else ""


def _called(target: Mapping[str, Any]) -> str:
    """Return a target's account and name for a message: short, on one line, without phone numbers."""
    name = _CLEAN.line(display_name(_MASKER.data(dict(target))))
    return f"{target.get('account')}: {cut_to(_LONGEST, name)}"


def _breach(limit: str, message: str, target: Mapping[str, Any] | None = None) -> Document:
    variable = VARIABLE + limit
    return _violation(limit, f"{message} ({variable})", target, variable)


def _violation(
    limit: str, message: str, target: Mapping[str, Any] | None = None, variable: str | None = None
) -> Document:
    """Return a row of a plan's violations; without a variable nothing allows it."""
    return {
        "limit": limit,
        "account": target.get("account") if target else None,
        "target": target.get("target") if target else None,
        "message": message,
        "variable": variable,
    }


def _texts(target: Mapping[str, Any]) -> Iterator[str]:
    """Yield every id and name of a target, as patterns are compared with them."""
    for part in (target.get("name"), target.get("vendor_name"), target.get("target"), target.get("identity")):
        yield from map(folded, _leaves(part))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _NO_IDS:
                yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
