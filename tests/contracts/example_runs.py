# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the EXAMPLES of a module as a playbook against a sandbox; only addresses and paths are replaced."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.telephony.outbound.tests.support import catalog, playbooks
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

# TLS files, which the sandbox does not use here.
MODES = ("check", "real")
TLS_FILES = {"ca_path", "client_cert", "client_key"}


@dataclass(frozen=True)
class Example:
    """One task that ran: its name, the module it called, and its result."""

    name: str
    module: str | None
    result: dict[str, Any]


@dataclass(frozen=True)
class Examples:
    """The tasks of one run of a module's examples, and the requests that arrived."""

    tasks: list[Example]
    journal: list[dict[str, Any]]


@dataclass(frozen=True)
class ExampleRun:
    """Both runs of a module's examples: first in check mode, then for real."""

    check: Examples
    real: Examples


def run(vendor: str, folder: Path, sandbox: Sandbox) -> dict[str, ExampleRun]:
    """Run the examples of all modules of a vendor, each from the same seed, with one start of ansible-playbook."""
    seed = yaml.safe_load((catalog.PROJECT / f"tests/contracts/seeds/{vendor}.yml").read_text("utf-8"))
    modules = [module for module in catalog.described_modules() if catalog.vendor_of(module) == vendor]
    text = "".join(catalog.documentation()[module]["examples"] for module in modules)
    variables = {**catalog.vault_variables(text), **catalog.description(vendor).variables}
    seeded = [reseed(sandbox.url, seed)]
    plays = [play(mode, module, sandbox.url, folder / module, seeded) for module in modules for mode in MODES]
    ran = playbooks.run(
        [*plays, written_down(modules, folder / "results.json")], folder, variables=variables, in_process=True
    )
    assert ran.rc == 0, ran.text[-4000:]
    found = json.loads((folder / "results.json").read_text("utf-8"))
    return {
        module: ExampleRun(examples(module, found["check"][module]), examples(module, found["real"][module]))
        for module in modules
    }


def reseed(url: str, seed: dict[str, Any]) -> dict[str, Any]:
    body = {"url": f"{url}/_control/state", "method": "PUT", "body": json.dumps(seed), "body_format": "json"}
    # In check mode too: it is the tests' own.
    return {"name": "Seed the sandbox", "ansible.builtin.uri": {**body, "use_proxy": False}, "check_mode": False}


def play(mode: str, module: str, url: str, folder: Path, before: list[dict[str, Any]]) -> dict[str, Any]:
    tasks = copy.deepcopy(catalog.examples(module))
    for number, task in enumerate(catalog.walk(tasks)):
        point(task, url, folder)
        task.setdefault("register", f"gate_{number}")
        # A failing example must not hide the others.
        task["ignore_errors"] = True
    results = ", ".join(task["register"] for task in catalog.walk(tasks))
    journal = f"lookup('ansible.builtin.url', '{url}/_control/journal', split_lines=false, use_proxy=false) | from_json"
    keep = f"{{{{ {{'results': [{results}], 'journal': ({journal}).requests}} }}}}"
    after = {"name": "Keep the results", "ansible.builtin.set_fact": {f"kept_{mode}_{module}": keep}}
    return {"name": mode, "check_mode": mode == "check", "diff": True, "tasks": [*before, *tasks, after]}


def written_down(modules: list[str], path: Path) -> dict[str, Any]:
    kept = {mode: ", ".join(f"'{name}': kept_{mode}_{name}" for name in modules) for mode in MODES}
    both = ", ".join(f"'{mode}': {{{of_modules}}}" for mode, of_modules in kept.items())
    content = f"{{{{ {{{both}}} | to_json }}}}"
    return {"tasks": [{"ansible.builtin.copy": {"content": content, "dest": str(path), "mode": "0600"}}]}


def point(task: dict[str, Any], url: str, folder: Path) -> None:
    """Point a task to the sandbox, and its files to a folder."""
    module = catalog.own_module(task)
    if module is None:
        return
    options = task[catalog.action(task)]
    options["base_url"] = url + catalog.description(catalog.vendor_of(module)).path(options)
    for name, spec in catalog.made(module).spec.items():
        if spec["type"] == "path" and name in options:
            if name in TLS_FILES:
                del options[name]
            else:
                path = folder / "files" / str(options[name]).lstrip("/")
                (path if name.endswith("_dir") else path.parent).mkdir(parents=True, exist_ok=True)
                options[name] = str(path)


def examples(module: str, found: dict[str, Any]) -> Examples:
    tasks = zip(catalog.walk(catalog.examples(module)), found["results"], strict=True)
    return Examples(
        [Example(task["name"], catalog.own_module(task), result) for task, result in tasks], found["journal"]
    )
