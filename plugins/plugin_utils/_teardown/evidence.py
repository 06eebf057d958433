# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The evidence: the outcome of every planned target. A function of run.json, plan.json and the journals alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ...module_utils._core.counts import sum_of_known
from ...module_utils._core.number_outcomes import NumberOutcome, module_options, outcome_of
from ...module_utils._core.outcomes import FAILURES, Outcome
from .documents import FORMAT, Document, format_time, is_about_numbers, mapping_of, parse_time
from .journal import TIMES, AccountJournal
from .masking import Masker
from .plan import IDENTITY, Plan
from .run_folder import journal_name
from .steps import carried_out, error_of
from .vocabulary import NUMBER_OUTCOMES, OUTCOMES, is_workable, needs_attention, step_of, unit

_NOTHING_DONE: Mapping[str, Any] = {
    "changed": False,
    "pending_before": None,
    "pending_after": None,
    "verified": False,
    "attempts": 0,
    "elapsed": 0,
}
_ACCOUNT = ("account", *IDENTITY)
_CHANGES = frozenset({"stopped", "stop_in_doubt", "started", "start_in_doubt"})
_ABOUT_NUMBER = ("step", "number", "rule", "also_means")
_NOT_SHOWN = frozenset({"format", "started", "ended", "account_errors", "missing_accounts", "not_planned", "slice"})


def make_evidence(
    plan: Plan, run: Mapping[str, Any], journals: Mapping[str, AccountJournal], *, masker: Masker | None
) -> Document:
    """Return the evidence of a run. ``journals`` is by account; ``masker`` None leaves phone numbers in full."""
    entries = [_entry(place, target, journals, run) for place, target in own_targets(plan, run)]
    entries += [_not_planned(account) for account in run.get("not_planned") or ()]
    for entry in entries:
        entry["needs_person"] = needs_attention(entry)
    times = [journal.last_time for journal in journals.values() if journal.last_time]
    begin = parse_time(run.get("started"), "started of run.json")
    end = max([begin, *(parse_time(time, "a journal's time") for time in times)])
    own = run.get("slice")
    evidence: Document = {
        "format": FORMAT,
        "run": {
            **{key: value for key, value in run.items() if key not in _NOT_SHOWN},
            **({} if own is None else {"slice": {"accounts": len(own), "of_accounts": len(plan.accounts)}}),
            **times_and_plan(begin, end, plan),
        },
        "planned": planned_numbers(plan),
        "results": entries,
    }
    if masker is not None:
        masker.learn(plan.targets)
        masker.learn(entries)
        evidence = masker.data(evidence)
    return {**evidence, "summary": summary(entries, NUMBER_OUTCOMES if is_about_numbers(run) else OUTCOMES)}


def journals_of(plan: Plan, run: Mapping[str, Any], read: Callable[[str], str | None]) -> dict[str, AccountJournal]:
    """Return the journal of each planned account; ``read`` gives the text of a file of the run, None without one."""
    errors = mapping_of(run.get("account_errors"))
    found = {}
    for account in plan.accounts:
        found[account] = AccountJournal(
            read(journal_name(account)) or "",
            str(run.get("run_id")),
            dict(plan.of_account(account)),
            plan_sha256=plan.sha256,
            account=account,
        )
        if errors.get(account):
            found[account].errors.append(str(errors[account]))
    return found


def times_and_plan(begin: datetime, end: datetime, plan: Plan) -> Document:
    """Return when a run worked, and which plan it carried out."""
    return {
        "start": format_time(begin),
        "end": format_time(end),
        "seconds": int((end - begin).total_seconds()),
        "plan_sha256": plan.sha256,
        "plan_created": plan.document.get("created"),
    }


def own_targets(plan: Plan, run: Mapping[str, Any]) -> list[tuple[int, Document]]:
    """Return place and target of what a run reports: those of a slice's own accounts, else the whole plan."""
    accounts = set(plan.accounts if run.get("slice") is None else run["slice"])
    return [(place, target) for place, target in enumerate(plan.targets) if target["account"] in accounts]


def summary(entries: Sequence[Mapping[str, Any]], words: Iterable[str] = OUTCOMES) -> Document:
    """Count the outcomes, which are ``words``; a sum is None as soon as one of its parts is."""
    return {
        "targets": len(entries),
        **dict.fromkeys(words, 0),
        **Counter(str(entry["outcome"]) for entry in entries),
        "changed": sum(bool(entry.get("changed")) for entry in entries),
        "verified": sum(bool(entry.get("verified")) for entry in entries),
        "needs_person": sum(map(needs_attention, entries)),
        "pending_before": sum_of_known(entry.get("pending_before") for entry in entries),
        "pending_after": sum_of_known(entry.get("pending_after") for entry in entries),
    }


def planned_numbers(plan: Plan) -> Document:
    """Return a summary of the plan in a few numbers."""
    people = {target["target"].get("number") for target in plan.targets} - {None}
    return {
        "sha256": plan.sha256,
        "created": plan.document.get("created"),
        "expires": plan.document.get("expires"),
        "targets": len(plan.targets),
        "outcomes": dict(Counter(str(target.get("outcome")) for target in plan.targets)),
        "pending": sum_of_known(target.get("pending") for target in plan.targets),
        # Two numbers may look alike when they are masked.
        **({"numbers": len(people)} if people else {}),
    }


