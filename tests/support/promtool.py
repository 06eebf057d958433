# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""promtool, which parses metrics and rules as Prometheus does."""

from __future__ import annotations

import shutil
import subprocess

import pytest


def check(*arguments: str, text: str = "") -> tuple[int, str]:
    """Run ``promtool check``; return its exit code and its output; skip the test if it is not installed."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("NO promtool: metrics and alert rules were not checked; install prometheus")
    done = subprocess.run([promtool, "check", *arguments], input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
