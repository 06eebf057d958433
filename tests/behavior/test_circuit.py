# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failure common to all targets of a task is met by a few of them: the rest waits for an answer, or is not sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

TARGETS = 20
AT_ONCE = 4
MOST = 5 + AT_ONCE
"""Maximum number of targets sent before it is noticed: five in a row, and those in progress by then."""

SECRETS = {
    "plum": {"email": "dialer@example.com", "developer_key": "not-a-secret-developer-key"},
    "wolkvox": {"token": "not-a-secret-wolkvox-token"},
    "voipnow": {"access_token": "not-a-secret-access-token"},
}
IDS = [str(number) for number in range(100, 100 + TARGETS)]


@pytest.fixture(autouse=True)
def worlds(sandbox: Sandbox) -> None:
    sandbox.seed(
        {
            "plum": {
                "accounts": [SECRETS["plum"]],
                "fuse": {f"1/{number}": {f"c{number}": "queued"} for number in IDS},
            },
            "wolkvox": {
                "tokens": [SECRETS["wolkvox"]["token"]],
                "campaigns": {number: {"records": 2} for number in IDS},
            },
            "voipnow": {
                "tokens": [{"token": SECRETS["voipnow"]["access_token"]}],
                "extensions": {f"0003*{number}": {"events": 2} for number in IDS},
            },
        }
    )


Run = Callable[..., dict[str, Any]]


def plum(sandbox: Sandbox, **options: Any) -> dict[str, Any]:
    targets = [{"application_id": "1", "deployment_id": number} for number in IDS]
    return run(sandbox, "plum_outbound_cancel", "fuse", SECRETS["plum"], product="fuse", targets=targets, **options)


def wolkvox(sandbox: Sandbox, **options: Any) -> dict[str, Any]:
    targets = [{"campaign_id": number, "all_records": True, "allow_do_not_call": True} for number in IDS]
    return run(sandbox, "wolkvox_campaign_clear", "wolkvox", SECRETS["wolkvox"], targets=targets, **options)


def voipnow(sandbox: Sandbox, **options: Any) -> dict[str, Any]:
    targets = [{"extension": f"0003*{number}", "all_events": True} for number in IDS]
    return run(
        sandbox, "voipnow_phonecall_events", "voipnow", SECRETS["voipnow"], targets=targets, state="absent", **options
    )


def run(sandbox: Sandbox, module: str, room: str, secrets: dict[str, str], **options: Any) -> dict[str, Any]:
    base_url = f"{sandbox.url}/{room}"
    usual: dict[str, Any] = {"base_url": base_url, "concurrency": AT_ONCE, "timeout": 2, "target_timeout": 4}
    if not module.endswith("_info"):
        usual["wait_timeout"] = 1
    return run_module(module, **{**usual, **secrets, **options})


def outcomes(result: dict[str, Any]) -> Counter[str]:
    return Counter(entry["outcome"] for entry in result["results"])


def writes(sandbox: Sandbox) -> list[str]:
    """Return the addresses of all writes."""
    return [e["path"] + e["query"] for e in sandbox.journal() if e["method"] in ("DELETE", "PUT")]


DOWN = {
    "503": {"do": "status", "status": 503},
    "503 with Retry-After": {"do": "status", "status": 503, "headers": {"Retry-After": "1"}},
    "502": {"do": "status", "status": 502},
    "reset": {"do": "reset"},
    "408": {"do": "status", "status": 408},
}


