# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the documentation site; every warning is an error. No other host is contacted."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zlib
from pathlib import Path

COLLECTION = "telephony.outbound"
TITLE = f"{COLLECTION}: tear down outbound-call campaigns"

# Pages of Ansible's documentation that the generated pages refer to. A reference that is not listed here fails.
ANSIBLE = "https://docs.ansible.com/projects/ansible/devel/"
REFERENCES = {
    "action_plugins": ("plugins/action.html", "Action plugins"),
    "ansible_configuration_settings": ("reference_appendices/config.html", "Ansible Configuration Settings"),
    "common_return_values": ("reference_appendices/common_return_values.html", "Return Values"),
}
CONFIGURATION = f"""
intersphinx_mapping = {{"ansible": ({ANSIBLE!r}, "../ansible.inv")}}
html_static_path = ["static"]
html_css_files = ["{COLLECTION}.css"]
"""
# The theme keeps each cell of a table wide and on one line, which a phone cannot show.
STYLE = """
.rst-content table.docutils td, .rst-content table.docutils th {
  min-width: 0 !important;
  padding: 8px 6px;
  white-space: normal;
}
.rst-content table.docutils a, .rst-content table.docutils code {
  overflow-wrap: anywhere;
  white-space: normal;
}
"""


def main(site: Path) -> int:
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    who = ["--project", COLLECTION, "--title", TITLE, "--copyright", f"Contributors to the {COLLECTION} project"]
    run(
        "antsibull-docs",
        "sphinx-init",
        "--use-current",
        "--squash-hierarchy",
        "--dest-dir",
        str(site),
        *who,
        COLLECTION,
    )
    write_inventory(site / "ansible.inv")
    with (site / "conf.py").open("a") as configuration:
        configuration.write(CONFIGURATION)
    (site / "static").mkdir()
    (site / "static" / f"{COLLECTION}.css").write_text(STYLE)
    run("bash", str(site / "build.sh"))
    print(f"built {site / 'build' / 'html' / 'index.html'}")
    return 0


def write_inventory(path: Path) -> None:
    """Write the inventory that Sphinx would fetch from the other site: label, location and title."""
    lines = [
        f"{label} std:label -1 {place}#{label.replace('_', '-')} {title}\n"
        for label, (place, title) in REFERENCES.items()
    ]
    head = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: devel\n# The rest is compressed using zlib.\n"
    path.write_bytes(head.encode() + zlib.compress("".join(lines).encode()))


def run(*command: str) -> None:
    process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if process.returncode:
        print(process.stdout)
        sys.exit(f"{command[0]} ended with {process.returncode}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
