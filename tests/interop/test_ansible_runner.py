# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs of ansible-runner: what comes back from another node, what is told of one that died, and cancels.

The node's side has a home, a current folder and, where that is possible, a user of its own. The variable
ANSIBLE_RUNNER_BIN names the programs of another environment for it, with another Python and ansible-core.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.guard import GENEROUS, until
from ansible_collections.telephony.outbound.tests.support.runs import CANARIES, SEED, VENDORS, account, accounts, run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

runner = pytest.importorskip("ansible_runner", reason="ansible-runner is not installed, so NOTHING was tried with it")
PLAYBOOK = "telephony.outbound.teardown"
PROGRAMS = Path(os.environ.get("ANSIBLE_RUNNER_BIN") or catalog.BIN)
SUMS = shutil.which("sha256sum") or "sha256sum"
MANY, FEW = 400, 5
AT_ONCE = 4


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a folder with a short name, below which other users may have folders."""
    folder = Path(tempfile.gettempdir(), f"n-{token_hex(4)}")
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


def job(folder: Path, hosts: dict[str, Any], **variables: Any) -> Path:
    """Write the private folder of a job."""
    for name in ("env", "inventory", "project"):
        (folder / name).mkdir(parents=True)
    (folder / "inventory/hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    told = {"reason": "A test of jobs", "settle_seconds": 0, **variables}
    (folder / "env/extravars").write_text(json.dumps({f"campaign_teardown_{key}": told[key] for key in told}))
    (folder / "env/envvars").write_text(json.dumps({"ANSIBLE_COLLECTIONS_PATH": str(catalog.ROOT)}))
    return folder


def host(vendor: str, url: str, *targets: dict[str, Any]) -> dict[str, Any]:
    given = account(vendor, url, *targets)
    return {
        "campaign_teardown_vendor": given.vendor,
        "campaign_teardown_connection": {**given.connection, "concurrency": AT_ONCE},
        "campaign_teardown_targets": list(given.targets),
        "ansible_connection": "local",
    }


class Node:
    """Another machine: its own home, current folder and user, and a worker that knows nothing of this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tmp").mkdir(parents=True)
        (folder / "home").mkdir()
        self.user = "nobody" if _nobody_can_run(PROGRAMS / "python") else None
        if self.user:
            for path in (folder, folder / "tmp", folder / "home"):
                shutil.chown(path, self.user)

    def start(self, sent: bytes) -> subprocess.Popen[bytes]:
        """Start a worker with this stream."""
        environment = {
            "PATH": f"{PROGRAMS}:/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "LC_ALL": "C.UTF-8",
            # What is compiled already; another user could only compile all of it again for every process.
            **{name: os.environ[name] for name in ("PYTHONPYCACHEPREFIX",) if name in os.environ},
        }
        with tempfile.TemporaryFile() as given:
            given.write(sent)
            given.seek(0)
            return subprocess.Popen(
                [PROGRAMS / "ansible-runner", "worker"],
                stdin=given,
                stdout=subprocess.PIPE,
                cwd=self.folder / "home",
                env=environment,
                user=self.user,
            )

    def left(self) -> list[Path]:
        """Return the files that jobs left in the temporary folder."""
        return [path for path in (self.folder / "tmp").rglob("*") if path.is_file()]


def _nobody_can_run(python: Path) -> bool:
    if os.getuid() != 0:
        return False
    try:
        tried = subprocess.run(
            [python, "-c", "import ansible"], user="nobody", cwd="/", capture_output=True, check=False
        )
        return tried.returncode == 0
    except OSError:
        return False


def transmitted(private: Path) -> bytes:
    stream = io.BytesIO()
    stream.name = "transmitted"
    runner.interface.run(streamer="transmit", _output=stream, private_data_dir=str(private), playbook=PLAYBOOK)
    return stream.getvalue()


