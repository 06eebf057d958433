# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find strings that no file of the project may contain: package registries, and the authors' home folders.

Each machine configures its own package sources, and an absolute home path works on one machine only.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

# Split so that this file does not match itself.
FORBIDDEN = {
    "names a package registry": re.compile(
        r"py[p]i\.(org|python)|python[h]osted\.|npm[j]s\.|yarn[p]kg\.com|deb\.[d]ebian\.org|(?:archive|security)\.[u]buntu",
        re.IGNORECASE,
    ),
    "names a home folder": re.compile(r"(?<![\w.$}/~-])/(home|Users)/[a-z]|(?<![\w.$}/~-])/[r]oot/"),
}


def main() -> int:
    patterns = dict(FORBIDDEN)
    if checkout := os.environ.get("PROJECT_DIR"):
        patterns["names the folder of this checkout"] = re.compile(rf"(?<!\w){re.escape(checkout)}(?!\w)")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True, check=True
    ).stdout
    found = 0
    names = sorted(os.fsdecode(name) for name in listed.split(b"\0") if name)
    for name in filter(os.path.isfile, names):  # git still lists a file that was just deleted
        text = Path(name).read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            for reason, pattern in patterns.items():
                if pattern.search(line):
                    print(f"{name}:{number}: {reason}: {line.strip()[:120]}")
                    found += 1
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main())
