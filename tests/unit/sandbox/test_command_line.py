# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: addresses, TLS, errors, exit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from .conftest import FILES, command, environment


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command line that exits by itself."""
    return subprocess.run(
        command(*arguments), env={**environment(), **variables}, capture_output=True, text=True, timeout=60, check=False
    )


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run a server within a context."""
    line = command("--lifetime", "60", *arguments)
    with subprocess.Popen(line, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(timeout=60)


def state(url: str, **options: Any) -> Any:
    """Read the state of a server."""
    return requests.get(f"{url}/_control/state", timeout=5, **options).json()


def test_the_ready_file_says_the_same_as_the_line(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with running("--ready-file", str(ready)) as (process, told):
        written = json.loads(ready.read_text())
        assert len(written.pop("secret")) >= 32
        assert written == told
        assert set(told) == {"url", "trap_url", "pid", "ca_file"}
        assert (told["pid"], told["ca_file"]) == (process.pid, None)
        assert ready.stat().st_mode & 0o777 == 0o600
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_tls_with_a_throw_away_authority() -> None:
    with running("--tls") as (_process, told):
        assert told["url"].startswith("https://127.0.0.1:")
        folder = Path(told["ca_file"]).parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert state(told["url"], verify=told["ca_file"])["plum"]["accounts"] == []
        assert requests.get(told["trap_url"], verify=told["ca_file"], timeout=5).json() == {}
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(told["url"], timeout=5)
        fault = {"do": "reset"}
        requests.post(f"{told['url']}/_control/faults", json=fault, verify=told["ca_file"], timeout=5)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{told['url']}/fuse/x", verify=told["ca_file"], timeout=5)
    assert not folder.exists()


def test_the_demonstration_seed_and_settings() -> None:
    demo = str(FILES / "seeds" / "demo.yml")
    arguments = ("--latency", "0.01", "--set", "plum.empty_cancel=404", "--set", 'plum={"cancel_lag": 2}')
    with running("--seed", demo, *arguments, "--set=plum.xml_root=answer") as (_process, told):
        found = state(told["url"])
        assert found["settings"]["latency"] == 0.01
        plum = found["settings"]["plum"]
        assert (plum["empty_cancel"], plum["cancel_lag"], plum["xml_root"]) == (404, 2.0, "answer")
        assert len(found["plum"]["fuse"]["100/201"]) == 120


def test_a_seed_may_be_json(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"plum": {"insight": {"1/2": 3}}}))
    with running("--seed", str(seed)) as (_process, told):
        assert len(state(told["url"])["plum"]["insight"]["1/2"]) == 3


def test_a_forgotten_server_ends_by_itself() -> None:
    ended = run("--lifetime", "0.3")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_end_does_not_wait_for_requests_under_way() -> None:
    with running() as (process, told):
        requests.post(f"{told['url']}/_control/faults", json={"do": "hang"}, timeout=5)
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{told['url']}/fuse/x", timeout=0.2)
        process.terminate()
        assert process.wait(timeout=60) == 0  # a hanging request is held for longer


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--host", "192.0.2.1"], "--host must be a loopback address"),
        (["--host", "example.com"], "--host must be a loopback address"),
        (["--port", "99999"], "--port must be from 0 to 65535, not 99999"),
        (["--port", "-1"], "--port must be from 0 to 65535, not -1"),
        (["--set", "plum.nothing=1"], "unknown setting 'plum.nothing'"),
        (["--set", "latency"], "--set needs NAME=VALUE"),
        (["--set", "latency.x=1"], "settings.latency must be a mapping"),
        (["--seed", "/nowhere/seed.yml"], "cannot read the seed /nowhere/seed.yml: No such file"),
        (["--detach", "log"], "need --ready-file"),
        (["--stop"], "need --ready-file"),
    ],
    ids=str,
)
def test_wrong_input_is_one_line(arguments: list[str], text: str) -> None:
    ended = run("--set", "latency=0", *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert text in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "content"), [("a.yml", "a: [b"), ("a.json", "{"), ("a.yml", "- a"), ("b.yml", "c: 1")]
)
def test_a_wrong_seed_is_one_line(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    ended = run("--seed", str(tmp_path / name))
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1), ended.stderr


