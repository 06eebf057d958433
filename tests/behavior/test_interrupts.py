# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interrupts in every phase, and in every way in which modules are run. The sandbox's record is the truth."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.chaos.interrupts import NAMESPACE, processes_of
from ansible_collections.telephony.outbound.tests.support.guard import until
from ansible_collections.telephony.outbound.tests.support.modules import PACKAGE
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

PLUM = {"email": "dialer@example.com", "developer_key": "not-a-secret-developer-key"}
WOLKVOX = {"token": "not-a-secret-wolkvox-token"}
VOIPNOW = {"client_id": "teardown-app", "client_secret": "not-a-secret-app-secret"}
GENESYS = {"username": "outbound-service", "password": "not-a-secret-genesys-password"}
RECORD = {"application_id": 134, "campaign_name": "Reminders", "calling_list": "May"}
QUEUES = 12
HANGS = {"do": "delay", "seconds": 20.0, "times": None}
SEED: dict[str, Any] = {
    "plum": {"accounts": [PLUM], "fuse": {f"1/{number}": 1 for number in range(QUEUES)} | {"1/77": {"c1": "queued"}}},
    "wolkvox": {"tokens": [WOLKVOX["token"]], "campaigns": {"77": {"name": "Winter", "records": 20}}},
    "voipnow": {"apps": [{**VOIPNOW, "organization": True}], "extensions": {"0003*211": {"events": 3}}},
    "genesys": {
        "accounts": [{**GENESYS, "devices": ["d1"]}],
        "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
        "lists": {"May": ["+15550100123"]},
    },
}
INTERRUPTED = "interrupted before anything was sent"

Options = Mapping[str, Any]


class Modules:
    """Modules as separate processes."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.journal = folder / "journal.jsonl"
        self._started: list[subprocess.Popen[str]] = []

    def environment(self, **more: str) -> dict[str, str]:
        root = next(path for path in map(Path, sys.path) if (path / NAMESPACE).is_dir())
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(self.folder / "first"), *sys.path]),
            "TELEPHONY_OUTBOUND_LOCK_DIR": str(self.folder / "locks"),
            "ANSIBLE_COLLECTIONS_PATH": str(root.absolute()),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            **more,
        }

    def begin_with(self, code: str) -> None:
        """Make every process that is started from now on run this first."""
        (self.folder / "first").mkdir()
        (self.folder / "first" / "sitecustomize.py").write_text(code)

    def command(self, name: str, **options: Any) -> list[str]:
        arguments = self.folder / "arguments.json"
        arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
        return [sys.executable, "-m", f"{PACKAGE}.{name}", str(arguments)]

    def start(self, command: list[str], **more: Any) -> subprocess.Popen[str]:
        values = {"env": self.environment(), "stdout": subprocess.PIPE, "text": True, **more}
        process = subprocess.Popen(command, **values)
        self._started.append(process)
        return process

    def plum(self, **options: Any) -> list[str]:
        """Return the command that cancels all queues, one after the other."""
        targets = [{"deployment_id": str(number)} for number in range(QUEUES)]
        return self.command(
            "plum_outbound_cancel",
            **{"targets": targets, "application_id": "1", **self.fuse, "journal": str(self.journal), **options},
        )

    @property
    def fuse(self) -> dict[str, Any]:
        return {"base_url": f"{self.sandbox.url}/fuse", "product": "fuse", "concurrency": 1, **PLUM}

    def clear(self, **options: Any) -> list[str]:
        (self.folder / "backups").mkdir(exist_ok=True)
        given = {"campaign_id": "77", "all_records": True, "backup": True, "backup_dir": str(self.folder / "backups")}
        url = f"{self.sandbox.url}/wolkvox"
        return self.command("wolkvox_campaign_clear", **{"base_url": url, **WOLKVOX, **given, **options})

    def events(self, **options: Any) -> list[str]:
        url = f"{self.sandbox.url}/voipnow"
        place = {"user_id": "1", "extension": "0003*211", "state": "absent", "all_events": True}
        return self.command("voipnow_phonecall_events", **{"base_url": url, **VOIPNOW, **place, **options})

    def record(self, **options: Any) -> list[str]:
        url = f"{self.sandbox.url}/genesys"
        return self.command(
            "genesys_record_cancel",
            **{"base_url": url, **GENESYS, **RECORD, "phone_number": "+15550100123", **options},
        )

    def playbook(self, task: Options, **more: Any) -> list[str]:
        """Return the command that runs one task in an ansible-playbook."""
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable},
            "tasks": [{**task, **more}],
        }
        file = self.folder / "playbook.json"
        file.write_text(json.dumps([play]))
        return [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(file)]

    def cancel_task(self) -> dict[str, Any]:
        command = self.plum()
        return {
            "telephony.outbound.plum_outbound_cancel": json.loads(Path(command[-1]).read_text())["ANSIBLE_MODULE_ARGS"]
        }

    def requests(self) -> int:
        return len(self.sandbox.journal())

    def writes(self) -> int:
        writes = [entry for entry in self.sandbox.journal() if entry["method"] != "GET"]
        return sum("oauth" not in entry["path"] and "notifications" not in entry["path"] for entry in writes)

    def slow_writes(self) -> None:
        """Answer the first cancel at once, and each later one so late that a slow machine sees the second in flight."""
        for seconds, times in ((0, 1), (3, None)):
            self.sandbox.fault(method="DELETE", path="/fuse/*", do="delay", seconds=seconds, times=times)

    def events_in_journal(self) -> list[tuple[str, str | None]]:
        lines = [json.loads(line) for line in self.journal.read_text().splitlines()] if self.journal.exists() else []
        return [(line["event"], line.get("result", {}).get("outcome")) for line in lines]

    def processes(self) -> list[int]:
        """Return every process that uses this test's lock folder."""
        return processes_of(self.folder)

    def modules(self) -> list[int]:
        """Return those of the processes that are a module, without those that wait for one."""
        found = []
        for number in self.processes():
            with suppress(OSError):
                parts = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
                if b"python" in parts[0] and any(b"AnsiballZ_plum" in part for part in parts[1:2]):
                    found.append(number)
        return found

    def end(self) -> None:
        for number in self.processes():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        for process in self._started:
            process.kill()
            process.communicate()


