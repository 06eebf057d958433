# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The only file that uses AnsibleModule: reads options, calls the runner, returns results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from . import given, messages, options, overlaps, proxies, results, signals
from .client import Session
from .clock import Clock
from .errors import OptionError, defect
from .journal import Journal, check_journal
from .operation import Account, Operation
from .pools import MISSING_LIBRARY
from .query import Query, fetch_all
from .redact import SHORT_SECRET, Redactor, encodings_of
from .run_settings import Guard, RunSettings
from .teardown import Teardown
from .transport import Connection, Transport


def teardown(kind: type[Operation[Any, Any]]) -> None:
    """Run a write module."""
    target_options = {**kind.TARGET_OPTIONS, **(options.COUNT_GUARD if kind.COUNTABLE else {})}
    targets_spec = options.targets_spec(target_options)
    spec = {**options.WRITE, **kind.TASK_OPTIONS, **target_options, "targets": targets_spec}
    task = _Task(kind.ACCOUNT, spec)
    with task.reported():
        operation = kind(task.account, task.params)
        targets = options.check_targets(
            task.params,
            target_options,
            lambda each: (operation.target(each), _guard(each)),
            {*kind.SETTINGS, *options.COUNT_GUARD},
        )
        overlaps.check(
            [operation.scope(target) for target, _guard in targets],
            [operation.identify(target) for target, _guard in targets],
        )
        settings = task.settings()
        session = task.session(settings.concurrency + kind.BACKGROUND_CONNECTIONS)
        journal = _journal(task, settings)
        runner = Teardown(operation, session, settings, task.redactor, journal)
        entries = runner.run(targets)
        # Parallel targets end in no fixed order, and a preview must warn as its action does.
        task.warn(sorted(set(operation.warnings)))
        task.close("the connections", session.transport.close)
        if journal:
            task.close(f"the journal {task.params['journal']}", journal.close)
        rows = [entry.as_dict(task.redactor) for entry in entries]
        totals = results.summary(entries, operation.labels, kind.UNIT)
        answer = {
            "changed": any(entry.changed for entry in entries),
            "msg": messages.summary_message(entries, totals, operation.labels, task.redactor, task.reasons()),
            "results": rows,
            "summary": totals,
        }
        if task.wants_diff:
            answer["diff"] = results.diff_text(entries, kind.UNIT, task.redactor)
        task.end(answer, failed=any(entry.failed for entry in entries))


def query(kind: type[Query[Any, Any]]) -> None:
    """Run an info module."""
    task = _Task(kind.ACCOUNT, kind.OPTIONS)
    with task.reported():
        info = kind(task.account, task.params)
        items = info.items()
        settings = task.settings()
        session = task.session(settings.concurrency)
        answers, errors = fetch_all(info, items, session, settings)
        task.close("the connections", session.transport.close)
        answer = {"changed": False, **task.redactor.clean(info.result(answers))}
        if len(answers) < len(items):
            answer["error"] = results.error_dict(errors[0], task.redactor) if errors else None
            reason = task.reasons().of(errors[0]) if errors else "the task was interrupted"
            answer["msg"] = f"{len(items) - len(answers)} of {len(items)} reads gave no answer: {reason}"
        task.end(answer, failed=len(answers) < len(items))


class _Module(AnsibleModule):  # type: ignore[misc]  # ansible-core has no types
    """An AnsibleModule that keeps the options as the task wrote them, before the argument spec converts them."""

    given: Mapping[str, Any]
    problem: OptionError | None

    def _load_params(self) -> None:
        super()._load_params()
        self.problem = given.shape_problem(self.params, self.argument_spec)
        if self.problem:
            # Reported in ``reported`` with our message, not with that of the failed conversion.
            self.params[self.problem.option.partition("[")[0]] = []
        self.given = dict(self.params)


