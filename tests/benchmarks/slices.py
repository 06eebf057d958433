# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One plan applied by one run, and by several slices whose evidence is merged: their processor time, and their rows.

Everything runs against a sandbox that answers after 20 ms. Prints processor times of whole plays without the sandbox,
their ratio, and whether the merged evidence has the rows of the one run; nothing here passes or fails.

Three hundred accounts with 50 targets each over 5 slices:
    python tests/benchmarks/slices.py --accounts 300 --targets 50
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from roles_scale import LATENCY, inventory, run, seed

from ansible_collections.telephony.outbound.tests.support.merges import comparable
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

KEY = "a key for all of these runs"
APPLY = {
    "campaign_teardown_mode": "apply",
    "campaign_teardown_reason": "A measurement",
    "campaign_teardown_mask_key": KEY,
}
MERGE = "telephony.outbound.merge"


def limits(folder: Path, names: list[str], slices: int) -> list[str]:
    """Return the limit of each slice, every nth account as a controller has it; as files, since there are many."""
    files = [folder / f"slice{number}.limit" for number in range(slices)]
    for number, file in enumerate(files):
        file.write_text("\n".join(names[number::slices]))
    return [f"@{file}" for file in files]


def measure(folder: Path, sandbox: Sandbox, accounts: int, targets: int, slices: int) -> None:
    """Apply the plan both ways and print what each took."""
    hosts = inventory(sandbox.url, accounts, targets)
    (folder / "hosts.json").write_text(json.dumps(hosts))
    plan = {"campaign_teardown_plan": str(folder / "plan" / "plan.json")}
    sandbox.seed(seed(accounts, targets))
    run(folder, "plan")
    whole = run(folder, "whole", **APPLY, **plan).processor
    sandbox.seed(seed(accounts, targets))
    # The use of a plan is noted beside it; here it is used twice on purpose.
    again = {"campaign_teardown_slice": True, "campaign_teardown_again": True}
    wanted = enumerate(limits(folder, list(hosts["all"]["hosts"]), slices))
    sliced = [run(folder, f"part{number}", "--limit", limit, **APPLY, **plan, **again) for number, limit in wanted]
    parts = [str(folder / f"part{number}") for number in range(slices)]
    merged = run(folder, "merge", playbook=MERGE, folders=parts, folder=str(folder / "merged"), mask_key=KEY).processor
    total = sum(part.processor for part in sliced)
    print(f"{slices} slices together: {total:.1f} s, {total / whole:.2f} x the run of the whole; merge {merged:.1f} s")
    print(f"merged rows equal those of the one run: {comparable(folder / 'merged') == comparable(folder / 'whole')}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--targets", type=int, default=20, help="for each account")
    parser.add_argument("--slices", type=int, default=5)
    arguments = parser.parse_args()
    sandbox = Sandbox()
    try:
        with tempfile.TemporaryDirectory() as name:
            print(f"{arguments.accounts} accounts x {arguments.targets} targets, {LATENCY * 1000:.0f} ms an answer")
            measure(Path(name), sandbox, arguments.accounts, arguments.targets, arguments.slices)
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
