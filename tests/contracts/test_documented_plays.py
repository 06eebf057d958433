# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays, tasks and variables in README and guides: modules, options and role variables that are there."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.telephony.outbound.tests.support import catalog

PAGES = [
    path
    for pattern in ("*.md", "docs/docsite/rst/*.rst", "roles/*/README.md")
    for path in sorted(catalog.PROJECT.glob(pattern))
]
_BLOCKS = (
    re.compile(r"^```yaml\n(?P<block>.*?)^```", re.DOTALL | re.MULTILINE),
    re.compile(r"^(?P<indent> *)\.\. code-block:: yaml\n(?P<block>(?: *\n|(?P=indent) +.*\n)+)", re.MULTILINE),
)
PREFIX = f"{catalog.COLLECTION}."
ROLES = ("campaign_teardown_", "stop_number_")


def blocks(text: str) -> Iterator[Any]:
    """Yield the data of every YAML block."""
    for pattern in _BLOCKS:
        for found in pattern.finditer(text):
            yield from yaml.safe_load_all(textwrap.dedent(found["block"]))


def items(data: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key with its value, at any depth."""
    for value in data if isinstance(data, list) else []:
        yield from items(value)
    for key, value in data.items() if isinstance(data, dict) else ():
        yield str(key), value
        yield from items(value)


def unknown(data: Any) -> list[str]:
    """Return what is named and not there."""
    found = []
    variables = role_variables()
    for key, value in items(data):
        if key.startswith(PREFIX):
            entry = catalog.documentation().get(key.removeprefix(PREFIX))
            options = entry["doc"].get("options", {}) if entry else {}
            found += [key] if entry is None else sorted(set(value or {}) - set(options))
        elif key.startswith(ROLES) and key not in variables:
            found.append(key)
    return found


def role_variables() -> set[str]:
    found: set[str] = set()
    for path in catalog.PROJECT.glob("roles/*/defaults/main.yml"):
        found |= set(yaml.safe_load(path.read_text("utf-8")))
    for path in catalog.PROJECT.glob("roles/*/meta/argument_specs.yml"):
        found |= set(yaml.safe_load(path.read_text("utf-8"))["argument_specs"]["main"]["options"])
    # What an account says of itself, and what a play finds afterwards.
    return found | {
        f"{role}{word}" for role in ROLES for word in ("result", "vendor", "connection", "targets", "places")
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(catalog.PROJECT)))
def test_what_a_play_names_is_there(page: Path) -> None:
    assert [name for data in blocks(page.read_text("utf-8")) for name in unknown(data)] == []


def test_the_readme_has_a_play_or_a_playbook_for_every_use() -> None:
    text = (catalog.PROJECT / "README.md").read_text("utf-8")
    plays = [play for data in blocks(text) if isinstance(data, list) for play in data if "hosts" in play]
    assert len(plays) >= 2
    playbooks = re.findall(r"ansible-playbook -i inventory telephony\.outbound\.(\w+)", text)
    assert {"teardown", "stop_number"} <= set(playbooks)
    assert all(play["hosts"] == "localhost" or play.get("connection") == "local" for play in plays)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("- telephony.outbound.wolkvox_campaign: {campain_id: '77'}", "campain_id"),
        ("- telephony.outbound.wolkvox_campagn: {campaign_id: '77'}", "telephony.outbound.wolkvox_campagn"),
        ("- vars: {campaign_teardown_maximum: 3}", "campaign_teardown_maximum"),
    ],
)
def test_what_is_not_there_is_noticed(text: str, name: str) -> None:
    assert [found for data in blocks(f"```yaml\n{text}\n```\n") for found in unknown(data)] == [name]
