# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""All that is written of a run's evidence, at once: texts pass through Ansible far faster than data does."""

from __future__ import annotations

import json
from typing import Any

from ._teardown_csv import as_csv
from ._teardown_data import Document
from ._teardown_evidence import make_evidence
from ._teardown_report import as_report
from ._teardown_table import as_table


def make_documents(accounts: Any, *, plan: Any, run: Any, mask: bool = True, key: str = "", rows: int = 50) -> Document:
    """Return the texts of the files under their names, the tables for the screen, and the summary."""
    evidence = make_evidence(accounts, plan=plan, run=run, mask=mask, key=key)
    left = {**evidence, "results": [entry for entry in evidence["results"] if entry["needs_person"]]}
    return {
        "files": {
            "evidence.json": json.dumps(evidence, indent=2, ensure_ascii=False) + "\n",
            "evidence.csv": as_csv(evidence),
            "report.html": as_report(evidence),
        },
        "table": as_table(evidence, rows=rows),
        "left": as_table(left, rows=rows) if left["results"] else "",
        "summary": evidence["summary"],
    }
