# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files stay small, functions simple, and checks enabled; ruff limits the length of functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT

LONGEST_FILE = 400
MOST_COMPLEX = 15
MOST_SWITCHES = 25
"""Lines that disable a check; each has its reason next to it."""

SWITCH = re.compile(r"#\s*(?:noqa|type: ignore|pyright: ignore|pylint: disable|pragma: no cover|nosec)\b")
# Most of these files is documentation.
DOCUMENTATION = {"modules", "doc_fragments"}


def sources(*folders: str) -> list[Path]:
    found = (path for folder in folders for path in (PROJECT / folder).rglob("*.py"))
    # ansible-test creates its environments there.
    return sorted(path for path in found if not path.is_relative_to(PROJECT / "tests" / "output"))


def complexity(function: ast.AST) -> int:
    """Return the cyclomatic complexity: radon's count, with boolean operators and comprehensions.

    Functions within a function count for it too. ruff counts neither operators nor comprehensions.
    """
    return 1 + sum(map(_added, ast.walk(function)))


def _added(node: ast.AST) -> int:
    match node:
        case ast.If() | ast.IfExp() | ast.Assert():
            return 1
        case ast.For() | ast.AsyncFor() | ast.While():
            return 1 + bool(node.orelse)
        case ast.Try():
            return len(node.handlers) + bool(node.orelse)
        case ast.BoolOp():
            return len(node.values) - 1
        case ast.comprehension():
            return 1 + len(node.ifs)
        case ast.Match():
            return sum(not _is_default(case) for case in node.cases)
    return 0


def _is_default(case: ast.match_case) -> bool:
    return isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None


def functions(path: Path) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield f"{path.relative_to(PROJECT)}:{node.lineno} {node.name}", node


def test_no_function_is_complex() -> None:
    found = {name: complexity(node) for path in sources("plugins", "roles") for name, node in functions(path)}
    assert len(found) > 2000
    assert {name: number for name, number in found.items() if number > MOST_COMPLEX} == {}


def test_complexity_counts_operators_and_comprehensions() -> None:
    text = """
def counted(items):
    for item in items:  # 2
        if item and (item.a or item.b):  # 5
            return [each for each in item if each]  # 7
    else:  # 8
        return 1 if items else 2  # 9
"""
    assert complexity(ast.parse(text)) == 9


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
