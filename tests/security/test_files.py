# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links, pipes, folders and writable files of others in the places of our files."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core import token_lock
from ansible_collections.telephony.outbound.plugins.module_utils._core.backup import BackupWriter
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.journal import JournalWriter
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run_folder import (
    FolderError,
    RunFolder,
    claim_use,
    journal_name,
)
from ansible_collections.telephony.outbound.tests.security.calls import WRITES, Call, outcome_and_error
from ansible_collections.telephony.outbound.tests.support.guard import ends
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

PRECIOUS = "what was there before\n"
NOBODY = 65534
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
WOLKVOX = [call for call in WRITES if call.vendor == "wolkvox"]
CLEAR = next(call for call in WOLKVOX if "all_records" in call.options)


@pytest.fixture
def precious(tmp_path: Path) -> Iterator[Path]:
    """A file of the user's that must not be changed."""
    path = tmp_path / "precious"
    path.write_text(PRECIOUS, "ascii")
    path.chmod(0o644)
    yield path
    assert path.read_text("ascii") == PRECIOUS
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.fixture(autouse=True)
def nothing_is_waited_for() -> Iterator[None]:
    with ends():
        yield


IN_THE_WAY: dict[str, Callable[[Path, Path], Any]] = {
    "a link": lambda path, precious: path.symlink_to(precious),
    "a link to nothing": lambda path, _precious: path.symlink_to(path.with_name("nothing")),
    "a link to a device": lambda path, _precious: path.symlink_to("/dev/null"),
    "a second name": lambda path, precious: path.hardlink_to(precious),
    "a pipe": lambda path, _precious: os.mkfifo(path),
    "a folder": lambda path, _precious: path.mkdir(),
}


@pytest.mark.parametrize("what", IN_THE_WAY)
@pytest.mark.parametrize("call", WRITES, ids=str)
def test_in_the_place_of_the_journal(call: Call, what: str, sandbox: Sandbox, precious: Path, tmp_path: Path) -> None:
    sandbox.seed(call.seed())
    path = tmp_path / "journal.jsonl"
    IN_THE_WAY[what](path, precious)
    result = call.run(sandbox.url, journal=str(path))
    assert result["failed"]
    assert "journal" in result["msg"]
    assert sandbox.journal() == []
    assert not (tmp_path / "nothing").exists()