@pytest.mark.parametrize("fault", DOWN.values(), ids=DOWN)
def test_an_outage_stops_writes_after_a_few_targets(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.fault(times=None, **fault)
    result = plum(sandbox)
    counted = outcomes(result)
    assert set(counted) == {"in_doubt", "not_sent"}
    assert 5 <= counted["in_doubt"] <= MOST
    sent = writes(sandbox)
    assert len(set(sent)) == counted["in_doubt"]
    assert len(sent) <= MOST + AT_ONCE
    for entry in result["results"]:
        if entry["outcome"] == "not_sent":
            assert not entry["changed"]
            assert entry["error"]["message"].startswith(("not begun: 5 targets in a row", "held back: 5 targets"))


@pytest.mark.parametrize("module", [plum, wolkvox, voipnow])
@pytest.mark.parametrize("status", [502, None])
def test_all_targets_continue_after_an_outage(sandbox: Sandbox, module: Run, status: int | None) -> None:
    how = {} if status is None else {"status": status}
    sandbox.fault(skip=3, do="outage", seconds=1.5, **how)
    result = module(sandbox, target_timeout=60, wait_timeout=30)
    done = outcomes(result)["cleared"] + outcomes(result)["accepted"]
    # Failed reads may have used up their attempts, but no target was given up unread.
    assert done >= TARGETS - MOST
    assert not outcomes(result)["in_doubt"]
    assert not outcomes(result)["not_sent"]


@pytest.mark.parametrize("module", [wolkvox, voipnow])
def test_failed_reads_leave_the_rest_unsent(sandbox: Sandbox, module: Run) -> None:
    sandbox.fault(do="status", status=502, times=None)
    result = module(sandbox, retries=0, target_timeout=2)
    counted = outcomes(result)
    assert set(counted) == {"failed", "not_sent"}
    assert counted["failed"] <= MOST
    assert not writes(sandbox)


@pytest.mark.parametrize("module", [plum, voipnow, wolkvox])
def test_a_redirect_of_every_request_is_not_waited_for(sandbox: Sandbox, module: Run) -> None:
    sandbox.fault(do="redirect", times=None)
    result = module(sandbox, target_timeout=600)
    assert outcomes(result)["not_sent"] >= TARGETS - MOST
    assert not sandbox.journal(room="trap")


def test_a_second_outage_opens_the_circuit_again(sandbox: Sandbox) -> None:
    sandbox.fault(do="outage", seconds=0.7, status=502)
    sandbox.fault(skip=8, do="outage", seconds=0.7, status=502)
    result = plum(sandbox, target_timeout=60)
    assert outcomes(result) == {"accepted": TARGETS}


def test_failures_of_writes_only_do_not_open_the_circuit(sandbox: Sandbox) -> None:
    """The reads in between succeed, so every target is tried; nothing is sent more often than the attempts allow."""
    sandbox.fault(method="DELETE", do="status", status=500, times=None)
    result = voipnow(sandbox, retries=1, wait_timeout=0.2, target_timeout=10)
    assert outcomes(result)["not_sent"] == 0
    assert Counter(writes(sandbox)).most_common(1)[0][1] <= 2


def test_check_mode_waits_during_an_outage(sandbox: Sandbox) -> None:
    sandbox.fault(do="status", status=502, times=None)
    result = voipnow(sandbox, check=True, retries=0, target_timeout=1)
    assert set(outcomes(result)) == {"failed", "not_sent"}
    assert outcomes(result)["failed"] <= MOST


def test_few_calls_are_read_during_an_outage(sandbox: Sandbox) -> None:
    sandbox.fault(do="status", status=502, times=None)
    ids = [f"c{number}" for number in range(200)]
    result = run(
        sandbox, "plum_call_info", "fuse", SECRETS["plum"], product="fuse", call_ids=ids, retries=0, target_timeout=1
    )
    assert result["failed"]
    assert "HTTP status 502" in result["msg"]
    assert len(sandbox.journal()) < 30


def test_reading_calls_continues_after_an_outage(sandbox: Sandbox) -> None:
    sandbox.fault(skip=2, do="outage", seconds=1.0, status=502)
    ids = [f"c{number}" for number in IDS]
    result = run(sandbox, "plum_call_info", "fuse", SECRETS["plum"], product="fuse", call_ids=ids, target_timeout=60)
    assert len(result["calls"]) >= len(ids) - MOST