class _Task:
    """One run of a module: its options, its vendor and its exit."""

    account: Account
    redactor: Redactor

    def __init__(self, account: type[Account], spec: Mapping[str, Any]) -> None:
        self.clock = Clock()
        signals.listen(self.clock.stop)
        shared = {**options.CONNECTION, **options.BULK, **account.OPTIONS}
        self._module = _Module(argument_spec={**shared, **spec}, supports_check_mode=True)
        self._account_kind = account
        self.params: dict[str, Any] = given.narrowed(self._module.params, self._module.given)
        self.wants_diff: bool = self._module._diff

    @contextmanager
    def reported(self) -> Iterator[None]:
        """Create the vendor's objects, and turn every exception inside into a module failure with a message."""
        if MISSING_LIBRARY:
            self._module.fail_json(msg=missing_required_lib("requests"), exception=MISSING_LIBRARY)
        try:
            if self._module.problem:
                raise self._module.problem
            self.account = self._account_kind.from_params(self.params)
            self._hide_secrets()
            yield
        except OptionError as error:
            self._module.fail_json(msg=self._masked(str(error)))
        except Exception as error:  # noqa: BLE001 - no traceback may reach the user
            self._module.fail_json(msg=defect(error).message)

    def settings(self) -> RunSettings:
        """Return the run settings of the task, or raise OptionError."""
        params, account = self.params, self._account_kind
        writes = "wait_timeout" in params
        wait = options.seconds(params, "wait_timeout", account.WAIT_TIMEOUT, zero=True) if writes else 0.0
        return RunSettings(
            check_mode=self._module.check_mode,
            timeout=options.seconds(params, "timeout", account.TIMEOUT),
            target_timeout=options.seconds(params, "target_timeout", account.TARGET_TIMEOUT),
            wait_timeout=wait,
            retries=options.int_in_range(params, "retries", 0),
            concurrency=min(options.int_in_range(params, "concurrency", 1, 32), account.MAX_CONCURRENCY),
            stop_on_error=params["on_error"] == "stop",
        )

    def session(self, pool: int) -> Session:
        """Return a session with the vendor, or raise OptionError."""
        params = self.params
        if params["client_key"] and not params["client_cert"]:
            raise OptionError("client_key", "needs client_cert")
        connection = Connection(
            base_url=options.base_url(params, self.account.base_url),
            timeout=options.seconds(params, "timeout", self._account_kind.TIMEOUT),
            validate_certs=params["validate_certs"],
            ca_path=options.existing_file(params, "ca_path", folder=True),
            client_cert=options.existing_file(params, "client_cert"),
            client_key=options.existing_file(params, "client_key"),
            proxy=params["proxy"],
            pool=pool,
        )
        transport = Transport(
            connection,
            self.account.headers,
            self.clock,
            check_mode=self._module.check_mode,
            request_slot=self.account.request_slot(self.clock),
        )
        if transport.proxy:
            self._hide(proxies.secrets(transport.proxy.url))
        account = self.account
        return Session(transport, self.clock, params["retries"], account.error_from, login=account, hide=self._hide_new)

    def reasons(self) -> messages.Reasons:
        """Return what makes sentences of failures."""
        account = self.account
        used = messages.credentials(account.secrets(), account.user(), self.params)
        return messages.Reasons(self.redactor, used)

    def warn(self, texts: Iterable[str]) -> None:
        """Show warnings without secrets."""
        for text in texts:
            self._module.warn(self.redactor.message(text))

    def close(self, what: str, close: Callable[[], None]) -> None:
        """Close something at the end; a failure is a warning, so that the results are not lost."""
        try:
            close()
        except Exception as error:  # noqa: BLE001 - whatever it is, the results are worth more
            reason = error.strerror if isinstance(error, OSError) else defect(error).message
            self.warn([f"{what} could not be closed: {reason}"])

    def end(self, answer: dict[str, Any], *, failed: bool) -> None:
        """Return the results to Ansible and exit."""
        signals.ignore()
        if failed:
            self._module.fail_json(**answer)
        self._module.exit_json(**answer)

    def _hide_secrets(self) -> None:
        """Mask every form of every secret in our own output and in Ansible's."""
        hidden = self.account.secret_forms()
        if self.params["proxy"]:
            hidden |= proxies.secrets(self.params["proxy"])
        self._module.no_log_values |= hidden
        self.redactor = Redactor(hidden)
        for name, secret in self.account.secrets().items():
            if len(secret) < SHORT_SECRET:
                self._module.warn(
                    f"{name} has fewer than {SHORT_SECRET} characters: masking it may hide other text in results too"
                )

    def _hide_new(self, secret: str) -> None:
        """Mask a secret that the vendor issued while the task ran."""
        self._hide(encodings_of(secret))

    def _hide(self, hidden: set[str]) -> None:
        self.redactor.learn(hidden)
        self._module.no_log_values |= hidden

    def _masked(self, text: str) -> str:
        # An invalid option is reported before or while the vendor's objects are created.
        redactor = getattr(self, "redactor", None) or Redactor(self._module.no_log_values)
        return redactor.mask(text)


def _guard(options_: Mapping[str, Any]) -> Guard:
    """Return how much of a target may be removed, or raise OptionError."""
    if options_.get("max_pending") is None:
        return Guard()
    return Guard(options.int_in_range(options_, "max_pending", 0), bool(options_["allow_unknown"]))


def _journal(task: _Task, settings: RunSettings) -> Journal | None:
    """Open the journal; in check mode only check that it could be opened, since nothing may be created."""
    path = task.params["journal"]
    if path and settings.check_mode:
        check_journal(path)
        return None
    return Journal(options.local_path("journal", path), task.clock) if path else None
