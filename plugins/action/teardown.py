# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One action for all accounts of a play; what it takes and returns is documented in the module of the same name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.mod_args import ModuleArgsParser
from ansible.playbook.conditional import Conditional
from ansible.plugins.action import ActionBase
from ansible.release import __version__ as ansible_core_version
from ansible.template import Templar

from ..module_utils._core.redact import Redactor
from ..module_utils._core.version import VERSION
from ..plugin_utils._teardown.context import Account, RunContext, about_controller
from ..plugin_utils._teardown.documents import Document, InvalidDocument, grouped, to_json_data
from ..plugin_utils._teardown.formatting import first_of
from ..plugin_utils._teardown.job_folders import JobFolders
from ..plugin_utils._teardown.limits import VARIABLE
from ..plugin_utils._teardown.outcome import RunOutcome
from ..plugin_utils._teardown.play_hosts import LEFT_THE_PLAY, PlayHosts, parents, play_of
from ..plugin_utils._teardown.run import Run
from ..plugin_utils._teardown.run_folder import expanded
from ..plugin_utils._teardown.settings import (
    CAMPAIGNS,
    NUMBERS,
    Interface,
    Settings,
    SettingsError,
    checked,
    insist_on_text_of_plan,
    merged,
)
from ..plugin_utils._teardown.variable_names import insist_on_known_names, insist_on_no_stray_words
from ..plugin_utils._teardown.vocabulary import slice_sentence

_NOTHING_SENT = "Nothing was sent."
_REASONS_SHOWN = 20
_FACTS = ("state", "folder", "report", "plan_sha256", "evidence_sha256", "summary")
_HEADS = {
    CAMPAIGNS.kind: ("Everything{} is torn down.", "Not everything{} is torn down. What is left:"),
    NUMBERS.kind: ("Every step was carried out that these systems have.", "Not every step ended well. What is left:"),
}
"""The first line of a message, if all went well and if it did not; in the gap stands what a slice is a part of."""

_CLEAN = Redactor()


class ActionModule(ActionBase):
    """Runs once for the whole play and reads the accounts from the play's hosts."""

    BYPASS_HOST_LOOP = True
    TRANSFERS_FILES = False
    INTERFACE = CAMPAIGNS
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Carry out the run; every failure is in the result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            self._insist_on_one_batch(variables)
            self._insist_on_selected_tags(variables)
            play_hosts = PlayHosts(self._task, variables)
            hosts = _Hosts(self._task, self._loader, variables, self.INTERFACE)
            names = hosts.variable_names()
            insist_on_no_stray_words(names)
            ignored = insist_on_known_names(names, self.INTERFACE)
            play_hosts.insist_on_every_host(hosts.meets)
            settings = hosts.settings(self._task.args)
            deliver = self._deliverable(settings.text("deliver"))
            needs_targets = self.INTERFACE is CAMPAIGNS and settings["mode"] != "watch"
            accounts = hosts.accounts(play_hosts.remaining(), targets_needed=needs_targets)
            context = context_of(self, variables, {**os.environ, **self._task_environment()})
            outcome = Run(settings, accounts, context).carry_out()
        except SettingsError as error:
            message = f"{_NOTHING_SENT}\n{self.INTERFACE.named(str(error))}"
            return {**result, "failed": True, "changed": False, "state": "nothing_sent", "msg": message}
        leaves_files = bool(outcome.folder) and not self._task.check_mode
        result |= {**outcome.as_dict(), "warnings": [*ignored, *outcome.warnings], "msg": _message(outcome, settings)}
        result["deliver"] = deliver if leaves_files else None
        prefix = self.INTERFACE.prefix
        result["ansible_facts"] = {f"{prefix}result": {name: result[name] for name in _FACTS}}
        return {**result, **outcome.handed_on(prefix)}

    def _insist_on_one_batch(self, variables: Mapping[str, Any]) -> None:
        if set(variables.get("ansible_play_hosts") or ()) - set(variables.get("ansible_play_batch") or ()):
            raise SettingsError(
                "One plan and one evidence need all accounts in one batch: take serial out of the play."
            )
        if self._task.async_val:
            raise SettingsError("The teardown cannot run as an async task: take async and poll out of it.")

    def _insist_on_selected_tags(self, variables: Mapping[str, Any]) -> None:
        """Refuse to run, or to seem done, if the tags of the command line select other tasks.

        The role's task has the tag ``always``, so that it can report this.
        """
        wanted = set(variables.get("ansible_run_tags") or ()) - {"all", "tagged", "untagged"}
        places = (self._task, *parents(self._task))
        tags = {str(tag) for place in places for tag in getattr(place, "tags", None) or ()}
        if not wanted or not wanted.isdisjoint(tags - {"always"}) or "always" in wanted:
            return
        raise SettingsError(
            f"--tags {','.join(sorted(wanted))} does not select the teardown, so nothing was done. Give the role or its"
            " include that tag, or leave --tags out."
        )

    def _deliverable(self, given: str) -> str | None:
        """Return the file that the role includes after this task; refuse one that nobody would include."""
        if not given:
            return None
        role = self._task._role
        if role is None or f"{role.get_name(include_role_fqcn=False)}_" != self.INTERFACE.prefix:
            raise SettingsError(
                f"{VARIABLE}deliver is for the role, which includes that file when this task has ended. Use the role,"
                " or include the file in always of a block around this task, and take the option out."
            )
        # A module that is missing would else be noticed with the evidence in a folder that may go with its job.
        path = expanded(given).absolute()
        self._insist_on_harmless(path, set())
        return str(path)

    def _insist_on_harmless(self, path: Path, known: set[Path]) -> None:
        """Refuse a file of tasks that cannot be included or has a task with meta; also in files that it includes."""
        known.add(path)
        try:
            for task in _all_tasks(self._loader.load_from_file(str(path))):
                action, arguments, _delegate = ModuleArgsParser(task, collection_list=self._task.collections).parse()
                kind = action.rpartition(".")[2]
                if kind == "meta":
                    raise AnsibleError("a task with meta can end the play or forget a failure: take it out")
                included = path.parent / str(arguments.get("file") or arguments.get("_raw_params"))
                if kind in ("include_tasks", "import_tasks") and included not in known and included.is_file():
                    self._insist_on_harmless(included, known)
        except AnsibleError as error:
            raise SettingsError(f"{VARIABLE}deliver: {path}: {str(error).splitlines()[0]}") from error

    def _task_environment(self) -> dict[str, str]:
        """Return the variables of the task's own keyword ``environment``."""
        given = self._task.environment or []
        parts = self._templar.template(given if isinstance(given, list) else [given])
        return {str(name): str(value) for part in parts if part for name, value in part.items()}


