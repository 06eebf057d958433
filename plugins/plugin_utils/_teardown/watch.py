# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The watch: the targets of earlier evidence compared with a new read. Nothing here sends or writes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...module_utils._core.counts import sum_of_known
from ...module_utils._core.number_outcomes import DONE_WORDS, SUPPRESS, NumberOutcome
from ...module_utils._core.outcomes import Outcome
from ...module_utils._core.redact import is_token_login
from .documents import Document, InvalidDocument, canonical, grouped, parse, rows, sha256_of
from .formatting import display_name, format_count
from .journal import DONE
from .masking import PLAIN_KEYS, Masker
from .plan import IDENTITY, Plan, options_of
from .steps import error_of
from .vocabulary import SYSTEMS, System, system_key, unit

OUTCOMES = ("refilled", "cannot_be_read", "still_clear")
"""In the order in which a person needs to see them."""

_ALWAYS_READABLE = "yes"
_OWN_LOGIN = "@me"
_PRODUCT = "product"
_REFILLED_TOLD = 5
_MASKED = re.compile(r"\*{3}\d{4}")


@dataclass(frozen=True)
class Record:
    """The targets that were torn down, from the evidence of a run."""

    run: Document
    """What the evidence says of the run."""
    sha256: str
    entries: Sequence[Document]
    """Entries that were torn down, each with its place in ``results`` of evidence.json, and its place in the plan.

    In the evidence of a slice these are not the same."""
    not_watched: int
    """How many entries were not torn down, so that there is nothing to watch."""

    @classmethod
    def parse(cls, text: str) -> Record:
        """Read evidence.json, or raise InvalidDocument."""
        evidence = parse(text, "evidence.json")
        entries = rows(evidence, "results")
        if not isinstance(evidence.get("run"), dict):
            raise InvalidDocument("evidence.json does not say which run it is about")
        torn_down = [
            {**entry, "place": place, "planned_place": entry.get("place")}
            for place, entry in enumerate(entries)
            if _can_come_back(entry)
        ]
        for entry in torn_down:
            if not isinstance(entry.get("target"), dict) or not isinstance(entry.get("account"), str):
                raise InvalidDocument("an entry of evidence.json has no account or no target")
        return cls(evidence["run"], sha256_of(text), torn_down, len(entries) - len(torn_down))

    @cached_property
    def accounts(self) -> dict[str, list[Document]]:
        """The entries of each account that has any to watch."""
        return grouped(self.entries, lambda entry: str(entry["account"]))


class Finder:
    """Finds the options of a target from its identity in the evidence, which may be masked.

    The account's own target counts where it is the same one, since its options may be newer (more ``call_ids``). Then
    the plan of that run, where it is still there; then the evidence itself, where nothing in it is masked.
    """

    def __init__(self, own: Sequence[Document], plan: Plan | None, masker: Masker | None) -> None:
        """Keep the targets that the account has in this play; ``masker`` has the key of that evidence."""
        self._own = own
        self._plan = plan
        self._masker = masker
        self._indexes: dict[frozenset[str], dict[str, list[Document]]] = {}
        if masker is not None:
            masker.learn(list(own))

    def options_of(self, entry: Mapping[str, Any]) -> Document | None:
        """Return the options of a target, or None if it cannot be found."""
        identity = {name: value for name, value in entry["target"].items() if name != _PRODUCT}
        own = self._matching(identity)
        if len(own) == 1:
            return options_of(own[0])
        planned = self._planned(entry).get("target")
        if isinstance(planned, Mapping):
            return options_of(planned)
        return None if not identity or is_masked(identity) else identity

    def vendor_name_of(self, entry: Mapping[str, Any]) -> str | None:
        """Return the vendor's name of the target at that time, so that another one in its place is noticed."""
        name = entry.get("campaign_name")
        if isinstance(name, str) and not is_masked(name):
            return name
        return self._planned(entry).get("vendor_name")

    def _planned(self, entry: Mapping[str, Any]) -> Document:
        """Return the row of the plan about an entry, or an empty one."""
        targets = self._plan.targets if self._plan else []
        place = entry.get("planned_place")
        found = targets[place] if isinstance(place, int) and 0 <= place < len(targets) else {}
        return found if found.get("account") == entry["account"] else {}

    def _matching(self, identity: Mapping[str, Any]) -> list[Document]:
        names = frozenset(identity)
        if names not in self._indexes:
            alike = [target for target in self._own if names and names <= target.keys()]
            self._indexes[names] = grouped(alike, lambda target: self._key({name: target[name] for name in names}))
        return self._indexes[names].get(canonical(dict(identity)), [])

    def _key(self, identity: Document) -> str:
        return canonical(identity if self._masker is None else self._masker.data(identity))


