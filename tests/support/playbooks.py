# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real runs of ansible-playbook, with separate folders and without the caller's settings."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.tests.support import catalog

HOST = "testhost"
SECONDS = 600
KEPT = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "PYTHONPYCACHEPREFIX")
IN_PROCESS = catalog.PROJECT / "tests/integration/targets/setup_sandbox/callback"
SHORT = "/tmp"  # short, and everywhere; what is made in it is private


@dataclass(frozen=True)
class Ran:
    """The output of a run, and the folder with everything that it wrote."""

    rc: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def text(self) -> str:
        return self.stdout + self.stderr


def run(
    plays: list[dict[str, Any]],
    folder: Path,
    *arguments: str,
    root: Path = catalog.ROOT,
    environment: Mapping[str, str] | None = None,
    variables: Mapping[str, Any] | None = None,
    in_process: bool = False,
) -> Ran:
    """Run plays; ``variables`` are passed in a file, as secrets should be.

    With ``in_process``, modules run in Ansible's own workers: see modules_in_process.py of setup_sandbox.
    """
    for name in ("home", "tmp", "in"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    inputs = folder / "in"
    (inputs / "ansible.cfg").touch()
    (inputs / "hosts").write_text(
        f'{HOST} ansible_connection=local ansible_python_interpreter="{{{{ ansible_playbook_python }}}}"\n', "utf-8"
    )
    playbook = [{"hosts": HOST, "gather_facts": False, **play} for play in plays]
    (inputs / "playbook.yml").write_text(json.dumps(playbook), "utf-8")
    (inputs / "variables.json").write_text(json.dumps(variables or {}), "utf-8")
    # ansible-core creates a socket in it, and the path of a socket is limited to about a hundred characters.
    with tempfile.TemporaryDirectory(prefix="t-", dir=SHORT if len(tempfile.gettempdir()) > 40 else None) as place:
        short = Path(place) / "t"
        short.symlink_to(folder / "tmp")
        done = subprocess.run(
            [
                catalog.BIN / "ansible-playbook",
                "--inventory",
                inputs / "hosts",
                "--extra-vars",
                f"@{inputs / 'variables.json'}",
                *arguments,
                inputs / "playbook.yml",
            ],
            cwd=folder,
            env={
                **surroundings(folder, root),
                **({"ANSIBLE_CALLBACK_PLUGINS": str(IN_PROCESS)} if in_process else {}),
                "TMPDIR": str(short),
                **(environment or {}),
            },
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    return Ran(done.returncode, done.stdout, done.stderr, folder)


def surroundings(folder: Path, root: Path) -> dict[str, str]:
    """Return an environment in which Ansible writes only to this folder."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    # Where compiled files have a place outside of the tree, they are used.
    compiled = {} if "PYTHONPYCACHEPREFIX" in kept else {"PYTHONDONTWRITEBYTECODE": "1"}
    home, tmp = str(folder / "home"), str(folder / "tmp")
    return {
        "LC_ALL": "C.UTF-8",
        **kept,
        "HOME": home,
        "ANSIBLE_HOME": f"{home}/.ansible",
        "ANSIBLE_CONFIG": str(folder / "in/ansible.cfg"),
        "ANSIBLE_LOCAL_TEMP": f"{tmp}/local",
        "ANSIBLE_REMOTE_TEMP": f"{tmp}/remote",
        "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
        "ANSIBLE_COLLECTIONS_PATH": str(root),
        "ANSIBLE_ROLES_PATH": str(root / "ansible_collections/telephony/outbound/tests/integration/targets"),
        "ANSIBLE_FORCE_HANDLERS": "true",
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_ENABLED": "ini,yaml",
        **compiled,
        "TELEPHONY_OUTBOUND_LOCK_DIR": str(folder / "locks"),
    }


def logins() -> list[str]:
    """Return what check mode may send although it is no GET, from the vendors' descriptions: method, path and body."""
    vendors = [catalog.description(name) for name in catalog.described_vendors()]
    return [*(f"{login} *" for vendor in vendors for login in vendor.logins), *(r for v in vendors for r in v.reads)]


def broken_check_mode(journal: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the requests in a sandbox's journal that check mode must not send."""
    known = logins()
    found = []
    for entry in journal:
        line = f"{entry['method']} {entry['path']}"
        whole = f"{line} {entry.get('body', '')}"
        reads = entry["method"] in ("GET", "HEAD", "OPTIONS") or any(fnmatchcase(whole, pattern) for pattern in known)
        if entry["changes"] or not reads:
            found.append(f"{line} changed {entry['changes']}")
    return found
