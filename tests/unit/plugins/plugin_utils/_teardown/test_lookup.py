# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking up a number in evidence: found, not found, or unknown; never "not found" if something was not searched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown import evidence_writer
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.lookup import Lookup, look_up
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.masking import Masker
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import (
    SettingsError,
    checked_verification,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify import Given, verify_ledger
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.vocabulary import SYSTEMS
from ansible_collections.telephony.outbound.tests.support.ledgers import VERSION, finished_run, sealed_again
from ansible_collections.telephony.outbound.tests.support.runs import everything

KEY = "a key of the office"
NUMBER = "+1 (555) 010-0123"
OTHER = "+15550100999"


def row(number: str = "+15550100123", **more: Any) -> dict[str, Any]:
    target = {"phone_number": number}
    return {"account": "a", "vendor": "genesys", "target": target, "outcome": "cleared", "changed": True, **more}


def evidence(*rows: dict[str, Any], key: str = KEY, masking: str = "masked", kept: str = "kept") -> dict[str, Any]:
    masker = Masker(key)
    known = list(rows) if masking == "in_full" else [masker.data(each) for each in rows]
    about = {"phone_numbers": masking, "key": kept, "key_id": masker.key_id}
    return {"run": {"masking": about}, "results": known}


def ask(
    folder: Path, told: dict[str, Any], number: str = NUMBER, *, key: str = KEY, plan: dict[str, Any] | None = None
) -> Lookup:
    return look_up(folder, "run", [number], key, plan or {}, told)


def test_with_the_key_the_answer_is_yes_or_no(tmp_path: Path) -> None:
    told = evidence(row("+15550100999"), row(place=1))
    yes, no = ask(tmp_path, told), ask(tmp_path, told, "+15550100124")
    assert (yes.answer, no.answer) == (True, False)
    assert yes.found == [
        {"folder": "run", "file": "evidence.json", "line": None, "phone_number": "***0123"}
        | {"account": "a", "outcome": "cleared", "place": 1}
    ]
    assert yes.lines() == [
        "FOUND ***0123 in run/evidence.json, target 1 (a): cleared",
        "The phone number is in 1 place of this record.",
    ]


@pytest.mark.parametrize("spelled", ["15550100123", "+1-555-010-0123", "%2B15550100123"])
def test_only_digits_count(tmp_path: Path, spelled: str) -> None:
    assert ask(tmp_path, evidence(row(), masking="in_full"), spelled, key="").answer is True
    assert ask(tmp_path, evidence(row(spelled))).answer is True


@pytest.mark.parametrize(
    ("kept", "key", "why"),
    [("forgotten", KEY, "forgotten"), ("kept", "", "give mask_key"), ("kept", "another key", "another mask_key")],
)
def test_without_the_key_nobody_can_know_until_the_plan_is_there(tmp_path: Path, kept: str, key: str, why: str) -> None:
    told = evidence(row(place=0), kept=kept)
    unknown = ask(tmp_path, told, key=key)
    assert unknown.answer is None
    assert why in unknown.not_searched[0]["why"]
    assert "this proves nothing" in unknown.lines()[-1]
    plan = {"targets": [row(outcome="would_clear", name="Call +15550100123")]}
    found = ask(tmp_path, told, key=key, plan=plan)
    # What became of the planned target is in the evidence, under its place in the plan.
    assert found.lines()[0] == "FOUND ***0123 in run/plan.json, target 0 (a Call ***0123): cleared"
    assert ask(tmp_path, told, OTHER, key=key, plan=plan).answer is None


def test_backups_have_the_numbers_of_cleared_campaigns(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    records = [{"campaign_id": "77"}, {"telephone": "915550100123"}, {"telephone": "15550100123"}]
    (tmp_path / "backups/a.jsonl").write_text("".join(f"{json.dumps(record)}\n" for record in records))
    cleared = {"vendor": "wolkvox", "target": {"campaign_id": "77"}, "changed": True}
    told = evidence({**cleared, "backup_file": "backups/a.jsonl"})
    (place,) = ask(tmp_path, told).found
    assert (place["file"], place["line"]) == ("backups/a.jsonl", 3)
    assert ask(tmp_path, told, OTHER).answer is False
    (tmp_path / "backups/a.jsonl").unlink()
    assert ask(tmp_path, told).not_searched[0]["why"] == "the backup was removed"
    assert ask(tmp_path, evidence(cleared)).answer is None, "a campaign without backup does not say whose numbers"
    without_numbers = next(vendor for vendor, system in SYSTEMS.items() if not system.holds_numbers)
    assert ask(tmp_path, evidence({**cleared, "vendor": without_numbers})).answer is False


def test_a_ledger_is_searched_while_it_is_verified(tmp_path: Path) -> None:
    folder = finished_run(tmp_path, 1, mask_key=KEY)
    number = json.loads((folder / "plan.json").read_text("utf-8"))["targets"][-1]["target"]["phone_number"]
    given = Given(version=VERSION, mask_key=KEY, phone_numbers=[number])
    found = verify_ledger(tmp_path / "ledger.jsonl", given)
    assert found.findings == []
    assert [(item["folder"], item["account"]) for item in found.lookup.found] == [("run-001", "records")]
    # Alterations are detected, and reported with the result.
    (folder / "evidence.json").write_text((folder / "evidence.json").read_text("utf-8").replace("***", "**1"), "utf-8")
    sealed_again(folder)
    assert verify_ledger(tmp_path / "ledger.jsonl", given).findings != []


def test_a_forgotten_key_is_random_and_stands_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(evidence_writer, "token_hex", lambda size: made.append(size) or "canary-key-of-this-run")
    folder = finished_run(tmp_path, 1)
    assert made == [16], "128 bits: with the key unknown, trying all phone numbers finds nothing"
    assert "#" in (folder / "evidence.json").read_text("utf-8")
    assert "canary-key-of-this-run" not in everything(tmp_path)


@pytest.mark.parametrize("numbers", [["123"], ["+1555010", ""], "no digits"])
def test_what_is_no_number_is_an_option_error(numbers: Any) -> None:
    with pytest.raises(SettingsError, match=r"phone_numbers\[\d\]: must have 7 digits or more"):
        checked_verification({"folder": "x", "phone_numbers": numbers})
