# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""One account, processed in its own process: each module's main() is called with its arguments in memory."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import select
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ...module_utils._core.account_steps import AccountSteps, CallFailed, PlannedTarget, Result, option_message
from ...module_utils._core.errors import OptionError
from ...module_utils._core.redact import is_token_login
from ...module_utils._core.request_count import REQUESTS
from ...module_utils._core.signals import note_early
from .documents import Document
from .journal import SWITCHES, AccountJournal, JournalWriter
from .steps import error_of

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:
    patch_module_args = None

COLLECTION = "ansible_collections.telephony.outbound"
CONNECTION = "campaign_teardown_connection"
_ANSWERS = frozenset({"results", "campaigns", "calls"})
"""The key of one of these is in every answer of a module that was carried out."""


class AccountError(Exception):
    """Nothing can be done for this account; the text says why."""


class StopSignal:
    """The reading end of a pipe that becomes readable when the run has to stop."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def wait(self, seconds: float) -> bool:
        """Wait up to this many seconds for the stop; return whether it came."""
        asked = select.poll()  # select() takes no descriptor above 1023
        asked.register(self._pipe, select.POLLIN)
        return bool(asked.poll(max(seconds, 0) * 1000))


class Worker:
    """Calls the modules of one account; implements ``Calls`` of its steps. Without a writer nothing can be changed."""

    def __init__(self, connection: Mapping[str, Any], stop: StopSignal, writer: JournalWriter | None = None) -> None:
        self._connection = connection
        self._stop = stop
        self._writer = writer
        self.journal = AccountJournal()

    @property
    def stopped(self) -> bool:
        """Return whether the run was asked to stop."""
        return self._stop.wait(0)

    def preview(self, module: str, **options: Any) -> Result:
        """Call a module in check mode; an info module is called as it is."""
        return self._call(module, {**options, "_ansible_check_mode": True})

    def write(self, step: str, module: str, places: Sequence[int], **options: Any) -> list[Result]:
        """Call a module that changes something, with the journal, and return its results."""
        if self._writer is None:
            raise AccountError("internal error: a write without a journal")
        self._writer.write("call", step=step, module=module, places=list(places))
        answer = self._call(module, {**options, "journal": str(self._writer.path), "_ansible_check_mode": False})
        results: list[Result] = answer["results"]
        if step in SWITCHES:
            for result in results:
                self.journal.take_change(step, result)
        return results

    def refuse(self, place: int, message: str) -> None:
        """Record that a guard of the run refused a target."""
        if self._writer is not None:
            self._writer.write("refused", place=place, error={**error_of(message), "kind": "guard"})

    def note(self, step: str, places: Sequence[int], results: Sequence[Result]) -> None:
        """Keep what a step that changes nothing found."""
        if self._writer is not None:
            ended = [
                ("ended", {"index": index, "target": result["target"], "result": result})
                for index, result in enumerate(results)
            ]
            self._writer.write_all([("call", {"step": step, "module": None, "places": list(places)}), *ended])

    def pause(self, seconds: float) -> None:
        """Wait, or return early when the run is asked to stop."""
        self._stop.wait(seconds)

    def _call(self, module: str, options: Mapping[str, Any]) -> Result:
        # In this order, a stop between the two lines is recorded and the module finds it.
        note_early()
        if self.stopped:
            raise CallFailed("the run was stopped before this step")
        known = importlib.import_module(f"{COLLECTION}.plugins.modules.{module}")
        # An info module has nothing to wait for.
        left_out = "wait_timeout" if module.endswith("_info") else None
        connection = {name: value for name, value in self._connection.items() if name != left_out}
        answer = run_module(known, {**connection, **options})
        if _ANSWERS.isdisjoint(answer):
            raise CallFailed(str(answer.get("msg") or "the module gave no result"))
        return answer


def run_module(module: Any, arguments: Mapping[str, Any]) -> Result:
    """Run a module's main() in this process and return its result."""
    # No logging: a module logs its options to syslog, phone numbers included.
    given = {**arguments, "_ansible_no_log": True}
    output = io.StringIO()
    with contextlib.redirect_stdout(output), _arguments(given), contextlib.suppress(SystemExit):
        module.main()
    lines = output.getvalue().strip().splitlines()
    try:
        answer = json.loads(lines[-1])
    except (IndexError, ValueError):
        return {"failed": True, "msg": "the module ended without an answer"}
    return dict(answer)


@contextlib.contextmanager
def _arguments(given: dict[str, Any]) -> Iterator[None]:
    """Pass a module its arguments: ansible-core 2.19 and later has a function for it, 2.18 a variable."""
    if patch_module_args is None:
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()
        yield
        return
    with patch_module_args(given):
        yield


def steps_of(vendor: str, kind: str) -> AccountSteps:
    """Return a vendor's steps of a kind, which names their file, or raise AccountError."""
    folder = Path(__file__).parents[2] / "module_utils" / "_vendors"
    known = sorted(path.parent.name for path in folder.glob(f"*/{kind}.py"))
    if vendor not in known:
        or_not = "" if kind == "steps" else ", or not one whose phone numbers it can stop"
        what = f"is not a vendor of this collection{or_not}"
        raise AccountError(f"campaign_teardown_vendor: {vendor!r} {what}: {', '.join(known)}")
    found = importlib.import_module(f"{COLLECTION}.plugins.module_utils._vendors.{vendor}.{kind}")
    steps: AccountSteps = found.Steps()
    return steps


