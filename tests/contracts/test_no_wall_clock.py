# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No test fails because a machine is slow: bounds on our own speed are for benchmarks and tests/support/guard.py."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT

FOLDERS = ("behavior", "browser", "contracts", "engines", "interop", "security", "unit")
CLOCKS = {"monotonic", "perf_counter", "time"}
DURATIONS = {"seconds", "waited", "took", "duration", "elapsed"}


def bounds(source: str) -> Iterator[int]:
    """Yield the lines of assertions that something took less than a number of seconds."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert):
            yield from (
                part.lineno for part in ast.walk(node.test) if isinstance(part, ast.Compare) and bounds_it(part)
            )


def bounds_it(compared: ast.Compare) -> bool:
    sides = [compared.left, *compared.comparators]
    for operator, less, more in zip(compared.ops, sides, sides[1:], strict=False):
        if isinstance(operator, ast.Lt | ast.LtE) and is_duration(less):
            return True
        if isinstance(operator, ast.Gt | ast.GtE) and is_duration(more):
            return True
    return False


def is_duration(value: ast.expr) -> bool:
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub) and isinstance(value.left, ast.Call):
        called = value.left.func
        return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) in CLOCKS and not (
            # Whether a moment that was told lies in the past is no matter of speed.
            isinstance(value.right, ast.Call)
        )
    name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
    return name in DURATIONS


def files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (PROJECT / "tests" / folder).rglob("*.py"))


def test_no_test_bounds_how_long_we_take() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{line}: assert what the record shows, or only that it ends (guard.py)"
        for path in files()
        for line in bounds(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("assert time.monotonic() - began < 5", [1]),
        ("assert 5 > perf_counter() - began", [1]),
        ("assert done.seconds <= 8, done", [1]),
        ("assert 0.2 < waited < 10", [1]),
        ("assert time.monotonic() - began >= 5", []),
        ("assert waited > 0.2", []),
        ("while time.monotonic() - began < 5: pass", []),
        ("assert len(found) < 5", []),
    ],
)
def test_such_a_bound_is_noticed(line: str, lines: list[int]) -> None:
    assert list(bounds(line)) == lines
