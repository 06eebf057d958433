# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workflow, credential types, surveys and patterns for automation controller fit the roles, and are carried out."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import (
    CAMPAIGNS,
    NUMBERS,
    checked,
    merged,
)
from ansible_collections.telephony.outbound.tests.support import catalog, playbooks
from ansible_collections.telephony.outbound.tests.support.controller_api import TOKEN, controller_api
from ansible_collections.telephony.outbound.tests.support.runs import CANARIES, SEED
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.schemas import validator

EXAMPLES = catalog.PROJECT / "docs/examples/automation_controller"
PATTERNS = sorted((catalog.PROJECT / "extensions/patterns").iterdir())
ROOT = "/srv/teardown"
NUMBER = "+15550100123"


class Unsafe(str):
    """Text that Ansible does not template."""

    __slots__ = ()


class Loader(yaml.SafeLoader):
    """Reads YAML with the tag ``!unsafe``."""


Loader.add_constructor("!unsafe", lambda _loader, node: Unsafe(node.value))


def read(path: Path) -> Any:
    return Loader(path.read_text("utf-8")).get_single_data()


CREDENTIAL_TYPES: list[dict[str, Any]] = read(EXAMPLES / "credential_types.yml")["controller_credential_types"]
CODE: dict[str, Any] = read(EXAMPLES / "teardown_workflow.yml")
TEMPLATES: dict[str, dict[str, Any]] = {template["name"]: template for template in CODE["controller_templates"]}
(WORKFLOW,) = CODE["controller_workflows"]
NODES: dict[str, dict[str, Any]] = {node["identifier"]: node for node in WORKFLOW["simplified_workflow_nodes"]}


# --- credential types -------------------------------------------------------------------------------------------------


def variables_of_vendors() -> dict[str, bool]:
    """Return the variables of the environment that the modules read, and whether each is a secret."""
    found = {}
    for vendor in catalog.VENDORS:
        account = import_module(
            f"ansible_collections.telephony.outbound.plugins.module_utils._vendors.{vendor}.account"
        )
        spec = catalog.made(catalog.modules_of(vendor)[0]).spec
        found |= {variable: bool(spec[option].get("no_log")) for option, variable in account.ENVIRONMENT.items()}
        address = getattr(account, "URL_VARIABLE", getattr(account, "SERVER", None))
        found |= {address: False} if address else {}
    return found


def test_credential_types_set_every_variable_of_the_modules_and_hide_every_secret() -> None:
    injected = {}
    for kind in CREDENTIAL_TYPES:
        fields = {field["id"]: field for field in kind["inputs"]["fields"]}
        assert kind["inputs"]["required"] == list(fields), "a blank field would be a variable that is set and empty"
        assert list(kind["injectors"]) == ["env"]
        for variable, value in kind["injectors"]["env"].items():
            assert isinstance(value, Unsafe)
            injected[variable] = bool(fields.pop(re.fullmatch(r"{{ (\w+) }}", value)[1]).get("secret"))
        assert not fields
    assert injected == variables_of_vendors()


# --- surveys ----------------------------------------------------------------------------------------------------------


def surveys() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "workflow", WORKFLOW["survey_spec"]
    for folder in PATTERNS:
        for template in pattern(folder)["aap_resources"]["controller_job_templates"]:
            yield f"{folder.name} {template['playbook']}", template["survey"]


def pattern(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "meta/pattern.json").read_text("utf-8"))
    return found