def context_of(action: Any, variables: Mapping[str, Any], environment: Mapping[str, str]) -> RunContext:
    """Return what a run needs from Ansible in a task with these variables."""
    about = about_controller(variables, version=VERSION, ansible_core=ansible_core_version)
    return RunContext(
        about=about,
        environment=environment,
        show=lambda line: action._display.display(_CLEAN.line(line)),
        check_mode=bool(action._task.check_mode),
        job=JobFolders.here(os.environ, of_controller=bool(about["automation_controller"])),
    )


class _Hosts:
    """Reads account and settings of each host of the play, as a task on that host would see them."""

    def __init__(self, task: Any, loader: Any, variables: Mapping[str, Any], interface: Interface) -> None:
        self._task = task
        self._loader = loader
        self._interface = interface
        self._hostvars = variables["hostvars"]
        self._manager = self._hostvars._variable_manager
        self._names = [str(name) for name in variables["ansible_play_hosts_all"]]
        loop = (str(variables.get("ansible_loop_var")), str(variables.get("ansible_index_var")))
        self._loop = {name: variables[name] for name in loop if name in variables}
        self._variables = {name: self._of(name) for name in self._names}

    def settings(self, given: Mapping[str, Any]) -> Settings:
        """Return the settings of the run, or raise SettingsError."""
        said = {name: checked(self._said_by(name), self._interface) for name in self._names}
        return merged(checked(given, self._interface), said, self._interface)

    def variable_names(self) -> set[str]:
        """Return the names of the variables of all hosts."""
        return {str(variable) for variables in self._variables.values() for variable in variables}

    def _said_by(self, name: str) -> Document:
        found: Document = {}
        for setting in self._interface.spec:
            variable = self._interface.prefix + setting
            if variable not in self._variables[name]:
                continue
            if setting == "plan":
                insist_on_text_of_plan(self._variables[name][variable])
            try:
                found[setting] = self._read(name, variable)
            except (AnsibleError, InvalidDocument) as error:
                raise SettingsError(f"{variable} of {name} cannot be read: {error}") from error
        return found

    def accounts(self, remaining: set[str], *, targets_needed: bool) -> list[Account]:
        """Return every account of the play, also one whose variables cannot be read."""
        return [
            self._account(name, [] if name in remaining else [LEFT_THE_PLAY], targets_needed) for name in self._names
        ]

    def meets(self, condition: Any, name: str) -> bool:
        """Return whether a condition (``when``) holds for a host, or raise SettingsError."""
        variables = self._variables[name]
        templar = Templar(loader=self._loader, variables=variables)
        try:
            if hasattr(templar, "evaluate_conditional"):
                return bool(templar.evaluate_conditional(condition))
            place = Conditional(loader=self._loader)  # ansible-core 2.18
            place.when = [condition]
            return bool(place.evaluate_conditional(templar, variables))
        except AnsibleError as error:
            raise SettingsError(
                f"The condition (when) of the teardown cannot be evaluated for {name}: {error}"
            ) from error

    def _account(self, name: str, errors: list[str], targets_needed: bool) -> Account:
        """Return an account; what is wrong with its variables is added to the errors."""
        vendor = self._part(name, VARIABLE, "vendor", str, errors)
        connection = self._part(name, VARIABLE, "connection", dict, errors)
        targets = self._part(name, VARIABLE, "targets", list, errors, needed=targets_needed)
        forms, places = None, None
        if self._interface is NUMBERS:
            prefix = self._interface.prefix
            forms = self._part(name, prefix, "forms", object, errors, needed=False)
            places = self._part(name, prefix, "places", list, errors, needed=False)
        return Account(
            name, vendor, connection or {}, targets or (), forms, places or (), error="; ".join(errors) or None
        )

    def _part(
        self, host: str, prefix: str, part: str, kind: type[Any], errors: list[str], *, needed: bool = True
    ) -> Any:
        """Return a variable of a host; what is wrong with it goes to the errors, and is None."""
        variable = prefix + part
        try:
            value = self._read(host, variable)
        except (AnsibleError, InvalidDocument) as error:
            errors.append(f"{variable} cannot be read: {str(error).strip()}")
            return None
        if value in (None, "", [], {}):
            if needed:
                errors.append(f"{variable} is missing or empty")
        elif not isinstance(value, kind) or (kind is list and not all(isinstance(item, dict) for item in value)):
            errors.append(f"{variable} must be a {_KINDS[part]}")
        else:
            return value
        return None

    def _read(self, host: str, variable: str) -> Any:
        """Return a variable of a host as plain data; None if it has none."""
        variables = self._variables[host]
        value = variables.get(variable)
        if value is None or isinstance(value, (bool, int, float)) or value == "":
            return value
        return to_json_data(Templar(loader=self._loader, variables=variables).template(value))

    def _of(self, name: str) -> dict[str, Any]:
        host = self._manager._inventory.get_host(name)
        found: dict[str, Any] = self._manager.get_vars(
            play=play_of(self._task), host=host, task=self._task, include_hostvars=False
        )
        return {**found, **self._loop, "hostvars": self._hostvars}