@pytest.fixture
def modules(sandbox: Sandbox, tmp_path: Path) -> Iterator[Modules]:
    (tmp_path / "locks").mkdir(mode=0o700)
    sandbox.seed(SEED)
    running = Modules(sandbox, tmp_path)
    yield running
    running.end()


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, _nothing = process.communicate(timeout=60)
    answer: dict[str, Any] = json.loads(output)
    return answer


def outcomes(result: Mapping[str, Any]) -> list[str]:
    return [entry["outcome"] for entry in result["results"]]


# --- every phase -----------------------------------------------------------------------------------------------------

Phase = tuple[str, Callable[[Modules], list[str]], dict[str, Any], int]
RECHECK_DELAYS: list[Phase] = [
    ("a login", Modules.events, {"path": "/voipnow/oauth/*"}, 1),
    ("a list", Modules.events, {"method": "GET", "path": "/voipnow/*"}, 2),
    ("an export", Modules.clear, {"method": "GET", "path": "/wolkvox/api/v2/campaign.php"}, 2),
    ("the login of Genesys", Modules.record, {"path": "/genesys/api/v2/me"}, 1),
    ("a handshake", Modules.record, {"path": "/genesys/api/v2/notifications"}, 4),
]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize(
    ("phase", "command", "hanging", "requests"), RECHECK_DELAYS, ids=[phase[0] for phase in RECHECK_DELAYS]
)
def test_a_target_that_was_only_read_is_not_sent(
    modules: Modules,
    phase: str,
    command: Callable[[Modules], list[str]],
    hanging: dict[str, Any],
    requests: int,
    number: int,
) -> None:
    modules.sandbox.fault(**hanging, **HANGS)
    process = modules.start(command(modules))
    until(lambda: modules.requests() >= requests)
    time.sleep(0.2)
    process.send_signal(number)
    result = told(process)
    assert outcomes(result) == ["not_sent"], phase
    assert result["results"][0]["error"]["message"] == f"{INTERRUPTED} ({signal.Signals(number).name})"
    assert (result["changed"], modules.writes()) == (False, 0)
    assert not list(modules.folder.glob("backups/*"))
    assert not list(modules.folder.glob("backups/.*"))


