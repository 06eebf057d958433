# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clear of a campaign with a backup: its seconds compared with those of the bare requests, and its peak memory.

The module runs as a separate process, as Ansible runs it. "bare" are the same requests by a plain script that discards
the export: the time of vendor and network. wait_timeout is short, so that one check follows at once. Nothing here
passes or fails.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

TOKEN = "not-a-secret-token"
MODULE = """
import json, sys
from ansible_collections.telephony.outbound.tests.support.modules import run_module
(entry,) = run_module("wolkvox_campaign_clear", **json.loads(sys.argv[1]))["results"]
print(entry["outcome"], entry["backup_records"])
"""


def seed(sandbox: Sandbox, records: int) -> None:
    """Return a campaign with this many records of about 1,000 bytes each."""
    record = {"resultado": "BUSY", "comentarios": "x" * 150}
    campaign = {"records": [record] * records}
    sandbox.seed({"wolkvox": {"tokens": [TOKEN], "campaigns": {"77": campaign}}})


def bare(sandbox: Sandbox) -> tuple[float, int]:
    """Send the requests of one clear and nothing else; return seconds and the bytes of the export."""
    started = time.monotonic()
    size = 0
    url = f"{sandbox.url}/wolkvox/api/v2"
    campaign = {"campaign_id": "77", "type_campaign": "predictive"}
    with requests.Session() as session:
        session.headers["wolkvox-token"] = TOKEN
        session.get(f"{url}/information.php", params={"api": "campaigns", "campaign": "77"})
        export = session.get(f"{url}/campaign.php", params={"api": "campaign_15", **campaign}, stream=True)
        for chunk in export.iter_content(65536):
            size += len(chunk)
        session.delete(f"{url}/campaign.php", params={"api": "clear_campaign", **campaign})
        session.get(f"{url}/information.php", params={"api": "campaigns", "campaign": "77"})
    return time.monotonic() - started, size


def module(sandbox: Sandbox, folder: str) -> tuple[float, float]:
    """Run the module; return seconds, and peak memory in MiB. Raise SystemExit if it did something else."""
    options = {
        "base_url": f"{sandbox.url}/wolkvox",
        "token": TOKEN,
        "campaign_id": "77",
        "all_records": True,
        "backup": True,
        "backup_dir": folder,
        "wait_timeout": 0.01,
    }
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", MODULE, json.dumps(options)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    if status or not said.startswith("cleared"):
        raise SystemExit(f"exit status {status}: {said}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, nargs="+", default=[10, 5_000, 59_999])
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    sandbox = Sandbox()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for records in arguments.records:
                rows = []
                for _run in range(arguments.runs):
                    seed(sandbox, records)
                    alone, size = bare(sandbox)
                    seed(sandbox, records)
                    rows.append((alone, *module(sandbox, folder), size))
                    for path in Path(folder).iterdir():
                        path.unlink()
                alone, seconds, memory, size = (statistics.median(column) for column in zip(*rows, strict=True))
                print(
                    f"{records} records, {size / 1e6:.1f} MB: bare {alone:.2f} s, module {seconds:.2f} s,"
                    f" on top {seconds - alone:.2f} s, peak {memory:.0f} MiB"
                )
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
