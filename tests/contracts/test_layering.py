# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Allowed imports: arrows point from modules to vendors to the core, and never back.

A vendor is a folder that imports only the core and itself.

On the controller: from the action to the run, and from there to pure functions over documents. Only the process of one
account imports the vendors' steps and the modules.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT

COLLECTION = "ansible_collections.telephony.outbound"
UTILS = "plugins.module_utils"
CORE = f"{UTILS}._core"
VENDORS = f"{UTILS}._vendors"
RUNS = "plugins.plugin_utils._teardown"
ACTIONS = "plugins.action"

# They slow down the start of every task too much.
SLOW = {"asyncio", "multiprocessing", "xmlrpc", "pydoc", "unittest"}
# Libraries, and the files of the core that may import them.
HTTP = {"cookies", "pools", "transport"}
LIBRARIES = {"requests": HTTP, "urllib3": HTTP, "phonenumbers": {"phone_numbers"}}
DYNAMIC = {"importlib", "imp", "runpy", "pkgutil"}
# The engine is a separate program, and the process of one account imports its vendor by name.
ENGINE = {"engine", "account_worker"}


def imports(path: Path, tree: Path) -> Iterator[str]:
    """Yield every import in a file: absolute, or relative to the collection's root."""
    package = list(path.relative_to(tree).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (own(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = own(".".join([*base, *([node.module] if node.module else [])]))
            inside = "." if start else ""
            found = [f"{start}{inside}{alias.name}" for alias in node.names]
            # "from .errors import Kind" refers to errors.py, and so does "from . import errors".
            yield from (name if is_file(name, tree) else start for name in found)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            yield "importlib"


def own(name: str) -> str:
    return name.removeprefix(f"{COLLECTION}.")


def is_file(name: str, tree: Path) -> bool:
    return (tree / name.replace(".", "/")).with_suffix(".py").is_file()


def allowed(path: Path, tree: Path) -> Callable[[str], bool]:
    """Return the rule for one file as a predicate of imports."""
    stem, folder = path.stem, ".".join(path.relative_to(tree).parts[:-1])
    vendor, _underscore, rest = stem.partition("_")

    def rule(name: str) -> bool:
        top = name.partition(".")[0]
        if top in DYNAMIC | SLOW:
            return folder == RUNS and stem in ENGINE
        if top in LIBRARIES:
            return folder == CORE and stem in LIBRARIES[top]
        if top == "ansible":
            return (folder, stem) in (
                (CORE, "module"),
                (RUNS, "settings"),
                (RUNS, "play_hosts"),
                (RUNS, "account_worker"),
            ) or folder == ACTIONS
        if top in sys.stdlib_module_names:
            return True
        if folder == CORE:
            return name.startswith(f"{CORE}.")
        if folder.startswith(f"{VENDORS}."):
            core = name.startswith(f"{CORE}.") and name not in (f"{CORE}.module", f"{CORE}.entry")
            return core or name.startswith(f"{folder}.")
        if folder == "plugins.modules":
            return name in (f"{CORE}.entry", f"{VENDORS}.{vendor}.{rest}")
        if folder.startswith(RUNS):
            core = {"characters", "counts", "folders", "journal", "number_outcomes", "outcomes", "redact"}
            core |= {"strict_json"} if stem == "documents" else set()
            core |= {"account_steps", "errors", "request_count", "signals"} if stem == "account_worker" else set()
            core |= {"errors", "phone_numbers"} if stem == "numbers" else set()
            return name.startswith(f"{RUNS}.") or name in {f"{CORE}.{part}" for part in core}
        if folder == ACTIONS:
            return name.startswith((f"{RUNS}.", f"{ACTIONS}.")) or name in (f"{CORE}.redact", f"{CORE}.version")
        return False

    return rule


def violations(tree: Path) -> list[str]:
    """Return every forbidden import below plugins/."""
    found = []
    for path in sorted(tree.glob("plugins/**/*.py")):
        may = allowed(path, tree)
        found += [f"{path.relative_to(tree)} imports {name}" for name in imports(path, tree) if not may(name)]
    return found + cycles(tree)


def cycles(tree: Path) -> list[str]:
    graph = {}
    for path in tree.glob("plugins/**/*.py"):
        name = ".".join(path.relative_to(tree).with_suffix("").parts)
        graph[name] = {other for other in imports(path, tree) if other.startswith("plugins.")}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [f"cycle: {' -> '.join(error.args[1])}"]
    return []


def test_arrows_never_point_back() -> None:
    assert violations(PROJECT) == []


def test_a_vendor_is_named_in_its_own_files_and_in_one_table() -> None:
    """What all vendors share knows none of them, on the controller, on a host and in the sandbox."""
    vendors = re.compile("|".join(catalog.VENDORS), re.IGNORECASE)
    folders = ("plugins/module_utils/_core", "plugins/plugin_utils", "plugins/action", "roles/sandbox/files/sandbox")
    sources = [path for folder in folders for path in (PROJECT / folder).rglob("*.py")]
    named = {str(path.relative_to(PROJECT)) for path in sources if vendors.search(path.read_text("utf-8"))}
    own = {name for name in named if name.startswith("roles/sandbox/files/sandbox/vendors/")}
    assert len(own) >= len(catalog.VENDORS)
    assert named - own == {"plugins/plugin_utils/_teardown/vocabulary.py"}


def test_there_is_something_to_look_at() -> None:
    transport = PROJECT / "plugins/module_utils/_core/transport.py"
    assert {"requests", "urllib3", f"{CORE}.errors"} <= set(imports(transport, PROJECT))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("module_utils/_core/retry.py", "import requests"),
        ("module_utils/_core/retry.py", "def f():\n    from urllib3 import Retry"),
        ("module_utils/_core/results.py", "from ansible.module_utils.basic import AnsibleModule"),
        ("module_utils/_core/results.py", "from .._vendors.plum import account"),
        ("module_utils/_core/results.py", "from .._vendors.plum.account import Plum"),
        ("module_utils/_core/results.py", "import yaml"),
        ("module_utils/_core/results.py", "import phonenumbers"),
        ("module_utils/_core/results.py", "import asyncio"),
        ("module_utils/_core/results.py", "x = __import__('requests')"),
        ("module_utils/_core/a.py", "from .b import c"),
        ("module_utils/_vendors/plum/account.py", "from ..wolkvox import account"),
        ("module_utils/_vendors/plum/account.py", "from ..wolkvox.records import X"),
        ("module_utils/_vendors/plum/account.py", "from ..genesys.bayeux import X"),
        ("module_utils/_vendors/plum/account.py", "from ..._core.module import teardown"),
        ("module_utils/_vendors/plum/account.py", "from ansible.errors import AnsibleError"),
        ("module_utils/_vendors/genesys/bayeux.py", "from ..plum.account import X"),
        ("module_utils/_vendors/common.py", f"from {COLLECTION}.{CORE} import options"),
        ("modules/plum_x.py", f"from {COLLECTION}.{CORE}.teardown import Plan"),
        ("modules/plum_x.py", f"from {COLLECTION}.{CORE}.module import teardown"),
        ("modules/plum_x.py", f"from {COLLECTION}.{VENDORS}.genesys.account import X"),
        ("modules/plum_x.py", f"from {COLLECTION}.{VENDORS}.plum.account import X"),
        ("modules/plum_x.py", "from ansible.module_utils.basic import AnsibleModule"),
        ("doc_fragments/plum.py", f"from {COLLECTION}.{CORE} import options"),
        ("plugin_utils/_teardown/plan.py", "from ansible.errors import AnsibleError"),
        ("plugin_utils/_teardown/plan.py", f"from {COLLECTION}.{CORE} import options"),
        ("plugin_utils/_teardown/plan.py", f"from {COLLECTION}.{VENDORS}.plum.account import X"),
        ("plugin_utils/_teardown/plan.py", "import importlib"),
        ("action/x.py", f"from {COLLECTION}.{CORE} import module"),
        ("modules/plum_x.py", f"from {COLLECTION}.{RUNS}.plan import X"),
    ],
)
def test_what_is_forbidden_is_noticed(tmp_path: Path, path: str, line: str) -> None:
    for name in ("plum/account", "wolkvox/account", "wolkvox/records", "genesys/account", "genesys/bayeux"):
        write(tmp_path, f"module_utils/_vendors/{name}.py", "")
    for name in ("module", "options", "teardown"):
        write(tmp_path, f"module_utils/_core/{name}.py", "")
    write(tmp_path, "module_utils/_core/b.py", "from . import a")
    write(tmp_path, "module_utils/_core/a.py", "")
    assert violations(tmp_path) == []
    write(tmp_path, path, line)
    assert len(violations(tmp_path)) == 1


def test_what_is_allowed_is_allowed(tmp_path: Path) -> None:
    write(tmp_path, "module_utils/_core/module.py", "from ansible.module_utils.basic import AnsibleModule")
    write(tmp_path, "module_utils/_core/transport.py", "import requests")
    write(tmp_path, "module_utils/_core/options.py", "import re")
    write(tmp_path, "module_utils/_vendors/genesys/bayeux.py", "from ..._core.transport import X\nimport json")
    write(tmp_path, "module_utils/_vendors/genesys/x.py", "from .bayeux import X\nfrom ..._core import options")
    write(tmp_path, "modules/genesys_x.py", f"from {COLLECTION}.{VENDORS}.genesys.x import X")
    write(tmp_path, "plugin_utils/_teardown/settings.py", "from ansible.errors import X\nfrom .plan import Y")
    write(tmp_path, "plugin_utils/_teardown/plan.py", "import json")
    write(tmp_path, "action/x.py", f"from ansible.errors import X\nfrom {COLLECTION}.{RUNS}.plan import X")
    assert violations(tmp_path) == []


def write(tree: Path, name: str, text: str) -> None:
    path = tree / "plugins" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
