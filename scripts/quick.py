# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the unit tests of what changed since the last commit, for `make quick`.

A changed test file is listed itself; for a changed ``plugins/**/name.py``, every test file that imports a module of
that name is listed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
UNITS = PROJECT / "tests" / "unit"


def main() -> int:
    changed = [Path(name) for name in git("diff", "--name-only", "HEAD") + git("ls-files", "-o", "--exclude-standard")]
    print(*sorted(tests_of(changed)), sep="\n")
    return 0


def git(*arguments: str) -> list[str]:
    command = ["git", "-C", str(PROJECT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def tests_of(changed: list[Path]) -> set[str]:
    """Return the test files to run, relative to the project's folder."""
    names = {path.stem for path in changed if path.parts[0] in ("plugins", "roles") and path.suffix == ".py"}
    imports = re.compile(rf"^(?:from|import)\b.*\b(?:{'|'.join(map(re.escape, sorted(names)))})\b", re.MULTILINE)
    found = {str(path) for path in changed if path.is_relative_to("tests") and path.name.startswith("test_")}
    if names:
        texts = {path: path.read_text(encoding="utf-8") for path in UNITS.rglob("test_*.py")}
        found |= {str(path.relative_to(PROJECT)) for path, text in texts.items() if imports.search(text)}
    return {name for name in found if (PROJECT / name).is_file() and name.startswith("tests/unit/")}


if __name__ == "__main__":
    sys.exit(main())
