# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long it takes to stop numbers at five accounts, in a whole play; against the bare modules, and for one number.

Everything runs against a sandbox that answers after 20 ms. What is printed is the time of whole plays, and for one
number the time from the command to the first request that suppresses it; nothing here passes or fails.
python tests/benchmarks/stop_numbers.py --numbers 1000
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

LATENCY = 0.02
MODULES = "ansible_collections.telephony.outbound.plugins.modules"
PLUM = {"email": "dialer@example.com", "developer_key": "not-a-secret-developer-key"}
VOIPNOW = {"client_id": "teardown-app", "client_secret": "not-a-secret-app-secret"}
GENESYS = {"username": "outbound-service", "password": "not-a-secret-password"}
TOKEN = "not-a-secret-token"
PLACE = {"application_id": 134, "campaign_name": "Reminders", "calling_list": "May"}
EXTENSION = {"user_id": "1", "extension": "0003*211"}


def numbers_of(count: int) -> list[str]:
    return [f"+1555{number + 1:07}" for number in range(count)]


def seed(numbers: list[str]) -> dict[str, Any]:
    """Return the state: every number has a record at wolkvox and at Genesys."""
    return {
        "settings": {"latency": LATENCY},
        "plum": {"accounts": [PLUM], "fuse": {}, "insight": {}},
        "wolkvox": {
            "tokens": [{"token": TOKEN, "daily_quota": 1_000_000}],
            "campaigns": {
                "77": {"records": [{"id_cliente": number[-7:], "tel1": number[1:]} for number in numbers]},
            },
        },
        "voipnow": {"apps": [{**VOIPNOW, "organization": True}], "extensions": {"0003*211": 0}},
        "genesys": {
            "accounts": [{**GENESYS, "devices": ["57fc644b"]}],
            "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
            "lists": {"May": numbers},
        },
    }


def inventory(url: str, systems: list[str]) -> dict[str, Any]:
    known = {
        "fuse": ("plum", {"product": "fuse", **PLUM}, ["as_is"], []),
        "insight": ("plum", {"product": "insight", **PLUM}, ["as_is"], []),
        "wolkvox": ("wolkvox", {"token": TOKEN}, ["digits"], []),
        "voipnow": ("voipnow", VOIPNOW, ["as_is"], [EXTENSION]),
        "genesys": ("genesys", GENESYS, ["as_is"], [PLACE]),
    }
    hosts = {}
    for system in systems:
        vendor, connection, forms, places = known[system]
        hosts[system] = {
            "campaign_teardown_vendor": vendor,
            "campaign_teardown_connection": {"base_url": f"{url}/{system}", **connection},
            "stop_number_forms": forms,
            "stop_number_places": places,
        }
    return {"all": {"hosts": hosts}}


class Stopwatch:
    """Measures a block of code that starts processes: seconds on the clock, and processor seconds of the processes."""

    elapsed: float
    cpu: float

    def __enter__(self) -> Self:
        self.elapsed, self.cpu = -time.monotonic(), -_cpu_of_children()
        return self

    def __exit__(self, *_error: object) -> None:
        self.elapsed += time.monotonic()
        self.cpu += _cpu_of_children()

    def __str__(self) -> str:
        return f"{self.elapsed:.1f} s (CPU {self.cpu:.1f} s)"


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def play(folder: Path, name: str, **variables: Any) -> Stopwatch:
    """Run the play and return what it took."""
    file = folder / f"{name}.vars.json"
    fixed = {"mode": "apply", "reason": "A measurement", "folder": str(folder / name)}
    file.write_text(json.dumps({f"stop_number_{key}": value for key, value in {**fixed, **variables}.items()}))
    playbook = str(Path(sys.executable).parent / "ansible-playbook")
    command = [playbook, "-i", str(folder / "hosts.json"), "-e", f"@{file}", "telephony.outbound.stop_number"]
    with Stopwatch() as took:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout[-4000:] + done.stderr)
    return took


def modules(folder: Path, url: str, numbers: list[str], systems: list[str]) -> dict[str, Stopwatch]:
    """Run the bare modules, those of each account one after the other, and return what they took by account.

    Those that write keep a journal, as in a play.
    """
    calls: dict[str, list[tuple[str, dict[str, Any], list[dict[str, Any]]]]] = {
        "wolkvox": [
            (name, {"token": TOKEN}, [{"phone_number": number[1:]} for number in numbers])
            for name in ("wolkvox_dnc", "wolkvox_record")
        ],
        "genesys": [
            (name, GENESYS, [{**place, "phone_number": number} for number in numbers])
            for name, place in (
                ("genesys_do_not_call", {key: PLACE[key] for key in ("application_id", "campaign_name")}),
                ("genesys_record_cancel", PLACE),
            )
        ],
        "voipnow": [
            ("voipnow_phone_calls_info", VOIPNOW, [{**EXTENSION, "phone_number": number} for number in numbers])
        ],
    }
    found = {}
    for system in calls.keys() & set(systems):
        with Stopwatch() as found[system]:
            for module, connection, targets in calls[system]:
                file = folder / f"{module}.json"
                journal = {} if module.endswith("_info") else {"journal": str(folder / f"{module}.jsonl")}
                options = {"base_url": f"{url}/{system}", **connection, **journal, "targets": targets}
                file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
                command = [sys.executable, "-m", f"{MODULES}.{module}", str(file)]
                subprocess.run(command, capture_output=True, check=True)
    return found


def first_request(folder: Path, sandbox: Sandbox, number: str) -> None:
    """Print when the first request that suppresses a number went out, counted from the command."""
    began = time.time()
    took = play(folder, "one", numbers=[number])
    journal = folder / "one"
    sent = []
    for file in journal.glob("journal-*.jsonl"):
        for line in file.read_text().splitlines():
            event = json.loads(line)
            if event["event"] == "begun":
                sent.append((datetime.fromisoformat(event["time"]).timestamp() - began, file.stem))
    print("one number:", ", ".join(f"{name} {seconds:.2f} s" for seconds, name in sorted(sent)))
    print(f"one number: the whole play took {took}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, default=1000, help="at the accounts without wolkvox")
    parser.add_argument("--serial", type=int, default=100, help="at all five; wolkvox takes one request at a time")
    arguments = parser.parse_args()
    sandbox = Sandbox()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            systems = ["fuse", "insight", "wolkvox", "voipnow", "genesys"]
            (folder / "hosts.json").write_text(json.dumps(inventory(sandbox.url, systems)))
            sandbox.seed(seed(numbers_of(1)))
            first_request(folder, sandbox, numbers_of(1)[0])
            for count, chosen in ((arguments.serial, systems), (arguments.numbers, systems[:2] + systems[3:])):
                numbers = numbers_of(count)
                (folder / "numbers.csv").write_text("\n".join(["phone_number", *numbers]))
                (folder / "hosts.json").write_text(json.dumps(inventory(sandbox.url, chosen)))
                sandbox.seed(seed(numbers))
                bare = modules(folder, sandbox.url, numbers, chosen)
                sandbox.seed(seed(numbers))
                took = play(folder, f"many-{count}", file=str(folder / "numbers.csv"))
                told = ", ".join(f"{name} {each}" for name, each in bare.items())
                print(f"{count} numbers x {len(chosen)} accounts: {took}; bare modules: {told}", end="; ")
                print(f"CPU of all bare modules {sum(each.cpu for each in bare.values()):.1f} s")
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