def test_calls_that_are_looked_at_one_by_one(modules: Modules) -> None:
    modules.sandbox.fault(method="GET", path="/fuse/*", do="delay", seconds=0.2, times=None)
    calls = {"call_ids": [f"c{number}" for number in range(200)], "call_ids_complete": True}
    process = modules.start(modules.plum(targets=None, deployment_id="77", **calls))
    until(lambda: modules.requests() > 2)
    process.terminate()
    assert outcomes(told(process)) == ["not_sent"]
    assert (modules.writes(), modules.events_in_journal()) == (0, [("ended", "not_sent")])


def test_a_name_that_is_looked_up_forever(modules: Modules) -> None:
    """The resolver cannot be interrupted, and is not waited for."""
    modules.begin_with(
        "import socket, pathlib, time\n"
        "find = socket.getaddrinfo\n"
        "def look_up(host, *more, **options):\n"
        "    if host != 'slow.example.com':\n"
        "        return find(host, *more, **options)\n"
        f"    pathlib.Path({str(modules.folder / 'asked')!r}).touch()\n"
        "    time.sleep(60)\n"
        "socket.getaddrinfo = look_up\n"
    )
    process = modules.start(modules.plum(base_url="https://slow.example.com", journal=None))
    until((modules.folder / "asked").exists)
    process.terminate()
    result = told(process)
    assert set(outcomes(result)) == {"not_sent"}
    assert result["summary"]["targets"] == QUEUES


def held(lock: Path) -> bool:
    """Return whether a process holds a lock."""
    with lock.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_a_lock_that_another_holds(modules: Modules) -> None:
    folder = modules.folder / "locks"
    first = modules.start(modules.clear())
    result = told(first)
    assert outcomes(result) == ["cleared"], result["results"][0]["error"]
    with next(folder.glob("*.lock")).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = modules.start(modules.clear())
        until(lambda: held(next(folder.glob("*.next"))))
        process.terminate()
        assert outcomes(told(process)) == ["not_sent"]


def test_before_the_first_request(modules: Modules) -> None:
    """During its import, and during the validation of options."""
    for seconds in (0.15, 0.25, 0.35, 0.45):
        modules.sandbox.seed(SEED)
        process = modules.start(modules.plum(journal=None))
        time.sleep(seconds)
        process.terminate()
        output, _nothing = process.communicate(timeout=60)
        if output:
            sent = [outcome for outcome in outcomes(json.loads(output)) if outcome != "not_sent"]
            assert len(sent) == modules.writes()
        else:
            assert modules.writes() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_write_in_flight_is_confirmed(modules: Modules, number: int) -> None:
    modules.slow_writes()
    process = modules.start(modules.plum())
    until(lambda: modules.writes() == 2)
    process.send_signal(number)
    result = told(process)
    assert outcomes(result) == ["accepted", "accepted", *["not_sent"] * (QUEUES - 2)]
    assert modules.writes() == 2
    begun = [("begun", None), ("ended", "accepted")] * 2
    assert modules.events_in_journal() == [*begun, *[("ended", "not_sent")] * (QUEUES - 2)]


def test_a_write_without_an_answer_is_waited_for_no_longer_than_timeout(modules: Modules) -> None:
    modules.sandbox.fault(method="DELETE", path="/fuse/*", **HANGS)
    process = modules.start(modules.plum(timeout=2))
    until(lambda: modules.writes() == 1)
    process.terminate()
    result = told(process)
    assert outcomes(result) == ["in_doubt", *["not_sent"] * (QUEUES - 1)]
    assert "interrupted" in result["results"][0]["error"]["message"]
    assert modules.writes() == 1


