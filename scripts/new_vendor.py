# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the missing files of a new vendor, and list what remains to be done.

The files are copies of ``vendor_skeleton/``, with the vendor's name in place of ``@name@``. Existing files are never
overwritten, so the script can be run repeatedly.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
SKELETON = PROJECT / "scripts" / "vendor_skeleton"
NAME = re.compile(r"[a-z][a-z0-9]*")
ACTION = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

# Files that name every vendor, and their content for each.
SHARED = {
    "galaxy.yml": "a tag",
    "README.md": "its row in each of the tables",
    "plugins/plugin_utils/_teardown/vocabulary.py": "the system in plain words",
    "playbooks/inventory/example.yml": "an account in the example",
    "playbooks/vars/sandbox_accounts.yml": "an account for the demo",
    "roles/sandbox/README.md": "its seed, settings and acts",
    "roles/sandbox/files/seeds/demo.yml": "what the demo tears down",
    "docs/architecture.md": "its folder",
    "docs/docsite/extra-docs.yml": "the guide of what is known",
    "docs/docsite/rst/guide_modules.rst": "the module; `make modules-page` writes it",
}
# Tests that cannot be generated.
TESTS = {
    "tests/unit/plugins/module_utils/_vendors/@name@/test_operations.py": "parsers; a script of expected calls",
    "tests/unit/sandbox/test_@name@.py": "the simulated vendor by itself",
    "tests/behavior/test_@name@.py": "the modules against the sandbox, with faults before and after the change",
    "tests/security/parsers/@name@.py": "PARSERS, everything that reads its answers",
    "tests/integration/targets/@name@_@action@/tasks/main.yml": "bad input, check mode, real, second run",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make new-vendor", description=__doc__)
    parser.add_argument("name", help="lower case letters and digits, as in module names")
    parser.add_argument("--action", default="queue_clear", help="the write module is NAME_ACTION (%(default)s)")
    parser.add_argument("--project", type=Path, default=PROJECT, help="the checkout to write to")
    options = parser.parse_args()
    if not NAME.fullmatch(options.name):
        parser.error(f"NAME is lower case letters and digits, beginning with a letter, not {options.name!r}")
    if not ACTION.fullmatch(options.action):
        parser.error(f"ACTION is lower case words with underscores, such as queue_clear, not {options.action!r}")
    project: Path = options.project
    words = words_for(project, options.name, options.action)
    for path in write(project, words):
        print(f"wrote    {path}")
    for path, what in missing(project, words):
        print(f"missing  {path}: {what}")
    print("See docs/docsite/rst/guide_adding_a_vendor.rst. Start with `make quick`, finish with `make test`.")
    return 0


def words_for(project: Path, name: str, action: str) -> dict[str, str]:
    """Return the value of each placeholder."""
    (version,) = re.findall(r"^version: (\S+)$", (project / "galaxy.yml").read_text("utf-8"), re.MULTILINE)
    return {
        "@name@": name,
        "@Name@": name.capitalize(),
        "@NAME@": name.upper(),
        "@action@": action,
        "@Action@": action.title().replace("_", ""),
        "@version@": version,
        # ansible-test treats a line starting with "#!" as a shebang, in templates too.
        "@shebang@": "#!/usr/bin/python",
    }


def filled(text: str, words: Mapping[str, str]) -> str:
    """Replace placeholders by their values."""
    return re.sub("|".join(words), lambda match: words[match[0]], text)


def write(project: Path, words: Mapping[str, str]) -> Iterator[str]:
    """Write the missing files, and yield their paths."""
    for name, template in skeleton(words):
        path = project / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # The heading of a guide is underlined to its length, which depends on the name.
            path.write_text(underlined(filled(template.read_text("utf-8"), words)), "utf-8")
            yield name
    runtime = project / "meta/runtime.yml"
    if f"  {words['@name@']}:\n" not in (text := runtime.read_text("utf-8")):
        *_before, last = re.finditer(r"^          - \w+\n", text, re.MULTILINE)
        text = f"{text[: last.end()]}          - {words['@name@']}\n{text[last.end() :]}"
        runtime.write_text(filled(f"{text}  @name@:\n    - @name@_@action@\n", words), "utf-8")
        yield f"{runtime.relative_to(project)} (its action group)"


def skeleton(words: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Yield the path of every file that a vendor has, and its template."""
    for template in sorted(SKELETON.rglob("*.tmpl")):
        yield filled(str(template.relative_to(SKELETON).with_suffix("")), words), template


def underlined(text: str) -> str:
    """Make every line of equal signs as long as the line above it."""
    return re.sub(r"^(.+)\n=+$", lambda match: f"{match[1]}\n{'=' * len(match[1])}", text, flags=re.MULTILINE)


def missing(project: Path, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what has to be written by hand: file, and content."""
    for name, _template in skeleton(words):
        for line in (project / name).read_text("utf-8").splitlines():
            if "TODO" in line:
                yield name, line.strip(' #-"')
    for name, what in TESTS.items():
        if not (project / filled(name, words)).exists():
            yield filled(name, words), what
    for name, what in SHARED.items():
        if words["@name@"] not in (project / name).read_text("utf-8").lower():
            yield name, what


if __name__ == "__main__":
    sys.exit(main())
