# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time and memory of a whole play: many accounts with many targets each, planned, applied and watched.

Everything runs against a sandbox that answers after 20 ms. Prints the CPU times of whole plays (all processes
together, without the sandbox), the memory of the largest process, and the evidence's totals; nothing here passes or
fails.

Five accounts with 200 targets each, planned, applied, then planned again and watched, with equal reads:
    python tests/benchmarks/roles_scale.py

One hundred accounts with 5 targets each, only planned:
    python tests/benchmarks/roles_scale.py --accounts 100 --targets 5 --plan-only
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

LATENCY = 0.02
MODULES = "ansible_collections.telephony.outbound.plugins.modules"
MODULE_OF = {
    "plum": "plum_outbound_cancel",
    "wolkvox": "wolkvox_campaign_clear",
    "voipnow": "voipnow_phonecall_events",
    "genesys": "genesys_record_cancel",
}
MORE = {"voipnow": {"state": "absent"}}
DEVELOPER_KEY, TOKEN, SECRET, PASSWORD = (
    f"not-a-secret-{word}" for word in ("developer-key", "token", "app-secret", "password")
)


SYSTEMS = ("fuse", "insight", "wolkvox", "voipnow", "genesys")


def seed(accounts: int, targets: int) -> dict[str, Any]:
    """Return the state: every target has three items to remove, and belongs to one account."""
    rounds = math.ceil(accounts / len(SYSTEMS))
    numbers = [str(number) for number in range(rounds * targets)]
    return {
        "settings": {"latency": LATENCY},
        "plum": {
            "accounts": [{"email": "dialer@example.com", "developer_key": DEVELOPER_KEY}],
            "fuse": {f"100/{number}": 3 for number in numbers},
            "insight": {f"10/{number}": 3 for number in numbers},
        },
        "wolkvox": {
            # Each token lists its own campaigns, as each operation does.
            "tokens": [
                {
                    "token": f"{TOKEN}-{place}",
                    "daily_quota": 1_000_000,
                    "owns": numbers[place * targets : (place + 1) * targets],
                }
                for place in range(rounds)
            ],
            "campaigns": {number: {"records": 3} for number in numbers},
        },
        "voipnow": {
            "apps": [{"client_id": "teardown-app", "client_secret": SECRET, "organization": True}],
            "extensions": {f"0003*{number}": 3 for number in numbers},
        },
        "genesys": {
            "accounts": [{"username": "outbound-service", "password": PASSWORD, "devices": ["57fc644b"]}],
            "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
            "lists": {"May": len(numbers)},
        },
    }


def inventory(url: str, accounts: int, targets: int) -> dict[str, Any]:
    """Return this many accounts, alternating between the five systems, with this many targets each."""
    hosts = {}
    for place in range(accounts):
        turn, system = place // len(SYSTEMS), SYSTEMS[place % len(SYSTEMS)]
        vendor, connection, entries = account(system, turn, range(turn * targets, (turn + 1) * targets))
        hosts[f"{system}-{place}"] = {
            "campaign_teardown_vendor": vendor,
            "campaign_teardown_connection": {"base_url": f"{url}/{system}", **connection},
            "campaign_teardown_targets": entries,
        }
    return {"all": {"hosts": hosts}}


def account(system: str, turn: int, numbers: range) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """Return an account's vendor, its connection without the address, and a target for each number."""
    plum = {"email": "dialer@example.com", "developer_key": DEVELOPER_KEY}
    match system:
        case "fuse":
            queues = [{"application_id": "100", "deployment_id": str(number)} for number in numbers]
            return "plum", {"product": "fuse", **plum}, queues
        case "insight":
            surveys = [{"survey_id": "10", "instance_id": str(number)} for number in numbers]
            return "plum", {"product": "insight", **plum}, surveys
        case "wolkvox":
            campaigns = [{"campaign_id": str(number), "all_records": True} for number in numbers]
            return "wolkvox", {"token": f"{TOKEN}-{turn}"}, campaigns
        case "voipnow":
            extensions = [{"user_id": "1", "extension": f"0003*{number}", "all_events": True} for number in numbers]
            return "voipnow", {"client_id": "teardown-app", "client_secret": SECRET}, extensions
    place = {"application_id": 134, "campaign_name": "Reminders", "calling_list": "May"}
    records = [{**place, "phone_number": f"1555{number + 1:07}"} for number in numbers]
    return "genesys", {"username": "outbound-service", "password": PASSWORD}, records