def test_an_interrupt_during_a_pause_says_so(modules: Modules) -> None:
    modules.sandbox.fault(
        method="DELETE", path="/fuse/*", do="status", status=429, headers={"Retry-After": "60"}, times=None
    )
    process = modules.start(modules.plum())
    until(lambda: modules.writes() == 1)
    time.sleep(1)
    process.terminate()
    result = told(process)
    assert outcomes(result) == ["failed", *["not_sent"] * (QUEUES - 1)]
    assert "interrupted" in result["results"][0]["error"]["message"]
    assert (modules.writes(), result["results"][0]["attempts"]) == (1, 1)


def test_a_session_is_not_begun_and_one_that_was_begun_is_ended(modules: Modules) -> None:
    def operations() -> list[str]:
        bodies = [json.loads(entry["body"]) for entry in modules.sandbox.journal(room="genesys") if entry["body"]]
        return [body["operationName"] for body in bodies if isinstance(body, dict) and "operationName" in body]

    modules.sandbox.fault(path="/genesys/api/v2/me/devices", do="delay", seconds=2, times=None)
    process = modules.start(modules.record(start_contact_center_session=True))
    until(lambda: any("devices" in entry["path"] for entry in modules.sandbox.journal()))
    process.terminate()
    assert outcomes(told(process)) == ["not_sent"]
    assert operations() == []
    modules.sandbox.seed(SEED)
    modules.sandbox.fault(path="/genesys/api/v2/me", method="POST", do="delay", seconds=1, times=1)
    process = modules.start(modules.record(start_contact_center_session=True))
    until(lambda: "StartContactCenterSession" in operations())
    process.terminate()
    assert outcomes(told(process)) == ["not_sent"]
    assert operations() == ["StartContactCenterSession", "EndContactCenterSession"]
    assert not modules.sandbox.state()["genesys"]["sessions"]


def test_an_info_module_gives_what_it_has(modules: Modules) -> None:
    modules.sandbox.fault(method="GET", path="/fuse/*", skip=2, **HANGS)
    calls = {"call_ids": [f"c{number}" for number in range(20)]}
    process = modules.start(modules.command("plum_call_info", **modules.fuse, **calls))
    until(lambda: modules.requests() == 3)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        process.send_signal(number)
    result = told(process)
    assert (result["failed"], len(result["missing"]) + len(result["calls"])) == (True, 2)
    assert "the task was interrupted" in result["msg"]


