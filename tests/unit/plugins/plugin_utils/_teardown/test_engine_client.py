# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One engine does all jobs of a run; one that was killed costs its jobs, and not the next ones."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.engine_client import EngineClient


def identified(engine: EngineClient, *accounts: str) -> dict[str, Any]:
    settings = {"stop_running": True, "settle_seconds": 0, "start_again": False, "backup": False, "backup_dir": ""}
    job = {"vendor": "wolkvox", "kind": "steps", "mode": "identify", "settings": settings}
    connection = {"server": "0010", "token": "not-a-secret-token"}
    jobs = [{**job, "account": account, "connection": connection} for account in accounts]
    return {name: told.get("address") or told["error"] for name, told in engine.run_jobs(jobs, concurrency=2).items()}


def test_one_engine_does_all_jobs_of_a_run() -> None:
    address = "https://wv0010.wolkvox.com"
    with closing(EngineClient(os.environ, lambda _account, _ended: None)) as engine:
        assert identified(engine, "a", "b") == {"a": address, "b": address}
        assert engine._engine is not None
        process = engine._engine[0]
        assert identified(engine, "a") == {"a": address}
        assert engine._engine[0] is process
        process.send_signal(signal.SIGKILL)
        assert identified(engine, "a") == {"a": "the engine ended before this account was done: exit code -9"}
        assert identified(engine, "a") == {"a": address}
        process = engine._engine[0]
    assert process.returncode == 0