def test_a_port_that_is_taken_is_one_line() -> None:
    with running() as (_process, told):
        ended = run("--port", told["url"].rpartition(":")[2])
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "in use" in ended.stderr


@pytest.mark.parametrize(("missing", "arguments"), [("aiohttp", []), ("trustme", ["--tls"])])
def test_a_missing_library_is_one_line(tmp_path: Path, missing: str, arguments: list[str]) -> None:
    (tmp_path / f"{missing}.py").write_text(f"raise ModuleNotFoundError('no', name='{missing}')")
    ended = run(*arguments, PYTHONPATH=os.pathsep.join([str(tmp_path), str(FILES)]))
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert f"{missing} is missing" in ended.stderr
    assert "pip install aiohttp trustme" in ended.stderr


def test_in_the_background_and_back(tmp_path: Path) -> None:
    ready, log = tmp_path / "ready file", tmp_path / "log"
    where = ["--ready-file", str(ready)]
    started = run("--detach", str(log), *where, "--lifetime=60", "--tls")
    try:
        told = json.loads(started.stdout)
        assert told["started"] is True
        again = json.loads(run(f"--detach={log}", *where).stdout)
        assert again == {**told, "started": False}
    finally:
        stopped = run("--stop", *where)
    assert json.loads(stopped.stdout) == {"stopped": True, "folder_removed": False}
    assert not ready.exists()
    assert not Path(told["ca_file"]).exists()
    assert json.loads(run("--stop", *where).stdout) == {"stopped": False, "folder_removed": False}


def test_in_the_background_it_says_why_it_did_not_start(tmp_path: Path) -> None:
    ended = run("--detach", str(tmp_path / "log"), "--ready-file", str(tmp_path / "ready"), "--seed", "/nowhere.yml")
    assert (ended.returncode, ended.stderr) == (
        1,
        "sandbox: cannot read the seed /nowhere.yml: No such file or directory\n",
    )


def test_stop_ends_no_process_that_is_not_the_server(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with running() as (process, told):
        bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
        try:
            ready.write_text(json.dumps({**told, "pid": bystander.pid}))
            assert json.loads(run("--stop", "--ready-file", str(ready)).stdout) == {
                "stopped": False,
                "folder_removed": False,
            }
            assert (process.poll(), bystander.poll()) == (None, None)
        finally:
            bystander.kill()
            bystander.wait()


def test_many_starters_of_one_folder_get_one_server(tmp_path: Path) -> None:
    where = ["--ready-file", str(tmp_path / "ready")]
    starters = [
        subprocess.Popen(
            command("--detach", str(tmp_path / "log"), *where, "--lifetime=60"),
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for _starter in range(4)
    ]
    try:
        told = [json.loads(starter.communicate(timeout=60)[0]) for starter in starters]
    finally:
        stopped = run("--stop", *where)
    assert len({one["pid"] for one in told}) == 1
    assert sorted(one["started"] for one in told) == [False, False, False, True]
    assert json.loads(stopped.stdout) == {"stopped": True, "folder_removed": False}


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_what_others_could_have_written_is_not_believed(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    ready = folder / "ready"
    with running() as (process, told):
        ready.write_text(json.dumps({**told, "secret": "x"}))
        folder.chmod(mode)
        for arguments in (["--stop"], ["--detach", str(tmp_path / "log")]):
            ended = run(*arguments, "--ready-file", str(ready))
            assert (ended.returncode, ended.stdout) == (2, "")
            assert "nobody else may write to it" in ended.stderr
        assert process.poll() is None


def test_a_server_with_a_ready_file_wants_its_secret(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with running("--ready-file", str(ready)) as (process, told):
        control = f"{told['url']}/_control/server"
        for headers in ({}, {"X-Sandbox-Secret": "guessed"}):
            for method in ("GET", "DELETE"):
                assert requests.request(method, control, headers=headers, timeout=5).status_code == 403
        assert process.poll() is None
        secret = json.loads(ready.read_text())["secret"]
        assert requests.delete(control, headers={"X-Sandbox-Secret": secret}, timeout=5).status_code == 200
        assert process.wait(timeout=60) == 0
    assert not ready.exists()
