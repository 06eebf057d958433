# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-rulebook as a process of its own, with rulebooks of the collection, and requests as others send them."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
import yaml

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.playbooks import surroundings

TOKEN = "not-a-secret-token-of-a-stop-form-0001"
SECRET = "not-a-secret-key-of-a-stop-form-000002"
SECONDS = 300


def program() -> Path | None:
    """Return ansible-rulebook, or None if it is not installed."""
    given = os.environ.get("ENGINES_VENV")
    found = shutil.which("ansible-rulebook", path=f"{given}/bin" if given else None)
    return Path(found) if found else None


def java() -> bool:
    """Return whether there is a Java that the rule engine runs on."""
    found = shutil.which("java")
    if found is None:
        return False
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    first = told.partition('"')[2].partition(".")[0].partition('"')[0]
    return first.isdecimal() and int(first) >= 17


def missing() -> str:
    """Return what is missing to run a rulebook, or nothing."""
    if program() is None:
        return "ansible-rulebook is not installed"
    return "" if java() else "there is no Java 17 or later"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def until(what: Callable[[], Any], why: str) -> Any:
    """Return what is true in the end; a failure only if it never is."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{why} did not happen within {SECONDS} seconds")


def request(event_id: str, number: str | None = None, scope: str = "all", **more: Any) -> dict[str, Any]:
    """Return a well-formed request."""
    time = datetime.now(UTC).isoformat(timespec="seconds")
    return {"id": event_id, "requested_at": time, "scope": scope, **({"number": number} if number else {}), **more}


def shipped(rulebook: str, **source: Any) -> Any:
    """Return the one ruleset of a rulebook of the collection, retrying at once, with changed options of its source."""
    path = catalog.PROJECT / f"extensions/eda/rulebooks/{rulebook}.yml"
    (ruleset,) = yaml.safe_load(path.read_text("utf-8"))
    (first,) = ruleset["sources"]
    first[next(name for name in first if name.startswith("eda."))].update(source)
    for rule in ruleset["rules"]:
        if "delay" in rule["action"].get("run_playbook", {}):
            rule["action"]["run_playbook"]["delay"] = 0
    return ruleset


def shown() -> Any:
    """Return the rule of the guide that launches a job template."""
    guide = (catalog.PROJECT / "docs/docsite/rst/guide_events.rst").read_text("utf-8")
    blocks = re.findall(r"^\.\. code-block:: yaml\n\n((?:   .*\n|\n)+)", guide, re.MULTILINE)
    (found,) = (read for read in map(yaml.safe_load, blocks) if "rules" in read)
    (rule,) = found["rules"]
    return rule


_RENDER = """
import json, sys
from ansible_rulebook.util import substitute_variables
texts, cases = json.load(sys.stdin)
def render(variables):
    try:
        return {key: substitute_variables(text, variables) for key, text in texts.items()}
    except Exception:
        return None
json.dump([render(variables) for variables in cases], sys.stdout)
"""


def rendered(texts: Mapping[str, str], cases: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return what ansible-rulebook makes of templates with each set of variables; None for an error."""
    found = program()
    assert found is not None
    command = [str(found.with_name("python")), "-c", _RENDER]
    done = subprocess.run(command, input=json.dumps([texts, cases]), capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


class Rulebook:
    """One rulebook at work. ``folder`` keeps everything that it writes, the evidence in ``evidence``."""

    def __init__(
        self, folder: Path, rulebook: str | Sequence[Any], accounts: Mapping[str, Any], **variables: Any
    ) -> None:
        """Write the files that it reads; nothing is started yet. ``rulebook`` is a name, or rulesets."""
        self.folder = folder
        self.evidence = folder / "evidence"
        self.port = free_port()
        for name in ("home", "tmp", "in"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "in/ansible.cfg").touch()
        self.rulebook = rulebook if isinstance(rulebook, str) else str(folder / "in/rulebook.yml")
        if not isinstance(rulebook, str):
            Path(self.rulebook).write_text(yaml.safe_dump(list(rulebook)))
        (folder / "in/accounts.json").write_text(json.dumps({"all": {"hosts": accounts}}))
        self.variables = {
            "stop_events_token": TOKEN,
            "stop_events_hmac_secret": SECRET,
            "stop_events_root": str(self.evidence),
            "stop_events_port": self.port,
            **variables,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        """Start the process."""
        found = program()
        assert found is not None
        (self.folder / "in/variables.json").write_text(json.dumps(self.variables))
        around = surroundings(self.folder, catalog.ROOT)
        command = [
            *(str(found), "--rulebook", self.rulebook, "--inventory", "in/accounts.json"),
            *("--vars", str(self.folder / "in/variables.json"), *arguments),
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={
                    **around,
                    "PATH": f"{catalog.BIN}:{around['PATH']}",
                    "TMPDIR": str(self.folder / "tmp"),
                    "ANSIBLE_PYTHON_INTERPRETER": str(catalog.BIN / "python"),
                    **(environment or {}),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Wait until the webhook answers; fail if the process has ended."""
        until(lambda: self._answers() == 401, "the webhook's first answer")

    def _answers(self) -> int:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        with suppress(requests.RequestException):
            return requests.post(f"http://127.0.0.1:{self.port}/", timeout=SECONDS).status_code
        return 0

    def post(
        self, body: Any, *, token: str | None = TOKEN, secret: str | None = SECRET, port: int | None = None
    ) -> int:
        """Send a request, and return the status of the answer."""
        sent = json.dumps(body).encode()
        return self.send(
            sent,
            {} if token is None else {"Authorization": f"Bearer {token}"},
            signature=None if secret is None else self.signature(sent, secret),
            port=port,
        )

    def send(
        self,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        signature: str | None = "",
        port: int | None = None,
    ) -> int:
        """Send bytes, and return the status of the answer."""
        given = {"Content-Type": "application/json", **(headers or {})}
        if signature is not None:
            given["X-Hub-Signature-256"] = signature
        return requests.post(
            f"http://127.0.0.1:{port or self.port}/stop", data=body, headers=given, timeout=SECONDS
        ).status_code

    @staticmethod
    def signature(body: bytes, secret: str = SECRET) -> str:
        return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"

    def kill(self) -> None:
        """End the process at once, and the playbooks that it runs, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the process as an operator would."""
        self._end(signal.SIGTERM)

    def _end(self, how: int) -> None:
        if self.process is not None:
            for group in self._groups():
                with suppress(ProcessLookupError):
                    os.killpg(group, how)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self._end(signal.SIGKILL)
            self.process = None

    def _groups(self) -> Sequence[int]:
        """Return the process groups of the rulebook and of all playbooks below it."""
        assert self.process is not None
        parents: dict[int, int] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = path.read_text().rpartition(")")[2].split()
                parents[int(path.parent.name)] = int(fields[1])
        family = {self.process.pid}
        while more := {child for child, parent in parents.items() if parent in family} - family:
            family |= more
        found = set()
        for pid in family:
            with suppress(ProcessLookupError):
                found.add(os.getpgid(pid))
        return sorted(found - {os.getpgid(0)})

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def results(self) -> dict[str, dict[str, Any]]:
        """Return folder → result.json of the runs that ended."""
        found = self.evidence.glob("event-*/result.json")
        return {path.parent.name: json.loads(path.read_text()) for path in sorted(found)}

    def ledger(self) -> list[dict[str, Any]]:
        path = self.evidence / "ledger.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
