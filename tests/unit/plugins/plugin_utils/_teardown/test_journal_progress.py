# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many targets have ended, as a journal tells it while it grows."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.journal import JournalProgress


def append(path: Path, *lines: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(lines))


def event(name: str, more: str = "") -> str:
    return f'{{"event": "{name}", "time": "2026-03-01T09:00:00.000+00:00"{more}}}\n'


def test_targets_that_ended_count_once_and_stops_of_campaigns_do_not(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    append(path, event("call", ', "step": "clear"'), event("ended"))
    progress = JournalProgress(str(path))
    # What an earlier start of this run did was told then.
    assert progress.ended() == 0
    append(path, event("call", ', "step": "stop"'), event("begun"), event("ended"), event("call", ', "step": "clear"'))
    assert progress.ended() == 0
    append(path, event("begun"), event("ended"), event("ended")[:-20])
    assert progress.ended() == 1
    append(path, event("ended")[-20:], event("ended", ', "target": {"name": "\\u2028 \\r"}'))
    assert [progress.ended(), progress.ended()] == [3, 3]


def test_no_journal_tells_nothing(tmp_path: Path) -> None:
    assert JournalProgress(None).ended() == 0
    progress = JournalProgress(str(tmp_path / "later.jsonl"))
    assert progress.ended() == 0
    append(tmp_path / "later.jsonl", event("call", ', "step": "cancel"'), event("ended"))
    assert progress.ended() == 1
