# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Which hosts of a play get to a task that runs once for all of them.

Ansible checks that for the first host alone, and an account that the play leaves out must not be torn down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .settings import SettingsError

LEFT_THE_PLAY = (
    "the play left this host out before the teardown: a task failed for it, it was unreachable, or meta ended it"
)
_WAY_OUT = "It runs once for all hosts of the play: choose accounts with hosts or with --limit."
_NAMES_SHOWN = 3
_ENDINGS = ("end_host", "end_batch", "end_play")

Holds = Callable[[Any, str], bool]
"""Whether a condition holds for a host; raises an exception of Ansible if it cannot be evaluated."""


def remaining_hosts(task: Any, variables: Mapping[str, Any]) -> set[str]:
    """Return the hosts of the play that have neither failed nor been ended before this task."""
    section = _section(task)
    if section is None or _can_end_hosts(task):
        # Where meta may have ended hosts, nothing tells those from hosts whose block failed.
        return set(map(str, variables["ansible_play_hosts"]))
    if section == "rescue" and _failed_for_all(variables):
        # Ansible goes on with the first host alone, although the task that failed was that of all.
        return set(map(str, variables["ansible_play_hosts_all"]))
    # For Ansible a host whose block failed has left the play, even while its rescue and always run.
    return set(map(str, variables["ansible_current_hosts"]))


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
    return next((parent._play for parent in _parents(task) if getattr(parent, "_play", None) is not None), None)


def insist_on_every_host(task: Any, variables: Mapping[str, Any], holds: Holds) -> None:
    """Raise SettingsError if a remaining host does not get to the task."""
    names = sorted(remaining_hosts(task, variables))
    if len(names) < 2:
        return
    if hasattr(task, "notified_hosts"):
        raise SettingsError(f"The teardown cannot be a handler, which only the hosts that notify it run. {_WAY_OUT}")
    if _section(task) == "rescue" and not _failed_for_all(variables):
        hosts = variables["hostvars"]
        unfailed = [name for name in names if name in variables["ansible_play_hosts"] and not _was_rescued(hosts, name)]
        _refuse_without(unfailed, "The teardown is in rescue, and {} did not fail.")
    for conditions in _conditions(task):
        without = [name for name in names if not all(holds(condition, name) for condition in conditions)]
        _refuse_without(without, "The condition (when) of the teardown is false for {}.")


def _failed_for_all(variables: Mapping[str, Any]) -> bool:
    """Return whether what is rescued is a task that ran once for all hosts."""
    failed = variables.get("ansible_failed_task")
    return isinstance(failed, Mapping) and failed.get("run_once") is True


def _was_rescued(hosts: Mapping[str, Any], name: str) -> bool:
    return "ansible_failed_task" in hosts[name]


def _refuse_without(names: list[str], sentence: str) -> None:
    if names:
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        raise SettingsError(f"{sentence.format(', '.join(names[:_NAMES_SHOWN]) + more)} {_WAY_OUT}")


def _conditions(task: Any) -> Iterator[Iterable[Any]]:
    """Yield the conditions of the task with those that it inherits, and those of each include around it."""
    for place in (task, *_parents(task)):
        if place is task or not getattr(place, "statically_loaded", True):
            yield place.when


def _section(task: Any) -> str | None:
    """Return whether the task is in ``rescue`` or ``always`` of a block, the innermost one."""
    inner = task
    for outer in _parents(task):
        for section in ("rescue", "always"):
            if any(member._uuid == inner._uuid for member in getattr(outer, section, None) or ()):
                return section
        inner = outer
    return None


def _parents(task: Any) -> Iterator[Any]:
    parent = task._parent
    while parent is not None:
        yield parent
        parent = parent._parent
