# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the page of the public interface. A contract test fails when something on the page is not there any more."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

COLLECTION = "telephony.outbound"
PAGE = Path("docs/docsite/rst/guide_public_interface.rst")
Interface = dict[str, list[str]]

HEAD = """\
..
  Copyright: Contributors to the telephony.outbound project
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

.. _ansible_collections.telephony.outbound.docsite.guide_public_interface:

Public interface
================

The names that playbooks may rely on, written by ``make public-interface``. A test fails when one of them is not there
any more. :ref:`ansible_collections.telephony.outbound.docsite.guide_versions` says which change needs which version.
What is not here, such as the text of messages and everything whose name begins with an underscore, may change at any
time.

"""


def main(page: Path) -> None:
    command = ["ansible-doc", "--type", "module", "--json"]
    names = json.loads(subprocess.run([*command, "--list", COLLECTION], capture_output=True, check=True).stdout)
    found = subprocess.run([*command, *sorted(names)], capture_output=True, check=True).stdout
    page.write_text(render(collect(json.loads(found), Path())), encoding="utf-8")


def collect(documentation: Mapping[str, Mapping[str, Any]], project: Path) -> Interface:
    """Return heading → names; ``documentation`` maps names of modules to what ansible-doc returns of them."""
    found: Interface = {}
    for full, item in sorted(documentation.items()):
        name = full.removeprefix(f"{COLLECTION}.")
        found[f"{name}, options"] = _paths(item["doc"].get("options") or {}, "suboptions")
        found[f"{name}, results"] = _paths(item.get("return") or {}, "contains")
    for spec in sorted(project.glob("roles/*/meta/argument_specs.yml")):
        options = _yaml(spec)["argument_specs"]["main"]["options"]
        found[f"role {spec.parts[-3]}"] = sorted(options)
    found["playbooks"] = sorted(path.stem for path in project.glob("playbooks/*.yml"))
    found["rulebooks"] = sorted(path.stem for path in project.glob("extensions/eda/rulebooks/*.yml"))
    found["event filters"] = sorted(path.stem for path in project.glob("extensions/eda/plugins/event_filter/*.py"))
    found["action groups"] = sorted(_yaml(project / "meta/runtime.yml")["action_groups"])
    core = project / "plugins/module_utils/_core"
    found["outcomes"] = _words(core / "outcomes.py", r'^    [A-Z_]+ = "(\w+)", Severity')
    found["error.kind"] = _words(core / "errors.py", r'^    [A-Z_]+ = "(\w+)"$')
    folder = project / "plugins/plugin_utils/_teardown/run_folder.py"
    found["files of a run"] = _words(folder, r'"([\w-]+\.(?:jsonl?|csv|html)|SHA256SUMS)"')
    return found


def render(interface: Interface) -> str:
    """Return the page."""
    blocks = [f"``{heading}``\n  {', '.join(f'``{name}``' for name in names)}" for heading, names in interface.items()]
    return HEAD + "\n\n".join(blocks) + "\n"


def read(page: str) -> Interface:
    """Return what a page says: heading → names."""
    blocks = re.findall(r"^``(.+)``\n  (.*)$", page, re.MULTILINE)
    return {heading: re.findall(r"``(.+?)``", names) for heading, names in blocks}


def _paths(items: Mapping[str, Any], inner: str, prefix: str = "") -> list[str]:
    found = [
        [f"{prefix}{name}", *_paths(item.get(inner) or {}, inner, f"{prefix}{name}.")] for name, item in items.items()
    ]
    return sorted(path for paths in found for path in paths)


def _words(path: Path, pattern: str) -> list[str]:
    return _once(re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE))


def _once(words: Iterable[str]) -> list[str]:
    return sorted(set(words))


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
