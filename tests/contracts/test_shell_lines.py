# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shell commands in the documentation: the shell and Ansible receive every word as intended."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from ansible.parsing.splitter import parse_kv

from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT

PAGES = [
    path
    for pattern in ("*.md", "docs/**/*.md", "docs/**/*.rst", "roles/*/README.md", "playbooks/**/*.md")
    for path in sorted(PROJECT.glob(pattern))
]
_RST = re.compile(r"\.\. code-block:: (?:console|shell|bash|sh)\n\n((?:   .*\n|\n)+)")
_MARKDOWN = re.compile(r"```(?:console|shell|bash|sh)?\n(.*?)```", re.DOTALL)
_IN_A_SENTENCE = re.compile(r"`(ansible(?:-playbook)? [^`\n]+)`")
_VARIABLES = ("-e", "--extra-vars")
_VALUED = (*_VARIABLES, "-a", "--args")


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of every Ansible command, as a shell splits them."""
    blocks = [*_RST.findall(text), *_MARKDOWN.findall(text), *_IN_A_SENTENCE.findall(text)]
    for block in blocks:
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            call = line.strip().removeprefix("$ ")
            if re.match(r"(?:\w+=\S+ )*ansible(?:-playbook)? ", call):
                yield shlex.split(call, comments=True)


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


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_shell_line_loses_a_word(page: Path) -> None:
    assert [(words, lost(words)) for words in commands(page.read_text("utf-8")) if lost(words)] == []


def test_there_are_lines() -> None:
    assert sum(1 for page in PAGES for _words in commands(page.read_text("utf-8"))) > 10


@pytest.mark.parametrize(
    "line",
    [
        '-e campaign_teardown_reason="End of season"',
        "-e 'campaign_teardown_reason=End of season'",
        "-e campaign_teardown_reason=End of=season",
        "-a 'campaign_id=77 campaign_name=Winter reminders'",
    ],
)
def test_lines_that_lose_words_are_noticed(line: str) -> None:
    (words,) = commands(f".. code-block:: console\n\n   $ ansible-playbook \\\n       {line}\n\nEnd")
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
def test_lines_that_lose_none_pass(line: str) -> None:
    (words,) = commands(f"```console\n$ ansible-playbook {line}\n```")
    assert not lost(words)
