# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies of the collection with a deliberate defect: a check that has never failed proves nothing."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from ansible_collections.telephony.outbound.tests.support import catalog

NEEDED = ("plugins", "meta", "roles", "tests/integration/targets", "galaxy.yml")
Change = Callable[[str], str]


def copy(root: Path, changes: Mapping[str, Change]) -> Path:
    """Copy the collection below ``root``, change some of its files, and return ``root``."""
    tree = root / "ansible_collections/telephony/outbound"
    for name in NEEDED:
        source = catalog.PROJECT / name
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, tree / name)
    for name, change in changes.items():
        path = tree / name
        path.write_text(change(path.read_text("utf-8")), "utf-8")
    return root


def replaced(old: str, new: str) -> Change:
    """Return a change that replaces a text, which must exist."""

    def change(text: str) -> str:
        assert old in text, f"{old!r} is no longer there to be broken"
        return text.replace(old, new)

    return change


def at_start_of(function: str, line: str) -> Change:
    """Return a change that inserts a line before the first statement of a function."""

    def change(text: str) -> str:
        (found,) = [
            node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) and node.name == function
        ]
        first = found.body[1 if ast.get_docstring(found) else 0]
        lines = text.splitlines(keepends=True)
        lines.insert(first.lineno - 1, f"{' ' * first.col_offset}{line}\n")
        return "".join(lines)

    return change
