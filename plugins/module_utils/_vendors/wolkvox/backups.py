# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox: folder, file name and header of a backup of records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..._core import options
from ..._core.backup import Backup, BackupWriter, check_folder
from ..._core.client import Client
from ..._core.errors import OptionError
from ..._core.operation import Params
from ..._core.version import VERSION
from .account import Wolkvox


def backup_dir(options_: Params) -> Path | None:
    """Return the folder for backups, or None if none is requested; raise OptionError if it is missing."""
    if not options_["backup"]:
        return None
    if not options_["backup_dir"]:
        raise OptionError("backup_dir", "is required with backup: true")
    return check_folder("backup_dir", options.local_path("backup_dir", options_["backup_dir"]))


def new_backup(
    folder: Path, client: Client, account: Wolkvox, names: Sequence[str], description: Mapping[str, Any]
) -> BackupWriter:
    """Begin a backup in a folder; ``names`` are a part of its file name, ``description`` describes the records."""
    now = datetime.fromtimestamp(client.clock.date(), UTC)
    parts = ("wolkvox", account.host, *names, f"{now:%Y%m%dT%H%M%SZ}")
    header = {
        "server": account.host,
        **description,
        "time": now.isoformat(timespec="seconds"),
        "tool": f"telephony.outbound {VERSION}",
    }
    stem = re.sub(r"[^A-Za-z0-9.-]", "_", "-".join(part[:60] for part in parts))
    return BackupWriter(folder, stem, header, account.secret_forms())


def backup_details(backup: Backup) -> dict[str, Any]:
    """Return the backup's path, checksum and number of records for results."""
    return {"backup_file": str(backup.path), "backup_sha256": backup.sha256, "backup_records": backup.records}