def processed(private: Path, stream: bytes) -> Path:
    """Take what a worker sent back, and return the artifacts."""
    runner.interface.run(streamer="process", _input=io.BytesIO(stream), private_data_dir=str(private), quiet=True)
    return private / "artifacts"


def events(artifacts: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in artifacts.rglob("job_events/*.json")]


def changes(world: Sandbox) -> list[dict[str, Any]]:
    return [change for change in world.changes() if change["do"] != "token"]


def test_a_plan_and_its_apply_on_another_node_come_back_whole(sandbox: Sandbox, place: Path) -> None:
    sandbox.seed(SEED)
    hosts = {each.name: host(each.vendor, sandbox.url, *each.targets) for each in accounts(sandbox.url)}
    node = Node(place / "node")

    def done(private: Path) -> Path:
        sent = transmitted(private)
        returned, _none = node.start(sent).communicate(timeout=600)
        assert [canary for canary in CANARIES.values() if canary.encode() in returned] == []
        return processed(private, returned)

    planned = done(job(place / "plan", hosts, hand_over="packed"))
    assert (planned / "rc").read_text() == "0", (planned / "stdout").read_text()
    (plan,) = planned.glob("teardown-evidence/*/plan.json")
    handed_on = next(event["event_data"] for event in events(planned) if event["event"] == "playbook_on_stats")
    given = handed_on["artifact_data"]
    assert changes(sandbox) == []

    sha256 = given["campaign_teardown_plan_sha256"]
    assert sha256 == run_sha256sum(plan)
    options = {"plan": given["campaign_teardown_plan"], "approved_sha256": sha256, "require_approval": True}
    applied = done(job(place / "apply", hosts, mode="apply", **options))
    assert (applied / "rc").read_text() == "0", (applied / "stdout").read_text()
    (folder,) = applied.glob("teardown-evidence/2*")
    subprocess.run([SUMS, "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    assert [oct(path.stat().st_mode)[-3:] for path in (folder, folder / "run.json")] == ["700", "600"]
    found = json.loads((folder / "evidence.json").read_text())
    rows = {row["account"]: row for row in found["results"]}
    assert {row["outcome"] for row in rows.values()} == {"cleared", "accepted"}
    assert rows.keys() == set(VENDORS)
    assert {"cancel", "clear", "delete"} < {change["do"] for change in changes(sandbox)}
    (backup,) = (folder / "backups").glob("wolkvox*")
    assert len(backup.read_text().splitlines()) == 1 + rows["wolkvox"]["pending_before"]
    # Where the job ran, nothing of it is left.
    assert node.left() == []


def run_sha256sum(path: Path) -> str:
    return subprocess.run([SUMS, path], capture_output=True, text=True, check=True).stdout.split()[0]


@pytest.fixture
def long_job(sandbox: Sandbox, place: Path) -> Path:
    """Return a job with an account that ends soon, and one that takes long."""
    fuse = {"100/200": 1, **{f"100/{number}": 1 for number in range(1000, 1000 + MANY + FEW)}}
    sandbox.seed({"settings": {"latency": 0.5}, "plum": {**SEED["plum"], "fuse": fuse}})
    queues = [{"application_id": "100", "deployment_id": str(number)} for number in range(1000, 1000 + MANY + FEW)]
    hosts = {"few": host("plum", sandbox.url, *queues[:FEW]), "many": host("plum", sandbox.url, *queues[FEW:])}
    return job(place / "long", hosts, mode="apply", max_targets=1000)


class Middle:
    """Waits until the account with few targets has ended, and the other has begun."""

    def __init__(self, world: Sandbox) -> None:
        self._world = world
        self._told = threading.Event()
        self.few = f"few: targets ended so far: {FEW}"

    def hear(self, text: str) -> None:
        if self.few in text:
            self._told.set()

    def wait(self) -> int:
        """Return how much had been changed, from when on every request takes long."""
        assert self._told.wait(GENEROUS)
        until(lambda: len(self._world.changes()) > FEW)
        self._world.settings(latency=3)
        return len(self._world.changes())


def parents() -> dict[int, int]:
    """Return the parent of each process that has not ended."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(path.parent.name)] = int(parent)
    return found


def descendants(process: int) -> set[int]:
    """Return the process ids below a process."""
    known, found, new = parents(), set(), {process}
    while new:
        found |= new
        new = {child for child, parent in known.items() if parent in new}
    return found - {process}


def are_gone(processes: set[int]) -> bool:
    return processes.isdisjoint(parents())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")
def test_what_a_killed_worker_did_is_told_by_its_output(sandbox: Sandbox, place: Path, long_job: Path) -> None:
    worker = Node(place / "node").start(transmitted(long_job))
    middle, heard = Middle(sandbox), []

    def listen() -> None:
        assert worker.stdout is not None
        with worker.stdout as output:
            for line in output:
                heard.append(line)
                middle.hear(line.decode())

    listener = threading.Thread(target=listen)
    listener.start()
    before = middle.wait()
    playbook = {child for child, parent in parents().items() if parent == worker.pid}
    below = descendants(worker.pid) - playbook
    worker.kill()
    worker.wait(GENEROUS)
    try:
        until(lambda: are_gone(below))
    finally:
        # Without a terminal it may wait for ever.
        for process in playbook & parents().keys():
            os.kill(process, signal.SIGKILL)
    listener.join(GENEROUS)
    artifacts = processed(long_job, b"".join(heard))
    # Nothing comes back but what was sent while it worked.
    assert list(artifacts.glob("teardown-evidence/*")) == []
    assert middle.few in "".join(event["stdout"] for event in events(artifacts))
    queues = [change["queue"] for change in changes(sandbox)]
    assert {f"100/{number}" for number in range(1000, 1000 + FEW)} < set(queues)
    assert len(queues) <= before + 3 * AT_ONCE < MANY


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")
def test_after_a_cancel_hardly_anything_is_sent_and_the_evidence_has_it(sandbox: Sandbox, long_job: Path) -> None:
    middle, canceled = Middle(sandbox), threading.Event()
    began, found = descendants(os.getpid()), []

    def do() -> None:
        found.append(
            runner.interface.run(
                private_data_dir=str(long_job),
                playbook=PLAYBOOK,
                ident="one",
                quiet=True,
                event_handler=lambda event: middle.hear(event["stdout"]) or True,
                cancel_callback=canceled.is_set,
            )
        )

    thread = threading.Thread(target=do)
    thread.start()
    before = middle.wait()
    below = descendants(os.getpid()) - began
    canceled.set()
    thread.join(GENEROUS)
    assert (found[0].status, found[0].rc) == ("canceled", 254)
    until(lambda: are_gone(below))
    queues = [change["queue"] for change in changes(sandbox)]
    assert len(queues) <= before + 3 * AT_ONCE < MANY
    (folder,) = (long_job / "artifacts/one/teardown-evidence").glob("2*")
    told = run([], folder, "evidence")
    changed = {row["target"]["deployment_id"] for row in told.entries if row["changed"]}
    assert changed == {queue.rpartition("/")[2] for queue in queues}
    assert {row["outcome"] for row in told.entries} <= {"accepted", "in_doubt", "not_sent"}


def test_a_job_of_a_rulebook_is_refused_before_anything_is_sent(sandbox: Sandbox) -> None:
    """As ansible-rulebook starts it: in a private folder of its own name, which it removes."""
    sandbox.seed(SEED)
    private = Path(tempfile.mkdtemp(prefix="eda"))
    try:
        job(private, {"plum": host("plum", sandbox.url)}, mode="apply")
        done = runner.interface.run(private_data_dir=str(private), playbook=PLAYBOOK, quiet=True, ident="one")
        output = (private / "artifacts/one/stdout").read_text()
    finally:
        shutil.rmtree(private)
    assert (done.rc, f"Ansible-rulebook removes {private}/project/teardown-evidence/" in output) == (2, True), output
    assert sandbox.journal() == []