def _can_come_back(entry: Mapping[str, Any]) -> bool:
    """Tell whether a watch looks at an entry: what was torn down, and a number of which nothing was found."""
    outcome = entry.get("outcome")
    if step := entry.get("step"):
        return step in DONE_WORDS and outcome in {DONE_WORDS[step], NumberOutcome.NOT_FOUND, Outcome.ACCEPTED}
    return outcome in DONE


def plan_of(record: Record, text: str | None) -> Plan | None:
    """Return the plan of the run that is watched; None if it was removed, masked or altered since."""
    if text is None or sha256_of(text) != record.run.get("plan_sha256"):
        return None
    try:
        return Plan.parse(text)
    except InvalidDocument:
        return None


def is_masked(value: Any) -> bool:
    """Return whether plain data has a masked phone number."""
    if isinstance(value, Mapping):
        return any(is_masked(item) for name, item in value.items() if name not in PLAIN_KEYS)
    if isinstance(value, list):
        return any(map(is_masked, value))
    return isinstance(value, str) and bool(_MASKED.search(value))


@dataclass
class AccountRead:
    """The reads of one account."""

    results: Mapping[int, Mapping[str, Any] | None] = field(default_factory=dict)
    """By the place of the entry; None for what cannot be read at this vendor."""
    login: Any = None
    error: str | None = None
    """Why the account as a whole was not read."""
    expected: bool = False
    """Somebody said that this account may be missing."""


def row(entry: Mapping[str, Any], read: AccountRead) -> Document:
    """Return the row of one target.

    ``pending`` is how much is there again, None if that is not known. ``needs_person`` is true for what is refilled,
    and for what was not read although it can be.
    """
    system = SYSTEMS.get(system_key(entry))
    hint = f"state readable: {system.readable}" if system and system.readable != _ALWAYS_READABLE else None
    outcome, pending, message, expected = _judged(entry, read, system, may_be_unknown=hint is not None)
    return {
        **{key: entry.get(key) for key in ("account", *IDENTITY, "name", "campaign_name", "target", "place")},
        "unit": _unit(entry),
        "outcome": outcome,
        "pending": pending,
        "needs_person": outcome == "refilled" or (outcome == "cannot_be_read" and not expected),
        "note": hint if outcome == "still_clear" else None,
        "error": error_of(message) if message else None,
    }


def _judged(
    entry: Mapping[str, Any], read: AccountRead, system: System | None, *, may_be_unknown: bool
) -> tuple[str, int | None, str | None, bool]:
    """Return outcome, count, message, and whether an unreadable state was expected."""
    if read.error:
        return "cannot_be_read", None, read.error, read.expected
    if entry["place"] not in read.results:
        return "cannot_be_read", None, "the account gave no result for it", False
    result = read.results[entry["place"]]
    if result is None:
        told = f"{system.title} cannot be read here ({system.readable})" if system else "this vendor cannot be read"
        return "cannot_be_read", None, told, True
    if _means_another_login(entry, read):
        return "cannot_be_read", None, "@me is another user: this account has another token than then", False
    if pending := _pending(result):
        gone = entry.get("step") == SUPPRESS
        again = f"there are {format_count(pending)} {_unit(entry)} again"
        return "refilled", pending, "the number is not on the do-not-call list any more" if gone else again, False
    if pending == 0 and result.get("outcome") in (Outcome.ALREADY_CLEAR, Outcome.UNCHANGED):
        return "still_clear", 0, None, False
    if error := result.get("error"):
        return "cannot_be_read", None, str(error.get("message")), False
    return "cannot_be_read", None, f"what was read does not tell how many {_unit(entry)} there are", may_be_unknown


