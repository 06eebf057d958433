# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""All that is shown and written of a plan and of a run's evidence: texts, since data takes its time in Ansible."""

from __future__ import annotations

import json
from typing import Any

from ._teardown_csv import csv_of
from ._teardown_data import Document, document, documents, packed
from ._teardown_evidence import make_evidence
from ._teardown_mask import mask_lines
from ._teardown_plan import account_steps
from ._teardown_report import report_of
from ._teardown_table import table_of
from ._teardown_words import FAILURES


def plan_documents(plan: Any, *, rows: int = 50) -> Document:
    """Return what is shown and written of a plan, and what the accounts do with it; Unusable where it is none."""
    known = document(plan, "plan")
    targets = documents(known.get("targets") or [], "targets of the plan")
    broken = documents(known.get("violations") or [], "violations")
    left = [target for target in targets if target.get("outcome") in FAILURES]
    return {
        "files": packed({"plan.json": _json(known, "targets")}),
        "table": table_of(known, targets, rows=rows),
        "left": table_of(known, left, rows=rows) if left else "",
        "messages": [item.get("message") for item in broken],
        "accounts": account_steps(targets),
        "sha256": known.get("sha256"),
        "version": known.get("version"),
    }


def evidence_documents(
    accounts: Any, *, plan: Any, run: Any, journals: Any = None, mask: bool = True, key: str = "", rows: int = 50
) -> Document:
    """Return what is shown and written of a run."""
    evidence = make_evidence(accounts, plan=plan, run=run, mask=mask, key=key)
    results = evidence["results"]
    left = [entry for entry in results if entry["needs_person"]]
    files = {
        "evidence.json": _json(evidence, "results"),
        "evidence.csv": csv_of(results),
        "report.html": report_of(evidence),
    }
    if mask:
        files |= {name: mask_lines(text, key) for name, text in document(journals or {}, "journals").items()}
    return {
        "files": packed(files),
        "table": table_of(evidence, results, rows=rows),
        "left": table_of(evidence, left, rows=rows) if left else "",
        "summary": evidence["summary"],
    }


def _json(known: Document, long: str) -> str:
    """Return JSON with one line for each entry of its long list."""
    head = json.dumps({key: value for key, value in known.items() if key != long}, indent=2)
    entries = ",\n    ".join(map(json.dumps, known.get(long) or []))
    start = head.removesuffix("\n}")
    return f'{start},\n  "{long}": [\n    {entries}\n  ]\n}}\n'
