# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time in which campaign_teardown writes the evidence of many targets, with Ansible around it.

Five accounts are made up as if their modules had just reported, and written their journals. What is printed is the
time from the first task of the evidence to the last one, and the processor time of the whole play less that of one
without evidence; nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_data import packed
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_plan import make_plan
from ansible_collections.telephony.outbound.tests.benchmarks.evidence import ACCOUNTS, RUN, account

LAST = "TASK [The end]"
FIRST = "TASK [telephony.outbound.campaign_teardown : Fix the key"


def read(path: str) -> str:
    """Return the template that reads a JSON file."""
    return f"{{{{ lookup('ansible.builtin.file', {path}) | from_json }}}}"


def journal(account: dict[str, Any]) -> str:
    """Return what the module of an account would have written as it went on."""
    events = [
        {"time": "2026-03-01T09:00:01.000+00:00", "index": index, "target": result["target"], **more}
        for index, result in enumerate(account["results"])
        for more in ({"event": "begun"}, {"event": "ended", "result": result})
    ]
    return "".join(f"{json.dumps(event)}\n" for event in events)


def plays(folder: Path, *, evidence: bool) -> list[dict[str, Any]]:
    """Return a play that has what an apply knows at its end, and writes the evidence."""
    facts = {
        "__campaign_teardown_account": read(f"'{folder}/' ~ inventory_hostname"),
        "__campaign_teardown_plan": f"{{{{ lookup('ansible.builtin.file', '{folder}/plan') }}}}",
        "__campaign_teardown_plan_documents": {"sha256": "0" * 64, "version": "0"},
        "__campaign_teardown_dir": str(folder / "evidence"),
        "__campaign_teardown_start": RUN["start"],
    }
    write = {"ansible.builtin.include_role": {"name": "telephony.outbound.campaign_teardown", "tasks_from": "evidence"}}
    return [
        {
            "hosts": "all",
            "gather_facts": False,
            "vars": {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "ansible_no_target_syslog": True,
            },
            "tasks": [
                {"name": "Know all of it", "ansible.builtin.set_fact": facts},
                *([{"name": "Write the evidence", **write}] if evidence else []),
                {"name": "The end", "ansible.builtin.debug": {"msg": "done"}},
            ],
        }
    ]


def run(folder: Path, *, evidence: bool) -> tuple[float, float]:
    """Run it and return the seconds of the evidence and the processor time of all."""
    file = folder / "play.json"
    file.write_text(json.dumps(plays(folder, evidence=evidence)))
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        "--inventory",
        str(folder / "hosts.json"),
        str(file),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    begin = end = time.monotonic()
    for line in process.stdout or ():
        begin = time.monotonic() if line.startswith(FIRST) else begin
        end = time.monotonic() if line.startswith(LAST) else end
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return end - begin, usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=10_000)
    arguments = parser.parse_args()
    size = arguments.targets // ACCOUNTS
    names = [f"a{number}" for number in range(ACCOUNTS)]
    plan = make_plan([account(name, size, "would_clear") for name in names], created=RUN["start"], version="0")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "evidence").mkdir()
        (folder / "plan").write_text(packed(plan))
        (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": dict.fromkeys(names)}}))
        for each in names:
            done = account(each, size, "cleared")
            (folder / each).write_text(json.dumps({**done, "results": packed(done["results"]), "journal": ""}))
            (folder / "evidence" / f"journal-{each}.jsonl").write_text(journal(done))
        _none, without = run(folder, evidence=False)
        seconds, cpu = run(folder, evidence=True)
        sizes = {path.name: f"{path.stat().st_size / 1e6:.1f} MB" for path in sorted((folder / "evidence").iterdir())}
    print(
        f"evidence of {arguments.targets:,} targets: {seconds:.1f} s, {cpu - without:.1f} s of processor time; {sizes}"
    )


if __name__ == "__main__":
    main()
