# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The files that are made of the evidence, for people and for spreadsheets."""

from __future__ import annotations

from ..documents import Document
from .csv_text import csv_of
from .html import report_of


def files_of(evidence: Document) -> dict[str, str]:
    """Return the text of each file by its name: they say nothing that the evidence does not say."""
    return {"evidence.csv": csv_of(evidence), "report.html": report_of(evidence)}
