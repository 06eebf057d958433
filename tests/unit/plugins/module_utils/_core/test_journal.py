# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: every line is complete, private, and written in time."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep, time

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OptionError
from ansible_collections.telephony.outbound.plugins.module_utils._core.journal import Journal, check_journal

TARGET = {"campaign_id": "77", "name": "ü\u2028"}


def test_lines(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text("kept\n")
    file.chmod(0o644)
    journal = Journal(str(file), Clock())
    journal.begun(3, TARGET)
    journal.ended(3, {"target": TARGET, "outcome": "cleared"}, {"times": {}})
    journal.close()
    kept, begun, ended = file.read_text(encoding="utf-8").split("\n")[:3]
    assert kept == "kept"
    assert {**json.loads(begun), "time": ""} == {"event": "begun", "time": "", "index": 3, "target": TARGET}
    assert json.loads(ended)["result"]["outcome"] == "cleared"
    assert json.loads(ended)["target"] == TARGET
    assert list(json.loads(ended))[:2] == ["event", "time"]
    written = datetime.fromisoformat(json.loads(ended)["time"])
    assert written.utcoffset() == timedelta(0)
    assert abs(written.timestamp() - time()) < 60
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_takes_no_other_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash of an earlier task cuts a line, and so does a disk that is full for a while."""
    file = tmp_path / "journal.jsonl"
    file.write_text('{"event": "beg')
    journal = Journal(str(file), Clock())
    journal.begun(1, TARGET)
    write = os.write

    def full(opened: int, data: memoryview) -> int:
        if len(data) < 20:
            raise OSError(28, "No space left on device")
        return write(opened, data[:-10])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        journal.begun(2, TARGET)
    monkeypatch.undo()
    journal.begun(3, TARGET)
    journal.close()
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == '{"event": "beg'
    assert [json.loads(line)["index"] for line in lines[1:]] == [1, 3]


def test_a_journal_that_was_removed_takes_no_line(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    journal = Journal(str(file), Clock())
    journal.begun(1, TARGET)
    file.unlink()
    with pytest.raises(OSError, match="removed meanwhile"):
        journal.begun(2, TARGET)
    journal.close()


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    journal = Journal(str(file), Clock())
    work = [threading.Thread(target=journal.begun, args=(index, {"x": "y" * 5000})) for index in range(20)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    journal.close()
    assert sorted(json.loads(line)["index"] for line in file.read_text().splitlines()) == list(range(20))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OptionError, match="journal"):
        Journal(str(tmp_path / "link"), Clock())
    assert not (tmp_path / "elsewhere").exists()


def opened(path: str) -> None:
    Journal(path, Clock()).close()


@pytest.mark.parametrize("use", [opened, check_journal])
@pytest.mark.parametrize("what", ["a second name", "a pipe"])
def test_what_is_not_a_file_of_its_own(tmp_path: Path, what: str, use: Callable[[str], None]) -> None:
    path, other = tmp_path / "journal", tmp_path / "other"
    other.touch()
    if what == "a pipe":
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # otherwise the pipe could not be opened at all
    else:
        path.hardlink_to(other)
    before = open_files()
    with pytest.raises(OptionError) as caught:
        use(str(path))
    assert str(caught.value) == f"journal: {path} is not a file of the user's own, with one name"
    assert open_files() == before
    if what == "a pipe":
        os.close(reader)


def open_files() -> list[str]:
    return sorted(path.name for path in Path("/proc/self/fd").iterdir() if path.exists())


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot be written"):
        Journal(str(tmp_path / "no" / "journal"), Clock())


NAMES = ("new", "there", "no/new", "new/", "folder", "folder/", "there/new", "link", "dangling", ".", "n" * 300)


@pytest.mark.parametrize("name", NAMES)
def test_a_check_says_what_opening_says_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "there").write_text("{}\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    before, files = sorted(tmp_path.rglob("*")), open_files()
    said = failure(check_journal, f"{tmp_path}/{name}")
    assert sorted(tmp_path.rglob("*")) == before
    then = failure(opened, f"{tmp_path}/{name}")
    assert (said is None) == (then is None)
    assert said == then or name.endswith("/")
    assert open_files() == files


def test_a_check_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "there"
    file.write_text("{}\n")
    file.chmod(0o640)
    before = file.stat()
    check_journal(str(file))
    assert (file.stat().st_mode, file.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


def failure(use: Callable[[str], None], path: str) -> str | None:
    try:
        use(path)
    except OptionError as error:
        return str(error)
    return None


def test_lines_that_are_written_during_a_flush_share_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "journal.jsonl"
    journal = Journal(str(file), Clock())
    flushed: list[int] = []
    begun = threading.Event()

    def flush(_file: int) -> None:
        begun.set()
        while len(file.read_text().splitlines()) < 4:
            sleep(0.001)
        flushed.append(len(file.read_text().splitlines()))

    monkeypatch.setattr(os, "fsync", flush)
    work = [threading.Thread(target=journal.begun, args=(index, TARGET)) for index in range(4)]
    work[0].start()
    assert begun.wait(60)
    for thread in work[1:]:
        thread.start()
    for thread in work:
        thread.join()
    assert flushed == [4, 4]


def test_nothing_counts_as_written_after_a_flush_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(str(tmp_path / "journal.jsonl"), Clock())

    def fail(_file: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        journal.begun(0, TARGET)
    monkeypatch.undo()
    with pytest.raises(OSError, match="Input/output"):
        journal.begun(1, TARGET)
    journal.close()
