# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report, table and CSV of a run about phone numbers: never more is said than is known, and to nobody else."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.files import files_of
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.number_page import (
    headline,
    number_report_of,
    person_pages,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.table import table_of

ANN, BOB = "***0007#abcdefghijkl", "***0008#bcdefghijklm"
HOSTILE = '<script>alert(1)</script>\u202e"'


def row(step: str, outcome: str, number: str | None = ANN, account: str = "sales", **more: Any) -> dict[str, Any]:
    return {
        "account": account,
        "vendor": "wolkvox",
        "product": None,
        "step": step,
        "number": number,
        "target": {"phone_number": number},
        "outcome": outcome,
        "changed": False,
        "pending_before": 2,
        "pending_after": 0,
        "unit": "records",
        "times": {"begun": "2026-03-01T09:00:00.000+00:00", "confirmed": "2026-03-01T09:00:01.500+00:00"},
        "error": None,
        **more,
    }


def evidence(*rows: dict[str, Any]) -> dict[str, Any]:
    run = {"kind": "numbers", "run_id": "abc", "start": "2026-03-01T09:00:00Z", "end": "2026-03-01T09:00:02Z"}
    return {"run": {**run, "reason": HOSTILE}, "results": list(rows), "summary": {}}


DONE = (row("suppress", "suppressed"), row("cancel", "cancelled"), row("look", "still_clear"))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (DONE, "stopped at every system"),
        ((*DONE, row("cancel", "not_found")), "not everything can be confirmed"),
        ((*DONE, row("suppress", "unsupported")), "not everything can be confirmed"),
        ((*DONE, row("suppress", "accepted")), "not everything can be confirmed"),
        ((*DONE, row("look", "cannot_be_read")), "not everything can be confirmed"),
        ((*DONE, row("look", "in_progress")), "a call is in progress"),
        ((*DONE, row("look", "refilled")), "1 step did not end well"),
        ((*DONE, row("look", "refilled"), row("cancel", "in_doubt")), "2 steps did not end well"),
        ((*DONE, row("look", "a word of tomorrow")), "1 step did not end well"),
    ],
)
def test_the_headline_says_no_more_than_is_known(rows: tuple[dict[str, Any], ...], says: str) -> None:
    assert headline(rows, ANN).startswith(f"Calls to {ANN}: ")
    assert headline(rows, ANN).endswith(says)


def test_a_page_about_one_number_is_about_one_person() -> None:
    others = {
        "records": [{"customer_id": "77-somebody-else", "phone_numbers": ["***9999"]}],
        "backup_file": "backups/x",
    }
    error = {"message": f"told by the vendor: {HOSTILE}"}
    page = files_of(evidence(*DONE, row("cancel", "refused", error=error, **others)))["report.html"]
    assert "somebody-else" not in page
    assert "9999" not in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    assert "2026-03-01 09:00:01" in page
    assert "script-src 'none'" in page


def test_a_page_about_several_numbers_says_that_it_is_not_for_one_of_them() -> None:
    page = files_of(evidence(*DONE, row("suppress", "failed", BOB)))["report.html"]
    assert "it has several people in it" in page
    assert page.index(BOB) < page.index(ANN), "what needs attention comes first"
    left_out = {**row("suppress", "not_sent", None, "left-out"), "step": None}
    assert "left-out" in files_of(evidence(*DONE, row("look", "still_clear", BOB), left_out))["report.html"]


def test_two_numbers_that_look_alike_are_not_one_person() -> None:
    rows = (row("suppress", "suppressed", "***0007"), row("suppress", "failed", "***0007"))
    page = number_report_of({**evidence(*rows), "planned": {"numbers": 2}})
    assert "Calls to 2 numbers" in page
    assert "it has several people in it" in page


def test_a_person_gets_a_page_about_nobody_else() -> None:
    rows = [{**each, "place": place} for place, each in enumerate((*DONE, row("suppress", "failed", BOB)))]
    rows[1]["also_means"] = ["***9999"]
    left_out = {**row("suppress", "not_sent", None, "left-out"), "step": None, "place": None}
    pages = person_pages(evidence(*rows, left_out), {"a.html": [0, 1, 2], "b.html": [3]})
    assert list(pages) == ["a.html", "b.html"]
    assert f"Calls to {ANN}: 1 step did not end well" in pages["a.html"]
    assert (BOB in pages["a.html"], "left-out" in pages["a.html"], "9999" in pages["a.html"]) == (False, True, False)
    assert "this form may also be another number" in pages["a.html"]
    assert (ANN in pages["b.html"], "cancelled" in pages["b.html"]) == (False, False)


def test_the_csv_has_every_row_and_no_formula() -> None:
    error = {"kind": "rejected", "message": "=1+1"}
    text = files_of(evidence(*DONE, row("cancel", "failed", pending_before=None, error=error)))["evidence.csv"]
    table = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(each["step"], each["outcome"]) for each in table][:2] == [
        ("suppress", "suppressed"),
        ("cancel", "cancelled"),
    ]
    assert (table[3]["found"], table[3]["message"], table[3]["form"]) == ("unknown", "'=1+1", ANN)


def test_the_screen_has_a_row_for_each_number_and_account() -> None:
    rows = [
        *DONE,
        row("suppress", "failed", "+15550100008", error={"message": "no"}),
        row("look", "still_clear", ANN, "b"),
    ]
    lines = table_of(evidence(*rows), rows, rows=2).splitlines()
    assert lines[0].split() == ["ACCOUNT", "SYSTEM", "NUMBER", "STEPS"]
    assert lines[1].split(maxsplit=3)[2:] == ["***0008", "suppress: failed; no"]
    assert "cancel: cancelled (2 records), look: still_clear" in lines[2]
    assert lines[3] == "… and 1 more"


def test_the_screen_counts_forms_that_may_be_another_person() -> None:
    rows = [row(step, "would_cancel", also_means=["***9999"]) for step in ("suppress", "cancel")]
    told = table_of(evidence(*rows), rows, rows=2).splitlines()[-1]
    assert told.startswith("sales: 1 of the numbers stand there in a form that may also be another person's")
    assert "another person" not in table_of(evidence(*DONE), list(DONE), rows=2)
