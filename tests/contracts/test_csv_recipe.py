# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide's recipe for targets from a CSV file reads what spreadsheets write."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ansible_collections.telephony.outbound.tests.support import catalog, playbooks

GUIDE = "docs/docsite/rst/guide_genesys_cancel.rst"
ADA, BOB = "+15550100123", "+15550100124"

# Name → content of the file, and the first column of each nonempty line.
FILES: dict[str, tuple[bytes, list[str]]] = {
    "plain": (f"number,name\n{ADA},Ada\n{BOB},Bob\n".encode(), [ADA, BOB]),
    "quoted": (f'"number","name"\n"{ADA}","Lovelace, Ada"\n"{BOB}","say ""hi"""\n'.encode(), [ADA, BOB]),
    "semicolons": (f"number;name\r\n{ADA};Ada\r\n{BOB};Bob\r\n".encode(), [ADA, BOB]),
    "tabs": (f"number\tname\n{ADA}\tAda\n".encode(), [ADA]),
    "byte order mark": (f"\ufeffnumber;name\r\n{ADA};Zoë\r\n\r\n".encode(), [ADA]),
    "one column": (f"number\n{ADA}\n{BOB}\n{ADA}".encode(), [ADA, BOB]),
    "repeats": (f'number,name\n{ADA},Ada\n"{ADA}",Ada again\n'.encode(), [ADA]),
    "heading alone": (b"number,name\n", []),
    "an empty cell": (f"number,name\n,Ada\n{BOB},Bob\n".encode(), ["", BOB]),
    "a number of a spreadsheet": (b"number,name\n1.55501E+10,Ada\n", ["1.55501E+10"]),
    "a formula": (f'number,name\n="{ADA}",Ada\n'.encode(), ["="]),
}


def recipe(path: Path) -> str:
    """Return the guide's expression for a file of any name."""
    found = re.search(r"targets: >-\n((?: +.*\n)+?) +concurrency", path.read_text("utf-8"))
    assert found is not None
    return " ".join(found[1].split()).replace("'paid.csv'", "item")


def test_the_recipe_of_the_guide(tmp_path: Path) -> None:
    for name, (data, _numbers) in FILES.items():
        (tmp_path / f"{name}.csv").write_bytes(data)
    tasks = [
        {
            "ansible.builtin.set_fact": {"targets": recipe(catalog.PROJECT / GUIDE)},
            "loop": [f"{tmp_path}/{name}.csv" for name in FILES],
            "register": "read",
        },
        {
            "ansible.builtin.copy": {
                "dest": f"{tmp_path}/read.json",
                "content": "{{ read.results | map(attribute='ansible_facts.targets') | to_json }}",
                "mode": "0600",
            }
        },
    ]
    ran = playbooks.run([{"tasks": tasks}], tmp_path / "run", in_process=True)
    assert ran.rc == 0, ran.text
    told = dict(zip(FILES, json.loads((tmp_path / "read.json").read_text("utf-8")), strict=True))
    assert told == {name: [{"phone_number": number} for number in numbers] for name, (_data, numbers) in FILES.items()}
