# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A backup is complete under its final name, or does not exist."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import resource
import signal
from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.backup import BackupWriter, check_folder
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import Kind, OptionError, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import encodings_of

HEADER = {"server": "wv0010.wolkvox.com", "campaign_id": "77", "campaign_name": "Añil"}


def test_whole(tmp_path: Path) -> None:
    draft = BackupWriter(tmp_path, "wolkvox-77", HEADER)
    (part,) = tmp_path.iterdir()
    assert part.name.startswith(".wolkvox-77-")
    assert part.stat().st_mode & 0o777 == 0o600
    for text in ('{"a": 1.10}', '{\n  "b": "\u2028ñ"\r\n}'):
        draft.add(text)
    done = draft.finish()
    assert list(tmp_path.iterdir()) == [done.path]
    assert done.path.name.startswith("wolkvox-77-")
    assert done.path.suffix == ".jsonl"
    assert done.path.stat().st_mode & 0o777 == 0o600
    data = done.path.read_bytes()
    assert done.sha256 == hashlib.sha256(data).hexdigest()
    header, *records = data.decode().removesuffix("\n").split("\n")
    assert json.loads(header) == {**HEADER, "records": 2}
    assert records == ['{"a": 1.10}', '{   "b": "\u2028ñ"  }']
    assert done.records == 2


def test_a_secret_that_comes_in_a_record_is_masked(tmp_path: Path) -> None:
    draft = BackupWriter(tmp_path, "x", {"campaign_name": "my not-a-secret"}, {"not-a-secret"})
    for text in ('{"opt1": "not-a-secret", "tel1": 15550100001}', '{"opt1":   "other"}'):
        draft.add(text)
    header, *records = draft.finish().path.read_text().splitlines()
    assert "not-a-secret" not in header
    assert records == ['{"opt1": "********", "tel1": 15550100001}', '{"opt1":   "other"}']


@pytest.mark.parametrize(
    ("secret", "spelled"),
    [
        ("not-a-secret", r"not\u002da-s\u0065cret"),
        ("not-a-secret", r"not\u002Da-secret"),
        ("not/a/secret", r"not\/a\/secret"),
        ("not-a-secret", r"before\nnot-a-secret"),
        ('not"a\\secret', r"not\u0022a\\secret"),
        ("not/a/secret", r"{\"url\": \"not\\/a\\/secret\"}"),
        ("not/a/secret", "not%2fa%2Fsecret"),
        ("not/a/secret", "not%252fa&#x2f;secret"),
        ("not/a/secret", "not&#47;a&sol;secret"),
    ],
)
@pytest.mark.parametrize("record", ['{"opt1": "%s", "n": 1.10}', '{"opt1": {"%s": [1]}}'])
def test_a_secret_that_is_written_with_escapes_is_masked(
    tmp_path: Path, secret: str, spelled: str, record: str
) -> None:
    draft = BackupWriter(tmp_path, "x", {}, encodings_of(secret))
    other = r'{"opt1": "2026\/01\/01 \u00f1", "n": 1.10}'
    for text in (record % spelled, other):
        draft.add(text)
    _header, masked, same = draft.finish().path.read_text().splitlines()
    assert secret not in str(json.loads(masked))
    assert json.dumps(secret)[1:-1] not in json.dumps(json.loads(masked))
    assert "********" in masked
    assert same == other, "what has no secret stays as it came"


def test_a_number_of_any_length_fits_into_the_header(tmp_path: Path) -> None:
    draft = BackupWriter(tmp_path, "x", {})
    for number in range(1234):
        draft.add(str(number))
    lines = draft.finish().path.read_text().splitlines()
    assert json.loads(lines[0]) == {"records": 1234}
    assert [int(line) for line in lines[1:]] == list(range(1234))


def test_begun_anew(tmp_path: Path) -> None:
    draft = BackupWriter(tmp_path, "x", HEADER)
    for _record in range(100_000):
        draft.add('{"from": "the first try"}')
    draft.restart()
    draft.add("{}")
    done = draft.finish()
    assert done.records == 1
    assert len(done.path.read_text().splitlines()) == 2


def test_a_part_is_not_named_like_a_backup(tmp_path: Path) -> None:
    draft = BackupWriter(tmp_path, "wolkvox-77", HEADER)
    (part,) = tmp_path.iterdir()
    assert part.name.startswith(".wolkvox-77-")
    assert part.suffix == ".part"
    draft.add("{}")
    final = draft.finish().path
    assert final.name == f"{part.name[1:].removesuffix('.part')}.jsonl"
    assert list(tmp_path.iterdir()) == [final]


def test_a_backup_larger_than_what_is_read_at_a_time(tmp_path: Path) -> None:
    draft = BackupWriter(tmp_path, "x", HEADER)
    for _record in range(30):
        draft.add("9" * 100_000)
    done = draft.finish()
    assert done.records == 30
    assert hashlib.sha256(done.path.read_bytes()).hexdigest() == done.sha256


def test_discarded(tmp_path: Path) -> None:
    draft = BackupWriter(tmp_path, "x", HEADER)
    draft.add("{}")
    draft.discard()
    draft.discard()
    assert list(tmp_path.iterdir()) == []


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    drafts = [BackupWriter(tmp_path, "x", HEADER) for _draft in range(2)]
    assert len({draft.finish().path for draft in drafts}) == 2


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_disk_that_fails_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os if call == "fsync" else Path, call, fail)
    draft = BackupWriter(tmp_path, "x", HEADER)
    with pytest.raises(OutboundError, match="No space left on device") as raised:
        draft.finish()
    assert raised.value.kind is Kind.GUARD
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_on_the_way(tmp_path: Path) -> None:
    """A limit on file sizes simulates a full disk."""
    draft = BackupWriter(tmp_path, "x", HEADER)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    try:
        with pytest.raises(OutboundError, match="cannot be written: File too large"):
            draft.add("x" * 4_000_000)
        draft.discard()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_others_write_into_is_no_backup(tmp_path: Path) -> None:
    draft = BackupWriter(tmp_path, "x", HEADER)
    draft.add("{}")
    draft._file.flush()
    with next(tmp_path.iterdir()).open("ab") as other:
        other.write(b"{}\n")
    with pytest.raises(OutboundError, match="3 lines on disk, not 2"):
        draft.finish()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(OutboundError, match="cannot be written: No such file"):
        BackupWriter(tmp_path / "gone", "x", HEADER)


def test_a_file_system_that_syncs_no_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def fsync(file: int) -> None:
        if Path(f"/proc/self/fd/{file}").is_dir():
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)
    assert BackupWriter(tmp_path, "x", HEADER).finish().path.exists()


def test_check_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert check_folder("backup_dir", ".") == tmp_path
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    for bad in ("nowhere", "file", "/proc"):
        with pytest.raises(OptionError, match=f"backup_dir: {bad} is not a folder that can be written to"):
            check_folder("backup_dir", bad)
