# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role says three times is the same: its argument specs, its defaults and the table in its README."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.telephony.outbound.tests.gates import facts

CONNECTION = "campaign_teardown_connection"
ROLES = sorted(path for path in (facts.PROJECT / "roles").iterdir() if path.is_dir())


def options(role: Path) -> dict[str, dict[str, Any]]:
    """Return the options of all entry points."""
    entries = yaml.safe_load((role / "meta/argument_specs.yml").read_text("utf-8"))["argument_specs"]
    return {name: option for entry in entries.values() for name, option in entry["options"].items()}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_specs_and_defaults(role: Path) -> None:
    defaults = yaml.safe_load((role / "defaults/main.yml").read_text("utf-8"))
    specified = {name: option for name, option in options(role).items() if not option.get("required")}
    assert specified.keys() == defaults.keys()
    # A default that is made from where the role is cannot stand in its documentation.
    fixed = {name for name, value in defaults.items() if "{{" not in str(value)}
    assert {name: specified[name].get("default") for name in fixed} == {name: defaults[name] for name in fixed}
    assert all(name.startswith(role.name) for name in defaults)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_specs_and_readme(role: Path) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", (role / "README.md").read_text("utf-8"), re.MULTILINE))
    for name, option in options(role).items():
        assert name in rows, f"{name} is not in the README"
        if option.get("required"):
            assert rows[name] == "required"
        elif option.get("default") is not None:
            text = option["default"]
            assert rows[name] == f"`{text if isinstance(text, str) and text else json.dumps(text)}`"


def test_one_list_of_connection_options() -> None:
    """campaign_teardown hands over each option that any vendor's role takes, and reads no other."""
    taken = {
        option
        for role in ROLES
        for name, options in yaml.safe_load(vars_of(role)).items()
        if name.endswith("_connection_options")
        for option in options
    }
    (task,) = [task for task in tasks("campaign_teardown", "call") if "action" in task]
    handed = {name for name, value in task["args"].items() if value == f"{{{{ {CONNECTION}.{name} | default(omit) }}}}"}
    assert handed == taken
    assert not [name for name in task["args"].keys() - handed if CONNECTION in task["args"][name]]


@pytest.mark.parametrize("module", [name for name in facts.MODULES if not name.endswith("_info")])
def test_modules_know_what_they_are_handed(module: str) -> None:
    vendor = facts.vendor_of(module)
    options = yaml.safe_load(vars_of(facts.PROJECT / f"roles/{vendor}_teardown"))
    handed = {"targets", "journal", *options[f"__{vendor}_teardown_connection_options"]}
    assert handed <= set(facts.documentation()[module]["doc"]["options"])


def vars_of(role: Path) -> str:
    path = role / "vars/main.yml"
    return path.read_text("utf-8") if path.is_file() else "{}"


def tasks(role: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((facts.PROJECT / f"roles/{role}/tasks/{name}.yml").read_text("utf-8"))
    return found
