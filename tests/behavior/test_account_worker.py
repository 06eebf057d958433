# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One account's part of a run, in this process: the requests of its steps, in order, and what they leave untouched."""

from __future__ import annotations

import fcntl
import json
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.account_worker import StopSignal, work
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.journal import AccountJournal
from ansible_collections.telephony.outbound.tests.support.catalog import description
from ansible_collections.telephony.outbound.tests.support.runs import VENDORS, account
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("handlers_of_before")

SETTINGS = {"stop_running": True, "settle_seconds": 0, "start_again": True, "backup": True}
HIGH = 1024
"""The first descriptor that select() does not take."""


@pytest.fixture
def stop() -> Iterator[tuple[StopSignal, int]]:
    reading, writing = os.pipe()
    yield StopSignal(reading), writing
    os.close(reading)
    os.close(writing)


def job(world: Sandbox, folder: Path, vendor: str, mode: str, *targets: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = account(vendor, world.url, *targets)
    return {
        "account": vendor,
        "vendor": vendor,
        "kind": "steps",
        "mode": mode,
        "connection": dict(given.connection),
        "settings": {**SETTINGS, "backup_dir": str(folder)},
        "targets": list(given.targets),
        **more,
    }


def applied(world: Sandbox, folder: Path, vendor: str, stop: StopSignal, *targets: dict[str, Any]) -> dict[str, Any]:
    """Preview and apply, as a run does; return the worker's messages."""
    told = work(job(world, folder, vendor, "preview", *targets), stop)
    rows = [
        {
            "vendor_name": result.get("campaign_name"),
            "steps": ["would_stop", "would_clear", "would_start"] if told["stops"] else ["would_clear"],
            "seen": [event["event_id"] for event in result.get("selected") or ()],
        }
        for result in told["results"]
    ]
    planned = [
        {"place": place, "row": row, "options": {key: value for key, value in target.items() if key != "name"}}
        for place, (row, target) in enumerate(zip(rows, told["targets"], strict=True))
    ]
    identity = {key: told[key] for key in ("product", "address", "login")}
    more = {"journal": str(folder / f"{vendor}.jsonl"), "run_id": "one", "plan_sha256": "", "resend": False}
    return work({**job(world, folder, vendor, "apply"), **more, "targets": planned, "identity": identity}, stop)


def journal(folder: Path, vendor: str) -> AccountJournal:
    return AccountJournal((folder / f"{vendor}.jsonl").read_text(), "one")


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[1] <= HIGH, reason="no descriptor can be that high")
def test_a_stop_arrives_by_a_descriptor_of_any_number() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    reading, writing = os.pipe()
    high = fcntl.fcntl(reading, fcntl.F_DUPFD, HIGH)
    try:
        signal = StopSignal(high)
        assert not signal.wait(0)
        os.close(writing)
        assert signal.wait(60)
    finally:
        os.close(reading)
        os.close(high)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("vendor", VENDORS)
def test_identify_sends_nothing(world: Sandbox, tmp_path: Path, vendor: str, stop: tuple[StopSignal, int]) -> None:
    told = work(job(world, tmp_path, vendor, "identify"), stop[0])
    assert told["address"].startswith(world.url)
    assert told["login"]
    assert world.journal() == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_account_is_torn_down(world: Sandbox, tmp_path: Path, vendor: str, stop: tuple[StopSignal, int]) -> None:
    told = applied(world, tmp_path, vendor, stop[0])
    assert "error" not in told
    found = journal(tmp_path, vendor)
    assert found.finished
    assert found.results[0]["outcome"] == description(vendor).run.outcome


def test_what_runs_is_stopped_cleared_and_started(world: Sandbox, tmp_path: Path, stop: tuple[StopSignal, int]) -> None:
    applied(world, tmp_path, "wolkvox", stop[0], {"campaign_id": "78", "all_records": True})
    events = [json.loads(line) for line in (tmp_path / "wolkvox.jsonl").read_text().splitlines()]
    assert [event["step"] for event in events if event["event"] == "call"] == ["stop", "clear", "start"]
    assert world.state()["wolkvox"]["campaigns"]["78"]["status"] == "started"


def test_after_a_stop_no_step_is_begun(world: Sandbox, tmp_path: Path, stop: tuple[StopSignal, int]) -> None:
    os.write(stop[1], b".")
    told = work(job(world, tmp_path, "wolkvox", "preview"), stop[0])
    assert told["error"] == "the run was stopped before this step"
    assert world.journal() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vendor": "acme"}, "is not a vendor of this collection"),
        ({"vendor": "acme.calls"}, "is not a vendor of this collection"),
        (
            {"connection": {"token": "x" * 9, "server": "0010", "result": "busy"}},
            "do not say how the account is reached",
        ),
        ({"connection": {"token": "x" * 9, "server": "0010", "timeout": "soon"}}, "campaign_teardown_connection"),
        ({"connection": {"server": "0010"}}, "campaign_teardown_connection.token: is missing or empty"),
        ({"connection": {"token": "a b ", "server": "0010"}}, "campaign_teardown_connection.token"),
        ({"targets": [{"campaign_id": "77"}]}, "campaign_teardown_targets[0].result"),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_the_inventory(
    world: Sandbox, tmp_path: Path, change: dict[str, Any], words: str, stop: tuple[StopSignal, int]
) -> None:
    told = work({**job(world, tmp_path, "wolkvox", "preview"), **change}, stop[0])
    assert words in told["error"]
    assert world.journal() == []


def test_an_account_that_is_not_the_planned_one_is_left_alone(
    world: Sandbox, tmp_path: Path, stop: tuple[StopSignal, int]
) -> None:
    more = {"journal": str(tmp_path / "j.jsonl"), "run_id": "one", "plan_sha256": "", "resend": False}
    identity = {"product": None, "address": world.url + "/wolkvox", "login": "token of somebody else"}
    told = work({**job(world, tmp_path, "wolkvox", "apply"), **more, "targets": [], "identity": identity}, stop[0])
    assert "the login of this account is not the planned one" in told["error"]
    assert not (tmp_path / "j.jsonl").exists()
