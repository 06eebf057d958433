# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task that cancels many records whose acknowledgements each arrive half a second after their request.

The same task with one record is measured too: the difference is the cost of the others. In sequence, the
acknowledgements alone would take records x delay. Prints seconds of whole ansible-playbook processes; nothing here
passes or fails.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

USERNAME, PASSWORD = "dialer", "not-a-secret-password"


def playbook(folder: Path, url: str, records: int, concurrency: int) -> list[str]:
    """Return the command of one task that cancels this many records."""
    options = {
        "base_url": f"{url}/genesys",
        "username": USERNAME,
        "password": PASSWORD,
        "application_id": 134,
        "campaign_name": "Reminders",
        "calling_list": "May",
        "concurrency": concurrency,
        "targets": [{"phone_number": f"1555{number:07d}"} for number in range(1, records + 1)],
    }
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [{"name": "Cancel", "telephony.outbound.genesys_record_cancel": options}],
    }
    file = folder / f"{records}.json"
    file.write_text(json.dumps([play]))
    return [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(file)]


def timed(sandbox: Sandbox, command: list[str], records: int, delay: float) -> tuple[float, int]:
    """Run it on a fresh state; return its seconds and its number of polls. Raise SystemExit if it failed."""
    state: dict[str, Any] = {
        "accounts": [{"username": USERNAME, "password": PASSWORD, "devices": ["one"]}],
        "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
        "lists": {"May": records},
    }
    sandbox.seed({"settings": {"genesys": {"ack_delay": delay}}, "genesys": state})
    started = time.monotonic()
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    seconds = time.monotonic() - started
    cancelled = [record["status"] for record in sandbox.state()["genesys"]["lists"]["May"]]
    if ended.returncode or set(cancelled) != {"cancelled"}:
        raise SystemExit(f"exit code {ended.returncode}: {ended.stdout[-2000:]}")
    return seconds, sum(line.endswith("/notifications") for line in sandbox.sent())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=500)
    parser.add_argument("--delay", type=float, default=0.5, help="seconds between a cancel and its acknowledgement")
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    sizes = (1, arguments.records)
    seconds: dict[int, list[float]] = {size: [] for size in sizes}
    polls: dict[int, list[int]] = {size: [] for size in sizes}
    sandbox = Sandbox()
    try:
        with tempfile.TemporaryDirectory() as folder:
            commands = {size: playbook(Path(folder), sandbox.url, size, arguments.concurrency) for size in sizes}
            for _run in range(arguments.runs):
                for size, command in commands.items():
                    taken, made = timed(sandbox, command, size, arguments.delay)
                    seconds[size].append(taken)
                    polls[size].append(made)
    finally:
        sandbox.stop()
    for size, taken in seconds.items():
        shown = ", ".join(f"{one:.2f}" for one in taken)
        print(
            f"{size} records: {shown} s, median {statistics.median(taken):.2f} s, notification requests {polls[size]}"
        )
    one, many = (statistics.median(seconds[size]) for size in sizes)
    print(
        f"on top of one record: {many - one:.2f} s; one by one it would be {arguments.records * arguments.delay:.0f} s"
    )


if __name__ == "__main__":
    main()
