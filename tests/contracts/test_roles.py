# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role's argument specs, defaults and README table agree."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import NUMBER_SPEC, SPEC
from ansible_collections.telephony.outbound.tests.support import catalog

ROLES = sorted(path for path in (catalog.PROJECT / "roles").iterdir() if path.is_dir())


def options(role: Path) -> dict[str, dict[str, Any]]:
    """Return the options of all entry points."""
    entries = yaml.safe_load((role / "meta/argument_specs.yml").read_text("utf-8"))["argument_specs"]
    return {name: option for entry in entries.values() for name, option in entry["options"].items()}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_specs_and_defaults(role: Path) -> None:
    defaults = yaml.safe_load((role / "defaults/main.yml").read_text("utf-8"))
    specified = {name: option for name, option in options(role).items() if name in defaults}
    assert defaults.keys() - specified.keys() <= {"campaign_teardown_plan", "stop_number_plan"}
    # A default that depends on the role's location cannot be part of its documentation.
    fixed = {name for name, value in defaults.items() if "{{" not in str(value)}
    for name in fixed & specified.keys():
        assert (specified[name].get("default") or "") == (defaults[name] or "")
    assert all(name.startswith(role.name) for name in defaults)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_specs_and_readme(role: Path) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", (role / "README.md").read_text("utf-8"), re.MULTILINE))
    for name, option in options(role).items():
        assert name in rows, f"{name} is not in the README"
        if option.get("default") is not None:
            text = option["default"]
            assert rows[name] == f"`{text if isinstance(text, str) and text else json.dumps(text)}`"


ACTIONS = {
    "campaign_teardown": ("teardown", SPEC, {"vendor", "connection", "targets"}),
    "stop_number": ("stop_number", NUMBER_SPEC, {"forms", "places"}),
}
"""Role → its action, the spec of that, and what the role has of each host besides."""

each_action = pytest.mark.parametrize("name_of_role", ACTIONS)


@each_action
def test_action_module_page_and_role_have_one_argument_spec(name_of_role: str) -> None:
    action, spec, of_hosts = ACTIONS[name_of_role]
    page = catalog.documentation()[action]["doc"]["options"]
    assert page.keys() == spec.keys()
    for name, option in spec.items():
        told = {key: page[name].get(key) for key in ("type", "choices", "default", "elements")}
        assert told == {key: option.get(key) for key in told}, name
    role = options(catalog.PROJECT / "roles" / name_of_role)
    # Ansible renders templates in validated values, and texts in a plan come from vendors.
    assert role.keys() == {f"{name_of_role}_{name}" for name in (spec.keys() - {"plan"}) | of_hosts}
    for name in spec.keys() - {"plan"}:
        told = role[f"{name_of_role}_{name}"]
        # A survey's blank answer is not a number, but must count as omitted.
        assert told["type"] == ("raw" if spec[name]["type"] in ("int", "float") else spec[name]["type"])
        assert told.get("default") == spec[name].get("default")


@each_action
def test_the_role_is_one_task_with_its_guard_and_the_delivery(name_of_role: str) -> None:
    action = ACTIONS[name_of_role][0]
    (both,) = yaml.safe_load((catalog.PROJECT / f"roles/{name_of_role}/tasks/main.yml").read_text("utf-8"))
    (task, guard), (delivery,) = both["block"], both["always"]
    assert (guard["when"], "ansible.builtin.fail" in guard) == (f"{name_of_role}_run is skipped", True)
    assert task[f"telephony.outbound.{action}"] is None
    assert (task["run_once"], task["timeout"], both["tags"]) == (True, 0, ["always"])
    assert (delivery["run_once"], "rescue" in both) == (True, False)
