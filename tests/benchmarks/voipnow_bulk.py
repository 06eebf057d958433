# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task that removes the events of many extensions, compared with a plain script that sends the same requests.

Both log in once; for each extension they list the events, remove one and list again, with the same number of threads,
against a sandbox that answers after 20 ms. They alternate, so that changes in the machine's speed favor neither.
Prints seconds of whole processes and their ratio; nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

APP, SECRET = "teardown-app", "not-a-secret-app-secret"
HOOK = "https://crm.example.com/hook"
LATENCY = 0.02


def plain(url: str, extensions: int, threads: int) -> None:
    """Do it as a typical script without Ansible."""
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=threads))
    form = {"grant_type": "client_credentials", "client_id": APP, "client_secret": SECRET}
    token = session.post(f"{url}/oauth/token.php", data=form, timeout=30).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"

    def remove(number: int) -> None:
        events = f"{url}/uapi/extensions/@me/{number}/phoneCallEvents"
        for event in session.get(events, timeout=30).json()["entry"]:
            session.delete(f"{events}/{event['type']}/{event['id']}", timeout=30).raise_for_status()
        assert session.get(events, timeout=30).status_code == 204

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(remove, range(extensions)))


def playbook(folder: Path, url: str, extensions: int, threads: int) -> list[str]:
    """Return the command of one task that does the same."""
    options = {
        "base_url": url,
        "client_id": APP,
        "client_secret": SECRET,
        "state": "absent",
        "url": HOOK,
        "concurrency": threads,
        "targets": [{"extension": str(number)} for number in range(extensions)],
    }
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [{"name": "Remove", "telephony.outbound.voipnow_phonecall_events": options}],
    }
    file = folder / "bulk.json"
    file.write_text(json.dumps([play]))
    return [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(file)]


def timed(sandbox: Sandbox, command: list[str], extensions: int) -> float:
    """Run one variant on a fresh state and return its seconds; raise SystemExit if it did something else."""
    event = {"type": 0, "url": HOOK}
    state: dict[str, Any] = {
        "apps": [{"client_id": APP, "client_secret": SECRET}],
        "extensions": {str(number): {"events": [event]} for number in range(extensions)},
    }
    sandbox.seed({"settings": {"latency": LATENCY}, "voipnow": state})
    started = time.monotonic()
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    seconds = time.monotonic() - started
    sent = sandbox.sent()
    if ended.returncode or len(sent) != 1 + 3 * extensions or sum("token.php" in line for line in sent) != 1:
        raise SystemExit(f"{len(sent)} requests, exit code {ended.returncode}: {ended.stdout[-2000:]}")
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--extensions", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--plain", metavar="URL", help="be the plain script")
    arguments = parser.parse_args()
    size = (arguments.extensions, arguments.threads)
    if arguments.plain:
        plain(arguments.plain, *size)
        return
    sandbox = Sandbox()
    try:
        with tempfile.TemporaryDirectory() as folder:
            url = f"{sandbox.url}/voipnow"
            ways: dict[str, list[str]] = {
                "plain script": [sys.executable, __file__, "--plain", url, *_flags(*size)],
                "one task": playbook(Path(folder), url, *size),
            }
            seconds: dict[str, list[float]] = {name: [] for name in ways}
            for _run in range(arguments.runs):
                for name, command in ways.items():
                    seconds[name].append(timed(sandbox, command, arguments.extensions))
    finally:
        sandbox.stop()
    script, task = (statistics.median(seconds[name]) for name in ways)
    for name, taken in seconds.items():
        print(f"{name}: {', '.join(f'{one:.2f}' for one in taken)} s, median {statistics.median(taken):.2f} s")
    print(f"one task / plain script: {task / script:.2f}")
    print(f"allowed: 1.2 x {script:.2f} s + 1.2 s = {1.2 * script + 1.2:.2f} s")


def _flags(extensions: int, threads: int) -> list[str]:
    return ["--extensions", str(extensions), "--threads", str(threads)]


if __name__ == "__main__":
    main()
