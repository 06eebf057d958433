# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutate the core in about a thousand small ways, and report the changes that no unit test detects.

mutmut does the work, in its own environment and copy of the tree. It mutates functions, and runs for each mutant the
tests that cover it. The result is two figures and the diffs of the surviving mutants.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

MUTMUT = "mutmut>=3.8.1,<4"
COLLECTION = Path("ansible_collections/telephony/outbound")
CORE = COLLECTION / "plugins/module_utils/_core"
TESTS = COLLECTION / "tests/unit/plugins"
# version.py contains only a number.
LEFT_OUT = ("__init__", "version")

# The same cases for every mutant, without hypothesis errors about a second run or a busy machine.
CONFTEST = """\
from hypothesis import HealthCheck, settings

settings.register_profile(
    "mutants", derandomize=True, database=None, deadline=None, max_examples=30, suppress_health_check=list(HealthCheck)
)
settings.load_profile("mutants")
"""
KILLED = ("killed", "timeout", "suspicious", "segfault", "caught by type check")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, required=True, help="the folder that contains ansible_collections")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--at-once", type=int, default=2, help="number of mutants run at the same time")
    parser.add_argument("modules", nargs="*", help="files of _core, such as retry; default: all")
    options = parser.parse_args()
    work: Path = options.work / "mutants"
    there = sorted({path.stem for path in (options.tree / CORE).glob("*.py")} - set(LEFT_OUT))
    if unknown := set(options.modules) - set(there):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(there)}")
    modules = options.modules or there
    program = installed(work / "venv", options.tree / COLLECTION)
    run = work / "run"
    prepare(run, options.tree, modules)
    with (work / "log").open("wb") as log:
        command = [str(program), "run", "--max-children", str(options.at_once)]
        ended = subprocess.run(command, cwd=run, stdout=log, stderr=subprocess.STDOUT, check=False)
    if ended.returncode:
        print(f"the tests fail without any change: see {work / 'log'}")
        return 1
    report(program, run, modules, work / "survivors.diff")
    return 0


def installed(venv: Path, collection: Path) -> Path:
    """Return mutmut's executable, in an environment with the unit tests' requirements."""
    program = venv / "bin" / "mutmut"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
        needed = ["-r", str(collection / "tests/unit/requirements.txt"), "ansible-core", "pytest", MUTMUT]
        limits = ["-c", str(collection / "dev-requirements.txt")]
        subprocess.run([str(venv / "bin" / "python"), "-m", "pip", "install", "-qq", *needed, *limits], check=True)
    return program


def prepare(run: Path, tree: Path, modules: list[str]) -> None:
    """Prepare mutmut's input: a copy of the tree and its settings."""
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(tree / COLLECTION, run / COLLECTION, symlinks=True)
    (run / COLLECTION / "tests/conftest.py").write_text(CONFTEST)
    tests = [str(TESTS / path.name) for path in sorted((run / TESTS).glob("test_*.py")) if "_core" in path.read_text()]
    settings = {
        "source_paths": [str(COLLECTION.parts[0])],
        "only_mutate": [str(CORE / f"{module}.py") for module in modules],
        "pytest_add_cli_args_test_selection": tests,
        "pytest_add_cli_args": ["-c", str(COLLECTION / "pyproject.toml"), "--rootdir", "."],
    }
    lines = ["[mutmut]"]
    for name, values in settings.items():
        lines += [f"{name}=", *(f"    {value}" for value in values)]
    (run / "setup.cfg").write_text("\n".join(lines) + "\n")


def report(program: Path, run: Path, modules: list[str], differences: Path) -> None:
    """Print a line for each module, and write every surviving mutant to a file."""

    def ask(*question: str) -> str:
        return subprocess.run([program, *question], cwd=run, capture_output=True, text=True, check=True).stdout

    became = [line.strip().split(": ") for line in ask("results", "--all", "true").splitlines() if ": " in line]
    counted = {module: Counter[bool]() for module in modules}
    for name, word in became:
        counted[name.split(".")[-2]][word in KILLED] += 1
    print(f"{'module':14} {'changes':>8} {'noticed':>8} {'score':>7}")
    for module, counts in [*counted.items(), ("all", sum(counted.values(), Counter[bool]()))]:
        print(f"{module:14} {counts.total():8} {counts[True]:8} {100 * counts[True] / max(counts.total(), 1):6.1f}%")
    differences.write_text("\n".join(ask("show", name) for name, word in became if word not in KILLED))
    print(f"surviving mutants are in {differences}")


if __name__ == "__main__":
    sys.exit(main())
