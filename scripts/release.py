# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build a release from the last commit: tarball, provenance, bill of materials, notes and checksums of them all.

The tarball is built twice, in different folders and from files with different times, and both must be identical.
Nothing is tagged or published.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import provenance
import yaml
from build import PROJECT, Failure, build, check, last_commit_time, run

NOTES = "RELEASE_NOTES.md"
CHECKSUMS = "SHA256SUMS"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for everything generated")
    work: Path = parser.parse_args().work
    try:
        release(work)
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    return 0


def release(work: Path) -> None:
    """Write all files of a release to ``dist``, and check the tarball as users get it."""
    if git("status", "--porcelain"):
        raise Failure("there are uncommitted changes; a release is built from a commit")
    time, commit = last_commit_time(), git("rev-parse", "HEAD").strip()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory(prefix="another-place-") as other:
        tree = export(Path(one), time)
        tarball = build(tree, work / "dist", time)
        again = build(export(Path(other), time, touch=True), Path(other, "dist"), time)
        if tarball.read_bytes() != again.read_bytes():
            raise Failure("two builds of this commit differ")
        (tarball.parent / NOTES).write_text(notes(tree), encoding="utf-8")
    stem = tarball.name.removesuffix(".tar.gz")
    provenance.write(tarball.with_name(f"{stem}.provenance.json"), tarball, repository(), commit)
    bill_of_materials(tarball.with_name(f"{stem}.sbom.cdx.json"), time)
    sums = checksums(tarball.parent)
    (tarball.parent / CHECKSUMS).write_text(sums)
    check(tarball, work)
    print(f"\n{sums}two builds of {commit[:12]} in different folders are identical\nall files are in {tarball.parent}")
    if not is_in_changelog(PROJECT):
        print("REHEARSAL: CHANGELOG.md has no entry for this version; this tarball has one built from the fragments")


def export(folder: Path, time: int, *, touch: bool = False) -> Path:
    """Export the commit to a folder, with its changelog; ``touch`` sets the time of every file to now."""
    tree = folder / "ansible_collections" / "telephony" / "outbound"
    archive = subprocess.run(["git", "-C", str(PROJECT), "archive", "HEAD"], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(tree, filter="data")
    if touch:
        for path in tree.rglob("*"):
            os.utime(path)
    if not is_in_changelog(tree):
        day = datetime.fromtimestamp(time, UTC).date().isoformat()
        run("antsibull-changelog", "release", "--date", day, cwd=tree, place=folder, show=False)
    return tree


def is_in_changelog(tree: Path) -> bool:
    changelog = yaml.safe_load((tree / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))
    return version(tree) in changelog["releases"]


def version(tree: Path) -> str:
    return str(galaxy(tree)["version"])


def repository() -> str:
    return str(galaxy(PROJECT)["repository"])


def galaxy(tree: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((tree / "galaxy.yml").read_text(encoding="utf-8"))
    return read


def bill_of_materials(path: Path, time: int) -> None:
    """List the packages of the environment that builds and tests, in CycloneDX's format."""
    form = ("--output-reproducible", "--of", "JSON", "--output-file", str(path))
    run("cyclonedx-py", "environment", *form, sys.executable, env={"SOURCE_DATE_EPOCH": str(time)}, show=False)


def checksums(folder: Path) -> str:
    """Return the lines for ``sha256sum --check``."""
    files = sorted(path for path in folder.iterdir() if path.name != CHECKSUMS)
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def notes(tree: Path) -> str:
    """Return this version's section of the changelog."""
    text = (tree / "CHANGELOG.md").read_text(encoding="utf-8")
    anchor = f'<a id="v{version(tree).replace(".", "-")}"></a>\n'
    found = re.search(rf"(?<={re.escape(anchor)}).*?(?=<a id=\"v\d|\Z)", text, re.DOTALL)
    if found is None:
        raise Failure(f"CHANGELOG.md has no section for {version(tree)}")
    return found[0].rstrip() + "\n"


def git(*words: str) -> str:
    return subprocess.run(["git", "-C", str(PROJECT), *words], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
