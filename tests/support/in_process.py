# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs over many accounts without the engine: the accounts are processed in the test's process, one after the other.

What they do is the same; the engine's start takes longer than most runs against the sandbox.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any
from unittest.mock import patch

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown import account_worker
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.engine_client import EngineClient
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run import Run
from ansible_collections.telephony.outbound.tests.support.modules import as_in_a_new_process


def carry_out(run: Run) -> RunOutcome:
    """Carry out a run in this process; not for several threads at a time."""
    with patch.object(EngineClient, "run_jobs", _run_jobs):
        return run.carry_out()


def _run_jobs(
    engine: EngineClient, given: Sequence[Mapping[str, Any]], *, concurrency: int, lock: int | None = None
) -> dict[str, Any]:
    """Do what ``EngineClient.run_jobs`` does."""
    reading, writing = map(os.fdopen, os.pipe(), "rw")
    with closing(reading), closing(writing):
        stop = account_worker.StopSignal(reading.fileno())
        found = {}
        for job in given:
            # As JSON, as they go to the engine and back.
            with as_in_a_new_process(engine._environment):
                found[job["account"]] = json.loads(json.dumps(account_worker.work(json.loads(json.dumps(job)), stop)))
    return found
