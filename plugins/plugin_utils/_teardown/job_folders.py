# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Which folders last when the job of an engine has ended.

Every engine runs Ansible by ansible-runner, in a private folder with ``project`` (the current folder), ``inventory``,
``env`` and ``artifacts/<job>``. ``AWX_ISOLATED_DATA_DIR`` names the last one. What happens to them (as the sources of
ansible-runner 2.4.3, ansible-rulebook 1.3.2, ansible-navigator 26.10 and AWX 24 have it):

==========================  ========================================================================================
``ansible-runner run``      all of it stays; with an isolated directory, the current folder ``runner_di_…`` is removed
``ansible-runner worker``   ``artifacts/<job>`` is sent back when the job has ended; the rest is removed where the
                            private folder is a temporary one, which the worker makes when it is given none
ansible-rulebook            the private folder, ``mkdtemp(prefix="eda")``, is removed as soon as the playbook has ended
ansible-navigator           the private folder, ``mkdtemp(prefix="ansible-navigator_")``, is removed
AWX                         gets the artifacts back into ``awx_<job>_…`` and removes that
in a container              the private folder is ``/runner``; what is not on a mount of its own goes with the container
==========================  ========================================================================================

A folder that Python's ``mkdtemp`` made has eight characters of ``a-z0-9_`` behind its prefix. It counts where it is the
private folder of this job, wherever that lies, or directly in a temporary folder.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ARTIFACTS = "AWX_ISOLATED_DATA_DIR"
CONTROLLER, NAVIGATOR, RUNNER = "the automation controller", "ansible-navigator", "ansible-runner"

_REMOVED = (
    (re.compile(r"eda[a-z0-9_]{8}"), "ansible-rulebook"),
    (re.compile(r"ansible-navigator_[a-z0-9_]{8}"), NAVIGATOR),
    (re.compile(r"awx_[0-9]+_[a-z0-9_]{8}"), CONTROLLER),
    (re.compile(r"runner_di_[a-z0-9_]{8}"), RUNNER),
)
_IN_CONTAINER = Path("/runner")
_GO_WITH_CONTAINER = {Path("/"), _IN_CONTAINER, _IN_CONTAINER / "artifacts"}
_TEMPORARY = (Path("/", "tmp"), Path("/", "var", "tmp"))
_ESCAPED = re.compile(r"\\([0-7]{3})")


def mount_of(folder: Path) -> Path | None:
    """Return where the file system of a folder is mounted, tmpfs as its parent's; None if nobody can say."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    fields = [line.split() for line in lines]
    kept = [line[4] for line in fields if line[line.index("-") + 1] != "tmpfs"]
    mounts = {Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), path)) for path in kept}
    return next((parent for parent in (folder, *folder.parents) if parent in mounts), None)


@dataclass(frozen=True)
class JobFolders:
    """The folders of the job that this process is a part of; all paths are real ones."""

    current: Path
    artifacts: Path | None = None
    """What the engine keeps, or sends back; None outside of an engine."""

    of_controller: bool = False
    """Whether the job's variables say that an automation controller runs it."""

    mount_of: Callable[[Path], Path | None] = mount_of

    @classmethod
    def here(cls, environment: Mapping[str, str], *, of_controller: bool = False) -> JobFolders:
        """Return the folders of this process, with these variables of its environment."""
        artifacts = environment.get(ARTIFACTS)
        return cls(Path.cwd(), Path(os.path.realpath(artifacts)) if artifacts else None, of_controller)

    @property
    def home(self) -> Path:
        """Where runs have their folders if nobody says otherwise: the artifacts of the job if they last."""
        if self.artifacts is None or self.remover(self.artifacts) is not None:
            return self.current
        return self.artifacts

    def remover(self, folder: Path) -> str | None:
        """Return what removes a folder when the job has ended; None if it stays, as far as anybody can know."""
        real = Path(os.path.realpath(folder))
        temporary = {Path(os.path.realpath(path)) for path in (tempfile.gettempdir(), *_TEMPORARY)}
        private = None
        if self.artifacts is not None and self.artifacts.parent.name == "artifacts":
            private = self.artifacts.parents[1]
        for parent in (real, *real.parents):
            if parent == private or parent.parent in temporary:
                for name, engine in _REMOVED:
                    if name.fullmatch(parent.name):
                        return engine
        if private is None or self.artifacts is None:
            return None
        if private == _IN_CONTAINER:
            return self._remover_in_container(real, self.artifacts)
        is_kept = real.is_relative_to(self.artifacts) or not real.is_relative_to(private)
        return None if is_kept or temporary.isdisjoint(private.parents) else RUNNER

    def _remover_in_container(self, folder: Path, artifacts: Path) -> str | None:
        if folder.is_relative_to(artifacts):
            if self.of_controller:
                return CONTROLLER
            # ansible-navigator alone starts containers whose current folder is the user's own.
            return None if self.current.is_relative_to(_IN_CONTAINER) else NAVIGATOR
        return "the engine, with the container," if self.mount_of(folder) in _GO_WITH_CONTAINER else None
