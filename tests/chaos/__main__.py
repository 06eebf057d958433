# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fault suite: `python -m ansible_collections.telephony.outbound.tests.chaos --seed 7`. `make chaos` calls it."""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Scenario
from ansible_collections.telephony.outbound.tests.support.scenarios import SCENARIOS
from ansible_collections.telephony.outbound.tests.support.worlds import World

from . import bulk, interrupts, machine, preview, proxy, stops, table
from .tally import Tally, say

PARTS = ("table", "machine", "preview", "bulk", "proxy", "interrupts", "stops")
_WORLDS_SECONDS = 120.0


def main() -> int:
    """Run the requested parts; return 0 if everything agreed and nothing was skipped for lack of time."""
    options = _parser().parse_args()
    # Close everything that was opened when ended by a signal, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    drawn = random.SystemRandom().randrange(1_000_000)
    seed = drawn if options.seed is None else options.seed
    end = time.monotonic() + options.seconds
    say(f"seed {seed} (--seed {seed} repeats it)")
    tallies: list[Tally] = []
    late: list[str] = []
    with tempfile.TemporaryDirectory(prefix="chaos-") as name, _sandbox(Path(name)) as sandbox:
        folder = Path(name)
        os.environ["TELEPHONY_OUTBOUND_LOCK_DIR"] = str(folder / "locks")
        for part in options.parts:
            carry_out = _part(part, sandbox, seed, options, folder / part)
            if carry_out is None:
                continue
            tally = Tally(seed)
            for scenario in (SCENARIOS[scene_name] for scene_name in options.scenarios):
                if time.monotonic() > end:
                    late.append(f"{part} of {scenario.name}")
                else:
                    _timed(part, carry_out, scenario, tally)
            tally.show(part)
            tallies.append(tally)
    return _verdict(seed, tallies, late)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__, allow_abbrev=False)
    parser.add_argument("--seed", type=int, help="a number; without it one is drawn, and printed")
    parser.add_argument(
        "--targets", type=int, default=2000, help="targets of each vendor in a long run (default: %(default)s)"
    )
    parser.add_argument("--proxied", type=int, default=200, help="targets through mitmproxy (default: %(default)s)")
    parser.add_argument(
        "--stops", type=int, default=300, help="tasks of each module that are stopped (default: %(default)s)"
    )
    parser.add_argument("--worlds", type=int, default=50, help="random worlds for each module (default: %(default)s)")
    parser.add_argument(
        "--previews",
        type=int,
        default=10_000,
        help="worlds to compare preview and action in (default: %(default)s)",
    )
    parser.add_argument("--world", type=World.from_json, help="one of these worlds, as a disagreement shows it")
    parser.add_argument("--seconds", type=float, default=10800, help="begin nothing after this (default: %(default)s)")
    parser.add_argument("--venv", type=Path, default=Path(".work/chaos-venv"), help="where mitmproxy is")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--scenarios", nargs="+", choices=list(SCENARIOS), default=list(SCENARIOS))
    parser.add_argument("--shrink", action="store_true", help="make a failure of random worlds small")
    return parser


def _part(
    part: str, sandbox: Sandbox, seed: int, options: argparse.Namespace, folder: Path
) -> Callable[[Scenario, Tally], None] | None:
    """Return the function that runs a part for one module, or None if it does not apply."""
    if part == "proxy":
        program = proxy.mitmdump(options.venv.absolute())
        if program is None:
            return None
        return lambda scenario, tally: proxy.run(program, sandbox, scenario, tally, seed, options.proxied, folder)
    parts: dict[str, Callable[[Scenario, Tally], None]] = {
        "table": lambda scenario, tally: table.run(sandbox, scenario, tally, seed),
        "machine": lambda scenario, tally: machine.run(
            sandbox, scenario, tally, seed, _WORLDS_SECONDS, options.worlds, shrink=options.shrink
        ),
        "preview": lambda scenario, tally: preview.run(
            sandbox, scenario, tally, seed, -(-options.previews // len(options.scenarios)), options.world
        ),
        "bulk": lambda scenario, tally: bulk.run(sandbox, scenario, tally, seed, options.targets),
        "interrupts": lambda scenario, tally: interrupts.run(sandbox, scenario, tally, seed, folder),
        "stops": lambda scenario, tally: stops.run(sandbox, scenario, tally, seed, options.stops, folder),
    }
    return parts[part]


def _timed(part: str, carry_out: Callable[[Scenario, Tally], None], scenario: Scenario, tally: Tally) -> None:
    """Run a part for one module, and print its results."""
    began, before = time.monotonic(), tally.counts
    carry_out(scenario, tally)
    targets, faults, disagreements = (now - then for now, then in zip(tally.counts, before, strict=True))
    say(
        f"{part:10} {scenario.name:14} {targets:6} targets {faults:6} faults {disagreements:3} disagreements"
        f" {time.monotonic() - began:5.0f} s"
    )


@contextmanager
def _sandbox(folder: Path) -> Iterator[Sandbox]:
    """Start a sandbox whose messages about disconnected clients go to a file."""
    said = os.dup(2)
    with (folder / "sandbox.log").open("w") as log:
        os.dup2(log.fileno(), 2)
        try:
            sandbox = Sandbox("--lifetime", "14400")
        finally:
            os.dup2(said, 2)
            os.close(said)
    try:
        yield sandbox
    finally:
        sandbox.stop()


def _verdict(seed: int, tallies: list[Tally], late: list[str]) -> int:
    counts = [tally.counts for tally in tallies] or [(0, 0, 0)]
    targets, faults, disagreements = (sum(column) for column in zip(*counts, strict=True))
    for what in late:
        say(f"SKIPPED for lack of time: {what}")
    say(f"\nseed {seed}: {targets} targets, {faults} faults injected, {disagreements} disagreements")
    return 1 if disagreements or late else 0


if __name__ == "__main__":
    sys.exit(main())
