# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One account's part of a run about phone numbers, in this process: its steps, in order, and what they find."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.account_steps import CallFailed, PlannedTarget
from ansible_collections.telephony.outbound.plugins.module_utils._core.number_outcomes import LOOK
from ansible_collections.telephony.outbound.plugins.module_utils._core.number_steps import (
    NumberSettings,
    NumberStep,
    NumberSteps,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.account_worker import (
    StopSignal,
    steps_of,
    work,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Account
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.journal import AccountJournal
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.numbers import with_numbers
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import NUMBERS, checked, merged
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.stops import KNOWN, SEED, account, changes
from ansible_collections.telephony.outbound.tests.support.vendor import ANN

pytestmark = pytest.mark.usefixtures("handlers_of_before")

PLUM_CALLS = [{"call_ids": ["c1"]}]
"""Calls that are known let Plum look too; that is unsupported as long as one is queued."""

STEPS = {vendor: cast("NumberSteps", steps_of(vendor, "number_steps")) for vendor in KNOWN}


@pytest.fixture
def stop() -> Iterator[StopSignal]:
    reading, writing = os.pipe()
    yield StopSignal(reading)
    os.close(reading)
    os.close(writing)


def given(world: Sandbox, vendor: str) -> Account:
    """Return an account with Ann's number as its target."""
    plain = account(vendor, world.url, **({"places": PLUM_CALLS} if vendor == "plum" else {}))
    (found,) = with_numbers([plain], merged(checked({"numbers": [ANN]}, NUMBERS), {}, NUMBERS))
    return found


def job(each: Account, mode: str, **more: Any) -> dict[str, Any]:
    steps = {"suppress": True, "cancel": True, "hang_up": True, "look_first": True}
    return {
        "account": each.name,
        "vendor": each.vendor,
        "kind": "number_steps",
        "mode": mode,
        "connection": dict(each.connection),
        "settings": {**steps, "places": list(each.places)},
        "targets": list(each.targets),
        **more,
    }


@pytest.mark.parametrize("vendor", KNOWN)
def test_a_preview_changes_nothing_and_an_apply_takes_each_step(
    sandbox: Sandbox, tmp_path: Path, vendor: str, stop: StopSignal
) -> None:
    sandbox.seed(SEED)
    each = given(sandbox, vendor)
    told = work(job(each, "preview"), stop)
    assert "error" not in told
    assert changes(sandbox) == []
    foreseen = [result["outcome"] for result in told["results"]]
    planned = [
        {"place": place, "row": {"outcome": outcome}, "options": {k: v for k, v in target.items() if k != "name"}}
        for place, (outcome, target) in enumerate(zip(foreseen, told["targets"], strict=True))
        if outcome not in ("unsupported", "cannot_be_read")
    ]
    path = tmp_path / "journal.jsonl"
    more = {"journal": str(path), "run_id": "one", "plan_sha256": "", "resend": False}
    identity = {key: told[key] for key in ("product", "address", "login")}
    done = work(job(each, "apply", **more, targets=planned, identity=identity), stop)
    assert done == identity
    found = AccountJournal(path.read_text(), "one")
    assert (found.finished, found.errors) == (True, [])
    words = dict(enumerate(foreseen)) | {place: str(result["outcome"]) for place, result in found.results.items()}
    expected = [*KNOWN[vendor].steps, *([("look", "unsupported")] if vendor == "plum" else [])]
    assert [_done(word) for word in words.values()] == [_done(word) for _step, word in expected]
    seen = work(job(each, "watch", targets=[{**row, "why_not": None} for row in planned], identity=identity), stop)
    assert len(seen["results"]) == len(planned)


class Interrupted:
    """Calls of modules that were interrupted before they had read anything."""

    def preview(self, _module: str, **_options: Any) -> dict[str, Any]:
        message = "1 of 1 reads gave no answer: the task was interrupted"
        result = {"outcome": "not_attempted", "pending_before": None, "error": {"message": message}}
        read = {"calls": [], "near_misses": [], "missing": []}
        return {"failed": True, "results": [result], **read, "error": None, "msg": message}


@pytest.mark.parametrize(
    "vendor", [vendor for vendor in KNOWN if isinstance(STEPS[vendor].NUMBER_STEPS[LOOK], NumberStep)]
)
def test_a_look_that_was_interrupted_finds_nothing_out(vendor: str) -> None:
    options = {"phone_number": ANN, "call_ids": ["c1"], "extension": "0003*211"}
    settings = NumberSettings(suppress=True, cancel=True, hang_up=True, look_first=True, places=())
    try:
        (found,) = STEPS[vendor].look(cast("Any", Interrupted()), [PlannedTarget(0, options, {})], settings)
    except CallFailed as error:
        found = {"outcome": "failed", "error": {"message": str(error)}}
    assert found["outcome"] in ("failed", "cannot_be_read")
    assert "interrupted" in found["error"]["message"]


def _done(word: str) -> str:
    """Return one word for what a module says of a step and what the evidence calls it."""
    return "done" if word in ("changed", "cleared", "suppressed", "cancelled", "hung_up") else word
