# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Merges without Ansible around them, and evidence that is compared but for its times."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import RunContext
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.merger import Merger
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import checked_merge

# What is another one in each run: times, and what has a random name.
_OF_ITS_OWN = ("times", "time", "elapsed", "modified", "backup_file", "backup_sha256", "reference_id", "vendor_said")


def merge(folders: Iterable[Path], folder: Path, *, check_mode: bool = False, **options: Any) -> RunOutcome:
    """Merge folders into one."""
    told = {"folders": [str(path) for path in folders], "folder": str(folder), **options}
    around = RunContext(about={"version": "0.0.0"}, environment={}, show=lambda _line: None, check_mode=check_mode)
    return Merger(checked_merge(told), around).carry_out()


def comparable(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of an evidence, without what two runs over the same world have differently."""
    found: list[dict[str, Any]] = json.loads((folder / "evidence.json").read_text("utf-8"))["results"]
    return [_comparable(entry) for entry in found]


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items() if key not in _OF_ITS_OWN}
    return [_comparable(item) for item in value] if isinstance(value, list) else value
