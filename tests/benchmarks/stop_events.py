# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long it takes from a request to the first request at a vendor that suppresses the number, in ansible-rulebook.

One at a time; and a burst of ten within two seconds, side by side, one after the other, and gathered into one run. The
sandbox answers after 20 ms. Nothing here passes or fails. ENGINES_VENV names the environment of `make engines`.
ENGINES_VENV=.work/engines-venv python tests/benchmarks/stop_events.py
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from ansible_collections.telephony.outbound.tests.engines.rulebooks import Rulebook, request, shipped, until
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

LATENCY = 0.02
GENESYS = {"username": "outbound-service", "password": "not-a-secret-password"}
PLACE = {"application_id": 134, "campaign_name": "Reminders", "calling_list": "May"}
NUMBERS = [f"+1555{number:07}" for number in range(100)]
SEED = {
    "settings": {"latency": LATENCY},
    "genesys": {
        "accounts": [{**GENESYS, "devices": ["57fc644b"]}],
        "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
        "lists": {"May": NUMBERS},
    },
}


def begun(evidence: Path) -> dict[str, float]:
    """Return the last four digits of each number, which a mask leaves → when the first request to suppress it began."""
    found: dict[str, float] = {}
    for journal in evidence.glob("*/journal-*.jsonl"):
        for line in journal.read_text().splitlines():
            event = json.loads(line)
            number = (event.get("target") or {}).get("phone_number")
            if event["event"] == "begun" and number:
                found.setdefault(number.partition("#")[0][-4:], datetime.fromisoformat(event["time"]).timestamp())
    return found


def waits(sent: Mapping[str, float], evidence: Path) -> list[float]:
    """Return the seconds from each request to the first one that suppresses its number, in the order of requests."""
    until(lambda: {number[-4:] for number in sent} <= begun(evidence).keys(), "the first request for each number")
    found = begun(evidence)
    return [found[number[-4:]] - when for number, when in sent.items()]


def one_at_a_time(rulebook: Rulebook, count: int) -> None:
    told = []
    for number in NUMBERS[-count:]:
        sent = {number: time.time()}
        rulebook.post(request(f"one-{number[-3:]}", number))
        told += waits(sent, rulebook.evidence)
        until(lambda name=number: f"event-one-{name[-3:]}" in rulebook.results(), "the end of the run")
    print(
        f"one at a time, {count} requests: median {statistics.median(told):.2f} s ({min(told):.2f} to {max(told):.2f})"
    )


def burst(name: str, rulebook: Rulebook, *arguments: str, first: int = 0) -> None:
    """Send ten requests within two seconds, and print how long each number waited."""
    sent = {}
    for number in NUMBERS[first : first + 10]:
        sent[number] = time.time()
        rulebook.post(request(f"burst-{number[-3:]}", number))
        time.sleep(max(0.0, sent[number] + 0.2 - time.time()))
    told = waits(sent, rulebook.evidence)
    seconds = ", ".join(f"{wait:.1f}" for wait in told)
    print(
        f"{name} {' '.join(arguments)}: first {min(told):.2f} s, median {statistics.median(told):.2f} s,"
        f" last {max(told):.2f} s, last / first {max(told) / min(told):.2f} ({seconds})"
    )


def measure(sandbox: Sandbox, folder: Path, ways: list[str], count: int) -> None:
    host = {
        "campaign_teardown_vendor": "genesys",
        "campaign_teardown_connection": {"base_url": f"{sandbox.url}/genesys", **GENESYS},
        "stop_number_forms": ["as_is"],
        "stop_number_places": [PLACE],
    }
    every = {
        "side by side": lambda: (shipped("stop_number"), []),
        "side by side, 4 at most": lambda: (shipped("stop_number"), ["--max-concurrent-actions", "4"]),
        "one after the other": lambda: ({**shipped("stop_number"), "execution_strategy": "sequential"}, []),
        "gathered": lambda: (shipped("stop_number_gathered"), []),
    }
    for name in ways:
        ruleset, arguments = every[name]()
        place = folder / name.replace(" ", "-")
        rulebook = Rulebook(place, [ruleset], {"genesys": host})
        sandbox.seed(SEED)
        rulebook.start(*arguments)
        try:
            rulebook.wait_until_ready()
            if name == "side by side":
                one_at_a_time(rulebook, count)
            burst(name, rulebook)
            print(f"  load {os.getloadavg()[0]:.1f}", flush=True)
        finally:
            rulebook.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5, help="requests that are sent one at a time (default 5)")
    every = ["side by side", "side by side, 4 at most", "one after the other", "gathered"]
    parser.add_argument("ways", nargs="*", default=every)
    arguments = parser.parse_args()
    sandbox = Sandbox()
    try:
        with tempfile.TemporaryDirectory() as folder:
            measure(sandbox, Path(folder), arguments.ways, arguments.count)
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
