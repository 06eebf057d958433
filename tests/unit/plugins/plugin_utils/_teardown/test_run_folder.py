# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of a run: its owner, its content, and its location."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown import run_folder
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.documents import InvalidDocument
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run_folder import (
    FolderError,
    RunFolder,
    claim_use,
    folder_of,
    journal_name,
)

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path / "run")
    made.make()
    return made


def test_a_folder_belongs_to_the_run_that_claimed_it(folder: RunFolder) -> None:
    assert folder.run() is None
    folder.claim({"run_id": "one"})
    assert folder.run() == {"run_id": "one"}
    with pytest.raises(FolderError, match=r"holds what is not this run's \(run\.json\)"):
        folder.claim({"run_id": "two"})
    assert folder.run() == {"run_id": "one"}
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    "damage",
    [{"slice": 3}, {"masking": []}, {"not_planned": ["one"]}, {"account_errors": "no"}, {"started": "yesterday"}],
)
def test_a_run_json_with_values_of_another_type_is_not_used(folder: RunFolder, damage: dict[str, object]) -> None:
    folder.claim({"run_id": "one", **damage})
    with pytest.raises(InvalidDocument, match=next(iter(damage))):
        folder.run()


def test_of_two_runs_that_claim_at_once_one_wins(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.claim({"run_id": "one"})
    # The other run checked before the first one had written anything.
    monkeypatch.setattr(folder, "insist_on_free", lambda: None)
    with pytest.raises(FolderError, match="belongs to another run"):
        folder.claim({"run_id": "two"})
    assert folder.run() == {"run_id": "one"}
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


def test_the_result_of_a_run_that_was_refused_keeps_nobody_out(folder: RunFolder) -> None:
    folder.write({"result.json": json.dumps({"format": 1, "state": "nothing_sent", "reasons": ["No."]})})
    folder.claim({"run_id": "one"})
    assert folder.run() == {"run_id": "one"}


def test_what_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="cannot be used as the folder of a run"):
        RunFolder(tmp_path / "file" / "run").make()


def test_what_cannot_be_written_leaves_what_was_there(folder: RunFolder) -> None:
    (folder.path / "evidence.json").mkdir()
    with pytest.raises(FolderError, match=r"evidence\.json cannot be written"):
        folder.write({"evidence.json": "{}"})
    assert [path.name for path in folder.path.iterdir()] == ["evidence.json"]


def test_the_seal_is_one_that_sha256sum_checks(folder: RunFolder) -> None:
    folder.write({"evidence.json": "{}", "report.html": "é"})
    (folder.path / "backups").mkdir()
    (folder.path / "backups" / "one.jsonl").write_text("{}\n", encoding="ascii")
    folder.seal()
    folder.write({"result.json": "{}"})
    checked = subprocess.run(
        [shutil.which("sha256sum") or "sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=folder.path,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert checked.stdout.splitlines() == ["backups/one.jsonl: OK", "evidence.json: OK", "report.html: OK"]


def test_the_seal_leaves_out_what_a_killed_process_was_writing(folder: RunFolder) -> None:
    (folder.path / "backups").mkdir()
    for name in (".evidence.json.part", "backups/.wolkvox-77-x019vofq.part", "backups/one.jsonl"):
        (folder.path / name).touch()
    assert [line.split()[1] for line in folder.seal().splitlines()] == ["backups/one.jsonl"]
    assert not list(folder.path.rglob("*.part"))


def test_room_that_is_there_and_room_that_is_not(folder: RunFolder) -> None:
    folder.check_room(4096)
    assert list(folder.path.iterdir()) == []
    with pytest.raises(FolderError, match="has no room for journals and evidence"):
        folder.check_room(2**62)
    assert list(folder.path.iterdir()) == []


def test_a_folder_is_for_one_process(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_folder, "_LOOKS_AT_LOCK", 2)
    other = RunFolder(folder.path)
    with folder.locked(), pytest.raises(FolderError, match="another process works in"), other.locked():
        pass
    with folder.locked():
        pass


def test_a_file_system_without_locks_or_hard_links_is_told(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    monkeypatch.setattr("os.link", refuse)
    with pytest.raises(FolderError, match=r"cannot be locked: Operation not supported; give \w+_root"), folder.locked():
        pass
    with pytest.raises(FolderError, match="takes a hard link: Operation not supported"):
        folder.claim({"run_id": "one"})
    assert list(folder.path.iterdir()) == []


def test_journals_by_name(folder: RunFolder) -> None:
    folder.write({journal_name("b"): "2\n", journal_name("a"): "1\n", "other.jsonl": "3\n"})
    assert list(folder.journals().items()) == [("journal-a.jsonl", "1\n"), ("journal-b.jsonl", "2\n")]


@pytest.mark.parametrize(
    ("root", "given", "home", "expected"),
    [
        ("", "here", None, "{cwd}/here"),
        ("", "here", "/runner", "/runner/here"),
        ("", "/abs/here", "/runner", "/abs/here"),
        ("/srv/root", "here", "/runner", "/srv/root/here"),
        ("/srv/root", "/abs/here", None, "/abs/here"),
        ("", "~/here", None, "{home}/here"),
        ("~", "here", None, "{home}/here"),
        ("", "", None, "{cwd}/teardown-evidence/20260301T090000Z-*"),
        ("", "", "/runner", "/runner/teardown-evidence/20260301T090000Z-*"),
        ("/srv/root", "", None, "/srv/root/20260301T090000Z-*"),
    ],
)
def test_where_the_folder_of_a_run_lies(root: str, given: str, home: str | None, expected: str) -> None:
    found = folder_of(root, given, NOW, Path(home or Path.cwd())).path
    assert found.match(expected.format(cwd=Path.cwd(), home=Path.home()))
    assert found.is_absolute()


def test_runs_that_start_in_the_same_second_have_folders_of_their_own() -> None:
    assert len({str(folder_of("", "", NOW, Path.cwd())) for _run in range(20)}) == 20


def test_plain_host_names_are_their_journals_names() -> None:
    assert journal_name("wv0010.example.com") == "journal-wv0010.example.com.jsonl"


def test_a_plan_is_marked_once_and_the_mark_says_by_whom(tmp_path: Path) -> None:
    mark = tmp_path / "new" / "mark"
    assert claim_use(mark, {"run_id": "one", "folder": "/srv/one"}) is None
    assert claim_use(mark, {"run_id": "two"}) == {"run_id": "one", "folder": "/srv/one"}


def test_a_mark_that_cannot_be_read_is_a_mark(tmp_path: Path) -> None:
    (tmp_path / "mark").write_text("cut", encoding="ascii")
    assert claim_use(tmp_path / "mark", {}) == {}


def test_a_mark_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="the use of the plan cannot be noted"):
        claim_use(tmp_path / "file" / "mark", {})


def test_a_mark_that_is_not_whole_is_no_folder_that_cannot_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_opened: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(OSError, match="No space left on device"):
        claim_use(tmp_path / "mark", {})
