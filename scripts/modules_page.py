# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the page that compares the modules from their documentation. A contract test keeps it current."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COLLECTION = "telephony.outbound"
PAGE = Path("docs/docsite/rst/guide_modules.rst")
COLUMNS = {"check_mode": "check mode", "diff_mode": "diff", "idempotent": "idempotent", "verified": "verified"}

HEAD = """\
..
  Copyright: Contributors to the telephony.outbound project
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

.. _ansible_collections.telephony.outbound.docsite.guide_modules:

The modules side by side
========================

Written by ``make modules-page`` from what the modules say about themselves. Each module's own page says more.

.. list-table::
   :header-rows: 1
   :widths: 30 10 8 12 10 30

"""


def main(page: Path) -> None:
    listed = json.loads(asked("--list", COLLECTION))
    documentation = {name: item["doc"] for name, item in json.loads(asked(*sorted(listed))).items()}
    page.write_text(render(documentation), encoding="utf-8")


def asked(*words: str) -> str:
    command = ["ansible-doc", "--type", "module", "--json", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def render(documentation: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page; ``documentation`` maps full names to ``doc`` as returned by ansible-doc."""
    rows = [["module", *COLUMNS.values(), "verified by"]]
    for name, doc in sorted(documentation.items()):
        attributes = doc["attributes"]
        words = [attributes[attribute]["support"] for attribute in COLUMNS]
        rows.append([f":ansplugin:`{name}#module`", *words, plain(attributes["verified"]["details"])])
    lines = (f"   {'* -' if number == 0 else '  -'} {cell}\n" for row in rows for number, cell in enumerate(row))
    return HEAD + "".join(lines)


def plain(details: str | list[str]) -> str:
    """Return sentences with Ansible's markup as literal text."""
    text = details if isinstance(details, str) else " ".join(details)
    return re.sub(r"\b[COVE]\(([^)]*)\)", r"``\1``", text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
