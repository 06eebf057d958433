# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definitions of execution environments: ansible-builder makes a context of them, and finds what modules need."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from ansible_collections.telephony.outbound.tests.support import catalog

EXAMPLES = catalog.PROJECT / "docs/examples/execution_environments"
BUILDER = catalog.BIN / "ansible-builder"

pytestmark = pytest.mark.skipif(not BUILDER.exists(), reason="ansible-builder is not installed")


@pytest.mark.parametrize("definition", sorted(EXAMPLES.iterdir()), ids=lambda path: path.stem)
def test_a_context_is_made_of_the_definition(definition: Path, tmp_path: Path) -> None:
    command = [BUILDER, "create", "--file", definition, "--context", tmp_path / "context"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    built = tmp_path / "context/_build"
    (collection,) = yaml.safe_load((built / "requirements.yml").read_text("utf-8"))["collections"]
    assert collection["name"] == catalog.COLLECTION
    # Its name depends on the program for containers that is installed.
    assert any((tmp_path / "context" / name).is_file() for name in ("Containerfile", "Dockerfile"))
    python = built / "requirements.txt"
    wanted = {line.partition(">")[0] for line in python.read_text("utf-8").split()} if python.exists() else set()
    needed = (catalog.PROJECT / "tests/integration/requirements.txt").read_text("utf-8").splitlines()
    of_sandbox = {line for line in needed if line and not line.startswith("#")} - {"requests"}
    assert of_sandbox <= wanted if "sandbox" in definition.stem else not wanted


def test_the_collection_tells_what_its_modules_need() -> None:
    command = [BUILDER, "introspect", catalog.ROOT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "requests>=2.28" in done.stdout
