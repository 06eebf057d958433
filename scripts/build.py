# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection, install it in an empty folder, and check it there as users get it."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from normalize_tarball import repack

PROJECT = Path(__file__).resolve().parents[1]
COLLECTION = "telephony.outbound"
# The allowed top-level entries of the tarball. Add a new one here on purpose, or to build_ignore in galaxy.yml.
ALLOWED = {
    *("CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "COPYING", "FILES.json", "LICENSES", "MANIFEST.json"),
    *("README.md", "SECURITY.md", "changelogs", "docs", "meta", "playbooks", "plugins", "requirements.txt", "roles"),
    *("extensions", "tests"),
}
NEEDED = {"CHANGELOG.md", "COPYING", "README.md", "meta", "plugins", "requirements.txt"}
# An action plugin is documented by the module of the same name.
NOT_DOCUMENTED = {"action", "doc_fragments", "module_utils", "plugin_utils"}
TYPES = {"modules": "module"}


class Failure(Exception):
    """A check failed."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, required=True, help="the collection")
    parser.add_argument("--work", type=Path, required=True, help="folder for everything generated")
    options = parser.parse_args()
    work: Path = options.work
    try:
        tarball = build(options.tree, work / "dist", last_commit_time())
        check(tarball, work)
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    print(f"built and checked {tarball}")
    return 0


def build(tree: Path, dist: Path, time: int) -> Path:
    """Build the tarball of a tree as the only file in ``dist``; the same tree and time give identical bytes."""
    shutil.rmtree(dist, ignore_errors=True)
    run("ansible-galaxy", "collection", "build", str(tree), "--output-path", str(dist))
    (tarball,) = dist.glob("*.tar.gz")
    repack(tarball, time)
    return tarball


def last_commit_time() -> int:
    """Return the time of the last commit in seconds since 1970; 0 outside of git."""
    command = ["git", "-C", str(PROJECT), "log", "-1", "--format=%ct"]
    try:
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    except (OSError, subprocess.CalledProcessError):
        return 0


def check(tarball: Path, work: Path) -> None:
    """Check a tarball as users get it."""
    installed = work / "installed"
    check_content(tarball)
    install(tarball, installed)
    check_documentation(installed)
    run("ansible-galaxy", "collection", "verify", "--offline", "-p", str(installed), COLLECTION)
    check_import(tarball, work / "importer")


def check_content(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    print(f"{tarball.name}: {len(names)} entries, {tarball.stat().st_size // 1024} KiB")
    top = {name.split("/")[0] for name in names}
    if extra := sorted(top - ALLOWED):
        raise Failure(f"the tarball contains files that users do not need: {', '.join(extra)}")
    if missing := sorted(NEEDED - top):
        raise Failure(f"the tarball lacks {', '.join(missing)}")
    tests = sorted(name for name in names if name.startswith("tests/") and name != "tests/config.yml")
    if tests:
        raise Failure(f"the tarball has tests: {', '.join(tests[:5])}")
    if junk := [name for name in names if re.search(r"(^|/)(\.[^/]+|__pycache__|.*~)$|\.pyc$", name)]:
        raise Failure(f"the tarball has {', '.join(junk[:5])}")


def install(tarball: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    options = ("-p", str(place), "--offline", "--no-deps")
    run("ansible-galaxy", "collection", "install", str(tarball), *options, place=place)


def check_documentation(place: Path) -> None:
    """Run ansible-doc, with only the installed collection, for every plugin, role and playbook."""
    root = place / "ansible_collections" / Path(*COLLECTION.split("."))
    for folder in sorted(path for path in (root / "plugins").iterdir() if path.name not in NOT_DOCUMENTED):
        names = sorted(f"{COLLECTION}.{file.stem}" for file in folder.glob("*.py") if file.stem != "__init__")
        kind = TYPES.get(folder.name, folder.name)
        check_documented(kind, names, place)
    roles = sorted(path.name for path in (root / "roles").glob("*") if path.is_dir())
    check_documented("role", [f"{COLLECTION}.{name}" for name in roles], place)


def check_documented(kind: str, names: list[str], place: Path) -> None:
    if not names:
        return
    documented = json.loads(run("ansible-doc", "-t", kind, "-j", *names, place=place, show=False))
    for name in names:
        entry = documented.get(name)
        if not entry or (kind == "role" and not entry.get("entry_points")) or (kind != "role" and not entry.get("doc")):
            raise Failure(f"ansible-doc has no documentation for the {kind} {name}")
    print(f"documented: {len(names)} of type {kind}")


def check_import(tarball: Path, folder: Path) -> None:
    """Run the importer of a hub. It exits with 0 despite many findings, so its output is evaluated."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings = folder / "galaxy-importer.cfg"
    # `make lint` runs ansible-lint; here, a timeout of the importer would look like a finding.
    settings.write_text("[galaxy-importer]\nCHECK_REQUIRED_TAGS = True\nRUN_FLAKE8 = False\nRUN_ANSIBLE_LINT = False\n")
    output = run(
        *(sys.executable, "-m", "galaxy_importer.main", str(tarball)),
        env={"GALAXY_IMPORTER_CONFIG": str(settings)},
        cwd=folder,
        show=False,
    )
    findings = [line for line in output.splitlines() if re.match(r"(WARNING|ERROR|CRITICAL)\b", line)]
    if findings or "Importer processing completed successfully" not in output:
        print(output)
        raise Failure(f"galaxy-importer found {len(findings)} things")
    print("galaxy-importer: nothing found")


def run(
    *command: str,
    place: Path | None = None,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    show: bool = True,
) -> str:
    """Run a command and return its output, including errors; raise Failure if it fails."""
    environment = {**os.environ, **(env or {})}
    if place:
        environment["ANSIBLE_COLLECTIONS_PATH"] = str(place)
    process = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)
    if process.returncode or show:
        print(process.stdout + process.stderr, end="", flush=True)
    if process.returncode:
        raise Failure(f"{Path(command[0]).name} {' '.join(command[1:3])} ended with {process.returncode}")
    if Path(command[0]).name == "ansible-doc" and not show:
        # ansible-doc warns on standard error about unreadable files. Ignore warnings of some versions about
        # collections inside ansible-core.
        said = [part for part in re.split(r"(?=\[(?:WARNING|ERROR|DEPRECATION))", process.stderr) if part.strip()]
        if ours := [part.strip() for part in said if "_protomatter" not in re.sub(r"\s", "", part)]:
            raise Failure(f"ansible-doc says: {' '.join(ours)}")
    return process.stdout


if __name__ == "__main__":
    sys.exit(main())