def test_a_hangup_that_was_ignored_at_the_start(modules: Modules) -> None:
    modules.sandbox.fault(method="DELETE", path="/fuse/*", do="delay", seconds=0.1, times=None)
    process = modules.start(["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *modules.plum()])
    until(lambda: modules.writes() > 1)
    process.send_signal(signal.SIGHUP)
    assert set(outcomes(told(process))) == {"accepted"}
    assert modules.writes() == QUEUES


def test_a_signal_does_not_cut_the_result(modules: Modules) -> None:
    """A pipe that is not read blocks the module in the middle of its result."""
    modules.sandbox.seed({"plum": {"accounts": [PLUM], "fuse": {f"1/{number}": 1 for number in range(600)}}})
    targets = [{"deployment_id": str(number)} for number in range(600)]
    process = modules.start(modules.plum(targets=targets, concurrency=8, journal=None))
    until(lambda: modules.writes() == 600)
    time.sleep(1)
    for _time in range(20):
        process.terminate()
        time.sleep(0.01)
    assert outcomes(told(process)).count("accepted") == 600


# --- no reader of the result is left ---------------------------------------------------------------------------------


def test_the_other_end_of_standard_output_is_closed(modules: Modules) -> None:
    modules.slow_writes()
    reader, writer = os.pipe()
    process = modules.start(modules.plum(), stdout=writer)
    os.close(writer)
    until(lambda: modules.writes() == 2)
    os.close(reader)
    process.wait(60)
    assert modules.writes() == 2
    events = modules.events_in_journal()
    assert events.count(("ended", "accepted")) == events.count(("begun", None)) == 2
    assert events.count(("ended", "not_sent")) == QUEUES - 2


@pytest.mark.parametrize("where", ["/dev/null", "a file"])
def test_results_go_completely_to_a_file_or_the_null_device(modules: Modules, where: str) -> None:
    with (modules.folder / "output" if where == "a file" else Path(where)).open("wb") as output:
        process = modules.start(modules.plum(), stdout=output)
    process.wait(60)
    assert modules.writes() == QUEUES


def test_the_parent_is_gone(modules: Modules) -> None:
    modules.slow_writes()
    output = modules.folder / "output"
    with output.open("wb") as file:
        shell = modules.start(["sh", "-c", '"$@"; true', "sh", *modules.plum()], stdout=file)
    until(lambda: modules.writes() == 2)
    shell.kill()
    shell.wait(60)
    until(lambda: not modules.processes())
    result = json.loads(output.read_text())
    assert outcomes(result) == ["accepted", "accepted", *["not_sent"] * (QUEUES - 2)]
    assert result["results"][-1]["error"]["message"] == f"{INTERRUPTED} (nobody is left to read the result)"
    assert modules.writes() == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_ansible_playbook_that_is_ended(modules: Modules, number: int) -> None:
    modules.slow_writes()
    process = modules.start(modules.playbook(modules.cancel_task()), stdout=subprocess.DEVNULL)
    until(lambda: modules.writes() == 2)
    process.send_signal(number)
    process.wait(60)
    until(lambda: not modules.modules())
    assert modules.writes() <= 3  # one may have been in flight
    events = modules.events_in_journal()
    assert events.count(("begun", None)) == modules.writes()
    assert events.count(("ended", "not_sent")) == QUEUES - modules.writes()


def test_the_timeout_of_a_task(modules: Modules) -> None:
    modules.sandbox.fault(method="DELETE", path="/fuse/*", do="delay", seconds=2, times=None)
    process = modules.start(modules.playbook(modules.cancel_task(), timeout=6), stdout=subprocess.DEVNULL)
    process.wait(60)
    until(lambda: not modules.modules())
    assert modules.writes() < QUEUES
    events = modules.events_in_journal()
    assert events.count(("begun", None)) == modules.writes()


def test_an_asynchronous_task_goes_on(modules: Modules) -> None:
    modules.sandbox.fault(method="DELETE", path="/fuse/*", do="delay", seconds=0.3, times=None)
    process = modules.start(
        modules.playbook(modules.cancel_task(), **{"async": 60, "poll": 0}), stdout=subprocess.DEVNULL
    )
    assert process.wait(60) == 0
    until(lambda: modules.writes() == QUEUES)


def test_an_asynchronous_task_whose_wrapper_is_killed(modules: Modules) -> None:
    modules.slow_writes()
    process = modules.start(
        modules.playbook(modules.cancel_task(), **{"async": 60, "poll": 0}), stdout=subprocess.DEVNULL
    )
    until(lambda: modules.writes() == 2)
    process.wait(60)
    module = set(modules.modules())
    for number in set(modules.processes()) - module:
        os.kill(number, signal.SIGKILL)
    until(lambda: not modules.processes())
    assert modules.writes() < QUEUES
    events = modules.events_in_journal()
    assert events.count(("begun", None)) == modules.writes()
    assert len(events) == QUEUES + modules.writes()


# --- errors at exit do not lose the results --------------------------------------------------------------------------


def test_where_no_thread_can_be_started_the_work_is_done_all_the_same(modules: Modules) -> None:
    modules.begin_with(
        "import threading\n"
        "def start(self):\n"
        '    raise RuntimeError("can\'t start new thread")\n'
        "threading.Thread.start = start\n"
    )
    assert set(outcomes(told(modules.start(modules.plum(concurrency=8))))) == {"accepted"}
    assert outcomes(told(modules.start(modules.clear()))) == ["cleared"]
    result = told(modules.start(modules.record()))
    assert outcomes(result) == ["failed"]
    assert "cannot start another thread" in result["results"][0]["error"]["message"]
    assert not modules.sandbox.state()["genesys"]["sessions"]
    modules.sandbox.seed(SEED)
    modules.slow_writes()
    process = modules.start(modules.plum(concurrency=8))
    until(lambda: modules.writes() == 2)
    process.terminate()
    assert outcomes(told(process)) == ["accepted", "accepted", *["not_sent"] * (QUEUES - 2)]
