# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Python too old for a module is reported in one sentence."""

from __future__ import annotations

import ast
import json
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core import entry
from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT

ENTRY = Path(entry.__file__)
# pyenv and similar tools install them next to the running one.
BESIDE = Path(sys.base_prefix).parent
OLD = [
    path
    for version in ("3.6", "3.7", "3.8", "3.9", "3.10")
    for path in [*BESIDE.glob(f"{version}.*/bin/python"), *filter(None, [shutil.which(f"python{version}")])][:1]
]


def told(text: str) -> str:
    """Return the message of a failed module."""
    answer = json.loads(text)
    assert (answer["failed"], answer["changed"]) == (True, False)
    return str(answer["msg"])


def test_an_old_python_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    with pytest.raises(SystemExit):
        runpy.run_path(str(ENTRY))
    message = told(capsys.readouterr().out)
    assert message.startswith("telephony.outbound needs Python 3.11 or later")
    assert sys.executable in message
    assert 'ansible_python_interpreter: "{{ ansible_playbook_python }}"' in message


@pytest.mark.skipif(not OLD, reason="no older Python is at hand")
def test_every_old_python_at_hand_says_it() -> None:
    for python in OLD:
        done = subprocess.run([python, str(ENTRY)], capture_output=True, text=True, check=False)
        assert done.stderr == ""
        assert done.returncode == 1
        assert str(python) in told(done.stdout)


# The others are the documentation of actions, which run on the controller.
MODULES = [path for path in sorted((PROJECT / "plugins/modules").glob("*.py")) if "_core." in path.read_text("utf-8")]


@pytest.mark.parametrize("path", [ENTRY, *MODULES], ids=lambda path: str(path.stem))
def test_what_runs_before_that_is_in_the_syntax_of_old_pythons(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 6))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert "__future__" not in [node.module for node in imports]
    from_core = [node.module or "" for node in imports if "module_utils" in (node.module or "")]
    assert all(name.endswith("._core.entry") for name in from_core[:1])
