# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation matches the code: action groups, options, fallbacks, secrets, examples."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.telephony.outbound.plugins.module_utils._core.version import VERSION
from ansible_collections.telephony.outbound.tests.support import catalog

each_module = pytest.mark.parametrize("module", catalog.MODULES)
each_told_module = pytest.mark.parametrize("module", catalog.described_modules())

SECRET_NAME = re.compile(r"token|secret|password|passphrase|(^|_)key$|^proxy$")
# Variables read by libraries, not by the collection.
NOT_OURS = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
# What was released, and what comes next.
VERSIONS = {VERSION, *yaml.safe_load((catalog.PROJECT / "changelogs/changelog.yaml").read_text("utf-8"))["releases"]}
# The compared properties of an option, with their defaults.
COMPARED = {"type": "str", "elements": None, "default": None, "choices": None, "required": False}


def doc(module: str) -> dict[str, Any]:
    return catalog.documentation()[module]["doc"]


# --- action groups ----------------------------------------------------------------------------------------------------


def groups() -> dict[str, set[str]]:
    """Return action group → modules, with the groups that it extends."""
    listed = yaml.safe_load((catalog.PROJECT / "meta/runtime.yml").read_text("utf-8"))["action_groups"]

    def members(group: str) -> set[str]:
        found = set()
        for item in listed[group]:
            if isinstance(item, str):
                found.add(item)
            else:
                for other in item["metadata"].get("extend_group", []):
                    found |= members(other)
        return found

    return {group: members(group) for group in listed}


def test_action_groups_are_the_modules() -> None:
    expected = {vendor: set(catalog.modules_of(vendor)) for vendor in catalog.VENDORS}
    assert groups() == {**expected, "all": set(catalog.MODULES)}


@each_module
def test_documented_action_groups(module: str) -> None:
    membership = doc(module)["attributes"]["action_group"]["membership"]
    assert sorted(membership) == sorted(f"{catalog.COLLECTION}.{name}" for name in ("all", catalog.vendor_of(module)))


# --- options ----------------------------------------------------------------------------------------------------------


@each_module
def test_head(module: str) -> None:
    assert doc(module)["version_added"] in VERSIONS
    assert doc(module)["seealso"]
    attributes = doc(module)["attributes"]
    assert attributes["check_mode"]["support"] == "full"
    assert {"diff_mode", "idempotent"} <= attributes.keys()
    assert catalog.made(module).supports_check_mode


@each_told_module
def test_no_note_stands_twice(module: str) -> None:
    notes = doc(module).get("notes", [])
    assert len(set(notes)) == len(notes)


def test_no_section_is_named_like_a_file_of_fragments() -> None:
    """Because ansible-core takes a file ``b`` for ``telephony.outbound.a.b``, before a section ``B`` of ``a``."""
    files = set((catalog.PROJECT / "plugins/doc_fragments").glob("*.py"))
    sections = {
        name.lower()
        for file in files
        for name in re.findall(r"^    ([A-Z_]+) = r", file.read_text("utf-8"), re.MULTILINE)
    }
    assert len(sections) > 5
    assert not sections & {file.stem for file in files}


@each_module
def test_options_are_those_of_the_spec(module: str) -> None:
    assert difference(doc(module)["options"], catalog.made(module).spec) == []


def difference(documented: Mapping[str, Any], spec: Mapping[str, Any], where: str = "") -> list[str]:
    """Compare options: their types, defaults and choices, including suboptions."""
    found = [f"{where}{name} stands on one side only" for name in sorted(documented.keys() ^ spec.keys())]
    for name in documented.keys() & spec.keys():
        told, real = documented[name], spec[name]
        for key, default in COMPARED.items():
            one, other = told.get(key, default), real.get(key, default)
            if key == "choices":
                one, other = (sorted(map(str, value)) if value else None for value in (one, other))
            if one != other:
                found.append(f"{where}{name}: {key} is documented as {one!r}, and is {other!r}")
        found += difference(told.get("suboptions", {}), real.get("options", {}), f"{where}{name}.")
    return found


@pytest.mark.parametrize("module", [name for name in catalog.MODULES if catalog.made(name).writes])
def test_targets_takes_the_target_options(module: str) -> None:
    """Their documentation is compared above."""
    made = catalog.made(module)
    inside = made.spec["targets"]["options"]
    assert inside.keys() >= made.kind.TARGET_OPTIONS.keys()
    assert inside.keys() <= made.spec.keys(), "an entry can say more than the task"
    assert [name for name, item in inside.items() if "default" in item or item.get("required")] == [], (
        "hides the task's"
    )
    assert [name for name, item in inside.items() if item["type"] != made.spec[name]["type"]] == []


