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
from ansible_collections.telephony.outbound.tests.contracts.returns import undocumented
from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.playbooks import broken_check_mode
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox


@pytest.mark.parametrize("module", catalog.described_modules())
def test_examples(module: str, tmp_path: Path, sandbox: Sandbox) -> None:
    run = example_runs.run(module, tmp_path, sandbox)

    for done in (run.check, run.real):
        assert {item.name: item.result.get("msg") for item in done.tasks if item.result.get("failed")} == {}
        assert [item.name for item in done.tasks if item.result.get("skipped")] == []

    assert broken_check_mode(run.check.journal) == []

    if catalog.made(module).writes:
        # Otherwise the seed lacks what the examples are about, and their success proves nothing.
        for done in (run.check, run.real):
            assert any(item.result["changed"] for item in done.tasks if item.module == module)
        assert any(entry["changes"] for entry in run.real.journal)

    documented = catalog.documentation()[module]["return"]
    results = [item.result for item in [*run.check.tasks, *run.real.tasks] if item.module == module]
    assert results
    found = [problem for result in results for problem in undocumented(documented, result, module)]
    assert sorted(set(found)) == []
