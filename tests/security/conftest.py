# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A separate home folder for the test; no secret in any file or output of a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ansible_collections.telephony.outbound.tests.security.calls import Call, Undisturbed, leaks_in
from ansible_collections.telephony.outbound.tests.security.front import told
from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.guard import ends
from ansible_collections.telephony.outbound.tests.support.pauses import short_pauses
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

_INPUT = "in"
"""The folder with the secrets that were input."""


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with short_pauses():
        yield


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture(autouse=True)
def no_secret_is_left_behind(own_home: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Search the test's output, and every file that it wrote."""
    yield
    captured = capfd.readouterr()
    texts = {"stdout": captured.out, "stderr": captured.err}
    for path in tmp_path.rglob("*"):
        place = path.relative_to(tmp_path)
        if path.is_file() and not path.is_symlink() and _INPUT not in place.parts:
            texts[str(place)] = path.read_bytes().decode(errors="replace")
    assert {where: found for where, text in texts.items() if (found := leaks_in(f"{where} {text}"))} == {}


@pytest.fixture(scope="session")
def undisturbed(running_sandbox: Sandbox) -> Undisturbed:
    """Return what a call tells, and how many changes it makes, when nothing is between it and the vendor."""
    known: dict[str, tuple[Any, int]] = {}

    def result_of(call: Call) -> tuple[Any, int]:
        if str(call) not in known:
            running_sandbox.seed(call.seed())
            known[str(call)] = told(call.succeed(running_sandbox.url)), len(running_sandbox.changes())
        return known[str(call)]

    return result_of


class Done(NamedTuple):
    """The result of an action, and its memory in MiB."""

    said: str
    mib: int


@pytest.fixture(scope="session")
def limited() -> Iterator[Callable[..., Done]]:
    """Run an action in a process with little memory; fail when it does not end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ansible_collections.telephony.outbound.tests.security.limited"],
        env={**os.environ, "PYTHONPATH": str(catalog.ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    given, said = process.stdin, process.stdout

    def do(**order: Any) -> Done:
        given.write(json.dumps(order) + "\n")
        given.flush()
        with ends():
            line = said.readline()
        assert line, f"it died of {order}"
        return Done(*json.loads(line))

    yield do
    given.close()
    process.wait(60)
    said.close()
