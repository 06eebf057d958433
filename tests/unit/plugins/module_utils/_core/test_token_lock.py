# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request at a time, across threads and processes, in fair order, and never beyond the process's life."""

from __future__ import annotations

import fcntl
import gc
import os
import pwd
import re
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core import token_lock
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    FailureClass,
    Kind,
    OptionError,
    OutboundError,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.token_lock import VARIABLE, TokenLock
from ansible_collections.telephony.outbound.tests.support.crowd import Crowd

TOKEN = "not-a-secret-token"
HOLD = """
import sys, time
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock
from ansible_collections.telephony.outbound.plugins.module_utils._core.token_lock import TokenLock
with TokenLock(sys.argv[1], Clock()).request_slot():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "a" / "locks"))
    return tmp_path / "a" / "locks"


@pytest.fixture
def holder() -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, TOKEN], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def lock(token: str = TOKEN, patience: float = 30) -> TokenLock:
    return TokenLock(token, Clock(), patience=patience)


def test_files_are_private_and_do_not_tell_the_token(folder: Path) -> None:
    with lock().request_slot():
        names = sorted(path.name for path in folder.iterdir())
    assert [name.partition(".")[2] for name in names] == ["lock", "next"]
    assert TOKEN not in "".join(names)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_its_folder_is_open_as_long_as_it_is_there(folder: Path) -> None:
    def times_open() -> int:
        gc.collect()
        return [os.path.realpath(path) for path in Path("/proc/self/fd").iterdir()].count(os.path.realpath(folder))

    held = lock()
    assert times_open() == 1
    del held
    assert times_open() == 0


def test_other_tokens_have_locks_of_their_own() -> None:
    with lock().request_slot(), lock(token="another").request_slot():
        pass
    with lock().request_slot(), pytest.raises(OutboundError), lock(patience=0.05).request_slot():
        pass


def test_threads_exclude_each_other() -> None:
    ours = lock()
    crowd = Crowd()
    done: list[int] = []

    def work() -> None:
        for request_slot in range(10):
            with ours.request_slot(), crowd:
                time.sleep(0.001)
                done.append(request_slot)

    threads = [threading.Thread(target=work) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (crowd.most, len(done)) == (1, 40)


def test_turns_are_fair() -> None:
    """A thread that uses the lock continuously lets a waiting one in after one request, not after all of them."""
    greedy, patient = lock(), lock()
    turns = 0
    let_in: list[int] = []
    begun = threading.Event()

    def wait() -> None:
        begun.wait(60)
        with patient.request_slot():
            let_in.append(turns)

    thread = threading.Thread(target=wait)
    thread.start()
    while thread.is_alive() and turns < 200:
        with greedy.request_slot():
            turns += 1
            time.sleep(0.02)
            begun.set()
    thread.join(60)
    assert let_in[0] < 30


def test_waiting_has_a_limit_and_says_who_holds_it(holder: subprocess.Popen[str]) -> None:
    with pytest.raises(OutboundError) as raised, lock(patience=0.2).request_slot():
        pass
    error = raised.value
    assert (error.kind, error.failure_class) == (Kind.BUSY, FailureClass.NOT_SENT)
    told = re.fullmatch(r"the token is in use by process (\d+) since (\S+); no turn came in 0 seconds", error.message)
    assert told is not None
    since = datetime.fromisoformat(told[2])
    assert int(told[1]) == holder.pid
    assert since.utcoffset() == timedelta(0)
    assert 0 <= time.time() - since.timestamp() < 60


def test_a_killed_process_frees_it(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait(60)
    with lock(patience=5).request_slot():
        pass


def test_the_wait_is_told(holder: subprocess.Popen[str]) -> None:
    timer = threading.Timer(0.3, holder.kill)
    timer.start()
    with lock().request_slot() as waited:
        assert waited > 0.2
    timer.join()


def test_where_nobody_holds_it_no_wait_is_told() -> None:
    class Still(Clock):
        def now(self) -> float:
            return 7.0

    with TokenLock(TOKEN, Still(), patience=30).request_slot() as waited:
        assert waited == 0


def test_an_interrupt_ends_the_wait(holder: subprocess.Popen[str]) -> None:
    clock = Clock()
    timer = threading.Timer(0.2, clock.stop.set)
    timer.start()
    with pytest.raises(OutboundError, match="interrupted") as raised, TokenLock(TOKEN, clock).request_slot():
        pass
    assert raised.value.failure_class is FailureClass.NOT_SENT
    timer.join()


def test_after_an_interrupt_a_free_lock_is_still_had() -> None:
    clock = Clock()
    clock.stop.set()
    with TokenLock(TOKEN, clock).request_slot():
        pass


@pytest.mark.parametrize("told", ["", "{}", "[]", '{"pid": "x", "since": ""}'])
def test_a_holder_that_left_no_name(folder: Path, told: str) -> None:
    ours = lock(patience=0.05)
    with ours.request_slot():
        (path,) = folder.glob("*.lock")
        path.write_text(told)
        with pytest.raises(OutboundError, match="in use by another process"), ours.request_slot():
            pass


def test_a_full_disk_does_not_prevent_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with lock().request_slot():
        pass


def test_files_that_are_links_are_refused(folder: Path, tmp_path: Path) -> None:
    ours = lock()
    with ours.request_slot():
        pass
    for path in folder.iterdir():
        path.unlink()
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutboundError) as raised, ours.request_slot():
        pass
    assert raised.value.kind is Kind.GUARD
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_system_without_locks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(OutboundError, match="No locks available"), lock().request_slot():
        pass


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write_to(folder: Path, mode: int) -> None:
    folder.mkdir(parents=True)
    folder.chmod(mode)
    with pytest.raises(OptionError, match=f"{VARIABLE}: .* must belong to the user"):
        lock()


def test_a_folder_of_somebody_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(OptionError, match="must belong to the user"):
        lock()


def test_a_folder_that_is_a_link_or_a_file(folder: Path, tmp_path: Path) -> None:
    folder.parent.mkdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(OptionError, match="cannot be used"):
        lock()
    folder.unlink()
    folder.touch()
    with pytest.raises(OptionError, match="cannot be used: Not a directory"):
        lock()


@pytest.mark.parametrize("mask", [0o000, 0o077, 0o777])
def test_files_are_private_under_every_umask(folder: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        for _time in range(2):
            with lock().request_slot():
                pass
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (folder, folder.parent)} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_tilde_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv(VARIABLE, "~/locks")
    lock()
    assert (tmp_path / "home" / "locks").is_dir()


@pytest.mark.parametrize(
    "named",
    ["locks", "./locks", "../locks", "~nobody-of-that-name/locks", "$HOME/locks", "/srv/${USER}/locks", " /srv"],
)
def test_a_folder_that_depends_on_who_reads_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, named)
    with pytest.raises(OptionError, match=f"{VARIABLE}: must be an absolute path without variables"):
        lock()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_arguments: False)  # root could write everywhere
    with pytest.raises(OptionError, match=f"{VARIABLE}: .* cannot be used: it cannot be written to"):
        lock()


class TestWithoutTheVariable:
    @pytest.fixture(autouse=True)
    def unset(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv(VARIABLE)
        monkeypatch.setattr(token_lock, "TEMPORARY_FOLDERS", ("/proc/nowhere", str(tmp_path / "tmp")))
        monkeypatch.setattr(pwd, "getpwuid", lambda _uid: SimpleNamespace(pw_dir="/proc/nowhere"))

    def test_the_home_of_the_user(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """HOME is ignored: sudo may keep another user's."""
        monkeypatch.setattr(pwd, "getpwuid", lambda _uid: SimpleNamespace(pw_dir=str(tmp_path / "home")))
        monkeypatch.setenv("HOME", str(tmp_path / "elsewhere"))
        lock()
        found = tmp_path / "home" / ".local" / "state" / "telephony.outbound" / "locks"
        assert found.stat().st_mode & 0o777 == 0o700
        assert not (tmp_path / "tmp").exists()

    @pytest.mark.parametrize("home", ["/proc/nowhere", "", "home"])
    def test_a_home_that_cannot_be_used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(pwd, "getpwuid", lambda _uid: SimpleNamespace(pw_dir=home))
        monkeypatch.setenv("TMPDIR", str(tmp_path / "of-this-session"))
        lock()
        assert [path.name for path in tmp_path.iterdir()] == ["tmp"]
        assert (tmp_path / "tmp" / f"telephony.outbound-{os.geteuid()}").is_dir()

    def test_a_user_without_a_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def nobody(_uid: int) -> None:
            raise KeyError

        monkeypatch.setattr(pwd, "getpwuid", nobody)
        lock()
        assert (tmp_path / "tmp").is_dir()

    def test_no_place_is_an_error_and_not_the_current_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(token_lock, "TEMPORARY_FOLDERS", ("/proc/nowhere",))
        with pytest.raises(OptionError, match=f"{VARIABLE}: must name a folder for locks, .*/proc/nowhere"):
            lock()
        assert list(tmp_path.iterdir()) == []
