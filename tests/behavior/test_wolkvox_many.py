# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many wolkvox campaigns in one task: one list serves several reads, but never for what it cannot prove."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

TOKEN = "not-a-secret-wolkvox-token"
LIST = {"method": "GET", "path": "*/information.php", "query": "api=campaigns"}
ONE = {"method": "GET", "path": "*/information.php", "query": "api=campaigns&campaign=*"}
MANY = 30
EVERY_RECORD = {"all_records": True, "allow_do_not_call": True}


def seed(sandbox: Sandbox, campaigns: dict[str, Any] | None = None, **settings: Any) -> None:
    campaigns = campaigns or {str(number): 2 for number in range(MANY)}
    sandbox.seed({"settings": {"wolkvox": settings}, "wolkvox": {"tokens": [TOKEN], "campaigns": campaigns}})


def clear(sandbox: Sandbox, *campaigns: str, **options: Any) -> list[dict[str, Any]]:
    entries = [{"campaign_id": campaign} for campaign in campaigns or map(str, range(MANY))]
    defaults = {"base_url": f"{sandbox.url}/wolkvox", "token": TOKEN, "timeout": 2, "wait_timeout": 8}
    result = run_module("wolkvox_campaign_clear", **{**defaults, **EVERY_RECORD, "targets": entries, **options})
    assert "results" in result, result
    return result["results"]


def outcomes(results: list[dict[str, Any]]) -> list[str]:
    return [entry["outcome"] for entry in results]


def looks(sandbox: Sandbox) -> tuple[int, int]:
    """Return how often all campaigns were listed, and how often one."""
    queries = [e["query"] for e in sandbox.journal() if e["path"].endswith("/information.php")]
    lists = queries.count("api=campaigns")
    return lists, len(queries) - lists


def test_a_list_answers_for_many(sandbox: Sandbox) -> None:
    seed(sandbox)
    results = clear(sandbox)
    assert outcomes(results) == ["cleared"] * MANY
    lists, ones = looks(sandbox)
    assert ones == 0
    assert 2 <= lists <= MANY, "on a machine that is not at a standstill they are three or four"
    assert outcomes(clear(sandbox)) == ["already_clear"] * MANY


def test_many_are_stopped(sandbox: Sandbox) -> None:
    seed(sandbox, {str(number): {"records": 1, "status": "started"} for number in range(MANY)})
    entries = [{"campaign_id": str(number)} for number in range(MANY)]
    options = {"base_url": f"{sandbox.url}/wolkvox", "token": TOKEN, "state": "stopped", "targets": entries}
    result = run_module("wolkvox_campaign", **options)
    assert outcomes(result["results"]) == ["changed"] * MANY
    assert looks(sandbox)[1] == 0
    assert {campaign["status"] for campaign in sandbox.state()["wolkvox"]["campaigns"].values()} == {"stopped"}


def test_one_target_lists_one_campaign(sandbox: Sandbox) -> None:
    seed(sandbox)
    assert outcomes(clear(sandbox, "7")) == ["cleared"]
    assert looks(sandbox) == (0, 2)


def test_what_the_list_lacks_is_asked_for(sandbox: Sandbox) -> None:
    seed(sandbox)
    assert outcomes(clear(sandbox, "7", "not-there")) == ["cleared", "failed"]
    assert looks(sandbox)[1] == 1


def test_a_campaign_that_is_listed_twice_is_asked_for(sandbox: Sandbox) -> None:
    seed(sandbox)
    row = {"campaign_id": "7", "type_campaign": "predictive", "status": "Stopped", "records": "0"}
    sandbox.fault(**LIST, do="status", status=200, body={"code": "200", "error": None, "data": [row, row]})
    assert outcomes(clear(sandbox, "7", "8")) == ["cleared", "cleared"]
    assert looks(sandbox)[1] == 2, "neither of the two rows is believed, and campaign 8 is not among them"


def test_after_an_undocumented_list_each_campaign_is_read_separately(sandbox: Sandbox) -> None:
    seed(sandbox)
    odd = {"code": "200", "error": None, "data": [{"campaign_name": "without an id"}]}
    sandbox.fault(**LIST, do="status", status=200, body=odd, times=None)
    assert outcomes(clear(sandbox)) == ["cleared"] * MANY
    lists, ones = looks(sandbox)
    assert lists == 1
    assert ones >= 2 * MANY


def test_a_list_from_before_a_clear_is_not_used_after_it(sandbox: Sandbox) -> None:
    seed(sandbox, {"7": {"records": {"clean": 2, "BUSY": 3, "ANSWER": 1}}, "8": 2})
    targets = [{"campaign_id": "7", "result": result} for result in ("busy", "answer")]
    results = clear(sandbox, targets=targets, all_records=False, wait_timeout=0)
    assert [entry["pending_before"] for entry in results] == [3, 1]
    assert looks(sandbox)[0] == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_doubt_is_settled_by_a_separate_read(sandbox: Sandbox, when: str) -> None:
    seed(sandbox)
    sandbox.fault(method="DELETE", query="*campaign_id=7", do="reset", when=when)
    assert outcomes(clear(sandbox, "6", "7", "8")) == ["cleared"] * 3
    queries = [e["query"] for e in sandbox.journal()]
    doubt = next(i for i, e in enumerate(sandbox.journal()) if e["fault"])
    assert "api=campaigns&campaign=7" in queries[doubt + 1 :]


def test_what_shows_late_is_waited_for(sandbox: Sandbox) -> None:
    seed(sandbox, clear_lag=1.5)
    assert outcomes(clear(sandbox)) == ["cleared"] * MANY


def test_what_does_not_show_is_in_doubt(sandbox: Sandbox) -> None:
    seed(sandbox, clear_lag=60)
    results = clear(sandbox, "6", "7", wait_timeout=1)
    assert outcomes(results) == ["in_doubt"] * 2
    assert [entry["verified"] for entry in results] == [False, False]