def options(spec: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, item in spec.items():
        yield f"{where}{name}", item
        yield from options(item.get("options", {}), f"{where}{name}.")


@each_module
def test_what_is_named_like_a_secret_is_one(module: str) -> None:
    for path, item in options(catalog.made(module).spec):
        name = path.rpartition(".")[2]
        if SECRET_NAME.search(name) and item["type"] not in ("path", "bool"):
            assert item.get("no_log") is True, path


@each_told_module
def test_secrets_are_those_that_the_vendor_has(module: str) -> None:
    hidden = {path for path, item in options(catalog.made(module).spec) if item.get("no_log")}
    assert hidden == {*catalog.description(catalog.vendor_of(module)).secrets, "proxy"}


# --- fallbacks --------------------------------------------------------------------------------------------------------


@each_module
def test_fallbacks_are_documented(module: str) -> None:
    vendor = catalog.vendor_of(module)
    texts = {name: str(item["description"]) for name, item in doc(module)["options"].items()}
    told = {name: set(re.findall(r"E\((\w+)\)", text)) for name, text in texts.items()}
    for option, variable in catalog.environment(vendor).items():
        assert variable in told[option], f"{option} does not say E({variable})"
    mentioned = set().union(*told.values())
    own = {name for name in mentioned if name.startswith(f"{vendor.upper()}_")}
    assert own == catalog.environment_names(vendor)
    sources = "".join(path.read_text("utf-8") for path in catalog.PROJECT.glob("plugins/module_utils/_core/*.py"))
    assert [name for name in mentioned - own - NOT_OURS if name not in sources] == []


# --- examples ---------------------------------------------------------------------------------------------------------


@each_module
def test_examples_parse(module: str) -> None:
    tasks = list(catalog.walk(catalog.examples(module)))
    assert module in [catalog.own_module(task) for task in tasks]
    for task in tasks:
        assert re.fullmatch(r"[a-z]\w*\.[a-z]\w*\.[a-z]\w*", catalog.action(task)), "a name in full"
        assert task["name"][0].isupper(), task["name"]
        own = catalog.own_module(task)
        if own is not None:
            assert own in catalog.MODULES
            assert wrong(own, task[catalog.action(task)]) == [], task["name"]


def wrong(module: str, given: Mapping[str, Any]) -> list[str]:
    """Return the errors in an example's options that Ansible or a careful reader would report."""
    spec = catalog.made(module).spec
    # Templates have no type before they are rendered; the run of the examples covers them.
    plain = {name: value for name, value in copy.deepcopy(dict(given)).items() if "{{" not in str(value)}
    unknown = given.keys() - spec.keys()
    loose = {name: {**item, "required": False} for name, item in spec.items()}
    missing = [name for name, item in spec.items() if item.get("required") and name not in given]
    found = list(ArgumentSpecValidator(loose).validate(plain).error_messages)
    found += [f"unknown option {name}" for name in sorted(unknown - plain.keys())]
    found += [f"missing option {name}" for name in missing]
    secrets = [name for name, item in spec.items() if item.get("no_log") and name != "proxy" and name in given]
    vault = re.compile(r"\{\{ vault_\w+ \}\}")
    found += [f"{name} does not come from a vault" for name in secrets if not vault.fullmatch(str(given[name]))]
    return found


@pytest.mark.parametrize(
    ("options_", "says"),
    [
        ({"product": "fuse", "surplus": 1}, "surplus"),
        ({"product": "fuse", "surplus": "{{ one }}"}, "surplus"),
        ({"product": "fuse", "retries": "many"}, "retries"),
        ({"product": "fuse", "targets": [{"surplus": 1}]}, "surplus"),
        ({"product": "studio"}, "product"),
        ({}, "product"),
        ({"product": "fuse", "developer_key": "abc"}, "vault"),
    ],
)
def test_wrong_examples_are_noticed(options_: dict[str, Any], says: str) -> None:
    found = wrong("plum_outbound_cancel", options_)
    assert len(found) == 1
    assert says in found[0]


# --- README -----------------------------------------------------------------------------------------------------------


def test_readme_lists_every_module() -> None:
    readme = catalog.PROJECT / "README.md"
    if not readme.is_file():
        pytest.skip("there is no README yet")
    rows = [line for line in readme.read_text("utf-8").splitlines() if line.startswith("|")]
    listed = {name for row in rows for name in re.findall(rf"\b(?:{'|'.join(catalog.VENDORS)})_\w+", row)}
    assert listed >= set(catalog.MODULES)
    roles = {path.name for path in (catalog.PROJECT / "roles").iterdir()}
    assert listed <= set(catalog.MODULES) | roles, "something that there is not"
