# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a purge removes, what it never removes, and its line in the ledger."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify import Given, verify_ledger
from ansible_collections.telephony.outbound.tests.support.runs import SEED, account, everything, run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

KEPT = {
    "run.json",
    "evidence.json",
    "evidence.csv",
    "report.html",
    "SHA256SUMS",
    "result.json",
    "journal-wolkvox.jsonl",
}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def ledger(root: Path, event: str = "purge") -> list[dict[str, Any]]:
    lines = map(json.loads, (root / "ledger.jsonl").read_text().splitlines())
    return [line for line in lines if line["event"] == event]


def aged(folder: Path, key: str, days: float) -> None:
    """Make a run end, or a plan expire, this many days ago."""
    name = "run.json" if key == "ended" else "plan.json"
    document = json.loads((folder / name).read_text())
    document[key] = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (folder / name).write_text(json.dumps(document))


def torn_down(world: Sandbox, folder: Path, **options: Any) -> None:
    world.seed(SEED)
    assert run([account("wolkvox", world.url)], folder, **options).state == "done"


def test_plan_and_backups_of_what_ended_long_ago_go_and_the_rest_stays(world: Sandbox, tmp_path: Path) -> None:
    torn_down(world, tmp_path / "old")
    aged(tmp_path / "old", "ended", 91)
    torn_down(world, tmp_path / "young")
    aged(tmp_path / "young", "ended", 89)
    before = {path: path.read_bytes() for path in (tmp_path / "old").rglob("*") if path.is_file()}
    torn_down(world, tmp_path / "now", purge_after_days=90)
    assert names(tmp_path / "old") == KEPT | {"plan-masked.json"}
    assert names(tmp_path / "young") == names(tmp_path / "now") == KEPT | {"plan.json", "backups"}
    (line,) = ledger(tmp_path)
    gone = {
        str(path.relative_to(tmp_path / "old")): hashlib.sha256(text).hexdigest()
        for path, text in before.items()
        if not path.exists()
    }
    assert (line["folder"], line["removed"]) == ("old", gone)
    assert len(gone) == 2
    masked = (tmp_path / "old/plan-masked.json").read_bytes()
    assert line["files"] == {"plan-masked.json": hashlib.sha256(masked).hexdigest()}
    # Nothing here is a phone number, so nothing is masked.
    assert masked == before[tmp_path / "old/plan.json"]
    # Nothing is left to remove: no second line.
    torn_down(world, tmp_path / "later", purge_after_days=90)
    assert len(ledger(tmp_path)) == 1


def test_without_the_option_and_in_check_mode_nothing_goes(world: Sandbox, tmp_path: Path) -> None:
    torn_down(world, tmp_path / "old")
    aged(tmp_path / "old", "ended", 900)
    torn_down(world, tmp_path / "now")
    world.seed(SEED)
    run([account("wolkvox", world.url)], tmp_path / "x", check_mode=True, purge_after_days=0)
    run([account("wolkvox", world.url)], tmp_path / "old", purge_after_days=0, reason="")
    assert "plan.json" in names(tmp_path / "old")
    assert ledger(tmp_path) == []


@pytest.mark.parametrize("missing", ["ended", "evidence.json", "format", "run.json"])
def test_what_is_not_finished_keeps_its_plan(world: Sandbox, tmp_path: Path, missing: str) -> None:
    torn_down(world, tmp_path / "old")
    aged(tmp_path / "old", "ended", 900)
    if missing.endswith(".json"):
        (tmp_path / "old" / missing).unlink()
    else:
        document = json.loads((tmp_path / "old/run.json").read_text())
        (tmp_path / "old/run.json").write_text(json.dumps({**document, missing: None}))
    torn_down(world, tmp_path / "now", purge_after_days=1)
    assert {"plan.json", "backups"} <= names(tmp_path / "old")


def test_a_plan_of_its_own_goes_when_it_was_used_or_expired(world: Sandbox, tmp_path: Path) -> None:
    given = [account("wolkvox", world.url)]
    for name in ("used", "expired", "waits", "endless"):
        run(given, tmp_path / name, "plan", **({"expires_after": None} if name == "endless" else {}))
    aged(tmp_path / "expired", "expires", 31)
    aged(tmp_path / "waits", "expires", 29)
    run(given, tmp_path / "applied", plan=str(tmp_path / "used/plan.json"))
    (mark,) = (tmp_path / "used").glob(".plan.json.*.applied")
    document = json.loads(mark.read_text())
    mark.write_text(json.dumps({**document, "time": "2020-01-01T00:00:00Z"}))
    torn_down(world, tmp_path / "now", purge_after_days=30)
    left = {
        name for name in ("used", "expired", "waits", "endless", "applied") if "plan.json" in names(tmp_path / name)
    }
    assert left == {"waits", "endless", "applied"}
    assert {line["folder"] for line in ledger(tmp_path)} == {"used", "expired"}


