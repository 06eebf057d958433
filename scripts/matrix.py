# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compatible versions of ansible-core and Python, and the table of tested combinations."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from run_parts import Outcome

# The Python versions that both the collection and a controller of that version support.
SUPPORTED = {
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
}


@dataclass(frozen=True, order=True)
class Combination:
    """A version of ansible-core, such as 2.18, and the path of a Python; sorted from old to new."""

    core: str
    version: str
    python: str

    def __str__(self) -> str:
        return f"{self.core}-py{self.version}"

    def is_in(self, venv: Path) -> bool:
        """Return whether an environment has exactly this combination."""
        core, python = versions(venv)
        return (self.core, self.version) == (minor(core), minor(python))


@dataclass(frozen=True)
class Tested:
    """The exact versions that were tested, and the result of each part."""

    core: str
    python: str
    outcomes: Sequence[Outcome]

    @property
    def words(self) -> str:
        return ", ".join(f"{item.part} {item.word} {item.seconds:.0f} s" for item in self.outcomes)


def combinations(pythons: Iterable[str]) -> list[Combination]:
    """Pair the available Pythons, the first of each version, with the versions of ansible-core that support them."""
    found: dict[str, str] = {}
    for path in pythons:
        found.setdefault(python_version(path), path)
    return sorted(
        Combination(core, version, found[version])
        for core, versions in SUPPORTED.items()
        for version in versions
        if version in found
    )


def table(tested: Iterable[Tested]) -> str:
    """Return a Markdown table with one row per combination."""
    rows = [("ansible-core", "Python", "tests")]
    rows += [(item.core, item.python, item.words) for item in tested]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [[word.ljust(width) for word, width in zip(row, widths, strict=True)] for row in rows]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@cache
def python_version(path: str) -> str:
    """Return the version of a Python, such as 3.13."""
    return minor(asked(path, "import platform; print(platform.python_version())"))


def versions(venv: Path) -> tuple[str, str]:
    """Return the exact versions of ansible-core and Python in an environment."""
    code = "import importlib.metadata as m, platform; print(m.version('ansible-core'), platform.python_version())"
    core, python = asked(str(venv / "bin" / "python"), code).split()
    return core, python


def minor(version: str) -> str:
    """Return the first two numbers of a version."""
    return ".".join(version.split(".")[:2])


def asked(python: str, code: str) -> str:
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
