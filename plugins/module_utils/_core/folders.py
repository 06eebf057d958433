# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Folders of the collection, opened without following links."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def open_folder(path: Path) -> int:
    """Return a file descriptor of a folder, or raise OSError."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def is_the_users_alone(opened: int) -> bool:
    """Return whether a folder belongs to the user and only the user may write to it."""
    found = os.fstat(opened)
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def sync_own_folder(path: Path) -> None:
    """Flush the names in a folder to disk, or raise OSError."""
    opened = open_folder(path)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
