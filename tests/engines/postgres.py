# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A PostgreSQL server of its own, reached by a socket in its own folder alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

USER = "postgres"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, or None if they are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if shutil.which("psql") is None:
        return None
    return found[-1].parent if found else Path(on_path).parent if on_path else None


class Postgres:
    """The server; a process of the user ``postgres`` where root runs the tests, which it refuses."""

    def __init__(self) -> None:
        found = programs()
        assert found is not None
        self._programs = found
        self._user = USER if os.geteuid() == 0 else None
        # Another user has to reach it, and the path of a socket is limited to about a hundred characters.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        if self._user:
            shutil.chown(self._folder, self._user)
        self.environment = {"PGHOST": str(self._folder), "PGUSER": USER, "PGDATABASE": "postgres"}
        self._call("initdb", "--auth=trust", f"--username={USER}", "--no-sync", "--encoding=UTF8", "--locale=C")
        options = f"-k {self._folder} -c listen_addresses='' -c fsync=off"
        self._call("pg_ctl", "--wait", f"--log={self._folder / 'log'}", f"--options={options}", "start")

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), f"--pgdata={self._folder / 'data'}", *arguments]
        subprocess.run(
            command,
            cwd=self._folder,
            user=self._user,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def sql(self, text: str, **variables: str) -> str:
        """Run statements, in which a variable is ``:'name'``, and return what they print."""
        given = [f"--set={name}={value}" for name, value in {"ON_ERROR_STOP": "1", **variables}.items()]
        done = subprocess.run(
            [str(shutil.which("psql")), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", *given],
            input=text,
            env={"PATH": os.environ["PATH"], **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stop(self) -> None:
        self._call("pg_ctl", "--mode=immediate", "--wait", "stop")
        shutil.rmtree(self._folder)