QUESTIONS = [
    pytest.param(question, id=f"{name} {question['variable']}")
    for name, survey in surveys()
    for question in survey["spec"]
]
OF_TYPE: dict[str, list[Any]] = {
    "text": ["text"],
    "textarea": ["one\r\ntwo, three"],
    "password": [f"{NUMBER}, +15550100124"],
    "integer": [7],
    "float": [1.5, 2],
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_of_a_survey_is_read_as_it_is_meant(question: dict[str, Any]) -> None:
    interface = NUMBERS if question["variable"].startswith(NUMBERS.prefix) else CAMPAIGNS
    name = question["variable"].removeprefix(interface.prefix)
    assert name in interface.spec
    answers = question.get("choices") or OF_TYPE[question["type"]]
    blank = [] if question["required"] else [""]
    for answer in [*answers, *blank]:
        checked({name: answer}, interface)
        role = "stop_number" if interface is NUMBERS else "campaign_teardown"
        if name != "plan":  # Ansible would template what it checks, so the role leaves it out.
            assert ArgumentSpecValidator(role_spec(role)).validate({question["variable"]: answer}).error_messages == []
    for answer in blank:
        assert merged(checked({name: answer}, interface), {}, interface)[name] == merged({}, {}, interface)[name]
    assert (question["type"] == "password") == (name == "numbers"), "what has phone numbers is hidden, and seen else"


def role_spec(role: str) -> dict[str, Any]:
    text = (catalog.PROJECT / f"roles/{role}/meta/argument_specs.yml").read_text("utf-8")
    options: dict[str, Any] = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    return options


@pytest.mark.parametrize("survey", [pytest.param(survey, id=name) for name, survey in surveys()])
def test_the_controller_takes_the_survey(survey: dict[str, Any]) -> None:
    # The rules of AWX's view of survey_spec.
    kinds = {"text": str, "textarea": str, "password": str, "integer": int, "float": float, "multiplechoice": str}
    assert len({question["variable"] for question in survey["spec"]}) == len(survey["spec"])
    for question in survey["spec"]:
        default = question.get("default", "")
        assert default == "" or isinstance(default, kinds[question["type"]])
        assert question["type"] != "multiplechoice" or default in ["", *question["choices"]]


# --- the workflow -----------------------------------------------------------------------------------------------------


def test_the_only_way_to_the_apply_is_an_approval_and_no_failure_is_swallowed() -> None:
    parents: dict[str, list[str]] = {name: [] for name in NODES}
    for name, node in NODES.items():
        assert not {"failure_nodes", "always_nodes"} & node.keys(), "its failure would not be the workflow's"
        for child in node.get("success_nodes", ()):
            parents[child].append(name)
    assert parents == {"plan": [], "approval": ["plan"], "apply": ["approval"], "watch": ["apply"]}
    modes = {
        name: TEMPLATES[node["unified_job_template"]]["extra_vars"]["campaign_teardown_mode"]
        for name, node in NODES.items()
        if "unified_job_template" in node
    }
    assert modes == {name: name for name in ("plan", "apply", "watch")}
    holds = TEMPLATES[NODES["plan"]["unified_job_template"]]["extra_vars"]["campaign_teardown_expires_after"]
    assert NODES["approval"]["approval_node"]["timeout"] < holds * 3600


def test_nobody_who_starts_the_workflow_can_change_what_it_does() -> None:
    asked = {question["variable"] for question in WORKFLOW["survey_spec"]["spec"]}
    assert WORKFLOW["ask_variables_on_launch"] is False
    for template in TEMPLATES.values():
        assert not [name for name in template if name.startswith("ask_") and template[name]]
        # An answer would win over the template's own variable.
        assert asked.isdisjoint(template["extra_vars"])
        checked({name.removeprefix(CAMPAIGNS.prefix): value for name, value in template["extra_vars"].items()})
    assert not {"plan", "folder", "again", "approved_sha256"} & {name.removeprefix(CAMPAIGNS.prefix) for name in asked}


def test_what_the_templates_name_is_made_too() -> None:
    for key, made in (
        ("project", "controller_projects"),
        ("inventory", "controller_inventories"),
        ("execution_environment", "controller_execution_environments"),
    ):
        assert {template[key] for template in TEMPLATES.values()} == {item["name"] for item in CODE[made]}
    (source,) = CODE["controller_inventory_sources"]
    assert source["inventory"] in {item["name"] for item in CODE["controller_inventories"]}


class Controller:
    """Starts the jobs of the workflow as AWX does: variables by its precedence, artifacts, credentials, awx_*."""

    def __init__(self, folder: Path, inventory: dict[str, Any], environment: dict[str, str]) -> None:
        (folder / "in").mkdir()
        (folder / "in/ansible.cfg").touch()
        (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": inventory}}))
        (folder / "teardown.yml").write_text("- import_playbook: telephony.outbound.teardown\n")
        self.folder = folder
        self.environment = {
            **playbooks.surroundings(folder, catalog.ROOT),
            "ANSIBLE_SHOW_CUSTOM_STATS": "true",
            **environment,
        }
        self.artifacts: dict[str, Any] = {}
        self.text = ""

    def job(self, playbook: Path | str, variables: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        given = json.dumps({**variables, "campaign_teardown_settle_seconds": 0})
        (self.folder / "extra_vars.json").write_text(given.replace(ROOT, str(self.folder / "srv")))
        done = subprocess.run(
            [
                *(catalog.BIN / "ansible-playbook", "-i", self.folder / "inventory.json", playbook),
                *("-e", f"@{self.folder}/extra_vars.json"),
            ],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        self.text += done.stdout + done.stderr
        stats = re.search(r"^\tRUN: (\{.*\})$", done.stdout, re.MULTILINE)
        self.artifacts |= json.loads(stats[1]) if stats else {}
        return done

    def node(self, name: str, answers: dict[str, Any], **about: Any) -> subprocess.CompletedProcess[str]:
        template = TEMPLATES[NODES[name]["unified_job_template"]]
        awx = {"awx_workflow_job_id": 42, "awx_job_template_name": template["name"], "awx_user_name": "ada", **about}
        return self.job("teardown.yml", {**template["extra_vars"], **self.artifacts, **answers, **awx})


def environment_of(kind: str, **values: str) -> dict[str, str]:
    """Return what a credential of a type sets."""
    (found,) = (each for each in CREDENTIAL_TYPES if each["name"] == kind)
    return {name: values[text[3:-3]] for name, text in found["injectors"]["env"].items()}


def looked_up(variable: str) -> str:
    return f"{{{{ lookup('ansible.builtin.env', '{variable}', default=undef()) }}}}"


def accounts(world: Sandbox) -> tuple[dict[str, Any], dict[str, str]]:
    """Return an inventory that takes its secrets from credentials, and what these set."""
    inventory = {
        "wolkvox-sales": {
            "campaign_teardown_vendor": "wolkvox",
            "campaign_teardown_connection": {
                "base_url": f"{world.url}/wolkvox",
                "token": looked_up("WOLKVOX_TOKEN"),
                "retries": 0,
            },
            "campaign_teardown_targets": [{"campaign_id": "77", "all_records": True}],
            "stop_number_forms": ["digits"],
        },
    }
    return inventory, environment_of("wolkvox", server="0010", token=CANARIES["wolkvox"])


def test_the_workflow_is_carried_out_and_the_evidence_names_who_approved(world: Sandbox, tmp_path: Path) -> None:
    inventory, environment = accounts(world)
    answers = {
        question["variable"]: question.get("default", "" if question["type"] != "integer" else None)
        for question in WORKFLOW["survey_spec"]["spec"]
    }
    answers = {name: value for name, value in answers.items() if value is not None}
    answers["campaign_teardown_reason"] = "End of season"
    with controller_api() as api:
        controller = Controller(tmp_path, inventory, {**environment, **api.environment})
        assert controller.node("plan", answers, awx_job_id=100).returncode == 0, controller.text[-3000:]
        assert controller.artifacts["campaign_teardown_plan"] == f"{tmp_path}/srv/plan-42/plan.json"
        api.approved(42, "grace", "2999-01-01T00:00:00Z")
        assert controller.node("apply", answers, awx_job_id=4711001).returncode == 0, controller.text[-3000:]
        assert {authorization for _path, authorization in api.requests} == {f"Bearer {TOKEN}"}
    assert controller.node("watch", answers, awx_job_id=102).returncode == 0, controller.text[-3000:]
    run = json.loads((tmp_path / "srv/teardown-42/evidence.json").read_text())["run"]
    assert run["automation_controller"] == {
        "job_id": 4711001,
        "workflow_job_id": 42,
        "job_template_name": "Telephony teardown, apply",
        "user_name": "ada",
    }
    assert [each["by"] for each in run["workflow_approval"]["approvals"]] == ["grace"]
    assert "workflow job 42: grace" in (tmp_path / "srv/teardown-42/report.html").read_text()
    kept = "".join(path.read_text(errors="replace") for path in (tmp_path / "srv").rglob("*") if path.is_file())
    assert [secret for secret in (TOKEN, CANARIES["wolkvox"]) if secret in kept + controller.text] == []
    assert {change["campaign"] for change in world.changes()} == {"77"}


def test_an_apply_that_is_started_alone_is_refused(world: Sandbox, tmp_path: Path) -> None:
    inventory, environment = accounts(world)
    controller = Controller(tmp_path, inventory, environment)
    template = TEMPLATES["Telephony teardown, apply"]["extra_vars"]
    done = controller.job("teardown.yml", {**template, "campaign_teardown_reason": "Alone"})
    assert (done.returncode, "'awx_workflow_job_id' is undefined" in controller.text) == (2, True), done.stdout
    assert world.journal() == []


# --- patterns ---------------------------------------------------------------------------------------------------------

TEXT = {"type": "string", "minLength": 1}
NAMED = {"type": "object", "required": ["name", "description"], "properties": {"name": {**TEXT, "maxLength": 200}}}
SCHEMA = {
    "type": "object",
    "required": ["schema_version", "name", "title", "description", "short_description", "aap_resources"],
    "additionalProperties": False,
    "properties": {
        "schema_version": {"const": "1.0.0"},
        "name": {"type": "string", "pattern": "^[a-z0-9_]{1,64}$"},
        "title": {**TEXT, "maxLength": 64},
        "description": TEXT,
        "short_description": {"type": "string", "pattern": "[^.]$"},
        "tags": {"type": "array", "items": TEXT, "uniqueItems": True},
        "aap_resources": {
            "type": "object",
            "required": ["controller_project", "controller_job_templates"],
            "properties": {
                "controller_project": NAMED,
                "controller_execution_environment": {**NAMED, "required": [*NAMED["required"], "image_name"]},
                "controller_labels": {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
                "controller_job_templates": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        **NAMED,
                        "required": [*NAMED["required"], "playbook"],
                        "properties": {
                            **NAMED["properties"],
                            "survey": {
                                "type": "object",
                                "required": ["name", "description", "spec"],
                                "properties": {
                                    "spec": {
                                        "type": "array",
                                        "items": {
                                            "type": "object",
                                            "required": [
                                                *("type", "question_name", "question_description"),
                                                *("variable", "required"),
                                            ],
                                            "properties": {
                                                "type": {"enum": [*OF_TYPE, "multiplechoice", "multiselect"]},
                                                "variable": {"type": "string", "pattern": "^[a-z0-9_]{1,64}$"},
                                                "required": {"type": "boolean"},
                                                "default": {"type": "string"},
                                                "choices": {"type": "array", "items": TEXT},
                                            },
                                        },
                                    }
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What the pattern specification of github.com/ansible/pattern-service, version 1.0.0 (the one that its
``pattern-schema-latest.json`` is), asks of pattern.json."""


@pytest.mark.parametrize("folder", PATTERNS, ids=lambda folder: folder.name)
def test_patterns_follow_the_specification(folder: Path) -> None:
    definition = pattern(folder)
    validator(SCHEMA).validate(definition)
    assert definition["name"] == folder.name
    readme = (folder / "README.md").read_text("utf-8")
    resources = definition["aap_resources"]
    templates = resources["controller_job_templates"]
    assert [template.get("primary") for template in templates].count(True) == 1
    for template in templates:
        assert template["execution_environment"] == resources["controller_execution_environment"]["name"]
        assert set(template["labels"]) <= set(resources["controller_labels"])
        assert template["ask_inventory_on_launch"]
        assert template["name"] in readme
        playbook = folder / "playbooks" / template["playbook"]
        (play,) = yaml.safe_load(playbook.read_text("utf-8"))
        target = play["ansible.builtin.import_playbook"].removeprefix(f"{catalog.COLLECTION}.")
        assert (catalog.PROJECT / f"playbooks/{target}.yml").is_file()
        spec = yaml.safe_load(playbook.with_suffix(".meta.yml").read_text("utf-8"))["argument_specs"][playbook.stem]
        asked = {question["variable"]: question["required"] for question in template["survey"]["spec"]}
        assert {name: option["required"] for name, option in spec["options"].items()} == asked
        # An answer of the survey would win over what the playbook says.
        assert asked.keys().isdisjoint(play.get("vars", {}))


def test_the_pattern_about_numbers_stops_a_number_and_tells_it_nowhere(world: Sandbox, tmp_path: Path) -> None:
    world.seed({**SEED, "wolkvox": {**SEED["wolkvox"], "campaigns": {}}})
    inventory, environment = accounts(world)
    folder = catalog.PROJECT / "extensions/patterns/stop_number"
    (template,) = pattern(folder)["aap_resources"]["controller_job_templates"]
    blank = {question["variable"]: question.get("default", "") for question in template["survey"]["spec"]}
    given = {"mode": "apply", "numbers": f" {NUMBER}\n", "reason": "Opt-out", "root": ROOT}
    answers = {**blank, **{f"stop_number_{name}": value for name, value in given.items()}}
    controller = Controller(tmp_path, inventory, environment)
    done = controller.job(folder / "playbooks/stop_number.yml", answers)
    assert done.returncode == 0, done.stdout
    assert NUMBER.lstrip("+") not in controller.text
    assert NUMBER.lstrip("+") in json.dumps(world.state()["wolkvox"])