def _unit(entry: Mapping[str, Any]) -> str:
    return str(entry.get("unit") or unit(entry))


def _pending(result: Mapping[str, Any]) -> int | None:
    """Return the least count that is there; None if unknown."""
    pending = result.get("pending_before")
    if isinstance(pending, int):
        return pending
    calls = (result.get("calls") or {}).get("before") or {}
    return calls.get("pending") or None


def _means_another_login(entry: Mapping[str, Any], read: AccountRead) -> bool:
    """Return whether a target's name is relative to a login, and the token has changed since."""
    return (
        _OWN_LOGIN in entry["target"].values()
        and is_token_login(entry.get("login"))
        and read.login != entry.get("login")
    )


def sort_key(found: Mapping[str, Any]) -> tuple[int, bool]:
    """Return the sort key of rows: the most urgent first."""
    return OUTCOMES.index(found["outcome"]), not found["needs_person"]


def summary(found: Sequence[Mapping[str, Any]], not_watched: int) -> Document:
    """Count the outcomes; ``pending`` is the total that is there again, None if a part is unknown."""
    return {
        "targets": len(found),
        **dict.fromkeys(OUTCOMES, 0),
        **Counter(str(each["outcome"]) for each in found),
        "needs_person": sum(bool(each["needs_person"]) for each in found),
        "not_watched": not_watched,
        "pending": sum_of_known(each["pending"] for each in found),
    }


def line(record: Record, found: Iterable[Mapping[str, Any]], counts: Mapping[str, Any]) -> Document:
    """Return the line of ``watch.jsonl``: every target by its place in ``results`` of evidence.json, from 0."""
    by_outcome = {**dict.fromkeys(OUTCOMES, ()), **grouped(found, lambda each: str(each["outcome"]))}
    unread = grouped(by_outcome["cannot_be_read"], lambda each: str(each["error"]["message"]))
    about_refilled = ("place", "account", "target", "pending", "unit")
    return {
        "run_id": record.run.get("run_id"),
        "evidence_sha256": record.sha256,
        "summary": dict(counts),
        "refilled": [{key: each[key] for key in about_refilled} for each in by_outcome["refilled"]],
        "cannot_be_read": [{"message": what, "places": _places(same)} for what, same in unread.items()],
        "still_clear": _places(by_outcome["still_clear"]),
    }


def _places(found: Iterable[Mapping[str, Any]]) -> list[int]:
    return [each["place"] for each in found]


def last_told(text: str, entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the last watch in ``watch.jsonl`` in a few lines; ``entries`` are those of the evidence."""
    last = next(filter(None, map(_parsed, reversed(text.split("\n")))), None)
    if last is None:
        return []
    counts = [f"{format_count(last['summary'][word])} {word}" for word in OUTCOMES if last["summary"].get(word)]
    lines = [f"The last watch, at {last.get('time')}: {', '.join(counts)}"]
    for each in last["refilled"][:_REFILLED_TOLD]:
        place = each.get("place")
        known = entries[place] if isinstance(place, int) and 0 <= place < len(entries) else each
        number = f"{format_count(each.get('pending'))} {each.get('unit')}"
        lines.append(f"NEEDS ATTENTION: {each.get('account')}: {display_name(known)}: refilled with {number}")
    return lines


def _parsed(text: str) -> Document | None:
    """Return a line of ``watch.jsonl``, or None for one that a crash cut."""
    try:
        found = parse(text, "the line")
        return {**found, "refilled": rows(found, "refilled")} if isinstance(found.get("summary"), dict) else None
    except InvalidDocument:
        return None


def state(counts: Mapping[str, Any]) -> str:
    """Return the state in one word, for pipelines."""
    if counts["refilled"]:
        return "left"
    return "in_doubt" if counts["cannot_be_read"] else "done"
