# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shell commands in the documentation: the shell and Ansible receive every word as intended."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from ansible.parsing.splitter import parse_kv

from ansible_collections.telephony.outbound.tests.support.catalog import COLLECTION, MODULES, PROJECT, made

PAGES = [
    path
    for pattern in ("*.md", "docs/**/*.md", "docs/**/*.rst", "roles/*/README.md", "playbooks/**/*.md")
    for path in sorted(PROJECT.glob(pattern))
]
_RST = re.compile(r"\.\. code-block:: (?:console|shell|bash|sh)\n\n((?:   .*\n|\n)+)")
_MARKDOWN = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_SHELLS = ("", "console", "shell", "bash", "sh")
_IN_A_SENTENCE = re.compile(r"`(ansible(?:-playbook)? [^`\n]+)`")
_VARIABLES = ("-e", "--extra-vars")
_VALUED = (*_VARIABLES, "-a", "--args")


BASH = shutil.which("bash") or "/bin/bash"
# One call a record: its words, each ended by a unit separator, then a record separator.
_NOTE = r"""
command_not_found_handle() { printf -v words '%s\x1f' "$@"; printf '%s\x1e' "$words" >> "$NOTES"; }
source() { :; }
.() { :; }
cd() { :; }
"""


def scripts(text: str) -> Iterator[str]:
    """Yield what is to be typed of every block for a shell: with prompts, the lines behind them."""
    fenced = [block for language, block in _MARKDOWN.findall(text) if language in _SHELLS]
    for block in [*_RST.findall(text), *fenced]:
        lines = re.sub(r"\\\n\s*", " ", block).splitlines()
        prompted = [line.strip().removeprefix("$ ") for line in lines if line.strip().startswith("$ ")]
        yield "\n".join(prompted or [line.strip() for line in lines])


def typed(script: str, folder: Path) -> list[list[str]]:
    """Return the words of every program that a shell calls, as the program gets them."""
    notes = folder / "notes"
    notes.write_text("", "utf-8")
    # A program by its path would be started: its name alone is noted like all others.
    bare = re.sub(r"(?<![\w/=@.-])[.\w-]*(?:/[.\w-]+)*/bin/(?=[a-z])", "", script)
    subprocess.run(
        [BASH, "--norc", "-c", f"{_NOTE}{bare}\n:"],
        cwd=folder,
        env={"PATH": "/nonexistent", "NOTES": str(notes)},
        input="not-a-secret\n" * 9,
        text=True,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return [record.split("\x1f")[:-1] for record in notes.read_text("utf-8").split("\x1e")[:-1]]


def commands(text: str, folder: Path) -> Iterator[list[str]]:
    """Yield the words of every call of Ansible."""
    for script in scripts(text):
        yield from (words for words in typed(script, folder) if words[0] in ("ansible", "ansible-playbook"))
    yield from (shlex.split(call, comments=True) for call in _IN_A_SENTENCE.findall(text))


def lost(words: list[str]) -> list[str]:
    """Return the words that Ansible would interpret differently than intended."""
    found = []
    for name, value in pairwise(words):
        if name in _VARIABLES and value.startswith("{"):
            json.loads(value)
        elif name in _VALUED and not value.startswith("@") and value != "...":
            found.append(parse_kv(value).get("_raw_params"))
        elif name not in _VALUED and "=" in value and not value.startswith("-"):
            found.append(value)  # the shell split it from an option's value
    return [word for word in found if word]


def unknown(words: list[str]) -> list[str]:
    """Return the playbooks, modules, options and variables that a call names and that are not there."""
    named = [word.removeprefix(f"{COLLECTION}.") for word in words if word.startswith(f"{COLLECTION}.")]
    modules = [value for name, value in pairwise(words) if name == "-m" and value.startswith(f"{COLLECTION}.")]
    module = modules[0].removeprefix(f"{COLLECTION}.") if modules else ""
    playbooks = {path.stem for path in (PROJECT / "playbooks").glob("*.yml")}
    found = [name for name in named if name not in playbooks | set(MODULES) | ACTIONS]
    for name, value in pairwise(words):
        if name in ("-a", "--args") and module in MODULES:
            found += parse_kv(value).keys() - made(module).spec.keys()
        elif name in _VARIABLES and not value.startswith("@"):
            given = json.loads(value) if value.startswith("{") else parse_kv(value)
            found += [one for one in given if one.startswith(ROLES) and one not in ROLE_VARIABLES]
    return found


ACTIONS = {path.stem for path in (PROJECT / "plugins/action").glob("*.py")}
ROLES = ("campaign_teardown_", "stop_number_")
ROLE_VARIABLES = {
    name for path in PROJECT.glob("roles/*/defaults/main.yml") for name in yaml.safe_load(path.read_text("utf-8"))
}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_shell_line_says_what_is_there_and_loses_no_word(page: Path, tmp_path: Path) -> None:
    calls = list(commands(page.read_text("utf-8"), tmp_path))
    assert [(words, lost(words)) for words in calls if lost(words)] == []
    assert [(words, unknown(words)) for words in calls if unknown(words)] == []


def test_there_are_lines(tmp_path: Path) -> None:
    assert sum(1 for page in PAGES for _words in commands(page.read_text("utf-8"), tmp_path)) > 10


def test_the_shell_hands_on_what_a_program_gets(tmp_path: Path) -> None:
    script = "export A='x y' && .work/venv/bin/python \"$A\" $(true) | sort\nread -rs B && ansible -a \"b=$B\" -e ''"
    calls = typed(script, tmp_path)
    assert sorted(calls) == [["ansible", "-a", "b=not-a-secret", "-e", ""], ["python", "x y"], ["sort"]]
    with pytest.raises(subprocess.CalledProcessError):
        typed("ansible 'no end", tmp_path)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("telephony.outbound.rehearsal", "rehearsal"),
        ("telephony.outbound.teardown -e campaign_teardown_maximum=3", "campaign_teardown_maximum"),
        ("""telephony.outbound.teardown -e '{"campaign_teardown_maximum": 3}'""", "campaign_teardown_maximum"),
        ("localhost -m telephony.outbound.wolkvox_campaign -a campain_id=77", "campain_id"),
        ("localhost -m telephony.outbound.wolkvox_campagn -a campaign_id=77", "wolkvox_campagn"),
    ],
)
def test_what_is_not_there_is_noticed(line: str, name: str) -> None:
    assert name in unknown(shlex.split(line))


@pytest.mark.parametrize(
    "line",
    [
        '-e campaign_teardown_reason="End of season"',
        "-e 'campaign_teardown_reason=End of season'",
        "-e campaign_teardown_reason=End of=season",
        "-a 'campaign_id=77 campaign_name=Winter reminders'",
    ],
)
def test_lines_that_lose_words_are_noticed(line: str, tmp_path: Path) -> None:
    (words,) = commands(f".. code-block:: console\n\n   $ ansible-playbook \\\n       {line}\n\nEnd", tmp_path)
    assert lost(words)


@pytest.mark.parametrize(
    "line",
    [
        """-e '{"campaign_teardown_reason": "End of season"}'""",
        """-e "campaign_teardown_reason='End of season'" """,
        "-e @apply.yml -e campaign_teardown_mode=apply",
        """-e 'extension="0003*210"'""",
    ],
)
def test_lines_that_lose_none_pass(line: str, tmp_path: Path) -> None:
    (words,) = commands(f"```console\n$ ansible-playbook {line}\n```", tmp_path)
    assert not lost(words)
