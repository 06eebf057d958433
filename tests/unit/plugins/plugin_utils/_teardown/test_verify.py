# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verification finds and names whatever is altered, removed, added, swapped or replayed, and nothing else."""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.ledger import append
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run_folder import RunFolder
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify import (
    Given,
    Verified,
    verify_folder,
    verify_ledger,
)
from ansible_collections.telephony.outbound.tests.support.ledgers import (
    GIVEN,
    VERSION,
    files_below,
    finished_run,
    sealed_again,
)

RUNS = 20
CHANCE = random.Random(4711)
EVIDENCE = "evidence.json"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ledger")
    for number in range(RUNS):
        finished_run(root, number, targets=2)
    return root


@pytest.fixture
def root(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "runs"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return finished_run(tmp_path, 1)


def found(root: Path) -> list[dict[str, Any]]:
    return verify_ledger(root / "ledger.jsonl", GIVEN).findings


def told(findings: list[dict[str, Any]]) -> str:
    return "\n".join(f"{item['file']}:{item['line']}: {item['what']}" for item in findings)


# --- a ledger of 20 runs ----------------------------------------------------------------------------------------------


def test_clean_ledgers_raise_no_alarm(pristine: Path, tmp_path: Path) -> None:
    assert found(pristine) == []
    assert len(verify_ledger(pristine / "ledger.jsonl", GIVEN).runs) == RUNS
    for number in range(100):
        options = {"mask_phone_numbers": number % 3 != 0, "mask_key": "canary-mask-key" if number % 2 else None}
        finished_run(tmp_path, number, targets=1 + number % 4, **options)
    assert found(tmp_path) == []
    keyed = Given(version=VERSION, mask_key="canary-mask-key")
    for number in range(100):
        path = tmp_path / f"run-{number:03}"
        assert verify_folder(path, keyed if number % 2 else GIVEN).findings == [], number
    other = Given(version="1.0.0")
    assert verify_ledger(tmp_path / "ledger.jsonl", other).findings == []


def test_every_single_byte_is_found(root: Path) -> None:
    files = files_below(root)
    for _round in range(200):
        path = CHANCE.choice(files)
        content = path.read_bytes()
        place = CHANCE.randrange(len(content))
        new = CHANCE.choice([byte for byte in range(256) if byte != content[place]])
        path.write_bytes(content[:place] + bytes([new]) + content[place + 1 :])
        # The other folders are unchanged; verifying them each time would take long.
        only = None if path.parent == root else path.parent
        findings = verify_ledger(root / "ledger.jsonl", GIVEN, only=only).findings
        name = str(path.relative_to(root))
        assert findings, f"{name} at {place}: {content[place]} became {new}"
        assert findings[0]["file"] == name, told(findings)
        if path.name == "ledger.jsonl":
            line = content.count(b"\n", 0, place) + 1
            assert findings[0]["line"] in (line, line + 1) if content[place] == 10 else findings[0]["line"] == line
        path.write_bytes(content)
    assert found(root) == []


def damages(root: Path) -> Iterator[tuple[str, str, dict[Path, bytes | None]]]:
    """Yield the damage, the file to be named, and the new content of files (None: removed)."""
    folders = sorted(path for path in root.iterdir() if path.is_dir())
    ledger = root / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    for _round in range(10):
        one, other = CHANCE.sample(folders, 2)
        path = CHANCE.choice(files_below(one))
        yield f"{path} removed", str(path.relative_to(root)), {path: None}
        name = CHANCE.choice(["plan.json", "run.json", EVIDENCE, "evidence.csv", "report.html", "SHA256SUMS"])
        swapped = {one / name: (other / name).read_bytes(), other / name: (one / name).read_bytes()}
        yield f"{name} swapped", str((min(one, other) / name).relative_to(root)), swapped
        whole = {path: (other / path.relative_to(one)).read_bytes() for path in files_below(one)}
        yield f"{one} replaced by {other}", f"{one.name}/SHA256SUMS", whole
        place = CHANCE.randrange(RUNS)
        without = lines[:place] + lines[place + 1 :]
        # A missing last line is detected by the folder of its run.
        where = "ledger.jsonl" if place < RUNS - 1 else f"{folders[-1].name}/run.json"
        yield f"line {place + 1} removed", where, {ledger: b"".join(without)}
        replayed = [*lines[: place + 1], lines[place], *lines[place + 1 :]]
        yield f"line {place + 1} replayed", "ledger.jsonl", {ledger: b"".join(replayed)}


def test_what_is_removed_swapped_or_replayed_is_found(root: Path) -> None:
    done = list(damages(root))
    assert len(done) == 50
    for what, where, changes in done:
        before = {path: path.read_bytes() for path in changes}
        for path, content in changes.items():
            path.unlink() if content is None else path.write_bytes(content)
        findings = found(root)
        assert where in {item["file"] for item in findings}, f"{what}\n{told(findings)}"
        for path, content in before.items():
            path.write_bytes(content)
            path.chmod(0o600)
    assert found(root) == []


def test_lines_of_a_journal_that_are_removed_swapped_or_replayed(folder: Path, tmp_path: Path) -> None:
    journal = folder / "journal-promo.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    for place in range(len(lines) - 1):
        for new in (
            lines[:place] + lines[place + 1 :],
            [*lines[: place + 1], *lines[place:]],
            [*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]],
        ):
            journal.write_bytes(b"".join(new))
            findings = verify_ledger(tmp_path / "ledger.jsonl", GIVEN).findings
            assert findings[0]["file"] == "run-001/journal-promo.jsonl"


