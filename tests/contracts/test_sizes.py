# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files stay small, and checks stay enabled; ruff limits the length of functions."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT

LONGEST_FILE = 400
MOST_SWITCHES = 25
"""Lines that disable a check; each has its reason next to it."""

SWITCH = re.compile(r"#\s*(?:noqa|type: ignore|pyright: ignore|pylint: disable|pragma: no cover|nosec)\b")
# Most of these files is documentation.
DOCUMENTATION = {"modules", "doc_fragments"}


def sources(*folders: str) -> list[Path]:
    found = (path for folder in folders for path in (PROJECT / folder).rglob("*.py"))
    # ansible-test creates its environments there.
    return sorted(path for path in found if not path.is_relative_to(PROJECT / "tests" / "output"))


def test_no_file_of_the_plugins_is_long() -> None:
    code = [path for path in sources("plugins") if path.relative_to(PROJECT).parts[1] not in DOCUMENTATION]
    lengths = {str(path.relative_to(PROJECT)): len(path.read_text("utf-8").splitlines()) for path in code}
    assert len(lengths) > 50
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_few_checks_are_switched_off() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
        for path in sources("plugins", "roles", "scripts", "tests")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if SWITCH.search(line) and path.name != Path(__file__).name
    ]
    assert found, "the pattern finds nothing any more"
    assert len(found) <= MOST_SWITCHES, "\n".join(found)
    assert [line for line in found if not re.search(r"(?:noqa: \w+|ignore\[[\w-]+\]) +[-#] ?\S", line)] == []
