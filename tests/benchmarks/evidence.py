# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long plan and evidence of many targets take, without Ansible around them.

With another number than 10,000: python tests/benchmarks/evidence.py 100000
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_csv import as_csv
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_evidence import make_evidence
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_plan import make_plan, plan_problems
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_report import as_report

ACCOUNTS = 5
RUN = {"start": "2026-03-01T09:00:00Z", "end": "2026-03-01T09:00:47Z", "reason": "End of season"}


def account(name: str, size: int, outcome: str) -> dict[str, Any]:
    targets = [
        {
            "application_id": 7,
            "campaign_name": "Winter",
            "calling_list": "Late payers",
            "phone_number": f"+1555{number:07d}",
            "chain_attribute": "AllChain",
        }
        for number in range(size)
    ]
    results = [
        {
            "target": target,
            "outcome": outcome,
            "changed": True,
            "pending_before": None,
            "pending_after": None,
            "verified": outcome == "cleared",
            "attempts": 1,
            "elapsed": 0.41,
            "error": {"kind": "busy", "status": 429, "code": None, "message": f"busy for {target['phone_number']}"},
            "reference_id": "5f0c1c1e-54d1-4f7a-9a51-0d6e2b7d0c01",
        }
        for target in targets
    ]
    return {
        "account": name,
        "vendor": "genesys",
        "product": None,
        "address": "https://gws.example.com",
        "login": "operator@example.com",
        "targets": targets,
        "results": results,
        "error": None,
    }


def timed(what: str, make: Callable[[], Any]) -> Any:
    begin = time.perf_counter()
    made = make()
    print(f"{what:10} {time.perf_counter() - begin:5.2f} s")
    return made


def main(targets: int) -> None:
    size = targets // ACCOUNTS
    looked = [account(f"a{number}", size, "would_clear") for number in range(ACCOUNTS)]
    done = [account(f"a{number}", size, "cleared") for number in range(ACCOUNTS)]
    plan = timed("plan", lambda: make_plan(looked, created=RUN["start"], limits={"max_targets": None}))
    timed("checks", lambda: plan_problems(plan, now=RUN["end"], accounts=looked, limits={"max_targets": None}))
    begin = time.perf_counter()
    evidence = timed("evidence", lambda: make_evidence(done, plan=plan, run=RUN, key="key"))
    timed("json", lambda: json.dumps(evidence, indent=2))
    timed("csv", lambda: as_csv(evidence))
    timed("html", lambda: as_report(evidence))
    print(f"evidence of {targets:,} targets in all: {time.perf_counter() - begin:.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