_KINDS = {
    "vendor": "text",
    "connection": "mapping",
    "targets": 'list of mappings, such as {campaign_id: "77"}',
    "places": "list of mappings",
}


def _all_tasks(tasks: Any) -> Iterator[dict[str, Any]]:
    """Yield the tasks of a file, those in blocks among them; raise AnsibleError for what is none."""
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise AnsibleError("it must be a list of tasks, as include_tasks takes it")
    for task in tasks:
        if "block" in task:
            for section in ("block", "rescue", "always"):
                yield from _all_tasks(task.get(section) or [])
        else:
            yield task


def _message(outcome: RunOutcome, settings: Settings) -> str:
    """Return the final message of a play: the whole cause of each kind, once."""
    kept = f"Everything is in {outcome.folder}." if outcome.folder else ""
    lines = (_head(outcome, settings), *outcome.reasons, *_causes(outcome.rows), kept)
    return "\n".join(_CLEAN.line(line) for line in lines if line)


def _head(outcome: RunOutcome, settings: Settings) -> str:
    if outcome.state == "nothing_sent" and settings["mode"] == "plan":
        return (
            "The plan needs attention; nothing was sent." if outcome.failed else "The plan was made; nothing was sent."
        )
    if outcome.state == "nothing_sent" and not outcome.summary:
        return _NOTHING_SENT
    if settings["mode"] == "watch":
        return _head_of_watch(outcome)
    well, ill = _HEADS[settings.interface.kind]
    head = ill if outcome.failed else well
    return f"{slice_sentence(outcome.slice)} {head.format(' of this slice' if outcome.slice else '')}".strip()


def _head_of_watch(outcome: RunOutcome) -> str:
    if outcome.failed:
        return "Not everything that was torn down is known to be still clear:"
    if unread := outcome.summary["cannot_be_read"]:
        return f"{unread} of {outcome.summary['targets']} targets cannot be read; the others are still clear."
    return "Everything that was torn down is still clear."


def _cause(row: Document) -> tuple[str, str]:
    return str(row.get("outcome")), str((row.get("error") or {}).get("message") or "no reason was given")


def _causes(rows: Iterable[Document]) -> list[str]:
    """Return each outcome with its cause once, and how many targets of which accounts it holds for."""
    causes = grouped(rows, _cause)
    lines = []
    for (outcome, cause), found in sorted(causes.items(), key=lambda item: -len(item[1])):
        where = first_of(list(dict.fromkeys(str(row.get("account")) for row in found)), 3)
        lines.append(f"{len(found)} {outcome} ({where}): {cause}")
    more = len(lines) - _REASONS_SHOWN
    return lines[:_REASONS_SHOWN] + ([f"and {more} more causes"] if more > 0 else [])
