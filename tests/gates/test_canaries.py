# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret comes out, in no form: not in what is printed, logged or returned, and not in a file left behind.

Real runs with -vvvv and --diff: success, refused credentials, a vendor that repeats the secrets in its answers, bad
options, a host that cannot be reached, a certificate that cannot be trusted, a proxy, and a module that breaks inside.
The secrets come from a file of variables and from the environment of ansible-playbook, as a careful user has them.
Three ways of giving them are not ours to hide, since ansible-core itself prints what it was given: the lines of the
playbook around a task that failed, the items of a loop, and, with -vvv, the variables of a task's `environment`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.telephony.outbound.tests.gates import broken, facts
from ansible_collections.telephony.outbound.tests.gates.canaries import NOWHERE, Case, Flock, Places, canary
from ansible_collections.telephony.outbound.tests.gates.playbooks import Ran, run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

SEED = "in/seed.json"
VENDORS = sorted({facts.vendor_of(module) for module in facts.told()})
Runs = dict[tuple[str, str], Future[Ran]]


def crash(point: str, secrets: str) -> str:
    return f'if __import__("os").environ.get("GATE_CRASH") == "{point}": raise RuntimeError(repr({secrets}))'


CRASHES = {
    "plugins/module_utils/_core/options.py": broken.at_start_of("credentials", crash("options", "dict(params)")),
    "plugins/module_utils/_core/transport.py": broken.at_start_of(
        "exchange", crash("send", "vars(self._auth._authorization)")
    ),
}


def play(cases: list[Case], folder: Path, url: str) -> dict[str, Any]:
    """Run every case whatever became of the one before, then hold each to what was expected of it."""
    tasks: list[dict[str, Any]] = []
    checks = []
    module = ""
    for number, case in enumerate(cases):
        if case.module != module and url != NOWHERE:
            # What one module has torn down is there again for the next one.
            seed = {"url": f"{url}/_control/state", "method": "PUT", "src": str(folder / SEED), "remote_src": True}
            tasks.append({"name": "Seed", "ansible.builtin.uri": {**seed, "use_proxy": False}})
        result, module, options = f"case_{number}", case.module, dict(case.options)
        if facts.made(module).writes:
            options["journal"] = str(folder / "journal.jsonl")
        task = {"name": case.name, f"{facts.COLLECTION}.{module}": options, "register": result}
        tasks.append({**task, "ignore_errors": True, "environment": {"GATE_CRASH": case.crash}})
        said = f"{case.name}: {{{{ {result}.msg | default('') }}}}"
        checks.append({"name": said, "ansible.builtin.assert": {"that": case.expected.replace("RESULT", result)}})
    return {"tasks": [*tasks, *checks]}


def work(flock: Flock, folder: Path, cases: list[Case], url: str, root: Path = facts.ROOT) -> Ran:
    (folder / SEED).parent.mkdir(exist_ok=True)
    (folder / SEED).write_text(json.dumps(flock.seed()), "utf-8")
    return run(
        [play(cases, folder, url)],
        folder,
        "-vvvv",
        "--diff",
        root=root,
        environment={**flock.environment(), "ANSIBLE_INJECT_INVOCATION": "true"},
        variables=flock.variables(),
    )


def crashes(flock: Flock, folder: Path) -> Ran:
    root = broken.copy(folder / "in" / "broken", CRASHES)
    return work(flock, folder, list(flock.crashes(NOWHERE)), NOWHERE, root)


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Run the cases of all vendors, two playbooks at a time."""
    with ExitStack() as stack:

        def sandbox(*arguments: str) -> Sandbox:
            made = Sandbox(*arguments)
            stack.callback(made.stop)
            return made

        echo, tls = sandbox(), sandbox("--tls")
        found: Runs = {}
        with ThreadPoolExecutor(2) as pool:
            for name in VENDORS:
                flock = Flock(name)
                body = dict.fromkeys(("error", "message", "msg", "statusMessage", "error_description"), flock.echo())
                for path in sorted({flock.vendor.path(call) for call in flock.vendor.calls.values()}):
                    echo.fault(do="status", status=400, path=f"{path}/*", times=None, body={**body, "code": 400})
                places = Places(sandbox().url, echo.url, tls.url)
                folder = tmp_path_factory.mktemp(f"cases-{name}")
                found["cases", name] = pool.submit(work, flock, folder, list(flock.cases(places)), places.here)
                found["crashes", name] = pool.submit(crashes, flock, tmp_path_factory.mktemp(f"crashes-{name}"))
        yield found


def left_behind(folder: Path) -> list[Path]:
    """Return every file of a run but those that carried the secrets in."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and folder / "in" not in path.parents]


@pytest.mark.parametrize("kind", ["cases", "crashes"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_no_secret_comes_out(vendor: str, kind: str, runs: Runs) -> None:
    ran = runs[kind, vendor].result()
    texts = {"stdout": ran.stdout, "stderr": ran.stderr}
    for path in left_behind(ran.folder):
        texts[str(path.relative_to(ran.folder))] = path.read_bytes().decode(errors="replace")
    told = {
        where: found
        for where, text in texts.items()
        if (found := [trace for item in Flock(vendor).all() for trace in item.found_in(f"{where} {text}")])
    }
    assert told == {}
    assert ran.rc == 0, ran.stdout[-3000:] + ran.stderr


@pytest.mark.parametrize("vendor", VENDORS)
def test_there_was_something_to_look_through(vendor: str, runs: Runs) -> None:
    ran = runs["cases", vendor].result()
    assert "module_args" in ran.stdout
    names = {path.name for path in left_behind(ran.folder)}
    assert {"ansible.log", "journal.jsonl"} <= names


def test_every_form_would_be_noticed() -> None:
    item = canary("plum", "developer_key")
    secret = item.secret
    forms = [secret, repr(secret), json.dumps(json.dumps(secret)), quote(secret, safe=""), quote_plus(secret)]
    users = ("", "a", "ab", "dialer@example.com")
    forms += [base64.b64encode(f"{user}:{secret}".encode()).decode() for user in users]
    forms += [base64.urlsafe_b64encode(secret.encode()).decode()]
    forms += [secret[: len(secret) // 2], secret[len(secret) // 2 :]]
    for form in forms:
        assert item.found_in(f"before {form} after"), form
    assert item.found_in("nothing of that") == []
