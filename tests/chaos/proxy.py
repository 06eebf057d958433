# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same faults from a third-party proxy: mitmproxy in reverse mode."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Conditions, Request, Scenario

from .fault_mix import rng
from .tally import Tally, say
from .trial import Trial, make_targets

SCRIPT = Path(__file__).with_name("mitmproxy_addon.py")
PATIENCE = 5.0
"""Seconds that an answer may take: a proxy on a busy machine is sometimes slow, which is not a fault."""
_STARTING = 60


def mitmdump(venv: Path) -> Path | None:
    """Return the program from its own environment; print a warning and return None if it is missing."""
    program = venv / "bin" / "mitmdump"
    if program.exists():
        return program
    say(f"SKIPPED: mitmproxy is not in {venv}, so NOTHING was tried through a foreign proxy")
    return None


class Proxy:
    """A running mitmdump in front of a sandbox."""

    def __init__(self, program: Path, sandbox: Sandbox, seed: int, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "faults.jsonl"
        self._log.write_text("")
        self._told = 0
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        with (folder / "mitmdump.log").open("w") as output:
            self._process = subprocess.Popen(
                [
                    str(program),
                    "--quiet",
                    *("--mode", f"reverse:{sandbox.url}"),
                    *("--listen-host", "127.0.0.1", "--listen-port", str(port)),
                    *("--set", f"confdir={folder}", "--scripts", str(SCRIPT)),
                ],
                env={**os.environ, "CHAOS_SEED": str(seed), "CHAOS_LOG": str(self._log)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_open(port)

    def _wait_until_open(self, port: int) -> None:
        end = time.monotonic() + _STARTING
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                if time.monotonic() > end or self._process.poll() is not None:
                    self.stop()
                    raise
                time.sleep(0.2)
            else:
                return

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(20)

    def amended(self, requests: Sequence[Request]) -> list[Request]:
        """Merge the records of sandbox and proxy, in the order in which the proxy saw the requests."""
        lines = self._log.read_text().splitlines()
        new, self._told = [json.loads(line) for line in lines[self._told :]], len(lines)
        spoiled = {note["id"]: note for note in new}
        merged: list[dict[str, Any]] = []
        for request in requests:
            number = int(request["headers"]["x-chaos-id"])
            note = spoiled.pop(number, None)
            told = {} if note is None else {"fault": f"proxy: {note['what']}", "status": note["status"]}
            merged.append({**request, "seq": number, **told})
        merged += [_never_arrived(note) for note in spoiled.values()]
        return sorted(merged, key=lambda request: request["seq"])


def run(
    program: Path, sandbox: Sandbox, scenario: Scenario, tally: Tally, seed: int, amount: int, folder: Path
) -> None:
    """Judge a run through the proxy; then the same run again."""
    chance = rng(seed, "proxy", scenario.name)
    sizes = [chance.randint(0, 3) for _target in range(amount // 2 if scenario.serial else amount)]
    targets = make_targets(scenario, sizes, [kind for kind in scenario.kinds if kind != "absent"])
    with _running(program, sandbox, seed, folder / scenario.name.replace(" ", "-")) as proxy:
        trial = Trial(sandbox, scenario, targets, tally)
        trial.amend = proxy.amended
        for _run in range(2):
            trial.run_apart(Conditions(wait_timeout=PATIENCE), url=proxy.url, timeout=PATIENCE)


@contextmanager
def _running(program: Path, sandbox: Sandbox, seed: int, folder: Path) -> Iterator[Proxy]:
    proxy = Proxy(program, sandbox, seed, folder)
    try:
        yield proxy
    finally:
        proxy.stop()


def _never_arrived(note: dict[str, Any]) -> dict[str, Any]:
    """Return a journal entry for a request that the proxy answered, or broke off, before the sandbox."""
    return {
        "seq": note["id"],
        "room": note["path"].split("/")[1],
        **{name: note[name] for name in ("method", "path", "query", "body", "status")},
        "fault": f"proxy: {note['what']}",
        "changes": [],
        "credentials": {"fingerprint": note["fingerprint"]},
    }
