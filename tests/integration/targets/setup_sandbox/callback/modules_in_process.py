# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback plugin of the tests: ansible-playbook runs the modules within its own worker processes.

Each task still is one forked process with the arguments, the environment and the output of a module. Only the new
interpreter is omitted, which compiles and imports the same files for every task: most of the time that a task takes.
ansible-core before 2.19 starts every module.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from importlib import import_module
from typing import Any, ClassVar
from unittest.mock import patch

from ansible.plugins import action as actions
from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase

try:
    from ansible.executor.module_common import _BuiltModule
    from ansible.module_utils import _internal
    from ansible.module_utils.testing import patch_module_args
except ImportError:
    _BuiltModule = None

DOCUMENTATION = """
name: modules_in_process
type: aggregate
short_description: Run modules within the workers of ansible-playbook
description: Each module is imported once, and runs in the forked process of its task.
options:
  first_as_process:
    description: Whether the first real task of each of our modules, one that is to succeed, starts it as a process.
    type: bool
    default: false
    ini:
      - {section: modules_in_process, key: first_as_process}
"""

COLLECTION = "telephony.outbound"

modify_module = actions.modify_module
configure_module = ActionBase._configure_module
execute_command = ActionBase._low_level_execute_command


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "modules_in_process"

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Import the module here, before the worker process is forked."""
        Started.modules = set()
        is_ours = task.action.startswith(f"{COLLECTION}.")
        if self.get_option("first_as_process") and is_ours and not task.failed_when and not task.check_mode:
            Started.modules = {task.action} - self._seen
            self._seen.add(task.action)
        with contextlib.suppress(ImportError):  # an action without a module, or a name that is still a template
            import_module(python_of(task.action))


class Started:
    """The modules that the present task starts as processes of their own."""

    modules: ClassVar[set[str]] = set()


def python_of(module: str) -> str:
    """Return the importable name of a module."""
    collection, _dot, name = module.rpartition(".")
    package = f"ansible_collections.{COLLECTION}.plugins" if collection == COLLECTION else "ansible"
    return f"{package}.modules.{name}"


def built(*, module_name: str, **how: Any) -> Any:
    """Return a module without the program that would be sent to a host: to pack it takes longer than most tasks."""
    if module_name in Started.modules:
        return modify_module(module_name=module_name, **how)
    return _BuiltModule(
        b_module_data=b"not sent", module_style="new", shebang=f"#!{sys.executable}", serialization_profile="legacy"
    )


def remember(action: ActionBase, module_name: str, module_args: dict[str, Any], task_vars: Any) -> Any:
    action.called = (module_name, module_args)
    return configure_module(action, module_name=module_name, module_args=module_args, task_vars=task_vars)


def execute(action: ActionBase, cmd: str, *arguments: Any, **options: Any) -> dict[str, Any]:
    if options.get("in_data") is None or action.called[0] in Started.modules:
        # No module, or one that is started: a command of Ansible's own, such as one that makes a temporary folder.
        return execute_command(action, cmd, *arguments, **options)
    module, values = action.called
    environment: dict[str, str] = {}
    action._compute_environment_string(environment)
    code, output, errors = 0, io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, environment),
        patch.object(_internal, "is_controller", new=False),
        patch_module_args(values),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
    ):
        try:
            import_module(python_of(module)).main()
        except SystemExit as end:
            code = end.code or 0
    lines = output.getvalue().splitlines()
    return {"rc": code, "stdout": output.getvalue(), "stdout_lines": lines, "stderr": errors.getvalue()}


if _BuiltModule is not None:
    actions.modify_module = built
    ActionBase._configure_module = remember
    ActionBase._low_level_execute_command = execute