def test_a_pipe_that_somebody_reads(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    result = CLEAR.run(sandbox.url, journal=str(path))
    assert os.read(reader, 100) == b""
    os.close(reader)
    assert result["failed"]
    assert sandbox.journal() == []


def test_a_device_keeps_its_rights(sandbox: Sandbox) -> None:
    """A task that logs to /dev/null must not change its permissions for everyone else on the machine."""
    before = Path("/dev/null").stat()
    for call in WRITES:
        assert call.run(sandbox.url, journal="/dev/null")["failed"]
    assert stat.S_IMODE(Path("/dev/null").stat().st_mode) == stat.S_IMODE(before.st_mode)


@ROOT_ONLY
def test_a_journal_of_somebody_else(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.touch(0o666)
    os.chown(path, NOBODY, NOBODY)
    for call in WRITES:
        assert call.run(sandbox.url, journal=str(path))["failed"]
    assert path.read_bytes() == b""


@pytest.mark.parametrize("call", WRITES, ids=str)
def test_in_a_folder_of_everybody_the_files_are_ours_alone(call: Call, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed(call.seed())
    folder = tmp_path / "everybody"
    folder.mkdir()
    folder.chmod(0o777)
    journal = folder / "journal.jsonl"
    journal.touch()
    journal.chmod(0o666)
    before = os.umask(0)
    try:
        more = {"backup": True, "backup_dir": str(folder)} if call == CLEAR else {}
        call.succeed(sandbox.url, journal=str(journal), **more)
    finally:
        os.umask(before)
    written = list(folder.iterdir())
    assert len(written) == (2 if call == CLEAR else 1)
    for path in written:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert path.stat().st_size > 0


# --- the folder of the locks -----------------------------------------------------------------------------------------


def _shared(mode: int) -> Callable[[Path, Path], None]:
    def make(folder: Path, _other: Path) -> None:
        folder.mkdir()
        folder.chmod(mode)

    return make


def _given_away(folder: Path, _other: Path) -> None:
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)


LOCK_FOLDERS: dict[str, Callable[[Path, Path], Any]] = {
    "a link": lambda folder, other: folder.symlink_to(other),
    "everybody's": _shared(0o777),
    "everybody's, sticky": _shared(0o1777),
    "the group's": _shared(0o770),
    "a file": lambda folder, _other: folder.touch(),
    "a pipe": lambda folder, _other: os.mkfifo(folder),
    "a device": lambda folder, _other: folder.symlink_to("/dev/null"),
}


@pytest.mark.parametrize("what", [*LOCK_FOLDERS, pytest.param("somebody else's", marks=ROOT_ONLY)])
@pytest.mark.parametrize("default", [False, True], ids=["named", "default"])
def test_in_the_place_of_the_lock_folder(
    what: str, default: bool, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, folder = tmp_path / "other", tmp_path / "folder"
    other.mkdir()
    if default:
        # Without a usable home, only a guessable name in the folder of temporary files remains.
        monkeypatch.delenv("TELEPHONY_OUTBOUND_LOCK_DIR")
        monkeypatch.setattr("pwd.getpwuid", _nobody_is_known)
        monkeypatch.setattr(token_lock, "TEMPORARY_FOLDERS", (str(tmp_path),))
        folder = tmp_path / f"telephony.outbound-{os.geteuid()}"
    else:
        monkeypatch.setenv("TELEPHONY_OUTBOUND_LOCK_DIR", str(folder))
    (LOCK_FOLDERS.get(what) or _given_away)(folder, other)
    for call in WOLKVOX:
        sandbox.seed(call.seed())
        result = call.run(sandbox.url)
        assert result["failed"]
        assert "TELEPHONY_OUTBOUND_LOCK_DIR" in result["msg"]
        assert sandbox.journal() == []
    assert list(other.iterdir()) == []


def _nobody_is_known(_user: int) -> Any:
    raise KeyError


LOCK_FILES: dict[str, Callable[[Path, Path], Any]] = {
    **IN_THE_WAY,
    "everybody's": lambda path, _precious: (path.touch(), path.chmod(0o666)),
    "somebody's words": lambda path, _precious: path.write_text('{"pid": "\x1b[2J{{ x }}", "since": [[]]}', "ascii"),
    "garbage": lambda path, _precious: path.write_bytes(b"\xff" * 100),
}


@pytest.mark.parametrize("what", LOCK_FILES)
def test_in_the_place_of_a_lock(what: str, sandbox: Sandbox, precious: Path, tmp_path: Path) -> None:
    call = CLEAR
    sandbox.seed(call.seed())
    call.succeed(sandbox.url)
    folder = Path(os.environ["TELEPHONY_OUTBOUND_LOCK_DIR"])
    files = list(folder.iterdir())
    assert len(files) == 2
    for path in files:
        path.unlink()
        if what == "a second name":
            path.write_text("", "ascii")  # a hard link to a file of the user's own is the user's own
        else:
            LOCK_FILES[what](path, precious)
    sandbox.seed(call.seed())
    result = call.run(sandbox.url)
    if what in ("a link", "a link to nothing", "a link to a device", "a folder"):
        assert result["results"][0]["outcome"] == "refused"
        assert outcome_and_error(result)["error"]["kind"] == "guard"
        assert sandbox.journal() == []
    else:
        assert not result["failed"]
    assert not (folder / "nothing").exists()


# --- the folder of backups -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["a link", "a link to nothing", "a second name", "a pipe"])
def test_in_the_place_of_a_backup(what: str, precious: Path, tmp_path: Path) -> None:
    """A file under the final name, which ends in a random word, is replaced and not written to."""
    folder = tmp_path / "backups"
    folder.mkdir()
    draft = BackupWriter(folder, "wolkvox-77", {"campaign": "77"})
    draft.add('{"a": 1}')
    (part,) = folder.iterdir()
    final = folder / (part.name[1:].removesuffix(".part") + ".jsonl")
    IN_THE_WAY[what](final, precious)
    backup = draft.finish()
    assert backup.path == final
    assert stat.S_ISREG(final.lstat().st_mode)
    assert stat.S_IMODE(final.lstat().st_mode) == 0o600
    assert final.read_text("ascii").splitlines()[1:] == ['{"a": 1}']
    assert [path.name for path in folder.iterdir()] == [final.name]


def test_a_folder_in_the_place_of_a_backup(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    draft = BackupWriter(folder, "wolkvox-77", {})
    (part,) = folder.iterdir()
    (folder / (part.name[1:].removesuffix(".part") + ".jsonl")).mkdir()
    with pytest.raises(Exception, match="the backup cannot be written"):
        draft.finish()
    assert not part.exists()


@pytest.mark.parametrize("campaign_id", ["..", "77;touch x", "$(id)", "{{ 7 }}", "-rf", "%2e%2e%2fx", "a" * 300, "é٧"])
def test_a_name_of_a_backup_stays_in_its_folder(campaign_id: str, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed(CLEAR.seed())
    state = CLEAR.seed()
    state["wolkvox"]["campaigns"] = {campaign_id: {"name": "x", "records": {"BUSY": 1}}}
    folder = tmp_path / "backups"
    folder.mkdir()
    sandbox.seed(state)
    result = CLEAR.run(sandbox.url, campaign_id=campaign_id, backup=True, backup_dir=str(folder))
    if campaign_id == "..":
        assert "campaign_id" in result["msg"]
        assert list(folder.iterdir()) == []
        return
    (written,) = folder.iterdir()
    assert result["results"][0]["backup_file"] == str(written)
    assert written.name.startswith("wolkvox-")
    assert set(written.name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_")


# --- the folder of a run ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["evidence.json", ".evidence.json.part", "SHA256SUMS", ".SHA256SUMS.part"])
@pytest.mark.parametrize("what", [what for what in IN_THE_WAY if what != "a folder"])
def test_in_the_place_of_evidence(what: str, name: str, precious: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    IN_THE_WAY[what](folder / name, precious)
    run = RunFolder(folder)
    run.write({"evidence.json": "{}", "report.html": "\ud800"})
    run.seal()
    written = {path.name: path for path in folder.iterdir() if path.name != "nothing"}
    assert set(written) == {"evidence.json", "report.html", "SHA256SUMS"}
    assert not (folder / "nothing").exists()
    for path in written.values():
        assert stat.S_ISREG(path.lstat().st_mode)
        assert stat.S_IMODE(path.lstat().st_mode) == 0o600


@pytest.mark.parametrize("what", IN_THE_WAY)
def test_in_a_folder_that_is_to_be_claimed(what: str, precious: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    IN_THE_WAY[what](folder / "run.json", precious)
    with pytest.raises(FolderError, match="give another campaign_teardown_folder"):
        RunFolder(folder).claim({"run_id": "therun"})


@pytest.mark.parametrize("what", ["a link", "a link to nothing", "a pipe", "a folder"])
def test_no_link_or_pipe_is_read_as_a_file_of_the_run(what: str, precious: Path, tmp_path: Path) -> None:
    IN_THE_WAY[what](tmp_path / "plan.json", precious)
    with pytest.raises(FolderError, match="cannot be read"):
        RunFolder(tmp_path).read("plan.json")


def test_a_link_is_not_sealed_as_if_it_were_evidence(precious: Path, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.make()
    (folder.path / "evidence.json").symlink_to(precious)
    folder.write({"evidence.csv": ""})
    folder.seal()
    assert "evidence.json" not in (folder.path / "SHA256SUMS").read_text("ascii")


@pytest.mark.parametrize("what", ["a link", "a link to nothing", "a folder"])
def test_in_the_place_of_the_journal_of_an_account(what: str, precious: Path, tmp_path: Path) -> None:
    path = tmp_path / journal_name("promo")
    IN_THE_WAY[what](path, precious)
    with pytest.raises(OSError, match=r"."):
        JournalWriter(path)
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("what", ["a link", "a file", "everybody's", "the group's"])
def test_in_the_place_of_the_folder_of_a_run(what: str, tmp_path: Path) -> None:
    other, folder = tmp_path / "other", tmp_path / "run"
    other.mkdir()
    LOCK_FOLDERS[what](folder, other)
    with pytest.raises(FolderError):
        RunFolder(folder).make()
    assert list(other.iterdir()) == []


@ROOT_ONLY
def test_the_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    _given_away(folder, tmp_path)
    with pytest.raises(FolderError, match="must belong to the user"):
        RunFolder(folder).make()


def test_a_folder_that_others_may_read_becomes_private(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(0o755)
    RunFolder(folder).make()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


HOSTILE_NAMES = [
    *("..", "../../etc/passwd", "/etc/passwd", ".hidden"),
    *("a\nb", "a\x00b", "$(id)", "{{ 7 }}", "é٧", "x" * 5000, ""),
]


@pytest.mark.parametrize("account", HOSTILE_NAMES)
def test_the_journal_of_any_host_name_stays_in_the_folder(account: str, tmp_path: Path) -> None:
    name = journal_name(account)
    assert name.startswith("journal-")
    assert name.endswith(".jsonl")
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_")
    JournalWriter(tmp_path / name).close()
    (written,) = RunFolder(tmp_path).journals()
    assert written == name


def test_host_names_that_look_alike_have_journals_of_their_own() -> None:
    names = ["a/b", "a_b", "a b", "a:b", ".a_b", "..a_b", "x" * 101, "x" * 102, "x" * 100, "ACME", "Acme", "acme"]
    # On file systems that do not tell capitals apart, too.
    assert len({journal_name(name).lower() for name in names}) == len(names)


@pytest.mark.parametrize("what", IN_THE_WAY)
def test_in_the_place_of_the_mark_of_a_plan(what: str, precious: Path, tmp_path: Path) -> None:
    """Whatever is there means that the plan was used: it is never written to, and never read as an approval."""
    mark = tmp_path / ".plan.json.0123.applied"
    IN_THE_WAY[what](mark, precious)
    assert claim_use(mark, {"folder": "here"}) == {}