def test_purged_at_its_end_a_run_and_its_plan_leave_no_number_in_full(world: Sandbox, tmp_path: Path) -> None:
    world.seed(SEED)
    given = [account("genesys", world.url), account("wolkvox", world.url)]
    run(given, tmp_path / "plan", "plan")
    assert "15550100123" in everything(tmp_path)
    done = run(given, tmp_path / "ev", plan=str(tmp_path / "plan/plan.json"), mask_key="k" * 32, purge_after_days=0)
    assert done.state == "done"
    assert not re.search(r"1555\d{7}", everything(tmp_path))
    assert {line["folder"] for line in ledger(tmp_path)} == {"plan", "ev"}
    masked = json.loads((tmp_path / "ev/plan-masked.json").read_text())
    of_evidence = json.loads((tmp_path / "ev/evidence.json").read_text())
    assert [row["identity"] for row in masked["targets"]] == [row["target"] for row in of_evidence["results"]]
    asked = Given(version="0.0.0", mask_key="k" * 32, phone_numbers=["+1 555 010 0123"])
    verified = verify_ledger(tmp_path / "ledger.jsonl", asked)
    assert verified.findings == []
    assert [(place["folder"], place["outcome"]) for place in verified.lookup.found] == [("ev", "cleared")]
    (tmp_path / "ev/plan-masked.json").unlink()
    (found,) = verify_ledger(tmp_path / "ledger.jsonl", Given(version="0.0.0")).findings
    assert found["file"] == "ev/plan-masked.json"


def test_what_is_not_ours_is_left_alone_and_told(world: Sandbox, tmp_path: Path) -> None:
    for name in ("linked", "open", "outside"):
        torn_down(world, tmp_path / name)
        aged(tmp_path / name, "ended", 900)
    other = tmp_path / "other"
    other.mkdir()
    (tmp_path / "outside").rename(other / "outside")
    (tmp_path / "link").symlink_to(other / "outside")
    backups = tmp_path / "linked/backups"
    backups.rename(other / "backups")
    backups.symlink_to(other / "backups")
    (tmp_path / "open").chmod(0o703)
    world.seed(SEED)
    found = run([account("wolkvox", world.url)], tmp_path / "now", purge_after_days=1)
    assert sorted(text.split(" were not removed: ")[1] for text in found.warnings) == sorted(
        [
            f"{backups} is a link, which no run makes",
            f"{tmp_path / 'open'} must belong to the user, and nobody else may write to it",
        ]
    )
    assert found.state == "done"
    assert list((other / "backups").iterdir())
    assert all("plan.json" in names(folder) for folder in (tmp_path / "linked", tmp_path / "open", other / "outside"))
    assert ledger(tmp_path) == []


def test_a_purged_run_is_watched_and_its_evidence_is_not_made_anew(world: Sandbox, tmp_path: Path) -> None:
    torn_down(world, tmp_path / "ev")
    before = (tmp_path / "ev/evidence.json").read_bytes()
    found = run([account("wolkvox", world.url)], tmp_path / "ev", "watch", purge_after_days=0)
    assert found.state == "done"
    assert "plan.json" not in names(tmp_path / "ev")
    world.act(room="wolkvox", do="add_records", campaign="77", records=3)
    assert run([account("wolkvox", world.url)], tmp_path / "ev", "watch").state == "left"
    found = run([], tmp_path / "ev", "evidence")
    assert "was removed; the evidence that is there stays" in found.reasons[0]
    assert (tmp_path / "ev/evidence.json").read_bytes() == before
    # The ledger records every watch: the last line has the checksum of the current watch.jsonl.
    sums = [line["files"]["watch.jsonl"] for line in ledger(tmp_path, "watch")]
    assert len(sums) == 2
    assert sums[-1] == hashlib.sha256((tmp_path / "ev/watch.jsonl").read_bytes()).hexdigest()
    assert verify_ledger(tmp_path / "ledger.jsonl", Given(version="0.0.0")).findings == []
    (tmp_path / "ev/watch.jsonl").write_text("")
    assert [item["file"] for item in verify_ledger(tmp_path / "ledger.jsonl", Given(version="0.0.0")).findings] == [
        "ev/watch.jsonl"
    ]
