# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The plan: made from the modules' previews, and checked before it is applied."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

from .documents import (
    FORMAT,
    Document,
    InvalidDocument,
    digest,
    format_time,
    grouped,
    parse,
    parse_time,
    rows,
    sha256_of,
    to_text,
)
from .limits import VARIABLE, Limits, violations
from .settings import Settings
from .steps import StateChanges, error_of, planned
from .vocabulary import is_workable, unit

_SCOPE = ("account", "vendor", "product", "address", "login", "target")
IDENTITY = ("vendor", "product", "address", "login")
"""What an account must have in common with the one that was planned."""

_CLOCKS_DIFFER = timedelta(minutes=10)
"""So much may the clocks of two controllers be apart."""

CREDENTIALS = frozenset({"access_token", "client_secret", "developer_key", "password", "proxy", "token"})
"""Options that no target has; one that stands there by mistake is refused by the module, and kept nowhere."""


@dataclass(kw_only=True)
class AccountPreview:
    """The preview of one account; ``error`` if the whole account could not be read."""

    identity: Document
    """The account, and IDENTITY as far as it is known: for plan and evidence, without secrets."""
    targets: list[Document] = field(default_factory=list)
    results: list[Document] = field(default_factory=list)
    stops: list[Document] = field(default_factory=list)
    starts: list[Document] = field(default_factory=list)
    error: str | None = None


@dataclass(frozen=True)
class Plan:
    """A plan, and the text of its file."""

    document: Document
    text: str

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the plan's file: what ``sha256sum plan.json`` prints."""
        return sha256_of(self.text)

    @classmethod
    def parse(cls, text: str) -> Plan:
        """Read a plan, or raise InvalidDocument that says what is wrong with it."""
        document = parse(text, "the plan")
        if document.get("format") != FORMAT:
            raise InvalidDocument(f"the plan has the format {document.get('format')!r}; this version reads {FORMAT}")
        for target in rows(document, "targets"):
            _check_target(target)
        rows(document, "violations")
        Limits.of(document.get("limits"))
        if document.get("scope_sha256") != scope_digest(document["targets"]):
            raise InvalidDocument("the plan was altered: its scope_sha256 does not fit its targets")
        for name in ("created", "expires"):
            if document.get(name) is not None:
                parse_time(document[name], f"{name} of the plan")
        return cls(document, text)

    @property
    def targets(self) -> list[Document]:
        """The planned targets; the place in this list is how a target is known everywhere else."""
        found: list[Document] = self.document["targets"]
        return found

    @cached_property
    def accounts(self) -> dict[str, Document]:
        """The planned accounts, each with the last of its targets, in the order of the plan."""
        return {str(target["account"]): target for target in self.targets}

    @property
    def limits(self) -> Limits:
        """The limits that the plan was held against when it was made."""
        return Limits.of(self.document["limits"])

    def of_account(self, account: str) -> list[tuple[int, Document]]:
        """Return place and target of the planned targets of an account."""
        return self._workable.get(account, [])

    @cached_property
    def _workable(self) -> dict[str, list[tuple[int, Document]]]:
        workable = [(place, target) for place, target in enumerate(self.targets) if is_workable(target)]
        return grouped(workable, lambda planned: str(planned[1]["account"]))


def make_plan(
    accounts: Iterable[AccountPreview],
    *,
    created: datetime,
    expires_after: float | None,
    limits: Limits,
    about: Mapping[str, Any],
) -> Plan:
    """Return the plan for these accounts. ``expires_after`` is in hours; None is no end."""
    targets = [row for account in accounts for row in _rows(account)]
    expires = None if expires_after is None else format_time(created + timedelta(hours=expires_after))
    return plan_over(targets, limits, {**about, "created": format_time(created), "expires": expires})


def plan_over(targets: Sequence[Document], limits: Limits, about: Mapping[str, Any]) -> Plan:
    """Return the plan over these targets; ``about`` says what it is for, when it was made, and when it expires."""
    document = {
        "format": FORMAT,
        **about,
        "scope_sha256": scope_digest(targets),
        "accounts": account_digests(targets),
        "limits": limits.as_dict(),
        "violations": violations(targets, limits),
        "targets": targets,
    }
    return Plan(document, to_text(document, "targets"))


def scope_digest(targets: Iterable[Mapping[str, Any]]) -> str:
    """Return the hash of accounts and targets, independent of counts and order."""
    return digest(sorted(digest({key: target.get(key) for key in _SCOPE}) for target in targets))


def problems(plan: Plan, accounts: Sequence[Mapping[str, Any]], settings: Settings, now: datetime) -> list[str]:
    """Return every reason why the plan must not be applied, as sentences; empty if it may be.

    A slice lacks accounts of the plan, which other jobs have. The limits hold over the whole plan all the same.
    """
    present = {str(account["account"]): account for account in accounts}
    broken = [
        *(plan.document.get("violations") or []),
        *violations(plan.targets, plan.limits.strictest(settings.limits)),
    ]
    messages = dict.fromkeys(str(item.get("message")) for item in broken)
    return [
        *_clock(plan, now),
        *_expiry(plan, settings, now),
        *_approval(plan, settings),
        *_missing(plan, present, allow=settings["allow_missing_accounts"] or settings.is_slice),
        *(each for name, target in plan.accounts.items() for each in _differences(name, target, present.get(name))),
        *_altered(plan, present),
        *_surplus(plan, present, allow=settings["allow_missing_accounts"]),
        *(f"A limit is exceeded: {message}." for message in messages),
    ]


