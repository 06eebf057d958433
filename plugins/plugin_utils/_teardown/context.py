# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The input of a run: its accounts, and what it needs from Ansible."""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .documents import Document, mapping_of, to_json_data
from .job_folders import JobFolders

_CONTROLLER_VARIABLES = ("job_id", "workflow_job_id", "job_template_name", "user_name", "execution_node")


class Refusal(Exception):
    """The run was refused and nothing was sent; each text gives a reason and what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = list(reasons)


@dataclass(frozen=True)
class Account:
    """One inventory host: its variables, or why they cannot be read."""

    name: str
    vendor: str | None = None
    connection: Mapping[str, Any] = field(default_factory=dict)
    targets: Sequence[Document] = ()
    forms: Any = None
    """In which forms it stores phone numbers, as a run about numbers wants it said."""

    places: Sequence[Document] = ()
    """Where numbers can be; without any, the places that its targets name."""

    error: str | None = None


@dataclass(frozen=True)
class RunContext:
    """What a run needs from Ansible: user, folders, environment, and the display."""

    about: Mapping[str, Any]
    environment: Mapping[str, str]
    show: Callable[[str], None]
    check_mode: bool
    job: JobFolders = field(default_factory=lambda: JobFolders.here({}))

    @property
    def workflow_job(self) -> Any:
        """The workflow job of an automation controller that this run is a part of; None without one."""
        return mapping_of(self.about.get("automation_controller")).get("workflow_job_id")

    def insist_on_lasting(self, folder: Path, way_out: str) -> None:
        """Raise Refusal if an engine removes the folder when its job has ended; ``way_out`` says what to give."""
        if remover := self.job.remover(folder):
            raise Refusal(
                f"{remover[0].upper()}{remover[1:]} removes {folder} when this job has ended, and the evidence with it:"
                f" give {way_out}."
            )

    def show_table(self, table: str) -> None:
        """Show every line of a table."""
        for line in table.splitlines():
            self.show(line)


def about_controller(variables: Mapping[str, Any], *, version: str, ansible_core: str) -> Document:
    """Return what a record says of where it was made: versions, machine, user, and the controller's job."""
    controller = {
        name: variables[f"{prefix}_{name}"]
        for name in _CONTROLLER_VARIABLES
        for prefix in ("tower", "awx")
        if variables.get(f"{prefix}_{name}") is not None
    }
    return {
        "version": version,
        "ansible_core": ansible_core,
        "controller": platform.node(),
        "system_user": _system_user(),
        "automation_controller": to_json_data(controller) or None,
    }


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user that has no name
        return str(os.getuid())
