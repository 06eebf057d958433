# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A few seconds of the fault suite, always with the same seed.

CHAOS_SEED=7 uses another seed. `make chaos` runs the whole suite.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.chaos import interrupts, machine, oracle, stops
from ansible_collections.telephony.outbound.tests.chaos.fault_mix import fault_mix, rng
from ansible_collections.telephony.outbound.tests.chaos.tally import Tally
from ansible_collections.telephony.outbound.tests.chaos.tls_front import TlsFront
from ansible_collections.telephony.outbound.tests.chaos.trial import Trial, make_targets
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Conditions, Scenario, TrialTarget
from ansible_collections.telephony.outbound.tests.support.scenarios import SCENARIOS

SEED = int(os.environ.get("CHAOS_SEED", "20261121"))
TARGETS, SERIAL_TARGETS = 30, 12
STOPS = len(stops.WAYS)
HARDER = 8.0
"""Factor of the fault probabilities of long runs."""
SLACK = 60.0
"""Seconds that a stop may take longer than in the long runs, which have a machine of their own."""
TIMEOUT = 2.0
"""Seconds that an answer may take: a slow machine is not a fault."""


def short_targets(scenario: Scenario) -> list[TrialTarget]:
    chance = rng(SEED, scenario.name)
    sizes = [chance.randint(0, 2) for _mark in range(SERIAL_TARGETS if scenario.serial else TARGETS)]
    # Genesys sends nothing about absent records, so waiting for them only takes time.
    return make_targets(scenario, sizes, [kind for kind in scenario.kinds if kind != "absent" or scenario.addressed])


@pytest.mark.parametrize("name", SCENARIOS)
def test_reports_agree_with_the_sandbox(sandbox: Sandbox, name: str) -> None:
    scenario = SCENARIOS[name]
    targets = short_targets(scenario)
    tally = Tally(SEED)
    trial = Trial(sandbox, scenario, targets, tally)
    trial.inject(fault_mix(scenario, targets, SEED, HARDER))
    quick = Conditions(wait_timeout=scenario.patience)
    # If targets share an address, only sequential targets get the same faults every time.
    options: dict[str, Any] = {"timeout": TIMEOUT, **({} if scenario.addressed else {"concurrency": 1})}
    runs = ((quick, {**options, "retries": 2}), (Conditions(check=True), options), (quick, options))
    found = [text for conditions, more in runs for text in trial.run(conditions, **more)]
    assert not found, f"seed {SEED}"
    assert tally.faults.total() > len(targets) / 10


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "plum insight"])
def test_random_worlds(sandbox: Sandbox, name: str) -> None:
    machine.run(sandbox, SCENARIOS[name], tally := Tally(SEED), SEED, seconds=60, examples=3)
    assert not tally.disagreements, f"seed {SEED}"


@pytest.mark.parametrize("way", ["SIGTERM", "SIGKILL"])
def test_an_interrupted_task_leaves_nothing_behind(sandbox: Sandbox, tmp_path: Path, way: str) -> None:
    interrupts.run(sandbox, SCENARIOS["wolkvox clear"], tally := Tally(SEED), SEED, tmp_path, [way])
    assert not tally.disagreements, f"seed {SEED}"


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_write_is_sent_after_a_stop(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    stops.run(sandbox, SCENARIOS[name], tally := Tally(SEED), SEED, STOPS, tmp_path / "stops", SLACK)
    assert not tally.disagreements, f"seed {SEED}"


# --- answers of intermediaries, which nobody may take for the vendor's ------------------------------------------------

NO_BODY = {"voipnow": {"delete_status": 204}}
LATE = {"do": "late", "status": 504, "seconds": 0.6}
INTERIM = {"do": "interim", "interim": [102], "seconds": 0.3}
REFUSED = {"do": "status", "status": 503, "when": "after", "headers": {"Retry-After": "0"}}


@pytest.mark.parametrize(
    ("name", "kind", "purpose", "fault"),
    [
        ("voipnow absent", "each", "write", INTERIM),
        ("voipnow absent", "each", "read", INTERIM),
        ("voipnow absent", "each", "look", {"do": "duplicate"}),
        ("plum fuse", "blind", "write", REFUSED),
        ("plum fuse", "counted", "write", {**REFUSED, "status": 408}),
        ("plum fuse", "counted", "write", LATE),
        ("genesys", "record", "write", REFUSED),
    ],
)
def test_an_answer_of_an_intermediary_proves_nothing(
    sandbox: Sandbox, name: str, kind: str, purpose: str, fault: dict[str, Any]
) -> None:
    scenario = SCENARIOS[name]
    targets = [target for target in make_targets(scenario, [0, 0, 0, 3], [kind]) if target.account == 0]
    trial = Trial(sandbox, scenario, targets, Tally(1), NO_BODY.get(scenario.vendor))
    for target in targets:
        times = {"skip": scenario.reads_first(target) if purpose == "look" else 0, "times": None}
        trial.inject([{**scenario.filter(target, purpose.replace("look", "read")), **times, **fault}])
    assert not trial.run(Conditions(wait_timeout=2.0), retries=1, timeout=TIMEOUT, concurrency=1)


def test_a_session_that_ended_is_renewed(sandbox: Sandbox) -> None:
    scenario = SCENARIOS["genesys"]
    trial = Trial(sandbox, scenario, make_targets(scenario, [1] * 3, ["record"])[:1], Tally(1))
    trial.inject(
        [{**scenario.filter(trial.targets[0], "write"), "do": "act", "act": scenario.failover, "when": "before"}]
    )
    assert not trial.run(Conditions(wait_timeout=2.0, failover=True), retries=1, timeout=TIMEOUT)


def test_a_tls_alert_about_our_certificate_is_no_interruption(sandbox: Sandbox) -> None:
    scenario = SCENARIOS["plum fuse"]
    trial = Trial(sandbox, scenario, make_targets(scenario, [1] * 3, ["blind"])[:1], Tally(1))
    with closing(TlsFront(sandbox.url)) as front:
        assert not trial.run(url=front.url, ca_path=front.ca_file, retries=1)


def test_an_outage_is_noticed_after_a_few_targets(sandbox: Sandbox) -> None:
    scenario = SCENARIOS["plum fuse"]
    targets = [target for target in make_targets(scenario, [1] * 60, ["blind"]) if target.account == 0]
    trial = Trial(sandbox, scenario, targets, Tally(1))
    trial.inject([{"do": "outage", "status": 502, "path": "/fuse/*", "seconds": 60}])
    conditions = Conditions(wall=oracle.WALL + scenario.concurrency)
    assert not trial.run(conditions, retries=1, timeout=TIMEOUT, target_timeout=2)


# --- a world after another -------------------------------------------------------------------------------------------


def test_a_new_world_waits_for_abandoned_requests(sandbox: Sandbox) -> None:
    scenario = SCENARIOS["wolkvox clear"]
    Trial(sandbox, scenario, [], Tally(1))
    sandbox.fault(path="*", do="hang", seconds=2)
    with socket.create_connection(("127.0.0.1", int(sandbox.url.rsplit(":", 1)[1]))) as connection:
        connection.sendall(f"GET /{scenario.vendor}/api HTTP/1.1\r\nHost: sandbox\r\n\r\n".encode())
        while not sandbox.journal():
            time.sleep(0.01)
        Trial(sandbox, scenario, [], Tally(1))
        connection.settimeout(1)
        assert connection.recv(1) == b"", "the server was done with it before the new world began"
    assert not sandbox.journal()
