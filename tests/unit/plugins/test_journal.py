# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: every line whole, private, and there when it is needed."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OptionError
from ansible_collections.telephony.outbound.plugins.module_utils._core.journal import Journal

TARGET = {"campaign_id": "77", "name": "ü\u2028"}


def test_lines(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text("kept\n")
    file.chmod(0o644)
    journal = Journal(str(file), Clock())
    journal.begun(3, TARGET)
    journal.ended(3, {"target": TARGET, "outcome": "cleared"})
    journal.close()
    kept, begun, ended = file.read_text(encoding="utf-8").split("\n")[:3]
    assert kept == "kept"
    assert {**json.loads(begun), "time": ""} == {"event": "begun", "time": "", "index": 3, "target": TARGET}
    assert json.loads(ended)["result"]["outcome"] == "cleared"
    assert list(json.loads(ended))[:2] == ["event", "time"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    journal = Journal(str(file), Clock())
    work = [threading.Thread(target=journal.begun, args=(index, {"x": "y" * 5000})) for index in range(20)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    journal.close()
    assert sorted(json.loads(line)["index"] for line in file.read_text().splitlines()) == list(range(20))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OptionError, match="journal"):
        Journal(str(tmp_path / "link"), Clock())
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot be written"):
        Journal(str(tmp_path / "no" / "journal"), Clock())
