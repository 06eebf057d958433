# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module inside the test's process, as Ansible would run it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any
from unittest.mock import patch

from ansible.module_utils import _internal, basic
from ansible.module_utils.common import warnings

PACKAGE = "ansible_collections.telephony.outbound.plugins.modules"


@contextlib.contextmanager
def as_in_a_new_process(environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """Forget what other modules left in this process, and restore the handlers of signals that a module sets.

    With an environment, the module has it, and what it changes there is undone too.
    """
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    warnings._global_warnings.clear()
    with contextlib.ExitStack() as stack:
        if environment is not None:
            stack.enter_context(patch.dict(os.environ, environment))
        # A test of a filter makes this process a controller, in which a module would print its warnings. ansible-core
        # 2.18 does not have the name.
        stack.enter_context(patch.object(_internal, "is_controller", new=False, create=True))
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


@contextlib.contextmanager
def module_arguments(values: dict[str, Any]) -> Iterator[None]:
    """Make a module that runs in this process read these arguments."""
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core 2.18
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": values}).encode()
        yield
        basic._ANSIBLE_ARGS = None
    else:
        with patch_module_args(values):
            yield


def run_module(name: str, *, check: bool = False, diff: bool = False, **options: Any) -> dict[str, Any]:
    """Return the module's result; ``failed`` is always present."""
    output = io.StringIO()
    values = {**options, "_ansible_check_mode": check, "_ansible_diff": diff}
    ended = contextlib.suppress(SystemExit)
    with as_in_a_new_process(), module_arguments(values), contextlib.redirect_stdout(output), ended:
        import_module(f"{PACKAGE}.{name}").main()
    return {"failed": False, **json.loads(output.getvalue())}