def growth_guard(target: Mapping[str, Any], max_growth_percent: float) -> Document:
    """Return the limit of a target that was counted: what was planned, and the growth that is allowed."""
    pending = target.get("pending")
    if pending is None:
        return {}
    most = math.ceil(pending * (1 + Fraction(str(max_growth_percent)) / 100))
    given = target["target"].get("max_pending")
    return {"max_pending": most if given is None else min(most, int(given))}


def identity_of(row: Mapping[str, Any]) -> Document:
    """Return product, address and login in a row of an account, each None if it is not there."""
    return {key: row.get(key) for key in IDENTITY if key != "vendor"}


def not_planned(plan: Plan, accounts: Iterable[Document]) -> list[Document]:
    """Return the accounts of the play that are not in the plan."""
    return [account for account in accounts if account["account"] not in plan.accounts]


def options_of(target: Mapping[str, Any]) -> Document:
    """Return the options that say what a target is: without its name, and without credentials."""
    return {key: value for key, value in target.items() if key not in ("name", *CREDENTIALS)}


def _rows(account: AccountPreview) -> Iterator[Document]:
    """Yield a row for each target of an account; one row for an account without targets."""
    changes = StateChanges(account.stops, account.starts)
    given: list[Document] = account.targets or [{}]
    if account.results and len(account.results) != len(given):
        name = account.identity["account"]
        raise InvalidDocument(f"account {name} has {len(given)} targets, and {len(account.results)} results")
    for index, options in enumerate(given):
        result = account.results[index] if account.results else None
        target = options_of(options)
        yield {
            **account.identity,
            "name": options.get("name"),
            "target": target,
            **planned(result, changes, error_of(account.error or "the module gave no result")),
            "unit": unit({**account.identity, "target": target}),
        }


def account_digests(targets: Sequence[Document]) -> list[Document]:
    """Return each account with the hash of its part of the plan."""
    parts = grouped(targets, lambda target: str(target["account"]))
    return [{"account": name, "targets": len(part), "sha256": digest(part)} for name, part in parts.items()]


def _clock(plan: Plan, now: datetime) -> Iterator[str]:
    """Yield a reason if a clock went back since: a plan would then hold longer than its time."""
    created = plan.document.get("created")
    if created is not None and parse_time(created, "created of the plan") > now + _CLOCKS_DIFFER:
        yield f"The plan was made at {created}, which is later than now ({format_time(now)}): look at the clocks."


def _expiry(plan: Plan, settings: Settings, now: datetime) -> Iterator[str]:
    approved, extended = settings.text("approved_sha256"), settings.text("approved_until")
    until = extended or plan.document.get("expires")
    if extended and not approved:
        yield f"{VARIABLE}approved_until is part of an approval, which needs {VARIABLE}approved_sha256."
    elif until is None:
        if not approved:
            yield f"The plan has no end ({VARIABLE}expires_after), so it needs an approval ({VARIABLE}approved_sha256)."
    elif now > parse_time(until, f"{VARIABLE}approved_until"):
        yield (
            f"The plan expired at {until}. Make a new one, or let the approval extend it ({VARIABLE}approved_until);"
            f" {VARIABLE}expires_after sets the hours of the next plan."
        )


def _approval(plan: Plan, settings: Settings) -> Iterator[str]:
    approved = settings.text("approved_sha256").lower()
    if approved and approved != plan.sha256:
        yield f"The approval is for another plan: {approved} was approved, and this one is {plan.sha256}."
    elif settings["require_approval"] and not approved:
        yield f"The plan is not approved: {VARIABLE}approved_sha256 must be {plan.sha256}."


def _missing(plan: Plan, present: Collection[str], *, allow: bool) -> Iterator[str]:
    for name in plan.accounts:
        if name not in present and not allow:
            yield (
                f"The plan has the account {name}, and this play does not: look at --limit and the inventory."
                f" {VARIABLE}allow_missing_accounts: true leaves it out."
            )


def _altered(plan: Plan, present: Collection[str]) -> Iterator[str]:
    """Yield the accounts of this play whose part of the plan is not the one that its hash was made of."""
    told = plan.document.get("accounts")
    known = {row.get("account"): row for row in told if isinstance(row, dict)} if isinstance(told, list) else {}
    for row in account_digests([target for target in plan.targets if target["account"] in present]):
        if known.get(row["account"]) != row:
            yield f"The plan was altered: its part of the account {row['account']} does not fit its sha256."


def _surplus(plan: Plan, present: Iterable[str], *, allow: bool) -> Iterator[str]:
    for name in present:
        if name not in plan.accounts and not allow:
            yield f"This play has the account {name}, and the plan does not ({VARIABLE}allow_missing_accounts)."


def _differences(name: str, target: Mapping[str, Any], account: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield how an account of this play differs from the planned one, as far as both could be read."""
    if account is None or account.get("error") or target.get("vendor") is None:
        return
    for word in IDENTITY:
        then, now = (str(side.get(word) or "").rstrip("/") for side in (target, account))
        if then != now:
            yield (
                f"The {word} of the account {name} is not the planned one:"
                f" {then or 'none'} was planned, {now or 'none'} is there now."
            )


def _check_target(target: Mapping[str, Any]) -> None:
    if not isinstance(target.get("target"), dict) or not isinstance(target.get("account"), str):
        raise InvalidDocument("a target of the plan has no account or no options")
    pending = target.get("pending")
    if pending is not None and (type(pending) is not int or pending < 0):
        raise InvalidDocument("a target of the plan has a count that is not a number")
    for key, kind in (("identity", dict), ("error", dict), ("steps", list), ("outcome", str), ("seen", list)):
        if target.get(key) is not None and not isinstance(target[key], kind):
            raise InvalidDocument(f"{key} of a target of the plan is not a {kind.__name__}")
    if not all(isinstance(step, str) for step in target.get("steps") or ()):
        raise InvalidDocument("a step of a target of the plan is not a text")
