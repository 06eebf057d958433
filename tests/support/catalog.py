# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's own metadata: modules, documentation and argument specs."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.telephony.outbound.plugins.module_utils._core import module as core
from ansible_collections.telephony.outbound.tests.support.vendor import Vendor

PROJECT = Path(__file__).resolve().parents[2]
# The folder above ansible_collections, for PYTHONPATH and ANSIBLE_COLLECTIONS_PATH.
ROOT = next(folder for folder in map(Path, sys.path) if (folder / "ansible_collections/telephony/outbound").is_dir())
COLLECTION = "telephony.outbound"
BIN = Path(sys.executable).parent

ACTIONS = sorted(path.stem for path in (PROJECT / "plugins/action").glob("*.py"))
# An action plugin has only its documentation in plugins/modules.
MODULES = sorted({path.stem for path in (PROJECT / "plugins/modules").glob("[!_]*.py")} - set(ACTIONS))
VENDORS = sorted({name.partition("_")[0] for name in MODULES})


def vendor_of(module: str) -> str:
    return module.partition("_")[0]


def modules_of(vendor: str) -> list[str]:
    return [name for name in MODULES if vendor_of(name) == vendor]


@dataclass(frozen=True)
class Made:
    """A module's Operation or Query, and what it passes to AnsibleModule."""

    kind: Any
    spec: dict[str, Any]
    supports_check_mode: bool

    @property
    def writes(self) -> bool:
        return hasattr(self.kind, "TARGET_OPTIONS")


class _Caught(BaseException):
    pass


@functools.cache
def made(module: str) -> Made:
    """Start a module, and intercept its call of AnsibleModule."""
    caught: dict[str, Any] = {}

    def ansible_module(**arguments: Any) -> None:
        caught.update(arguments)
        raise _Caught

    python = import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{module}")
    entry = next(name for name in ("teardown", "query") if hasattr(python, name))
    run = getattr(python, entry)

    def with_kind(kind: Any) -> None:
        caught["kind"] = kind
        run(kind)

    with _replaced(core, "_Module", ansible_module), _replaced(python, entry, with_kind), suppress(_Caught):
        python.main()
    return Made(caught["kind"], caught["argument_spec"], caught["supports_check_mode"])


@contextmanager
def _replaced(place: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(place, name)
    setattr(place, name, value)
    try:
        yield
    finally:
        setattr(place, name, before)


@functools.cache
def documentation() -> dict[str, dict[str, Any]]:
    """Run ansible-doc for every module: module → {doc, examples, return}."""
    names = [f"{COLLECTION}.{name}" for name in (*MODULES, *ACTIONS)]
    found = subprocess.run(
        [BIN / "ansible-doc", "--type", "module", "--json", *names],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.removeprefix(f"{COLLECTION}."): item for name, item in json.loads(found.stdout).items()}


def examples(module: str) -> list[dict[str, Any]]:
    """Return the tasks of a module's EXAMPLES."""
    tasks = yaml.safe_load(documentation()[module]["examples"])
    assert isinstance(tasks, list), f"{module}: EXAMPLES is no list of tasks"
    return tasks


def walk(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every task, including those in blocks."""
    for task in tasks:
        inner = [task[key] for key in ("block", "rescue", "always") if key in task]
        if not inner:
            yield task
        for block in inner:
            yield from walk(block)


def action(task: dict[str, Any]) -> str:
    """Return the one key of a task that names its action."""
    (name,) = [key for key in task if "." in key]
    return str(name)


def own_module(task: dict[str, Any]) -> str | None:
    """Return the name of the collection's module that a task runs, or None."""
    name = action(task)
    return name.removeprefix(f"{COLLECTION}.") if name.startswith(f"{COLLECTION}.") else None


def vault_variables(text: str) -> dict[str, str]:
    """Return the values that the seeds accept for every vault_* variable in a text."""
    names = set(re.findall(r"\bvault_\w+", text))
    return {name: f"not-a-secret-{name.replace('_', '-')}" for name in sorted(names)}


def environment(vendor: str) -> dict[str, str]:
    """Return a vendor's credential fallbacks: option → environment variable."""
    return dict(
        import_module(f"ansible_collections.{COLLECTION}.plugins.module_utils._vendors.{vendor}.account").ENVIRONMENT
    )


def environment_names(vendor: str) -> set[str]:
    """Return every environment variable that a vendor's files mention."""
    sources = PROJECT.glob(f"plugins/module_utils/_vendors/{vendor}/*.py")
    return {name for path in sources for name in re.findall(rf'"({vendor.upper()}_[A-Z_]+)"', path.read_text("utf-8"))}


def description(vendor: str) -> Vendor:
    """Return the tests' description of a vendor."""
    found = import_module(f"ansible_collections.telephony.outbound.tests.support.vendors.{vendor}").VENDOR
    assert isinstance(found, Vendor)
    return found


@functools.cache
def described_vendors() -> list[str]:
    """Return the described vendors; one in development must not affect the others."""
    folder = PROJECT / "tests/support/vendors"
    return [name for name in VENDORS if (folder / f"{name}.py").is_file()]


@functools.cache
def described_modules() -> list[str]:
    """Return the modules of these vendors."""
    return sorted(module for name in described_vendors() for module in description(name).calls if module in MODULES)
