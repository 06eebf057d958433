# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does the preview equal the real run? Random worlds and tasks: in check mode, for real, repeated, and undone.

Disagreements are shrunk, and reported as a world that `--world` reproduces.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.pauses import short_pauses
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Scenario
from ansible_collections.telephony.outbound.tests.support.worlds import FOLDER, World

from .tally import Tally

Result = Mapping[str, Any]

_PATIENCE = 3.0
"""Seconds to wait for a proof: nothing here is slow, but a machine may be."""

_ENDS = {"would_clear": ("cleared", "accepted"), "would_change": ("changed", "accepted")}
_EVENT_WORDS = {"would_create": "created", "would_update": "updated"}
_OF_TARGETS = ("targets", "state", "application_id", "survey_id", "campaign_name", "calling_list")
"""Options of a scenario that do not belong to the connection, so that an info module does not accept them."""

_CONSTANT = ("target", "changed", "pending_before", "error", "campaign_name", "type_campaign", "selected")


class Disagreement(AssertionError):
    """The preview, the real run and the world do not agree."""


def run(
    sandbox: Sandbox, scenario: Scenario, tally: Tally, number: int, examples: int, only: World | None = None
) -> None:
    """Try this many worlds with this seed, or a single one; the first disagreement is shrunk and recorded."""
    if only is not None:
        tally.add(scenario.name, 0, (), (), disagreements(sandbox, scenario, only, tally))
        return

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(scenario.worlds())
    def agree(world: World) -> None:
        found = disagreements(sandbox, scenario, world, tally)
        if found:
            raise Disagreement(f"{scenario.name}: {'; '.join(found)}; the world: {world!r}")

    try:
        agree()
    except Disagreement as error:
        tally.add(scenario.name, 0, (), (), [str(error)])


def disagreements(sandbox: Sandbox, scenario: Scenario, world: World, tally: Tally) -> list[str]:
    """Return the disagreements in one world."""
    with tempfile.TemporaryDirectory(prefix="preview-") as folder, short_pauses():
        return _Trial(sandbox, scenario, world, tally, Path(folder)).run()