def _entry(
    place: int, target: Mapping[str, Any], journals: Mapping[str, AccountJournal], run: Mapping[str, Any]
) -> Document:
    journal = journals.get(str(target["account"])) or AccountJournal()
    result = journal.results.get(place)
    if result is None or place in journal.open:
        return _without_end(place, target, journal, run)
    identity = result.get("target")
    step = step_of(target)
    outcome = outcome_of(step, result) if step else result.get("outcome")
    error, not_sent = result.get("error"), list[str]()
    if not error:
        error, not_sent = _error_beside(target, outcome, journal, identity)
    steps = [*([] if step else carried_out(journal.changes, identity, result)), *not_sent]
    return {
        **_head(place, target, journal),
        "target": identity,
        "steps": steps,
        "outcome": outcome,
        # Only an answer to a write is the vendor's word; a read is ours.
        "no_such_record": result.get("outcome") == "already_clear" and bool(result.get("attempts")),
        **{key: result.get(key, value) for key, value in _NOTHING_DONE.items()},
        "changed": bool(result.get("changed")) or not _CHANGES.isdisjoint(steps),
        "error": error,
        "unit": unit(target),
        **{key: value for key, value in result.items() if key not in _KNOWN},
    }


def _error_beside(
    target: Mapping[str, Any], outcome: Any, journal: AccountJournal, identity: Any
) -> tuple[Document | None, list[str]]:
    """Return what went wrong although a target's own result has no error, and the steps that were not sent."""
    start = journal.changes.of("start", identity)
    if start and start.get("outcome") in FAILURES:
        return _because("it was not started again", start), []
    if outcome == NumberOutcome.NOT_FOUND:
        form = target["target"]["phone_number"]
        return error_of(f"not found as {form}; no other form was looked for in this step"), []
    was_to_start = "would_start" in (target.get("steps") or ())
    if was_to_start and str(mapping_of(identity).get("campaign_id")) in journal.stopped:
        return error_of("the campaign was stopped and not started again"), ["start_not_sent"]
    return None, []


def _without_end(place: int, target: Mapping[str, Any], journal: AccountJournal, run: Mapping[str, Any]) -> Document:
    identity = target.get("identity")
    outcome, error = _why_not(place, target, journal, run)
    steps = carried_out(journal.changes, identity, None)
    changed = outcome == Outcome.IN_DOUBT or not _CHANGES.isdisjoint(steps)
    head = {**_head(place, target, journal), "target": identity or module_options(target["target"]), "steps": steps}
    return {**head, **_untold(target, outcome, error), "changed": changed}


def _untold(target: Mapping[str, Any], outcome: str, error: Document) -> Document:
    said: Document = {"outcome": outcome, "vendor_said": [], "no_such_record": False}
    return {**said, **_NOTHING_DONE, "error": error, "unit": unit(target)}


def unreported(place: int, target: Mapping[str, Any]) -> Document:
    """Return the entry of a planned target that no part of a divided run reports."""
    what = "no part tells of it: where another job had it, the folder of that job is missing here"
    found = _without_end(place, target, AccountJournal(), {})
    return {**found, "outcome": Outcome.NOT_SENT, "changed": False, "error": error_of(what), "needs_person": True}


def _why_not(
    place: int, target: Mapping[str, Any], journal: AccountJournal, run: Mapping[str, Any]
) -> tuple[str, Document]:
    if place in journal.open:
        return Outcome.IN_DOUBT, error_of(journal.open[place])
    if target["account"] in (run.get("missing_accounts") or ()):
        return Outcome.NOT_SENT, error_of("the play did not have this account")
    if not is_workable(target):
        if step_of(target):
            return str(target["outcome"]), target.get("error") or error_of("no reason was given")
        return Outcome.NOT_SENT, _because(f"the plan has it as {target.get('outcome')}", target)
    if _is_lost(journal, run):
        return Outcome.IN_DOUBT, error_of("the journal of this run about its account is missing: nobody can know")
    if place in journal.refusals:
        return Outcome.REFUSED, journal.refusals[place]
    stop = journal.changes.of("stop", target.get("identity"))
    if stop and stop.get("outcome") in FAILURES:
        return str(stop["outcome"]), _because("it was not stopped", stop)
    if journal.is_damaged:
        return Outcome.IN_DOUBT, error_of("a line of the journal of its account is damaged: nobody can know")
    if journal.errors:
        return Outcome.NOT_SENT, error_of(journal.errors[-1])
    return Outcome.NOT_SENT, error_of("not begun" if journal.finished else "the run ended before this target was begun")


def _is_lost(journal: AccountJournal, run: Mapping[str, Any]) -> bool:
    """Return whether a run may have sent something of which its journal is not there: it is written before."""
    return not journal.is_of_run and (journal.is_of_another or bool(run.get("ended") and not journal.errors))


def _not_planned(account: Mapping[str, Any]) -> Document:
    return {
        **{key: account.get(key) for key in _ACCOUNT},
        "name": None,
        "place": None,
        "planned": None,
        "times": dict.fromkeys(TIMES),
        "target": {},
        "steps": [],
        **_untold(account, Outcome.NOT_SENT, error_of(account.get("error") or "the plan does not have this account")),
    }


def _because(what: str, result: Mapping[str, Any]) -> Document:
    """Return the error of a step other than the clear, with its meaning."""
    error = result.get("error") or error_of("no reason was given")
    return {**error, "message": f"{what}: {error.get('message')}"}


def _head(place: int, target: Mapping[str, Any], journal: AccountJournal) -> Document:
    return {
        **{key: target.get(key) for key in _ACCOUNT},
        "name": target.get("name"),
        "place": place,
        **{key: target["target"][key] for key in _ABOUT_NUMBER if key in target["target"]},
        "planned": {key: target.get(key) for key in ("outcome", "pending")},
        "times": journal.times.get(place, dict.fromkeys(TIMES)),
    }


_HEAD = (*_ACCOUNT, "name", "place", "planned", "times")
_KNOWN = frozenset({"target", "outcome", "error", "steps", "unit", "no_such_record", *_HEAD, *_NOTHING_DONE})
