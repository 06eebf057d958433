# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""How much a plan may hold. A limit that is lowered never allows more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..module_utils._core.redact import Redactor
from ._teardown_data import Document, Unusable, plain
from ._teardown_mask import Masker
from ._teardown_words import amount, label

PREFIX = "campaign_teardown_"
_NO_IDS = frozenset({"max_pending", "allow_unknown"})
_CLEAN = Redactor()
_MASKER = Masker()
_LONGEST = 80


@dataclass(frozen=True)
class Limits:
    """What a plan is held against; None is no limit."""

    max_targets: int | None = 100
    max_pending_total: int | None = None
    protected: tuple[str, ...] = ()
    allow_unknown: bool = True

    @classmethod
    def from_options(cls, given: Any) -> Limits:
        """Take what was given, and the defaults for the rest; Unusable where it is no limit."""
        options = plain(given) or {}
        if not isinstance(options, dict):
            raise Unusable("limits is no mapping")
        unknown = sorted(set(options) - {"max_targets", "max_pending_total", "protected", "allow_unknown"})
        if unknown:
            raise Unusable(f"limits has keys that mean nothing: {', '.join(unknown)}")
        return cls(
            max_targets=_number(options, "max_targets", cls.max_targets),
            max_pending_total=_number(options, "max_pending_total", cls.max_pending_total),
            protected=_patterns(options.get("protected")),
            allow_unknown=_truth(options.get("allow_unknown", True)),
        )


def violations(targets: Sequence[Mapping[str, Any]], limits: Limits) -> list[Document]:
    """Return every breach, each with the variable that would allow it."""
    return [*_too_many(targets, limits), *_too_much(targets, limits), *_each(targets, limits)]


def _too_many(targets: Sequence[Mapping[str, Any]], limits: Limits) -> Iterator[Document]:
    most = limits.max_targets
    if most is not None and len(targets) > most:
        yield _breach("max_targets", f"the plan has {amount(len(targets))} targets, and {most} are allowed")


def _too_much(targets: Sequence[Mapping[str, Any]], limits: Limits) -> Iterator[Document]:
    most = limits.max_pending_total
    total = sum(target["pending"] for target in targets if target.get("pending") is not None)
    if most is not None and total > most:
        yield _breach("max_pending_total", f"{amount(total)} would go in all, and {most} are allowed")


def _each(targets: Iterable[Mapping[str, Any]], limits: Limits) -> Iterator[Document]:
    for target in targets:
        called = f"{target.get('account')}: {_called(target)}"
        for pattern in limits.protected:
            if any(fnmatchcase(text, pattern) for text in _texts(target)):
                yield _breach("protected", f"{called} is protected by {pattern!r}", target)
        if not limits.allow_unknown and target.get("pending") is None:
            yield _breach("allow_unknown", f"{called}: how much would go is unknown", target)


def _called(target: Mapping[str, Any]) -> str:
    """Return what a message calls a target: short, on one line, without phone numbers."""
    text = _CLEAN.line(label(_MASKER.data(dict(target))))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _breach(limit: str, message: str, target: Mapping[str, Any] | None = None) -> Document:
    variable = PREFIX + limit
    return {
        "limit": limit,
        "account": target.get("account") if target else None,
        "target": target.get("target") if target else None,
        "message": f"{message} ({variable})",
        "variable": variable,
    }


def _texts(target: Mapping[str, Any]) -> Iterator[str]:
    """Yield every id and name of a target, as patterns are compared with them."""
    for part in (target.get("name"), target.get("vendor_name"), target.get("target"), target.get("identity")):
        yield from map(_folded, _leaves(part))


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


def _folded(text: str) -> str:
    return text.strip().casefold()


def _patterns(value: Any) -> tuple[str, ...]:
    given = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(item, (str, int)) and not isinstance(item, bool) for item in given):
        raise Unusable("limits.protected is no list of ids and names")
    return tuple(folded for folded in (_folded(str(item)) for item in given) if folded)


def _number(options: Mapping[str, Any], name: str, default: int | None) -> int | None:
    value = options.get(name, default)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not str(value).strip().isdecimal():
        raise Unusable(f"limits.{name} is no whole number: {value!r}")
    return int(value)


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise Unusable(f"limits.allow_unknown is neither true nor false: {value!r}")
