# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CPU time that plan and evidence of many targets take, without Ansible and without a network.

Five accounts are made up as if their modules had just reported. Prints the time of each function, and of a whole run
with ``mode: evidence`` that reads and writes the files; nothing here passes or fails.

With another number than 10,000: python tests/benchmarks/evidence.py 100000
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.documents import to_text
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.evidence import make_evidence
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.csv_text import csv_of
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.report import report_of
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.journal import AccountJournal
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.masking import Masker
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.plan import AccountPreview, Plan
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run_folder import journal_name
from ansible_collections.telephony.outbound.tests.support.plans import RUN, begins, line, plan_of
from ansible_collections.telephony.outbound.tests.support.runs import run

ACCOUNTS = 5


def targets(size: int) -> list[dict[str, Any]]:
    """Return the records of one account."""
    record = {"application_id": 7, "campaign_name": "Winter", "calling_list": "Late payers"}
    return [{**record, "phone_number": f"+1555{number:07d}", "chain_attribute": "AllChain"} for number in range(size)]


def result(target: dict[str, Any], outcome: str) -> dict[str, Any]:
    """Return the module's result for one record."""
    return {
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


def preview(name: str, size: int) -> AccountPreview:
    """Return the result of check mode for one account."""
    given = targets(size)
    shown = [{**result(target, "would_clear"), "error": None} for target in given]
    login = {"address": "https://gws.example.com", "login": "operator@example.com"}
    identity = {"account": name, "vendor": "genesys", "product": None, **login}
    return AccountPreview(identity=identity, targets=given, results=shown)


def journal(place: int, size: int) -> str:
    """Return the journal of one account; ``place`` is the number of its first target."""
    lines = [begins(), line("call", step="clear", module="m", places=list(range(place, place + size)))]
    for index, target in enumerate(targets(size)):
        lines.append(line("begun", index=index, target=target))
        lines.append(line("ended", index=index, target=target, result=result(target, "cleared")))
    return "".join([*lines, line("finished")])


def timed(what: str, make: Callable[[], Any]) -> Any:
    """Print the CPU time of a function, and return its result."""
    begin = time.process_time()
    made = make()
    print(f"  {what:<24} {time.process_time() - begin:6.2f} s")
    return made


def functions(plan: Plan, texts: dict[str, str]) -> None:
    """Measure each function separately."""
    begin = time.process_time()
    journals = timed("journals", lambda: {name: AccountJournal(text, "therun") for name, text in texts.items()})
    evidence = timed("evidence, masked", lambda: make_evidence(plan, RUN, journals, masker=Masker("key")))
    timed("evidence.json", lambda: to_text(evidence, "results"))
    timed("evidence.csv", lambda: csv_of(evidence))
    timed("report.html", lambda: report_of(evidence))
    print(f"  {'the functions together':<24} {time.process_time() - begin:6.2f} s")


def files(plan: Plan, texts: dict[str, str]) -> None:
    """Measure a run that reads plan and journals, masks the journals and writes all files."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o700)
        about = {**RUN, "mode": "apply", "ended": "2026-03-01T09:00:47Z"}
        (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
        (folder / "plan.json").write_text(plan.text, encoding="utf-8")
        for name, text in texts.items():
            (folder / journal_name(name)).write_text(text, encoding="utf-8")
        timed("with all files", lambda: run([], folder, "evidence"))
        print(f"  {', '.join(f'{path.name} {path.stat().st_size / 1e6:.1f} MB' for path in sorted(folder.iterdir()))}")


def main(number: int) -> None:
    size = number // ACCOUNTS
    names = [f"a{each}" for each in range(ACCOUNTS)]
    previews = [preview(name, size) for name in names]
    texts = {name: journal(place * size, size) for place, name in enumerate(names)}
    print(f"{number:,} targets")
    plan = timed("plan, written and read", lambda: plan_of(*previews))
    functions(plan, texts)
    files(plan, texts)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
