# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies of the collection with something broken on purpose: a gate that has never failed proves nothing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.telephony.outbound.tests.gates import facts

NEEDED = ("plugins", "meta", "roles", "tests/integration/targets", "galaxy.yml")


def copy(root: Path, changes: Mapping[str, tuple[str, str]]) -> Path:
    """Copy the collection below ``root`` and change it: file → (text that stands there, text in its place)."""
    tree = root / "ansible_collections/telephony/outbound"
    for name in NEEDED:
        source = facts.PROJECT / name
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, tree / name)
    for name, (old, new) in changes.items():
        path = tree / name
        text = path.read_text("utf-8")
        assert old in text, f"{name} has changed: {old!r} is no longer there to be broken"
        path.write_text(text.replace(old, new), "utf-8")
    return root
