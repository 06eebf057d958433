# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make new-vendor` writes a vendor that loads, is documented, and passes the linter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.scripts import new_vendor
from ansible_collections.telephony.outbound.tests.contracts import mutated_copy
from ansible_collections.telephony.outbound.tests.support import catalog

LOADS = """
import sys
from importlib import import_module
collection = "ansible_collections.telephony.outbound"
import_module(f"{collection}.plugins.modules.acme_queue_clear")
steps = import_module(f"{collection}.plugins.module_utils._vendors.acme.steps").Steps()
print(sorted(steps.connection_spec()))
sys.path.insert(0, sys.argv[1])
from sandbox.state import State
print(State({"acme": {"tokens": ["not-a-secret"], "queues": {"7": 3}}}).snapshot()["acme"]["queues"])
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a copy of the collection that can be linted and imported like the collection."""
    root = mutated_copy.copy(tmp_path / "copy", {})
    project = root / "ansible_collections/telephony/outbound"
    for name in (*new_vendor.SHARED, "pyproject.toml"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(catalog.PROJECT / name, project / name)
    return root


def run(*command: str | Path, root: Path, expect: int = 0) -> str:
    """Run a command in the copy, and return its output."""
    project = root / "ansible_collections/telephony/outbound"
    environment = {**os.environ, "PYTHONPATH": str(root), "ANSIBLE_COLLECTIONS_PATH": str(root), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


def made(root: Path, *arguments: str) -> tuple[list[str], list[str]]:
    """Run it; return the written files, and what is missing."""
    project = root / "ansible_collections/telephony/outbound"
    script = catalog.PROJECT / "scripts/new_vendor.py"
    said = run(sys.executable, script, *arguments, "--project", project, root=root).splitlines()
    return [line for line in said if line.startswith("wrote ")], [line for line in said if line.startswith("missing ")]


def test_it_loads_and_is_clean(root: Path) -> None:
    project = root / "ansible_collections/telephony/outbound"
    written, _missing = made(root, "acme")
    paths = [
        project / name for name, _template in new_vendor.skeleton(new_vendor.words_for(project, "acme", "queue_clear"))
    ]
    assert len(written) == len(paths) + 1
    python = [path for path in paths if path.suffix == ".py"]
    ruff = catalog.BIN / "ruff"
    run(ruff, "check", "--no-cache", *python, root=root)
    run(ruff, "format", "--no-cache", "--diff", *python, root=root)
    assert "@" not in "".join(path.name for path in paths)
    said = run(sys.executable, "-c", LOADS, project / "roles/sandbox/files", root=root)
    assert "'token'" in said
    assert "{'7': 3}" in said
    documented = run(catalog.BIN / "ansible-doc", "--type", "module", "telephony.outbound.acme_queue_clear", root=root)
    assert "telephony.outbound.acme" in documented
    assert "  acme:\n    - acme_queue_clear\n" in (project / "meta/runtime.yml").read_text("utf-8")


def test_it_lists_what_is_missing_and_overwrites_nothing(root: Path) -> None:
    project = root / "ansible_collections/telephony/outbound"
    _written, missing = made(root, "acme", "--action", "list_clear")
    told = "\n".join(missing)
    assert all(name in told for name in new_vendor.SHARED)
    assert "tests/behavior/test_acme.py" in told
    assert "_vendors/acme/account.py: " in told
    account = project / "plugins/module_utils/_vendors/acme/account.py"
    account.write_text(account.read_text("utf-8").replace("TODO", "done"), "utf-8")
    (project / "galaxy.yml").write_text((project / "galaxy.yml").read_text("utf-8") + "# acme\n", "utf-8")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    written, fewer = made(root, "acme", "--action", "list_clear")
    assert written == []
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before
    assert set(fewer) < set(missing)
    assert not any("account.py" in line or "galaxy.yml" in line for line in fewer)


@pytest.mark.parametrize("name", ["", "Acme", "acme voice", "../acme", "7acme", "acme_voice"])
def test_a_name_that_no_module_could_have_is_refused(root: Path, name: str) -> None:
    script = catalog.PROJECT / "scripts/new_vendor.py"
    assert "NAME is lower case" in run(sys.executable, script, "--", name, root=root, expect=2)
