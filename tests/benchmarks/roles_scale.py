# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time and memory of a whole play: many accounts with many targets each, planned and then applied.

Everything runs against a sandbox that answers after 20 ms. What is printed are the processor times of whole plays, all
of their processes together and without the sandbox, the memory of the largest, and what the evidence says; nothing here
passes or fails.
Five accounts with 200 targets each, planned and applied: python tests/benchmarks/roles_scale.py
One hundred accounts with 5 targets each, only planned: python tests/benchmarks/roles_scale.py --accounts 100
--targets 5 --plan-only
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

LATENCY = 0.02
DEVELOPER_KEY, TOKEN, SECRET, PASSWORD = (
    f"not-a-secret-{word}" for word in ("developer-key", "token", "app-secret", "password")
)


def seed(targets: int) -> dict[str, Any]:
    """Return the state: every target has three things that can go."""
    numbers = [str(number) for number in range(targets)]
    return {
        "settings": {"latency": LATENCY},
        "plum": {
            "accounts": [{"email": "dialer@example.com", "developer_key": DEVELOPER_KEY}],
            "fuse": {f"100/{number}": 3 for number in numbers},
            "insight": {f"10/{number}": 3 for number in numbers},
        },
        "wolkvox": {
            "tokens": [{"token": TOKEN, "daily_quota": 1_000_000}],
            "campaigns": {number: {"records": 3} for number in numbers},
        },
        "voipnow": {
            "apps": [{"client_id": "teardown-app", "client_secret": SECRET, "organization": True}],
            "extensions": {f"0003*{number}": 3 for number in numbers},
        },
        "genesys": {
            "accounts": [{"username": "outbound-service", "password": PASSWORD, "devices": ["57fc644b"]}],
            "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
            "lists": {"May": targets},
        },
    }


def inventory(url: str, number: int, targets: int) -> dict[str, Any]:
    """Return so many accounts, of the five systems in turn, with so many targets each."""
    numbers = [str(number) for number in range(targets)]
    plum = {"email": "dialer@example.com", "developer_key": DEVELOPER_KEY}
    record = {"application_id": 134, "campaign_name": "Reminders", "calling_list": "May"}
    accounts = {
        "fuse": (
            "plum",
            {"product": "fuse", **plum},
            [{"application_id": "100", "deployment_id": number} for number in numbers],
        ),
        "insight": (
            "plum",
            {"product": "insight", **plum},
            [{"survey_id": "10", "instance_id": number} for number in numbers],
        ),
        "wolkvox": ("wolkvox", {"token": TOKEN}, [{"campaign_id": number, "all_records": True} for number in numbers]),
        "voipnow": (
            "voipnow",
            {"client_id": "teardown-app", "client_secret": SECRET},
            [{"user_id": "1", "extension": f"0003*{number}", "all_events": True} for number in numbers],
        ),
        "genesys": (
            "genesys",
            {"username": "outbound-service", "password": PASSWORD},
            [{**record, "phone_number": f"1555{number + 1:07}"} for number in range(targets)],
        ),
    }
    return {
        "all": {
            "hosts": {
                f"{system}-{place}": {
                    "campaign_teardown_vendor": vendor,
                    "campaign_teardown_connection": {"base_url": f"{url}/{system}", **connection},
                    "campaign_teardown_targets": entries,
                }
                for place, (system, (vendor, connection, entries)) in zip(
                    range(number), itertools.cycle(accounts.items()), strict=False
                )
            }
        }
    }


def run(folder: Path, name: str, **variables: Any) -> None:
    """Run the play and print its processor time, and how long it took."""
    file = folder / f"{name}.vars.json"
    fixed = {"campaign_teardown_folder": str(folder / name), "campaign_teardown_max_targets": 100_000}
    file.write_text(json.dumps({**fixed, **variables}))
    playbook = str(Path(sys.executable).parent / "ansible-playbook")
    hosts, extra = str(folder / "hosts.json"), f"@{file}"
    command = [playbook, "--inventory", hosts, "--extra-vars", extra, "telephony.outbound.teardown"]
    started, used = time.monotonic(), _processor_time()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.monotonic() - started
    print(f"{name:<6} {_processor_time() - used:6.1f} s of processor time in {took:.1f} s; peak {_peak():.0f} MB")
    if done.returncode:
        raise SystemExit(done.stdout[-4000:] + done.stderr)


def _peak() -> float:
    """Return the most memory that one process had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _processor_time() -> float:
    """Return that of every process that was waited for; the sandbox goes on, so it is not among them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=200, help="for each account")
    parser.add_argument("--accounts", type=int, default=5)
    parser.add_argument("--plan-only", action="store_true")
    arguments = parser.parse_args()
    sandbox = Sandbox()
    try:
        sandbox.seed(seed(arguments.targets))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "hosts.json").write_text(
                json.dumps(inventory(sandbox.url, arguments.accounts, arguments.targets))
            )
            print(f"{arguments.accounts} accounts x {arguments.targets} targets, {LATENCY * 1000:.0f} ms an answer")
            run(folder, "plan")
            if arguments.plan_only:
                return
            run(
                folder,
                "apply",
                campaign_teardown_mode="apply",
                campaign_teardown_reason="A measurement",
                campaign_teardown_plan=str(folder / "plan" / "plan.json"),
            )
            print(json.loads((folder / "apply" / "evidence.json").read_text())["summary"])
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
