# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics of a watch: their text, also as parsed by promtool, and their file."""

from __future__ import annotations

import os
import re
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown import metrics
from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT
from ansible_collections.telephony.outbound.tests.support.promtool import check

WHEN = datetime(2026, 3, 2, 3, 15, tzinfo=UTC)
RULES = PROJECT / "docs/examples/prometheus_alerts.yml"
SAMPLE = re.compile(r'telephony_outbound_watch_[a-z_]+\{(?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)+\} [0-9.]+')


def row(account: str, outcome: str, pending: int | None, **more: Any) -> dict[str, Any]:
    return {
        "account": account,
        "vendor": "wolkvox",
        "unit": "records",
        "outcome": outcome,
        "pending": pending,
        "needs_person": outcome == "refilled",
        **more,
    }


def text_of(*rows: dict[str, Any], run_id: str = "therun") -> str:
    return metrics.metrics_of(rows, run_id=run_id, torn_down=WHEN, ended=WHEN, seconds=1.25)


def test_each_account_has_every_outcome_and_zeros_are_told() -> None:
    text = text_of(
        row("a", "still_clear", 0),
        row("a", "refilled", 3),
        row("a", "refilled", 4),
        row("b", "cannot_be_read", None, needs_person=True),
    )
    a, b = (f'run="therun",account="{name}",vendor="wolkvox"' for name in "ab")
    lines = text.splitlines()
    for expected in (
        f'telephony_outbound_watch_targets{{{a},outcome="refilled"}} 2',
        f'telephony_outbound_watch_targets{{{a},outcome="cannot_be_read"}} 0',
        f'telephony_outbound_watch_targets{{{b},outcome="still_clear"}} 0',
        f"telephony_outbound_watch_unread_targets{{{a}}} 0",
        f"telephony_outbound_watch_unread_targets{{{b}}} 1",
        f'telephony_outbound_watch_refilled_items{{{a},unit="records"}} 7',
        f'telephony_outbound_watch_refilled_items{{{b},unit="records"}} 0',
        'telephony_outbound_watch_timestamp_seconds{run="therun"} 1772421300.0',
        'telephony_outbound_watch_duration_seconds{run="therun"} 1.25',
    ):
        assert expected in lines


@pytest.mark.parametrize("name", ["plain", 'a"b', "a\\b", "a\nb", "ä€", "a{b}", "\ud800"])
def test_any_name_is_one_label_of_one_line(name: str) -> None:
    text = text_of(row(name, "refilled", 1)).encode("utf-8", "replace").decode()
    for line in text.splitlines():
        assert line.startswith("# ") or SAMPLE.fullmatch(line), line
    assert check("metrics", text=text) == (0, "")


def test_the_rules_are_valid_and_ask_for_metrics_that_there_are() -> None:
    rules = RULES.read_text(encoding="utf-8")
    known = set(re.findall(r"# TYPE (\S+)", text_of(row("a", "refilled", 1))))
    asked = set(re.findall(r"telephony_outbound_watch_[a-z_]*[a-z]\b", rules)) - {"telephony_outbound_watch"}
    assert asked
    assert asked <= known
    assert check("rules", str(RULES))[0] == 0


def test_the_guide_names_every_metric() -> None:
    guide = (PROJECT / "docs/docsite/rst/guide_watch.rst").read_text(encoding="utf-8")
    for name in re.findall(r"# TYPE (\S+)", text_of(row("a", "refilled", 1))):
        assert f"``{name}``" in guide


def test_the_file_is_replaced_whole_and_no_link_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "x.prom"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("keep")
    path.symlink_to(elsewhere)
    metrics.check_writable(path)
    metrics.write(path, "a 1\n")
    metrics.write(path, "b 2\n")
    assert (path.read_text(), path.is_symlink(), elsewhere.read_text()) == ("b 2\n", False, "keep")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert sorted(item.name for item in tmp_path.iterdir()) == ["elsewhere", "x.prom"]


def test_a_place_that_cannot_be_written_is_told_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "folder.prom").mkdir()
    os.mkfifo(tmp_path / "pipe.prom")
    for path in (tmp_path / "folder.prom", tmp_path / "pipe.prom", tmp_path / "missing/x.prom"):
        with pytest.raises(metrics.MetricsError, match="is not a f"):
            metrics.check_writable(path)
    for path in (tmp_path / "folder.prom", tmp_path / "missing/x.prom"):
        with pytest.raises(metrics.MetricsError, match="cannot be written"):
            metrics.write(path, "a 1\n")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["folder.prom", "pipe.prom"]
