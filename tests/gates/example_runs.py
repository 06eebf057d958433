# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of all modules as playbooks against a sandbox; only addresses and paths are other than printed."""

from __future__ import annotations

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.telephony.outbound.tests.gates import facts, playbooks
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

# Files of TLS, which the sandbox does not speak here.
TLS_FILES = {"ca_path", "client_cert", "client_key"}


@dataclass(frozen=True)
class Example:
    """One task that ran: its name, the module of ours that it called, and what came back."""

    name: str
    module: str | None
    result: dict[str, Any]


@dataclass(frozen=True)
class Examples:
    """The examples of one module, and the requests that had arrived when the last one was done."""

    tasks: list[Example]
    journal: list[dict[str, Any]]


@dataclass(frozen=True)
class ExampleRun:
    """All examples, by the module in whose documentation they stand."""

    ran: playbooks.Ran
    examples: dict[str, Examples]


def run_both(folder: Path) -> dict[str, ExampleRun]:
    """Run the examples in check mode and for real, each against a sandbox of its own."""
    with ThreadPoolExecutor(2) as pool:
        check = pool.submit(run_all, folder / "check", "--check", "--diff")
        real = pool.submit(run_all, folder / "real", "--diff")
        return {"check": check.result(), "real": real.result()}


def run_all(folder: Path, *arguments: str) -> ExampleRun:
    """Run every module's examples, each module beginning with a fresh seed unless this is check mode."""
    seed = merged_seed()
    text = "".join(facts.documentation()[module]["examples"] for module in facts.told())
    variables = facts.vault_variables(text)
    for module in facts.told():
        variables |= facts.gate(facts.vendor_of(module)).variables
    sandbox = Sandbox()
    try:
        sandbox.seed(seed)
        before = [] if "--check" in arguments else [reseed(sandbox.url, seed)]
        plays = [play(module, sandbox.url, folder, before) for module in facts.told()]
        ran = playbooks.run([*plays, kept(folder / "results.json")], folder, *arguments, variables=variables)
        return ExampleRun(ran, outcomes(folder / "results.json"))
    finally:
        sandbox.stop()


def merged_seed() -> dict[str, Any]:
    """Join the vendors' seeds: each stands under a key of its own, but for the settings."""
    merged: dict[str, Any] = {"settings": {}}
    for path in sorted((facts.PROJECT / "tests/gates/seeds").glob("*.yml")):
        seed = yaml.safe_load(path.read_text(encoding="utf-8"))
        merged["settings"] |= seed.pop("settings", {})
        merged |= seed
    return merged


def reseed(url: str, seed: dict[str, Any]) -> dict[str, Any]:
    body = {"url": f"{url}/_control/state", "method": "PUT", "body": json.dumps(seed), "use_proxy": False}
    return {"name": "Seed the sandbox", "ansible.builtin.uri": body}


def play(module: str, url: str, folder: Path, before: list[dict[str, Any]]) -> dict[str, Any]:
    tasks = copy.deepcopy(facts.examples(module))
    for number, task in enumerate(facts.walk(tasks)):
        point(task, url, folder)
        task.setdefault("register", f"gate_{number}")
        # One example that fails must not hide the others.
        task["ignore_errors"] = True
    results = ", ".join(task["register"] for task in facts.walk(tasks))
    journal = f"lookup('ansible.builtin.url', '{url}/_control/journal', split_lines=false, use_proxy=false) | from_json"
    keep = f"{{{{ {{'results': [{results}], 'journal': ({journal}).requests}} }}}}"
    after = {"name": "Keep the results", "ansible.builtin.set_fact": {f"kept_{module}": keep}}
    return {"name": module, "tasks": [*before, *tasks, after]}


def kept(path: Path) -> dict[str, Any]:
    """Make the play that writes down what the others have kept."""
    content = "".join(f"'{module}': kept_{module} | default(none), " for module in facts.told())
    copy_ = {"content": f"{{{{ {{{content}}} | to_json }}}}", "dest": str(path), "mode": "0600"}
    task = {"name": "Write down the results", "ansible.builtin.copy": copy_, "check_mode": False, "diff": False}
    return {"tasks": [task]}


def point(task: dict[str, Any], url: str, folder: Path) -> None:
    """Point a task of ours to the sandbox, and its files below a folder."""
    module = facts.own_module(task)
    if module is None:
        return
    options = task[facts.action(task)]
    options["base_url"] = url + facts.gate(facts.vendor_of(module)).path(options)
    for name, spec in facts.made(module).spec.items():
        if spec["type"] == "path" and name in options:
            if name in TLS_FILES:
                del options[name]
            else:
                path = folder / "files" / str(options[name]).lstrip("/")
                (path if name.endswith("_dir") else path.parent).mkdir(parents=True, exist_ok=True)
                options[name] = str(path)


def outcomes(path: Path) -> dict[str, Examples]:
    found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return {module: outcome(module, found.get(module)) for module in facts.told()}


def outcome(module: str, found: dict[str, Any] | None) -> Examples:
    if found is None:
        return Examples([], [])
    tasks = zip(facts.walk(facts.examples(module)), found["results"], strict=True)
    return Examples([Example(task["name"], facts.own_module(task), result) for task, result in tasks], found["journal"])