def checked_connection(steps: AccountSteps, connection: Mapping[str, Any]) -> dict[str, Any]:
    """Return the connection as the vendor's own argument spec reads it, or raise AccountError."""
    spec = steps.connection_spec()
    validated = ArgumentSpecValidator(spec).validate(dict(connection))
    if validated.unsupported_parameters:
        names = ", ".join(sorted("".join(path) for path in validated.unsupported_parameters))
        raise AccountError(
            f"{CONNECTION} has options that do not say how the account is reached: {names}."
            " What is torn down stands in campaign_teardown_targets."
        )
    if validated.error_messages:
        raise AccountError(f"{CONNECTION}: {'; '.join(validated.error_messages)}")
    return dict(validated.validated_parameters)


def work(job: Mapping[str, Any], stop: StopSignal) -> Document:
    """Preview, apply or watch one account; return the results for the parent process."""
    try:
        steps = steps_of(str(job["vendor"]), job["kind"])
        # An account uses only what its inventory says.
        for name in [name for name in os.environ if name.startswith(f"{job['vendor'].upper()}_")]:
            del os.environ[name]
        connection = checked_connection(steps, job["connection"])
        try:
            identity = steps.identify(connection)
        except OptionError as error:
            raise AccountError(option_message(CONNECTION, connection, error)) from None
        given = {name: value for name, value in connection.items() if value is not None}
        settings = steps.SETTINGS(**job["settings"])
        if job["mode"] == "identify":
            return identity
        if job["mode"] == "preview":
            return {**identity, **_preview(steps, Worker(given, stop), job["targets"], settings)}
        _insist_on_the_planned(identity, job)
        if job["mode"] == "watch":
            return {**identity, **_watch(steps, Worker(given, stop), job["targets"])}
        return {**identity, **_apply(steps, given, stop, job, settings)}
    except AccountError as error:
        return {"error": str(error)}


def _insist_on_the_planned(identity: Mapping[str, Any], job: Mapping[str, Any]) -> None:
    for key, then in job["identity"].items():
        is_replaced = key == "login" and job["mode"] == "watch" and is_token_login(then)
        if is_replaced and is_token_login(identity.get(key)):
            continue  # a token may be another one than when the watched run ended
        if str(identity.get(key) or "").rstrip("/") != str(then or "").rstrip("/"):
            raise AccountError(f"the {key} of this account is not the planned one: {then or 'none'} was planned")


def _watch(steps: AccountSteps, worker: Worker, given: Sequence[Document]) -> Document:
    """Read targets again; one with ``why_not`` cannot be found again, which matters only if it could be read."""
    results: list[Result | None] = [
        {"error": error_of(item["why_not"])} if item["why_not"] and steps.can_watch(item["options"]) else None
        for item in given
    ]
    found = [
        PlannedTarget(place, item["options"], item["row"]) for place, item in enumerate(given) if not item["why_not"]
    ]
    try:
        read = steps.watch(worker, found)
    except CallFailed as error:
        return {"error": str(error)}
    for target, result in zip(found, read, strict=True):
        results[target.place] = result
    return {"results": results}


def _preview(steps: AccountSteps, worker: Worker, given: Sequence[Document], settings: Any) -> Document:
    targets = list(given)
    try:
        targets = steps.complete(given, settings)
        asked = [{key: value for key, value in target.items() if key != "name"} for target in targets]
        found = steps.preview(worker, asked, settings)
    except CallFailed as error:
        return {"targets": targets, "error": str(error).replace("targets[", "campaign_teardown_targets[")}
    cost = steps.cost(targets)
    return {"targets": targets, "results": found.results, "stops": found.stops, "starts": found.starts, "cost": cost}


def _apply(
    steps: AccountSteps, connection: Mapping[str, Any], stop: StopSignal, job: Mapping[str, Any], settings: Any
) -> Document:
    path = Path(job["journal"])
    try:
        before = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        if job.get("has_ended") and not before and not (steps.REPEATABLE or job["resend"]):
            resend = "campaign_teardown_resend_in_doubt: true sends all of it again"
            return {"broken_off": f"the journal {path} is missing, so nobody can know what was sent; {resend}"}
        writer = JournalWriter(path)
        about = {key: job[key] for key in ("run_id", "plan_sha256", "account")}
        writer.write("run", **about, folder=str(path.parent))
    except OSError as error:
        raise AccountError(f"the journal {path} cannot be written, so nothing was sent: {error.strerror}") from error
    worker = Worker(connection, stop, writer)
    worker.journal = AccountJournal(before, planned={item["place"]: item["row"] for item in job["targets"]}, **about)
    try:
        writer.write(**_carry_out(steps, worker, job, settings))
    except OSError as error:
        return {"broken_off": f"the journal {path} cannot be written any more: {error.strerror}"}
    finally:
        writer.close()
    return {}


def _carry_out(steps: AccountSteps, worker: Worker, job: Mapping[str, Any], settings: Any) -> Document:
    """Apply the targets that are left, and return the last line of the journal; raise OSError if it takes no more."""
    sent_before = REQUESTS.sent
    targets = [PlannedTarget(item["place"], item["options"], item["row"]) for item in job["targets"]]
    # What an earlier start of this run completed, or may have and must not repeat, is left alone.
    completed = worker.journal.done | (set() if steps.REPEATABLE or job["resend"] else worker.journal.in_doubt)
    left = [target for target in targets if target.place not in completed]
    last: Document = {"event": "finished"}
    try:
        steps.apply(worker, left, settings, worker.journal)
    except CallFailed as error:
        last = {"event": "account_failed", "message": str(error)}
    return {**last, "requests": REQUESTS.sent - sent_before}