class Took(NamedTuple):
    """The duration of a play and the CPU time of its processes, in seconds."""

    duration: float
    processor: float


def run(
    folder: Path, name: str, /, *arguments: str, playbook: str = "telephony.outbound.teardown", **variables: Any
) -> Took:
    """Run the play, and print and return what it took."""
    file = folder / f"{name}.vars.json"
    fixed = {"campaign_teardown_folder": str(folder / name), "campaign_teardown_max_targets": 100_000}
    file.write_text(json.dumps({**fixed, **variables}))
    program = str(Path(sys.executable).parent / "ansible-playbook")
    hosts, extra = str(folder / "hosts.json"), f"@{file}"
    command = [program, "--inventory", hosts, "--extra-vars", extra, *arguments, playbook]
    started, used = time.monotonic(), _processor_time()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.monotonic() - started
    processor = _processor_time() - used
    print(f"{name:<6} {processor:6.1f} s of processor time in {took:.1f} s; peak {_peak():.0f} MB", flush=True)
    if done.returncode:
        raise SystemExit(done.stdout[-4000:] + done.stderr)
    return Took(took, processor)


def compare_watch(folder: Path, turns: int) -> None:
    """Alternately plan again and watch what is torn down; print how much longer the watch takes."""
    apply = {"campaign_teardown_folder": str(folder / "apply")}
    seconds = {"again": 0.0, "watch": 0.0}
    for turn in range(turns):
        seconds["again"] += run(folder, f"again{turn}").duration
        seconds["watch"] += run(folder, f"watch{turn}", campaign_teardown_mode="watch", **apply).duration
    print(json.loads((folder / "apply" / "watch.jsonl").read_text().splitlines()[-1])["summary"])
    print(f"a watch takes {seconds['watch'] / seconds['again']:.2f} x the plan of the same targets")


def run_modules(folder: Path) -> None:
    """Run only the modules, one process per account in parallel, and print their CPU time."""
    hosts = json.loads((folder / "hosts.json").read_text())["all"]["hosts"]
    started, used = time.monotonic(), _processor_time()
    running = []
    for name, host in hosts.items():
        file = folder / f"{name}.json"
        vendor, targets = host["campaign_teardown_vendor"], host["campaign_teardown_targets"]
        options = {**host["campaign_teardown_connection"], **MORE.get(vendor, {}), "targets": targets}
        file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
        command = [sys.executable, "-m", f"{MODULES}.{MODULE_OF[vendor]}", str(file)]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
    failed = sum(process.wait() != 0 for process in running)
    took = time.monotonic() - started
    print(f"bare   {_processor_time() - used:6.1f} s of processor time in {took:.1f} s; {failed} failed")


def _peak() -> float:
    """Return the peak memory of the largest process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _processor_time() -> float:
    """Return the CPU time of every process waited for; the sandbox still runs, so it is not included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=200, help="for each account")
    parser.add_argument("--accounts", type=int, default=5)
    parser.add_argument("--turns", type=int, default=1, help="of plan and watch")
    parser.add_argument("--plan-only", action="store_true")
    parser.add_argument("--modules", action="store_true", help="run the bare modules too, as processes of their own")
    arguments = parser.parse_args()
    sandbox = Sandbox()
    try:
        sandbox.seed(seed(arguments.accounts, arguments.targets))
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
            compare_watch(folder, arguments.turns)
            if arguments.modules:
                sandbox.seed(seed(arguments.accounts, arguments.targets))
                run_modules(folder)
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
