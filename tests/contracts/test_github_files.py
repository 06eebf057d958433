# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files in .github, and pipelines to copy, have the form that is read there, by the schemas of check-jsonschema."""

from __future__ import annotations

import json
from importlib import resources

import pytest
import yaml

from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT
from ansible_collections.telephony.outbound.tests.support.schemas import validator

SCHEMAS = {
    ".github/workflows/*.yml": "github-workflows",
    ".github/ISSUE_TEMPLATE/[!c]*.yml": "github-issue-forms",
    ".github/ISSUE_TEMPLATE/config.yml": "github-issue-config",
    ".github/dependabot.yml": "dependabot",
    "docs/examples/pipelines/github-actions.yml": "github-workflows",
    "docs/examples/pipelines/gitlab-ci.yml": "gitlab-ci",
}


@pytest.mark.parametrize("pattern", SCHEMAS)
def test_files_have_their_form(pattern: str) -> None:
    paths = sorted(PROJECT.glob(pattern))
    assert paths
    text = resources.files("check_jsonschema.builtin_schemas") / "vendor" / f"{SCHEMAS[pattern]}.json"
    form = validator(json.loads(text.read_text("utf-8")))
    for path in paths:
        assert [error.message for error in form.iter_errors(yaml.safe_load(path.read_text("utf-8")))] == []


def test_dependabot_looks_at_every_list_of_packages() -> None:
    updates = yaml.safe_load((PROJECT / ".github/dependabot.yml").read_text("utf-8"))["updates"]
    looked = {(update["package-ecosystem"], name) for update in updates for name in update.get("directories", [])}
    files = {"pip": "*requirements.txt", "npm": "package.json"}
    folders = {
        (kind, f"/{path.parent.relative_to(PROJECT).as_posix().removeprefix('.')}")
        for kind, pattern in files.items()
        for path in [*PROJECT.glob(pattern), *PROJECT.glob(f"tests/*/{pattern}")]
    }
    assert looked == folders
