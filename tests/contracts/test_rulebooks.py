# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rulebooks, and the rule in the guide: valid, without a default for a secret, and without a number in a template."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import pytest
import yaml
from jinja2 import Environment

from ansible_collections.telephony.outbound.tests.engines.rulebooks import shown
from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT
from ansible_collections.telephony.outbound.tests.support.schemas import validator

RULEBOOKS = sorted((PROJECT / "extensions/eda/rulebooks").glob("*.yml"))
GUIDE = (PROJECT / "docs/docsite/rst/guide_events.rst").read_text("utf-8")
SECRETS = ("token", "hmac_secret")

each_rulebook = pytest.mark.parametrize("name", [path.stem for path in RULEBOOKS])


def ruleset(name: str) -> Any:
    (found,) = yaml.safe_load((PROJECT / f"extensions/eda/rulebooks/{name}.yml").read_text("utf-8"))
    return found


def source(name: str) -> tuple[str, Any]:
    (found,) = ruleset(name)["sources"]
    (plugin,) = (key for key in found if key.startswith("eda."))
    return plugin, found[plugin]


def problems(rulesets: Any) -> list[str]:
    schema = json.loads(files("ansiblelint").joinpath("schemas/rulebook.json").read_text("utf-8"))
    return [error.message for error in validator(schema).iter_errors(rulesets)]


@each_rulebook
def test_a_rulebook_is_valid(name: str) -> None:
    assert problems([ruleset(name)]) == []


@each_rulebook
def test_a_rulebook_filters_requests_and_runs_a_playbook_of_the_collection(name: str) -> None:
    rules = ruleset(name)["rules"]
    runs = [rule["action"]["run_playbook"] for rule in rules if "run_playbook" in rule["action"]]
    (filters,) = (each["filters"] for each in ruleset(name)["sources"])
    assert [key for each in filters for key in each] == ["telephony.outbound.stop_request"]
    assert [run["name"] for run in runs] == [f"telephony.outbound.{name}"]
    assert (PROJECT / f"playbooks/{name}.yml").is_file()
    # What a template yields is read as a literal, so that a number would lose its plus.
    assert [text for text in re.findall(r"{{.*?}}", yaml.safe_dump(rules)) if "number" in text] == []
    # Without it the evidence would be gone with the private folder of the run.
    assert all(any(key.endswith("_root") for key in run["extra_vars"]) for run in runs)


@each_rulebook
def test_a_webhook_has_secrets_without_a_default(name: str) -> None:
    plugin, options = source(name)
    if plugin != "eda.builtin.webhook":
        assert not set(SECRETS) & options.keys()
        return
    for secret in SECRETS:
        assert "default" not in options[secret]
        assert f"stop_events_{secret} | length >= 32" in options[secret]


def test_the_guide_shows_a_rule_that_launches_a_job_template() -> None:
    rule = shown()
    assert "run_job_template" in rule["action"]
    assert problems([{**ruleset("stop_number"), "rules": [rule]}]) == []
    assert "number" not in " ".join(re.findall(r"{{.*?}}", yaml.safe_dump(rule)))


def test_the_guide_names_every_rulebook_and_variable() -> None:
    for path in RULEBOOKS:
        assert f"``telephony.outbound.{path.stem}``" in GUIDE
        names = set(re.findall(r"stop_events_[a-z_]+", yaml.safe_dump(ruleset(path.stem))))
        made = {name for name in names if re.search(r"_(is|are)_", name)}
        assert [name for name in names - made if f"``{name}``" not in GUIDE] == []


@pytest.mark.parametrize("name", ["stop_number", "stop_campaign"])
def test_an_event_whose_scope_has_no_host_is_refused(name: str) -> None:
    check = yaml.safe_load((PROJECT / f"playbooks/{name}.yml").read_text("utf-8"))[0]["tasks"][0]
    inventory = {"all": ["one", "two"], "ungrouped": [], "accounts": ["one"], "empty": []}

    jinja = Environment(autoescape=True)
    jinja.filters["intersect"] = lambda one, other: [item for item in one if item in other]

    def passes(payload: dict[str, str]) -> bool:
        event = {"ansible_eda": {"event": {"payload": payload}}}
        scope = jinja.from_string(check["vars"]["scope"]).render(event)
        return bool(jinja.compile_expression(check["ansible.builtin.assert"]["that"])(scope=scope, groups=inventory))

    assert all(passes({"scope": scope}) for scope in ("all", "accounts", "two"))
    assert not any(passes({"scope": scope}) for scope in ("empty", "ungrouped", "three", "all:!one", "*", ""))
    assert not passes({})
