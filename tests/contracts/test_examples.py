# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every task in every EXAMPLES does what it says: without a trace in check mode, and then for real.

The results match RETURN.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.tests.contracts import example_runs
from ansible_collections.telephony.outbound.tests.contracts.example_runs import ExampleRun
from ansible_collections.telephony.outbound.tests.contracts.returns import undocumented
from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.playbooks import broken_check_mode
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox


@pytest.mark.parametrize("vendor", catalog.described_vendors())
def test_examples(vendor: str, tmp_path: Path, sandbox: Sandbox) -> None:
    runs = example_runs.run(vendor, tmp_path, sandbox)
    assert {module: found for module, run in runs.items() if (found := problems(module, run))} == {}


def problems(module: str, run: ExampleRun) -> list[str]:
    """Return what is wrong with the runs of a module's examples."""
    found = []
    for done in (run.check, run.real):
        found += [f"{item.name} failed: {item.result.get('msg')}" for item in done.tasks if item.result.get("failed")]
        found += [f"{item.name} was skipped" for item in done.tasks if item.result.get("skipped")]

    found += [f"in check mode: {request}" for request in broken_check_mode(run.check.journal)]

    if catalog.made(module).writes:
        # Otherwise the seed lacks what the examples are about, and their success proves nothing.
        for done in (run.check, run.real):
            if not any(item.result["changed"] for item in done.tasks if item.module == module):
                found.append("no task of a run changed anything")
        if not any(entry["changes"] for entry in run.real.journal):
            found.append("the sandbox saw no change")

    documented = catalog.documentation()[module]["return"]
    results = [item.result for item in [*run.check.tasks, *run.real.tasks] if item.module == module]
    if not results:
        found.append("no task of the examples calls the module")
    undescribed = {problem for result in results for problem in undocumented(documented, result, module)}
    return found + sorted(undescribed)
