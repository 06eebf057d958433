# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger: appended by many processes, cut by crashes, and still a chain."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import random
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.ledger import (
    LedgerError,
    append,
    check_writable,
    folder_name,
    folder_path,
    is_as_written,
    parse,
    read,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify_ledger import chain

ENTRY = {"event": "run", "run_id": "therun", "folder": "one"}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def test_a_line_holds_the_hash_of_the_line_before(ledger: Path) -> None:
    for name in ("one", "two"):
        append(ledger, {**ENTRY, "folder": name})
    first, second = ledger.read_bytes().splitlines(keepends=True)
    assert json.loads(first)["previous_sha256"] is None
    assert json.loads(second)["previous_sha256"] == sha256(first).hexdigest()
    assert [json.loads(line)["number"] for line in (first, second)] == [1, 2]
    assert ledger.stat().st_mode & 0o777 == 0o600
    assert all(map(is_as_written, read(ledger)))


def test_a_cut_line_stays_and_the_next_one_says_so(ledger: Path) -> None:
    append(ledger, ENTRY)
    append(ledger, ENTRY)
    cut = ledger.read_bytes()[:-40]
    ledger.write_bytes(cut)
    assert [finding["line"] for finding in chain(ledger.name, read(ledger))] == [2]
    line = append(ledger, ENTRY)
    assert ledger.read_bytes().startswith(cut)
    assert line["after_cut_line"] is True
    assert line["number"] == 3
    assert chain(ledger.name, read(ledger)) == []


def test_a_line_that_lacks_only_its_end_counts(ledger: Path) -> None:
    append(ledger, ENTRY)
    ledger.write_bytes(ledger.read_bytes().removesuffix(b"\n"))
    append(ledger, ENTRY)
    assert [line.entry is not None for line in read(ledger)] == [True, True]
    assert chain(ledger.name, read(ledger)) == []


def test_what_does_not_end_a_line(ledger: Path) -> None:
    append(ledger, {**ENTRY, "folder": "a\u2028b\r\x85c"})
    append(ledger, ENTRY)
    assert len(read(ledger)) == 2
    assert chain(ledger.name, read(ledger)) == []
    assert [line.text for line in parse(b"\xff\n")] == ["\udcff"]


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_nothing_but_a_file_is_written_to(ledger: Path, kind: str) -> None:
    other = ledger.with_name("other")
    other.touch()
    if kind == "link":
        ledger.symlink_to(other)
    elif kind == "pipe":
        os.mkfifo(ledger)
    else:
        ledger.mkdir()
    for act in (check_writable, lambda path: append(path, ENTRY)):
        with pytest.raises(LedgerError, match=r"ledger\.jsonl cannot be written"):
            act(ledger)
    assert other.read_bytes() == b""


def test_a_check_makes_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "not/there/ledger.jsonl")
    assert list(tmp_path.iterdir()) == []
    append(tmp_path / "not/there/ledger.jsonl", ENTRY)
    check_writable(tmp_path / "not/there/ledger.jsonl")
    assert len(read(tmp_path / "not/there/ledger.jsonl")) == 1


def test_a_ledger_that_another_process_holds(ledger: Path) -> None:
    append(ledger, ENTRY)
    with ledger.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(LedgerError, match=r"another process holds the ledger .* longer than 0\.2 seconds"):
            append(ledger, ENTRY, time_limit=0.2)
    assert len(read(ledger)) == 1


def test_a_file_system_without_locks_is_told(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(LedgerError, match=r"cannot be written: No locks available"):
        append(ledger, {"event": "run"})


def test_folders_are_named_from_the_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "runs/ledger.jsonl"
    for folder, name in (("runs/one", "one"), ("runs/a/b", "a/b"), ("elsewhere", str(tmp_path / "elsewhere"))):
        assert folder_name(ledger, tmp_path / folder) == name
        assert folder_path(ledger, name) == tmp_path / folder


def test_writers_that_are_killed_leave_a_chain(ledger: Path) -> None:
    chance = random.Random(17)
    code = (
        "import sys; from pathlib import Path\n"
        "from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.ledger import append\n"
        "for number in range(50):\n"
        "    append(Path(sys.argv[1]), {'event': 'run', 'run_id': f'{sys.argv[2]}{number}'})\n"
        "    print(number, flush=True)\n"
    )
    told = 0
    for round_ in range(3):
        writers = [
            subprocess.Popen([sys.executable, "-c", code, ledger, name], stdout=subprocess.PIPE)
            for name in (f"a{round_}-", f"b{round_}-")
        ]
        for writer in writers:
            assert writer.stdout is not None
            if round_ < 2:
                for _line in range(chance.randrange(1, 40)):
                    told += bool(writer.stdout.readline())
                writer.send_signal(signal.SIGKILL)
            told += len(writer.stdout.read().splitlines())
            writer.stdout.close()
            writer.wait(60)
    append(ledger, ENTRY)
    lines = read(ledger)
    assert chain(ledger.name, lines) == []
    # Acknowledged lines exist: nothing that was flushed is lost.
    assert told < len(lines) <= told + 5
    ids = [line.entry["run_id"] for line in lines if line.entry]
    assert len(ids) == len(set(ids))
    assert {f"{name}2-{number}" for name in "ab" for number in range(50)} <= set(ids)
