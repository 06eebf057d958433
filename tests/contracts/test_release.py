# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The basis of a release: one version everywhere, and a reproducible tarball."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest
import yaml

from ansible_collections.telephony.outbound.plugins.module_utils._core.version import VERSION
from ansible_collections.telephony.outbound.scripts import provenance
from ansible_collections.telephony.outbound.scripts.normalize_tarball import repack
from ansible_collections.telephony.outbound.tests.support import catalog

CONTENT = {"README.md": b"read me\n", "plugins/one.py": b"1\n", "plugins/two.py": b"2\n"}
TIME = 1_700_000_000


def test_one_version() -> None:
    assert yaml.safe_load((catalog.PROJECT / "galaxy.yml").read_text("utf-8"))["version"] == VERSION


def packed(path: Path, names: list[str], *, time: int, owner: str) -> None:
    """Build as ansible-galaxy does on a machine whose file system lists the files in this order."""
    files = {
        "files": [{"name": name, "chksum_sha256": hashlib.sha256(CONTENT[name]).hexdigest()} for name in names],
        "format": 1,
    }
    listed = json.dumps(files, indent=True).encode()
    manifest = {"file_manifest_file": {"name": "FILES.json", "chksum_sha256": hashlib.sha256(listed).hexdigest()}}
    whole = {
        "MANIFEST.json": json.dumps(manifest).encode(),
        "FILES.json": listed,
        **{name: CONTENT[name] for name in names},
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, data in whole.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.uname = len(data), time, owner
            archive.addfile(entry, io.BytesIO(data))


@pytest.fixture
def tarballs(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "one.tar.gz", tmp_path / "other.tar.gz"
    packed(one, sorted(CONTENT), time=TIME + 1, owner="ada")
    packed(other, sorted(CONTENT, reverse=True), time=TIME + 2, owner="grace")
    assert one.read_bytes() != other.read_bytes()
    return one, other


def test_the_same_content_gives_the_same_bytes(tarballs: tuple[Path, Path]) -> None:
    for tarball in tarballs:
        repack(tarball, TIME)
    one, other = (tarball.read_bytes() for tarball in tarballs)
    assert one == other
    repack(tarballs[0], TIME + 1)
    assert tarballs[0].read_bytes() != other


def test_the_checksums_are_still_true(tarballs: tuple[Path, Path]) -> None:
    repack(tarballs[1], TIME)
    with tarfile.open(tarballs[1]) as archive:
        found = {entry.name: archive.extractfile(entry).read() for entry in archive}
    assert list(found)[:2] == ["MANIFEST.json", "FILES.json"]
    manifest = json.loads(found["MANIFEST.json"])
    assert manifest["file_manifest_file"]["chksum_sha256"] == hashlib.sha256(found["FILES.json"]).hexdigest()
    for file in json.loads(found["FILES.json"])["files"]:
        assert file["chksum_sha256"] == hashlib.sha256(found[file["name"]]).hexdigest()


def test_the_provenance_names_tarball_commit_and_tools(tarballs: tuple[Path, Path]) -> None:
    tarball, commit = tarballs[0], "0123456789abcdef0123456789abcdef01234567"
    path = tarball.with_name("one.provenance.json")
    provenance.write(path, tarball, "https://git.example.com/outbound", commit)
    told = json.loads(path.read_text("utf-8"))
    digest = hashlib.sha256(tarball.read_bytes()).hexdigest()
    assert told["subject"] == [{"name": "one.tar.gz", "digest": {"sha256": digest}}]
    source, *tools = told["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source["digest"] == {"gitCommit": commit}
    names = {tool["uri"].partition("@")[0] for tool in tools}
    assert {"pkg:generic/cpython", "pkg:generic/zlib", "pkg:pypi/ansible-core"} < names
    assert str(tarball.parent) not in path.read_text("utf-8")
