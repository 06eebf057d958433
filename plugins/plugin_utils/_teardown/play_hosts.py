# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Which hosts of a play get to a task that runs once for all of them.

Ansible checks that for the first host alone, and an account that the play leaves out must not be torn down.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.executor.play_iterator import FailedStates, IteratingStates

from .formatting import first_of
from .settings import SettingsError

LEFT_THE_PLAY = (
    "the play left this host out before the teardown: a task failed for it, it was unreachable, or meta ended it"
)
_WAY_OUT = "It runs once for all hosts of the play: choose accounts with hosts or with --limit."
_NAMES_SHOWN = 3
_SECTIONS = {
    IteratingStates.TASKS: ("block", "cur_regular_task"),
    IteratingStates.RESCUE: ("rescue", "cur_rescue_task"),
    IteratingStates.ALWAYS: ("always", "cur_always_task"),
}
"""Where a host is in a block → the tasks of that section, and the place of its next task there."""


class PlayHosts:
    """The hosts of the play, as far as a task gets to them."""

    def __init__(self, task: Any, variables: Mapping[str, Any]) -> None:
        self._task = task
        failed = variables.get("ansible_failed_task")
        self._failed_for_all = _is_in_rescue(task) and isinstance(failed, Mapping) and failed.get("run_once") is True
        names = set(map(str, variables["ansible_current_hosts"]))
        if self._failed_for_all:
            # Ansible goes on with the first host alone, although the task that failed was that of all.
            names |= set(map(str, variables["ansible_failed_hosts"]))
        iterator = _iterator()
        self._states = {name: iterator.get_active_state(iterator.get_state_for_host(name)) for name in names}

    def remaining(self) -> set[str]:
        """Return the hosts of the play that have neither failed nor been ended before this task."""
        return {name for name, state in self._states.items() if self._is_left(state)}

    def _is_left(self, state: Any) -> bool:
        # Ansible fails the other hosts twice for one task, so that they failed in the rescue too.
        failed_with_all = self._failed_for_all and FailedStates.RESCUE in state.fail_state
        return failed_with_all or state.run_state != IteratingStates.COMPLETE

    def insist_on_every_host(self, holds: Callable[[Any, str], bool]) -> None:
        """Raise SettingsError if a remaining host does not get to the task; ``holds`` takes a condition and a host."""
        names = sorted(self.remaining())
        if len(names) < 2:
            return
        if hasattr(self._task, "notified_hosts"):
            raise SettingsError(
                f"The teardown cannot be a handler, which only the hosts that notify it run. {_WAY_OUT}"
            )
        for place in (self._task, *parents(self._task)):
            # A task inherits conditions, but not those of an include.
            if place is self._task or not getattr(place, "statically_loaded", True):
                without = [name for name in names if not all(holds(condition, name) for condition in place.when)]
                _refuse_without(without, "The condition (when) of the teardown is false for {}.")
        if not self._failed_for_all:
            elsewhere = [name for name in names if not _is_at(self._states[name], self._task)]
            _refuse_without(elsewhere, "The play does not get to this task for {}.")


def _iterator() -> Any:
    """Return Ansible's iterator over the play: a task's worker is a fork of the process that has it.

    Only it tells a host that meta ended from one that failed and still gets to rescue and always.
    """
    frame = inspect.currentframe()
    while frame is not None:
        found = frame.f_locals.get("iterator")
        if hasattr(found, "get_state_for_host"):
            return found
        frame = frame.f_back
    raise SettingsError("This version of ansible-core does not tell which hosts of the play get to the teardown.")


def _is_at(state: Any, task: Any) -> bool:
    """Return whether a host with this state is at the task, and does not wait while others are."""
    section, place = _SECTIONS[state.run_state]
    tasks = getattr(state.get_current_block(), section)
    return bool(tasks[getattr(state, place) - 1]._uuid == task._uuid)


def play_of(task: Any) -> Any:
    """Return the play of a task, or None."""
    return next((parent._play for parent in parents(task) if getattr(parent, "_play", None) is not None), None)


def _refuse_without(names: list[str], sentence: str) -> None:
    if names:
        raise SettingsError(f"{sentence.format(first_of(names, _NAMES_SHOWN))} {_WAY_OUT}")


def _is_in_rescue(task: Any) -> bool:
    """Return whether the task is in ``rescue`` of a block, unless it is in ``always`` of one in there."""
    inner = task
    for outer in parents(task):
        for section in ("rescue", "always"):
            if any(member._uuid == inner._uuid for member in getattr(outer, section, None) or ()):
                return section == "rescue"
        inner = outer
    return False


def parents(task: Any) -> Iterator[Any]:
    """Yield the blocks, includes and roles around a task, the innermost first."""
    parent = task._parent
    while parent is not None:
        yield parent
        parent = parent._parent
