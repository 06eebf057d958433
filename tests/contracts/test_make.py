# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make help` and CONTRIBUTING list every target."""

from __future__ import annotations

import re
import subprocess

from ansible_collections.telephony.outbound.tests.support import catalog

# Targets that other targets call.
INTERNAL = {"pythons"}


def targets() -> set[str]:
    text = (catalog.PROJECT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", text, re.MULTILINE)) - INTERNAL


def test_help_lists_every_target() -> None:
    command = ["make", "--no-print-directory", "help"]
    said = subprocess.run(command, cwd=catalog.PROJECT, capture_output=True, text=True, check=True).stdout
    listed = dict(re.findall(r"^make ([a-z-]+) +(.+)$", said, re.MULTILINE))
    assert listed.keys() == targets()
    assert all(listed.values())


def test_contributing_names_every_target() -> None:
    text = (catalog.PROJECT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`make ([a-z-]+)", text))
    every = {name for name in targets() if not name.startswith("lint-")}
    assert sorted(every - named) == []
    assert sorted(named - targets()) == []
