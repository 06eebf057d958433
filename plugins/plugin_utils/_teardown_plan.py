# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The plan: made from what the modules say in check mode, checked before it is applied, and handed out again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

from ._teardown_data import Document, Unusable, digest, document, documents, moment, only, stamp
from ._teardown_limits import Limits, violations
from ._teardown_steps import Switches, planned
from ._teardown_words import WORKABLE, unit

_SCOPE = ("account", "vendor", "product", "address", "login", "target")
_SAME = ("vendor", "product", "address", "login")


def make_plan(
    accounts: Any, *, created: Any, expires_minutes: Any = 60, version: Any = None, limits: Any = None
) -> Document:
    """Return the plan for these accounts; Unusable where they are no accounts."""
    begin = moment(created, "created")
    targets = [row for account in documents(accounts, "accounts") for row in _rows(account)]
    body = {
        "version": version if version is None else str(version),
        "scope_sha256": scope_digest(targets),
        "created": stamp(begin),
        "expires": stamp(begin + timedelta(minutes=_positive(expires_minutes, "expires_minutes"))),
        "targets": targets,
        "violations": violations(targets, Limits.from_options(limits)),
    }
    return {"sha256": digest(body), **body}


def scope_digest(targets: Sequence[Mapping[str, Any]]) -> str:
    """Return the hash of what would be torn down where, whatever was counted and in whatever order."""
    return digest(sorted(digest({key: target.get(key) for key in _SCOPE}) for target in targets))


def plan_problems(
    plan: Any,
    *,
    now: Any,
    accounts: Any,
    approved: Any = "",
    require_approval: bool = False,
    partial: bool = False,
    limits: Any = None,
) -> list[str]:
    """Return every reason why the plan must not be applied, as sentences; none when it may be."""
    try:
        known = document(plan, "plan")
        targets = _targets(known)
        expires = moment(known.get("expires"), "expires")
    except Unusable as error:
        return [f"This is no plan: {error}."]
    body = {key: value for key, value in known.items() if key != "sha256"}
    sha256 = known.get("sha256")
    problems = []
    if digest(body) != sha256 or scope_digest(targets) != known.get("scope_sha256"):
        problems.append("The plan was altered after it was made: its SHA-256 is not the one that it carries.")
    if moment(now, "now") > expires:
        problems.append(
            f"The plan expired at {stamp(expires)}; make a new one (campaign_teardown_plan_expires_minutes)."
        )
    problems += _approval(str(approved or "").strip().lower(), str(sha256), required=require_approval)
    present = {str(account["account"]): account for account in only(accounts, ("account", *_SAME), "accounts")}
    problems += _accounts(targets, present, partial)
    found = violations(targets, Limits.from_options(limits))
    return problems + [f"A limit is exceeded: {item['message']}." for item in found]


def module_targets(plan: Any, account: str, growth_percent: Any = 10) -> list[Document]:
    """Return what the account's module is to work on: what was planned, with a limit where it was counted.

    A target that the plan could not look at, or that a guard refused there, is not among them.
    """
    known = document(plan, "plan")
    growth = Fraction(str(_positive(growth_percent, "growth_percent", zero=True)))
    return [
        {**target["target"], **_guard(target, growth)}
        for target in _targets(known)
        if target["account"] == account and target.get("outcome") in WORKABLE
    ]


def account_steps(targets: Iterable[Mapping[str, Any]]) -> dict[str, Document]:
    """Return for each account the campaigns that are to be stopped, and whether they are to be started again."""
    found: dict[str, Document] = {}
    for target in targets:
        steps = found.setdefault(str(target.get("account")), {"stop": [], "start": False})
        planned = target.get("steps") or []
        if "would_stop" in planned:
            steps["stop"].append(str((target.get("target") or {}).get("campaign_id")))
        steps["start"] |= "would_start" in planned
    return found


def _guard(target: Mapping[str, Any], growth: Fraction) -> Document:
    pending = target.get("pending")
    if pending is None or target.get("vendor") == "genesys":
        return {}
    most = math.ceil(pending * (1 + growth / 100))
    given = target["target"].get("max_pending")
    return {"max_pending": most if given is None else min(most, int(given))}


def _rows(account: Mapping[str, Any]) -> Iterator[Document]:
    """Yield a plan entry for each target of an account."""
    name = account.get("account")
    given = documents(account.get("targets") or [], f"targets of account {name}")
    results = documents(account.get("results") or [], f"results of account {name}")
    switches = Switches(account)
    if results and len(results) != len(given):
        raise Unusable(f"account {name} has {len(given)} targets and {len(results)} results")
    for index, options in enumerate(given):
        result = results[index] if results else None
        yield {
            "account": name,
            "vendor": account.get("vendor"),
            "product": account.get("product"),
            "address": account.get("address"),
            "login": account.get("login"),
            "name": options.get("name"),
            "target": {key: value for key, value in options.items() if key != "name"},
            **planned(account, switches, result),
            "unit": unit(account),
        }


def _approval(approved: str, sha256: str, *, required: bool) -> Iterator[str]:
    if approved and approved != sha256:
        yield f"The approval is for another plan: {approved} was approved, and this one is {sha256}."
    elif required and not approved:
        yield f"The plan is not approved: campaign_teardown_approved must be {sha256}."


def _accounts(
    targets: Sequence[Mapping[str, Any]], present: Mapping[str, Mapping[str, Any]], partial: bool
) -> Iterator[str]:
    for name, target in {str(target["account"]): target for target in targets}.items():
        if name not in present:
            if not partial:
                yield f"The plan has the account {name}, which this play has not (campaign_teardown_partial)."
            continue
        for word in _SAME:
            then, now = _compared(target.get(word)), _compared(present[name].get(word))
            if then != now:
                yield (
                    f"The {word} of the account {name} is not the planned one: "
                    f"{then or 'none'} was planned, {now or 'none'} is there now."
                )


def _compared(value: Any) -> str:
    return "" if value is None else str(value).rstrip("/")


def _targets(plan: Mapping[str, Any]) -> list[Document]:
    found = documents(plan.get("targets"), "targets")
    if not all(isinstance(target.get("target"), dict) and target.get("account") for target in found):
        raise Unusable("a target has no account or no options")
    if not all(target.get("pending") is None or _is_count(target["pending"]) for target in found):
        raise Unusable("a target has a count that is no number")
    return found


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _positive(value: Any, what: str, *, zero: bool = False) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise Unusable(f"{what} is no number: {value!r}") from None
    if not math.isfinite(number) or number < 0 or (number == 0 and not zero):
        raise Unusable(f"{what} must be more than 0: {value!r}")
    return number
