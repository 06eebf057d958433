# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/promises.md names existing tests for every promise."""

from __future__ import annotations

import ast
import re

import pytest

from ansible_collections.telephony.outbound.tests.support import catalog

PROMISES = 7
NAMED = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")

_head, *SECTIONS = re.split(r"^## ", (catalog.PROJECT / "docs/promises.md").read_text("utf-8"), flags=re.MULTILINE)


def names_in(text: str) -> set[str]:
    """Return the names of the tests in a file: test_this, TestThat::test_this."""
    found = set()
    for node in ast.parse(text).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        found |= {f"{prefix}{item.name}" for item in inside if isinstance(item, ast.FunctionDef)}
    return found


@pytest.mark.parametrize("section", SECTIONS, ids=[section.splitlines()[0] for section in SECTIONS])
def test_every_promise_is_held_by_tests_that_exist(section: str) -> None:
    named = NAMED.findall(section)
    assert len(named) >= 2
    assert [f"{file}::{test}" for file, test in named if not exists(file, test)] == []


def exists(file: str, test: str) -> bool:
    path = catalog.PROJECT / file
    return path.is_file() and test in names_in(path.read_text("utf-8"))


def test_every_promise_is_there() -> None:
    assert [section.split(".")[0] for section in SECTIONS] == [str(number + 1) for number in range(PROMISES)]


def test_every_attack_is_named() -> None:
    named = {file for section in SECTIONS for file, _test in NAMED.findall(section)}
    attacks = {f"tests/security/{path.name}" for path in (catalog.PROJECT / "tests/security").glob("test_*.py")}
    assert attacks
    assert attacks - named == set()


def test_what_does_not_exist_would_be_noticed() -> None:
    here = "tests/contracts/test_promises.py"
    assert exists(here, "test_every_promise_is_there")
    assert not exists(here, "test_that_nobody_wrote")
    assert not exists("tests/contracts/test_nothing.py", "test_every_promise_is_there")
    assert names_in("class TestOne:\n    def test_two(self): ...") == {"TestOne::test_two"}