def test_folders_that_are_missing_moved_or_copied(root: Path) -> None:
    (root / "run-003").rename(root / "away")
    assert "run-003:None: the folder of a run is missing (line 4 of the ledger)" in told(found(root))
    assert "away/run.json:None: no line of the ledger is about this run." in told(found(root))
    (root / "away").rename(root / "run-003")
    shutil.copytree(root / "run-003", root / "copy")
    assert [item["file"] for item in found(root)] == ["copy/run.json"]
    append(root / "ledger.jsonl", {**_entry(root, 4), "folder": "copy"})
    assert [item["line"] for item in found(root)] == [RUNS + 1]


def _entry(root: Path, number: int) -> dict[str, Any]:
    line = json.loads((root / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[number - 1])
    return {key: line[key] for key in ("event", "run_id", "mode", "state", "folder", "plan_sha256", "sums_sha256")}


def test_a_run_that_was_killed_is_told_with_what_to_do(root: Path) -> None:
    folder = root / "run-100"
    shutil.copytree(root / "run-001", folder)
    for path in folder.iterdir():
        if path.name not in ("run.json", "plan.json"):
            path.unlink()
    (finding,) = found(root)
    assert finding["file"] == "run-100/run.json"
    assert "campaign_teardown_mode=evidence" in finding["what"]
    with RunFolder(folder).locked():
        assert found(root) == []
    (folder / "plan.json").unlink()
    assert found(root) == [], "nothing was planned or sent there"


def test_what_a_purge_removed_is_not_missed(root: Path) -> None:
    purged = root / "run-002" / "plan.json"
    purged.unlink()
    assert "run-002/plan.json" in told(found(root))
    append(root / "ledger.jsonl", {"event": "purge", "folder": "run-002", "removed": {"plan.json": "ab" * 32}})
    assert found(root) == []
    (root / "run-002" / EVIDENCE).unlink()
    assert f"run-002/{EVIDENCE}" in told(found(root))


def test_what_was_watched_later_is_held_by_the_ledger(root: Path) -> None:
    watched = root / "run-002" / "watch.jsonl"
    watched.write_text("{}\n", encoding="ascii")
    sha256 = hashlib.sha256(watched.read_bytes()).hexdigest()
    append(root / "ledger.jsonl", {"event": "watch", "folder": "run-002", "files": {"watch.jsonl": sha256}})
    assert found(root) == []
    watched.write_text("[]\n", encoding="ascii")
    assert [item["file"] for item in found(root)] == ["run-002/watch.jsonl"]


def test_one_folder_of_a_ledger(root: Path) -> None:
    (root / "run-001" / EVIDENCE).write_bytes(b"{}")
    one, other = (verify_ledger(root / "ledger.jsonl", GIVEN, only=root / name) for name in ("run-001", "run-002"))
    assert one.findings[0]["file"] == f"run-001/{EVIDENCE}"
    assert (other.findings, len(other.runs)) == ([], 1)
    nowhere = verify_ledger(root / "ledger.jsonl", GIVEN, only=root.parent)
    assert "the ledger has no line about" in nowhere.findings[0]["what"]


# --- one folder with new checksums ------------------------------------------------------------------------------------


def altered(folder: Path, name: str, old: str, new: str) -> Verified:
    """Alter a file, write SHA256SUMS again, and verify."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    sealed_again(folder)
    return verify_folder(folder, GIVEN)


SAYS = "plan and journals say"
CAMPAIGN = '"target": {"campaign_id": "1'
ALTERED: dict[str, list[tuple[str, str, str]]] = {
    EVIDENCE: [
        ('"outcome": "failed"', '"outcome": "cleared"', rf"evidence\.json:\d+: it says cleared, and {SAYS} failed"),
        ('"pending_before": 120', '"pending_before": 121', rf"evidence\.json:\d+: {SAYS} otherwise of: pending_before"),
        ('"reason": "End of season"', '"reason": "Other"', r"json:\d+: plan, run\.json and .* otherwise of: reason"),
        ('"place": 1', '"place": 2', r"evidence\.json:\d+: target 2 of the plan is told 2 times"),
        ('"place": 1', '"place": 2', r"target 1 of the plan, of the account promo, is not told"),
        ('"results": [', '"results": 7, "others": [', r"evidence\.json:None: .*results is not a list"),
        ("***", "+++", rf"evidence\.json:\d+: {SAYS} otherwise of: target"),
    ],
    "evidence.csv": [("cleared", "failed", r"evidence\.csv:None: the file does not say what evidence\.json says")],
    "report.html": [("cleared", "failed", r"report\.html:None: the file does not say what evidence\.json says")],
    "result.json": [
        ('"cleared": 3', '"cleared": 4', r"result\.json:None: it says otherwise .* summary"),
        ('"state": "', '"state": "un', r"result\.json:None: it says otherwise .* state"),
    ],
    "plan.json": [
        ('"Season 11"', '"Season 12"', r"plan\.json:None: this is not the plan of the run"),
        ('"campaign_id": "11"', '"campaign_id": "12"', r"plan\.json:None: .* the plan was altered"),
    ],
    "run.json": [
        ('01T09:00:40Z"', '01T09:00:50Z"', r"journal-promo\.jsonl:1: the times are not in order"),
        ('"ended": "2026', '"ended": "2025', r"run\.json:None: the times are not in order"),
        ('"ended": "2026', '"ended": "soon', r"run\.json:None: .* is not a time"),
    ],
    "journal-promo.jsonl": [
        ('"ended", "time": "2026', '"ended", "time": "2025', r"journal-promo\.jsonl:4: the times are not in order"),
        ('"outcome": "failed"', '"outcome": "cleared"', rf"evidence\.json:\d+: it says failed, and {SAYS} cleared"),
        (f'"result": {{{CAMPAIGN}1"', f'"result": {{{CAMPAIGN}2"', r"jsonl:6: its target is not the planned one"),
        ("[0, 1, 2]", "[0, 1, 3]", r"jsonl:2: target 3 of the plan belongs to the account records"),
        ('"run_id": "', '"run_id": "x', r"journal-promo\.jsonl:1: the line belongs to another run"),
        ('{"event": "begun"', '{"event": begun"', r"journal-promo\.jsonl:3: the line is not a JSON object"),
        ('"event": "begun"', '"event": "bogus"', r"journal-promo\.jsonl:3: a journal has no event 'bogus'"),
    ],
}


@pytest.mark.parametrize(
    ("name", "old", "new", "says"), [(name, *change) for name, changes in ALTERED.items() for change in changes]
)
def test_new_sums_do_not_help(folder: Path, name: str, old: str, new: str, says: str) -> None:
    text = told(altered(folder, name, old, new).findings)
    assert re.search(says, text), text


def test_a_journal_that_was_removed_with_its_sum(folder: Path) -> None:
    (folder / "journal-promo.jsonl").unlink()
    sealed_again(folder)
    findings = verify_folder(folder, GIVEN).findings
    assert [item["what"] for item in findings if "it says cleared, and plan and journals say in_doubt" in item["what"]]


def test_a_target_that_was_left_out(folder: Path) -> None:
    lines = (folder / EVIDENCE).read_text(encoding="utf-8").splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if '"place": 1' in line)
    (folder / EVIDENCE).write_text("".join(lines[:place] + lines[place + 1 :]), encoding="utf-8")
    sealed_again(folder)
    assert "target 1 of the plan, of the account promo, is not told" in told(verify_folder(folder, GIVEN).findings)


def test_files_that_no_run_leaves(folder: Path) -> None:
    (folder / "more.json").write_text("{}", encoding="ascii")
    (folder / "link").symlink_to("run.json")
    (folder / ".plan.json.0123456789abcdef.applied").write_text("{}", encoding="ascii")
    files = {item["file"]: item["what"] for item in verify_folder(folder, GIVEN).findings}
    assert files.keys() == {"more.json", "link"}
    (folder / "link").unlink()
    sealed_again(folder)
    assert told(verify_folder(folder, GIVEN).findings).startswith("more.json:None: no run leaves such a file, and line")
    (folder / "SHA256SUMS").unlink()
    assert verify_folder(folder, GIVEN).findings[0]["file"] == "SHA256SUMS"
    assert verify_folder(folder / "not-there", GIVEN).findings[0]["what"] == "the folder of a run is missing"


def test_masked_numbers_fit_their_hash(tmp_path: Path) -> None:
    folder = finished_run(tmp_path, 1, mask_key="canary-mask-key")
    keyed = Given(version=VERSION, mask_key="canary-mask-key")
    assert verify_folder(folder, keyed).findings == []
    assert verify_folder(folder, GIVEN).findings == []
    other = verify_folder(folder, Given(version=VERSION, mask_key="another")).findings
    assert any("does not fit its hash with this mask_key" in item["what"] for item in other)
    text = (folder / EVIDENCE).read_text(encoding="utf-8")
    start = text.index("***0001#") + len("***0001#")
    (folder / EVIDENCE).write_text(text[:start] + "aaaaaaaaaaaa" + text[start + 12 :], encoding="utf-8")
    sealed_again(folder)
    assert verify_folder(folder, keyed).findings[0]["file"] == EVIDENCE


def test_a_process_that_was_ended_before_its_first_line_is_no_forgery(folder: Path) -> None:
    journal = folder / "journal-promo.jsonl"
    text = journal.read_text(encoding="utf-8")
    ended = json.dumps({"event": "account_failed", "time": "2026-03-01T09:00:41.000+00:00", "message": "was ended"})
    journal.write_text(f"{ended}\n{text}", encoding="utf-8")
    sealed_again(folder)
    assert verify_folder(folder, GIVEN).findings == []
    journal.write_text(f"{ended}\n{text.partition(chr(10))[2]}", encoding="utf-8")
    sealed_again(folder)
    findings = told(verify_folder(folder, GIVEN).findings)
    assert "journal-promo.jsonl:2: the line that names the run and its plan is missing before it" in findings


def test_a_crash_that_cut_a_journal_is_no_forgery(folder: Path) -> None:
    journal = folder / "journal-promo.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    for whole in (0, 3):
        cut = lines[whole][:20]
        for ended in (
            "",
            json.dumps({**json.loads(lines[0]), "event": "account_failed", "message": "was ended"}) + "\n",
        ):
            journal.write_text("".join([*lines[:whole], f"{cut}\n", ended, *lines]), encoding="utf-8")
            sealed_again(folder)
            assert verify_folder(folder, GIVEN).findings == []
