# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every task in every EXAMPLES does what it says: in check mode without a trace, and then for real."""

from __future__ import annotations

import pytest

from ansible_collections.telephony.outbound.tests.gates import facts
from ansible_collections.telephony.outbound.tests.gates.example_runs import ExampleRun
from ansible_collections.telephony.outbound.tests.gates.playbooks import broken_check_mode


@pytest.mark.parametrize("mode", ["check", "real"])
@pytest.mark.parametrize("module", facts.told())
def test_examples_succeed(module: str, mode: str, example_runs: dict[str, ExampleRun]) -> None:
    run = example_runs[mode]
    tasks = run.examples[module].tasks
    assert tasks, f"the results are missing: {run.ran.text[-4000:]}"
    assert {item.name: item.result.get("msg") for item in tasks if item.result.get("failed")} == {}
    assert [item.name for item in tasks if item.result.get("skipped")] == []


@pytest.mark.parametrize("module", facts.told())
def test_check_mode_leaves_no_trace(module: str, example_runs: dict[str, ExampleRun]) -> None:
    assert broken_check_mode(example_runs["check"].examples[module].journal) == []


@pytest.mark.parametrize("module", [name for name in facts.told() if facts.made(name).writes])
def test_examples_change_something_for_real(module: str, example_runs: dict[str, ExampleRun]) -> None:
    """Else the seed has nothing of what the examples are about, and their success says nothing."""
    for run in example_runs.values():
        assert any(item.result["changed"] for item in run.examples[module].tasks if item.module == module)
    assert any(entry["changes"] for entry in example_runs["real"].examples[module].journal)
