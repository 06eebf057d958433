# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The files that are made of the evidence, for people and for spreadsheets."""

from __future__ import annotations

from ..documents import Document, is_about_numbers
from .csv_text import csv_of
from .number_page import number_report_of
from .report import report_of


def files_of(evidence: Document) -> dict[str, str]:
    """Return the text of each file by its name: they say nothing that the evidence does not say."""
    report = number_report_of if is_about_numbers(evidence.get("run") or {}) else report_of
    return {"evidence.csv": csv_of(evidence), "report.html": report(evidence)}
