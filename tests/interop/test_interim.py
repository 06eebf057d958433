# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interim responses from Node's own HTTP server before every answer; its log records what it sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.telephony.outbound.tests.interop.processes import Process, free_port, program
from ansible_collections.telephony.outbound.tests.support.modules import run_module

SERVER = Path(__file__).with_name("interim_node.js")
CONCURRENCY = pytest.mark.parametrize("concurrency", [1, 4])


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    process = Process([program("node"), str(SERVER), str(port)], port, tmp_path)
    yield f"http://127.0.0.1:{port}"
    process.stop()


def log(url: str) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{url}/_log", timeout=10).json()
    return found


@CONCURRENCY
def test_every_cancel_gets_its_own_answer(url: str, concurrency: int) -> None:
    result = run_module(
        "plum_outbound_cancel",
        product="fuse",
        base_url=f"{url}/fuse",
        email="operator@example.com",
        developer_key="not-a-secret-developer-key",
        application_id="100",
        targets=[{"deployment_id": str(number)} for number in range(20)],
        concurrency=concurrency,
    )
    told = {entry["target"]["deployment_id"]: entry["outcome"] for entry in result["results"]}
    assert told == {str(number): "failed" if number % 2 else "accepted" for number in range(20)}
    assert log(url)["cancels"] == {str(number): [404 if number % 2 else 202] for number in range(20)}


@CONCURRENCY
@pytest.mark.parametrize("check", [True, False])
def test_every_list_is_that_of_its_own_extension(url: str, concurrency: int, check: bool) -> None:
    extensions = [f"0003*{number}" for number in range(201, 209)]
    result = run_module(
        "voipnow_phonecall_events",
        check=check,
        base_url=f"{url}/voipnow",
        access_token="not-a-secret-token",
        state="absent",
        event_type="0",
        targets=[{"extension": extension} for extension in extensions],
        concurrency=concurrency,
        wait_timeout=5,
    )
    numbers = {entry["target"]["extension"]: entry["pending_before"] for entry in result["results"]}
    assert numbers == {extension: 0 if int(extension[-1]) % 2 else 3 for extension in extensions}
    outcomes = {entry["outcome"] for entry in result["results"]}
    assert outcomes == {"already_clear", "would_clear" if check else "cleared"}
    left = {extension: len(ids) for extension, ids in log(url)["events"].items()}
    assert left == (numbers if check else dict.fromkeys(extensions, 0))
