# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The report: one HTML file that a person can read, sign and keep. No network, every foreign text escaped."""

from __future__ import annotations

from html import escape
from typing import Any

from ._teardown_data import document, documents


def as_report(evidence: Any) -> str:
    """Return the HTML."""
    known = document(evidence, "evidence")
    rows = documents(known.get("results") or [], "results")
    body = "".join(f"<tr><td>{escape(str(row.get('name')))}<td>{row['outcome']}" for row in rows)
    return f"<!DOCTYPE html><title>Teardown</title><table>{body}</table>"
