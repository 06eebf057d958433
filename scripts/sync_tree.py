# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maintain a copy of the checkout where Ansible's tools expect a collection: ansible_collections/NAMESPACE/NAME.

Tracked and untracked files that git does not ignore are copied, so uncommitted changes count; only differences are
written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
# Files that the tools create in the tree, and that stay there.
KEPT = {".git", ".ansible", "tests/output"}
# Left out if git is not available.
GENERATED = {".git", ".work", ".ansible", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", "__pycache__"}


def main(tree: Path) -> None:
    wanted = project_files()
    tree.mkdir(parents=True, exist_ok=True)
    remove_others(tree, wanted)
    for name in wanted:
        copy(PROJECT / name, tree / name)
    if shutil.which("git"):
        # ansible-test and others ask git which files belong to the collection.
        git = ["git", "-C", str(tree)]
        if not (tree / ".git").exists():
            subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
        subprocess.run([*git, "-c", "core.autocrlf=false", "-c", "core.safecrlf=false", "add", "--all"], check=True)


def project_files() -> list[str]:
    """List the project's files, relative to its folder."""
    command = ["git", "-C", str(PROJECT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout
        names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = []
        for folder, folders, files in os.walk(PROJECT):
            folders[:] = [name for name in folders if name not in GENERATED]
            names += [str(Path(folder, name).relative_to(PROJECT)) for name in files]
    # A removed file that is still in git's index is listed too.
    return sorted(name for name in set(names) if os.path.lexists(PROJECT / name) and not (PROJECT / name).is_dir())


def remove_others(tree: Path, wanted: list[str]) -> None:
    """Remove files that the checkout no longer has, and empty folders."""
    files = set(wanted)
    folders = {str(parent) for name in wanted for parent in Path(name).parents}
    for folder, below, here in os.walk(tree):
        for name in list(below):
            path = Path(folder, name)
            relative = str(path.relative_to(tree))
            if relative in KEPT:
                below.remove(name)
            elif path.is_symlink():
                below.remove(name)
                if relative not in files:
                    path.unlink()
            elif relative not in folders and not any(kept.startswith(f"{relative}/") for kept in KEPT):
                below.remove(name)
                shutil.rmtree(path)
        for name in here:
            path = Path(folder, name)
            if str(path.relative_to(tree)) not in files:
                path.unlink()


def copy(source: Path, target: Path) -> None:
    """Copy one file with its mode and time unless it is identical."""
    if os.path.lexists(target) and same(source, target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        shutil.copy2(source, target, follow_symlinks=False)
    except FileNotFoundError:
        # Removed during the copy: the next run handles that.
        return


def same(source: Path, target: Path) -> bool:
    try:
        one, other = source.lstat(), target.lstat()
    except FileNotFoundError:
        return False
    return (one.st_mode, one.st_size, one.st_mtime_ns) == (other.st_mode, other.st_size, other.st_mtime_ns)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
