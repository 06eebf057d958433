# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Which hosts of a play get to a task that runs once for all of them.

Ansible checks that for the first host alone, and an account that the play leaves out must not be torn down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .settings import SettingsError

LEFT_THE_PLAY = (
    "the play left this host out before the teardown: a task failed for it, it was unreachable, or meta ended it"
)
_WAY_OUT = "It runs once for all hosts of the play: choose accounts with hosts or with --limit."
_NAMES_SHOWN = 3
_ENDINGS = ("end_host", "end_batch", "end_play")


class PlayHosts:
    """The hosts of the play, as far as a task gets to them."""

    def __init__(self, task: Any, variables: Mapping[str, Any]) -> None:
        self._task = task
        self._variables = variables
        self._section = _section(task)
        failed = variables.get("ansible_failed_task")
        self._failed_for_all = isinstance(failed, Mapping) and failed.get("run_once") is True

    def remaining(self) -> set[str]:
        """Return the hosts of the play that have neither failed nor been ended before this task."""
        if self._section is None or _can_end_hosts(self._task):
            # Where meta may have ended hosts, nothing tells those from hosts whose block failed.
            found = "ansible_play_hosts"
        elif self._section == "rescue" and self._failed_for_all:
            # Ansible goes on with the first host alone, although the task that failed was that of all.
            found = "ansible_play_hosts_all"
        else:
            # For Ansible a host whose block failed has left the play, even while its rescue and always run.
            found = "ansible_current_hosts"
        return set(map(str, self._variables[found]))

    def insist_on_every_host(self, holds: Callable[[Any, str], bool]) -> None:
        """Raise SettingsError if a remaining host does not get to the task; ``holds`` takes a condition and a host."""
        names = sorted(self.remaining())
        if len(names) < 2:
            return
        if hasattr(self._task, "notified_hosts"):
            raise SettingsError(
                f"The teardown cannot be a handler, which only the hosts that notify it run. {_WAY_OUT}"
            )
        if self._section == "rescue" and not self._failed_for_all:
            hosts, in_play = self._variables["hostvars"], self._variables["ansible_play_hosts"]
            unfailed = [name for name in names if name in in_play and "ansible_failed_task" not in hosts[name]]
            _refuse_without(unfailed, "The teardown is in rescue, and {} did not fail.")
        for place in (self._task, *parents(self._task)):
            # A task inherits conditions, but not those of an include.
            if place is self._task or not getattr(place, "statically_loaded", True):
                without = [name for name in names if not all(holds(condition, name) for condition in place.when)]
                _refuse_without(without, "The condition (when) of the teardown is false for {}.")


def _can_end_hosts(task: Any) -> bool:
    """Return whether the play has a task that can end hosts, as far as its files tell before they run."""
    play = play_of(task)
    return play is not None and any(_ends_hosts(block) for block in play.compile())


def _ends_hosts(item: Any) -> bool:
    parts = [part for section in ("block", "rescue", "always") for part in getattr(item, section, None) or ()]
    arguments = getattr(item, "args", None) or {}
    return any(map(_ends_hosts, parts)) or arguments.get("_raw_params") in _ENDINGS


def play_of(task: Any) -> Any:
    """Return the play of a task, or None."""
    return next((parent._play for parent in parents(task) if getattr(parent, "_play", None) is not None), None)


def _refuse_without(names: list[str], sentence: str) -> None:
    if names:
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        raise SettingsError(f"{sentence.format(', '.join(names[:_NAMES_SHOWN]) + more)} {_WAY_OUT}")


def _section(task: Any) -> str | None:
    """Return whether the task is in ``rescue`` or ``always`` of a block, the innermost one."""
    inner = task
    for outer in parents(task):
        for section in ("rescue", "always"):
            if any(member._uuid == inner._uuid for member in getattr(outer, section, None) or ()):
                return section
        inner = outer
    return None


def parents(task: Any) -> Iterator[Any]:
    """Yield the blocks, includes and roles around a task, the innermost first."""
    parent = task._parent
    while parent is not None:
        yield parent
        parent = parent._parent