class _Trial:
    """One world, and the task that is tried in it."""

    def __init__(self, sandbox: Sandbox, scenario: Scenario, world: World, tally: Tally, folder: Path) -> None:
        self._sandbox, self._scenario, self._world, self._tally, self._folder = sandbox, scenario, world, tally, folder
        sandbox.seed(
            {
                "settings": {"seed": 1, scenario.vendor: {**scenario.settings(), **world.settings}},
                scenario.vendor: {**scenario.seed([]), **world.seed},
            }
        )

    def run(self) -> list[str]:
        """Try the task, then undo it if possible."""
        first = self._state()
        found, action, last = self._try(self._world.options)
        results = action.get("results")
        if results is None:
            return [*found, *([] if first == last else ["a task that was refused as a whole changed something"])]
        found += self._scenario.judge_world(self._world, first, last, results)
        found += self._inquire(last)
        back = self._scenario.undo(self._world, results)
        if back is not None and all(entry.get("removed") is not None for entry in results):
            undoing, undone, _last = self._try(back)
            found += [f"undo: {text}" for text in undoing]
            if "results" in undone:
                found += [f"undo: {text}" for text in self._scenario.judge_undone(self._world, first, self._state())]
            else:
                found.append(f"undo: {undone['msg']}")
        return found

    def _try(self, options: Mapping[str, Any]) -> tuple[list[str], Result, Any]:
        """Run the task in check mode, for real, and again.

        Return the disagreements, the result of the real run, and the state after it. A task with a refusal is not
        repeated, because a limit may then permit what it held back for an earlier target.
        """
        before, files = self._state(), self._files()
        preview = self._module(options, check=True)
        found = []
        if self._state() != before:
            found.append("check mode changed the world")
        if self._files() != files:
            found.append("check mode left a file behind")
        action = self._module(options)
        after = self._state()
        found += compare(preview, action, looked=options.get("wait_timeout") != 0)
        if any(entry["outcome"] == "refused" for entry in action.get("results", ())):
            return found, action, after
        again = self._module(options)
        if self._state() != after:
            found.append("once more: something was changed")
        pairs = zip(action.get("results", ()), again.get("results", ()), strict=True)
        found += [
            f"once more: targets[{number}] ended {now['outcome']}"
            for number, (then, now) in enumerate(pairs)
            if then["verified"] and then["pending_before"] is not None and now["changed"]
        ]
        return found, action, after

    def _inquire(self, last: Any) -> list[str]:
        module, options, told, expected = self._scenario.inquiry(self._world, last)
        if not module:
            return []
        connection = self._scenario.options(self._sandbox.url, 0, [])
        kept = {name: value for name, value in connection.items() if name not in _OF_TARGETS}
        result = run_module(module, **{**kept, **options})
        if result["failed"] or told(result) != expected:
            return [f"{module} tells {result if result['failed'] else told(result)}, but there is {expected}"]
        return []

    def _module(self, options: Mapping[str, Any], *, check: bool = False) -> Result:
        shared = {**self._scenario.options(self._sandbox.url, 0, []), "wait_timeout": _PATIENCE, "timeout": 10}
        given_options = self._given(options)
        targets = [self._given(target) for target in options["targets"]]
        result = run_module(
            self._scenario.module, check=check, diff=True, **{**shared, **given_options, "targets": targets}
        )
        self._tally.add(self._scenario.name, 1, [entry["outcome"] for entry in result.get("results", ())], (), ())
        return result

    def _given(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options without missing ones, and with the folder inserted."""
        folder = str(self._folder)
        return {
            name: value.replace(FOLDER, folder) if isinstance(value, str) else value
            for name, value in options.items()
            if value is not None
        }

    def _state(self) -> Any:
        return self._scenario.vendor_state(self._sandbox.state())

    def _files(self) -> list[Path]:
        return sorted(self._folder.rglob("*"))


def compare(preview: Result, action: Result, *, looked: bool = True) -> list[str]:
    """Return the differences between a preview and the real run; ``looked`` says whether the latter read again."""
    if "results" not in preview or "results" not in action:
        told = [(result.get("msg"), "results" in result) for result in (preview, action)]
        return [] if told[0] == told[1] else [f"preview: {told[0]}; action: {told[1]}"]
    found = []
    for number, (then, now) in enumerate(zip(preview["results"], action["results"], strict=True)):
        expected = _ENDS.get(then["outcome"], (then["outcome"],))
        if now["outcome"] not in expected:
            found.append(f"targets[{number}]: preview {then['outcome']}, action {now['outcome']} ({now['error']})")
        found += [
            f"targets[{number}].{name}: preview {then.get(name)!r}, action {now.get(name)!r}"
            for name in _CONSTANT
            if then.get(name) != now.get(name)
        ]
        words = [_event_words(entry) for entry in (then, now)]
        if looked and words[0] != words[1]:
            found.append(f"targets[{number}].events: preview {words[0]}, action {words[1]}")
    pairs: Sequence[tuple[str, Any, Any]] = [
        ("diff", preview["diff"], action["diff"]),
        ("failed", preview["failed"], action["failed"]),
        ("warnings", _warnings(preview), _warnings(action)),
        ("reasons", preview["msg"].partition(". ")[2], action["msg"].partition(". ")[2]),
        *(
            (f"summary.{name}", preview["summary"][name], action["summary"][name])
            for name in ("targets", "pending_before", "refused", "failed")
        ),
    ]
    found += [f"{name}: preview {then!r}, action {now!r}" for name, then, now in pairs if then != now]
    return found


def _warnings(told: Mapping[str, Any]) -> list[Any]:
    """Return the warnings; the one about a dry run without requests only applies to the dry run."""
    return [warning for warning in told.get("warnings") or () if "check mode sends no cancel" not in str(warning)]


def _event_words(entry: Result) -> list[str]:
    return [_EVENT_WORDS.get(event["outcome"], event["outcome"]) for event in entry.get("events", ())]
