# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evidence that tasks of the user carry away: after every run, and without a say in how the run ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.contracts.test_stop_number_plays import play as play_numbers
from ansible_collections.telephony.outbound.tests.contracts.test_teardown_plays import host, play, writes
from ansible_collections.telephony.outbound.tests.support.playbooks import Ran
from ansible_collections.telephony.outbound.tests.support.runs import account
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.stops import ANN
from ansible_collections.telephony.outbound.tests.support.stops import SEED as PEOPLE

COPY = {
    "name": "Carry it away",
    "ansible.builtin.copy": {
        "src": "{{ campaign_teardown_result.folder }}/",
        "dest": "{{ playbook_dir }}/../away/",
        "mode": "preserve",
    },
}
FAIL = {"name": "Fail", "ansible.builtin.fail": {"msg": "a secret of the archive"}, "no_log": True}


def tasks(folder: Path, *given: Any) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "deliver.yml").write_text(json.dumps(given[0] if given == ("text",) else given))
    return str(folder / "deliver.yml")


def later(ran: Ran) -> bool:
    return "a task after the role" in ran.stdout


@pytest.mark.parametrize("is_left", [False, True])
@pytest.mark.parametrize("task", [COPY, FAIL], ids=["carries", "fails"])
def test_evidence_is_carried_away_however_the_run_ends(
    world: Sandbox, tmp_path: Path, task: dict[str, Any], is_left: bool
) -> None:
    wrong = {"developer_key": "an-old-developer-key"} if is_left else {}
    hosts = {"plum": host(account("plum", world.url, **wrong)), "wolkvox": host(account("wolkvox", world.url))}
    after = {"post_tasks": [{"ansible.builtin.debug": {"msg": "a task after the role"}}]}
    ran = play(tmp_path, hosts, mode="apply", deliver=tasks(tmp_path, task), keywords=after, in_process=True)
    assert (ran.rc, later(ran)) == ((0, True) if task is COPY and not is_left else (2, False)), ran.text
    told = json.loads((tmp_path / "ev/result.json").read_text())
    assert told["state"] == ("left" if is_left else "done")
    assert len(writes(world)) == (1 if is_left else 2)
    if task is COPY:
        kept = {file.name: file.read_bytes() for file in (tmp_path / "ev").iterdir() if file.is_file()}
        assert {file.name: file.read_bytes() for file in (tmp_path / "away").iterdir() if file.is_file()} == kept
        assert (tmp_path / "away/evidence.json").stat().st_mode & 0o777 == 0o600
    else:
        assert f"It is still in {tmp_path}/ev. The run itself ended with the state {told['state']}" in ran.stdout
    # The message of a task with no_log is not said again.
    messages = [line for line in ran.stdout.splitlines() if line.startswith("fatal:")]
    assert [line for line in messages if "a secret of the archive" in line] == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((None,), "must be a list of tasks"),
        (("text",), "must be a list of tasks"),
        (({"block": [{"example.nothing.here": {}}]},), "couldn't resolve module/action 'example.nothing.here'"),
        (({"ansible.builtin.include_tasks": "more.yml"},), "more.yml: a task with meta"),
    ],
)
def test_a_file_that_could_not_be_included_is_refused_before_anything_is_sent(
    world: Sandbox, tmp_path: Path, given: tuple[Any, ...], words: str
) -> None:
    hosts = {"plum": host(account("plum", world.url))}
    (tmp_path / "more.yml").write_text('[{"ansible.builtin.meta": "clear_host_errors"}]')
    ran = play(tmp_path, hosts, mode="apply", deliver=tasks(tmp_path, *given))
    assert (ran.rc, words in ran.text, writes(world)) == (2, True, []), ran.text
    assert world.journal() == []


def test_a_stopped_number_is_carried_away_by_the_same_file(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed(PEOPLE)
    deliver = tasks(tmp_path, COPY)
    ran = play_numbers(sandbox, tmp_path, mode="apply", numbers=[ANN], deliver=deliver, in_process=True)
    assert ran.rc == 0, ran.text
    assert (tmp_path / "away/evidence.json").read_bytes() == (tmp_path / "ev/evidence.json").read_bytes()


def test_the_action_alone_does_not_take_a_file_that_nobody_would_include(world: Sandbox, tmp_path: Path) -> None:
    hosts = {"plum": host(account("plum", world.url))}
    alone = {"roles": [], "tasks": [{"telephony.outbound.teardown": {}, "run_once": True}]}
    ran = play(tmp_path, hosts, mode="apply", deliver=tasks(tmp_path, COPY), keywords=alone)
    assert (ran.rc, "campaign_teardown_deliver is for the role" in ran.text, writes(world)) == (2, True, []), ran.text
