# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""All that is written of a run's evidence, at once: texts pass through Ansible far faster than data does."""

from __future__ import annotations

import json
from typing import Any

from ._teardown_csv import csv_of
from ._teardown_data import Document
from ._teardown_evidence import make_evidence
from ._teardown_report import report_of
from ._teardown_table import table_of


def make_documents(accounts: Any, *, plan: Any, run: Any, mask: bool = True, key: str = "", rows: int = 50) -> Document:
    """Return the texts of the files under their names, the tables for the screen, and the summary."""
    evidence = make_evidence(accounts, plan=plan, run=run, mask=mask, key=key)
    results = evidence["results"]
    left = [entry for entry in results if entry["needs_person"]]
    return {
        "files": {
            "evidence.json": _json(evidence),
            "evidence.csv": csv_of(results),
            "report.html": report_of(evidence),
        },
        "table": table_of(evidence, results, rows=rows),
        "left": table_of(evidence, left, rows=rows) if left else "",
        "summary": evidence["summary"],
    }


def _json(evidence: Document) -> str:
    """Return JSON with one line for each target."""
    head = json.dumps({key: value for key, value in evidence.items() if key != "results"}, indent=2, ensure_ascii=False)
    entries = ",\n    ".join(json.dumps(entry, ensure_ascii=False) for entry in evidence["results"])
    start = head.removesuffix("\n}")
    return f'{start},\n  "results": [\n    {entries}\n  ]\n}}\n'
