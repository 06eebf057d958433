# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of the guides "Verify it yourself" and "Evidence" pass for intact files, and fail for altered ones."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.tests.support import catalog, stops
from ansible_collections.telephony.outbound.tests.support.ledgers import finished_run, key_pair, sealed_again
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

NEEDED = ("bash", "jq", "sha256sum", "ssh-keygen")
MISSING = [program for program in NEEDED if shutil.which(program) is None]
RUN = "20260301T090000Z-3f0a11"
GUIDES = catalog.PROJECT / "docs/docsite/rst"


def commands(guide: str) -> list[str]:
    return re.findall(r"^   \$ (.*)$", (GUIDES / guide).read_text("utf-8"), re.MULTILINE)


COMMANDS = commands("guide_verify.rst")
HAND_OVER = commands("guide_evidence.rst")

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    keys = {name: key_pair(tmp_path, name) for name in ("grace", "controller")}
    root = tmp_path / "runs"
    for number in (1, 2, 3):
        finished_run(root, number, sign_key=str(keys["controller"]), approver=keys["grace"])
    allowed = "".join((tmp_path / f"{name}.allowed").read_text("ascii") for name in keys)
    (root / "allowed_signers").write_text(allowed, "ascii")
    return root


def passes(root: Path, told: Sequence[str] = COMMANDS, run: str = "run-002") -> bool:
    """Run the commands of a guide one after the other until one fails; return whether all passed."""
    script = "\n".join(told).replace(RUN, run)
    command = [shutil.which("bash") or "bash", "-e", "-o", "pipefail", "-c", script]
    return subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=60).returncode == 0


def test_the_commands_pass_on_what_is_whole(root: Path) -> None:
    assert len(COMMANDS) > 15
    assert passes(root)


@pytest.mark.parametrize(
    ("name", "old", "new", "seal"),
    [
        ("run-002/evidence.json", '"cleared"', '"accepted"', False),
        ("run-002/evidence.json", '"cleared"', '"accepted"', True),
        ("run-002/plan.json", '"campaign_id"', '"campaign_ix"', True),
        ("ledger.jsonl", '"run_id":"aaaaaaab"', '"run_id":"aaaaaaaz"', False),
        ("ledger.jsonl", '"number":3', '"number":4', False),
        ("run-002/SHA256SUMS.sig", "U1NIU0lH", "U1NIU0lI", False),
        ("run-002/plan.json.sig", "U1NIU0lH", "U1NIU0lI", False),
        ("ledger.jsonl.3.sig", "U1NIU0lH", "U1NIU0lI", False),
        ("allowed_signers", "grace@", "ada@", False),
    ],
)
def test_the_commands_fail_on_what_was_altered(root: Path, name: str, old: str, new: str, seal: bool) -> None:
    text = (root / name).read_text("utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new, 1), "utf-8")
    if seal:
        sealed_again(root / "run-002")
    assert not passes(root)


def test_the_commands_fail_on_a_line_that_is_gone(root: Path) -> None:
    lines = (root / "ledger.jsonl").read_text("ascii").splitlines(keepends=True)
    (root / "ledger.jsonl").write_text(lines[0] + lines[2], "ascii")
    assert not passes(root)


def test_the_commands_pass_where_a_number_was_stopped(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed(stops.SEED)
    unsigned = [command for command in COMMANDS if "ssh-keygen" not in command and "lines" not in command]
    for run in ("stopped", "stopped-before"):
        assert stops.stop(stops.accounts(sandbox.url), tmp_path / run, hang_up=True).state == "done"
        assert passes(tmp_path, unsigned, run)

        evidence = tmp_path / run / "evidence.json"
        whole = evidence.read_text("utf-8")
        compared = [f"run={run}", *unsigned[unsigned.index(next(told for told in unsigned if "words=" in told)) :]]
        for old, new in (("not_found", "cancelled"), ("suppressed", "accepted")):
            assert f'"outcome": "{old}"' in whole
            evidence.write_text(whole.replace(f'"outcome": "{old}"', f'"outcome": "{new}"', 1), "utf-8")
            assert not passes(tmp_path, compared, run), f"{old} was made {new}"


def test_a_run_is_handed_over_as_one_file_and_checked(root: Path) -> None:
    (root / "run-002/backups").mkdir()
    (root / "run-002/backups/a.jsonl").write_text("a person\n", "utf-8")
    sealed_again(root / "run-002")
    received = HAND_OVER.index("mkdir received")
    assert not passes(root, HAND_OVER), "these sums are not those of the ledger"
    shutil.rmtree(root / "received")
    shutil.rmtree(root / "run-002/backups")
    sealed_again(root / "run-002")
    assert passes(root, HAND_OVER)
    assert sorted(path.name for path in (root / "received").iterdir()) == [
        "ledger.jsonl",
        "ledger.jsonl.3.sig",
        "run-002",
    ]
    assert (root / "run-002.tar.gz").stat().st_mode & 0o777 == 0o600

    (root / "run-002.tar.gz").write_bytes((root / "run-002.tar.gz").read_bytes() + b"x")
    assert not passes(root, ["run=run-002", *HAND_OVER[received - 1 :]])
