# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret leaks in any encoding: not in output, logs or results, nor in any remaining file.

Real runs with -vvvv and --diff: success, refused credentials, a vendor that repeats the secrets in its answers, bad
options, an unreachable host, an untrusted certificate, a proxy, and an internal error of a module. The secrets come
from a variables file and from the environment of ansible-playbook. Three ways of passing them cannot be masked,
because ansible-core itself prints them: the lines of the playbook around a failed task, the items of a loop, and, with
-vvv, the variables of a task's `environment`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.telephony.outbound.tests.contracts import mutated_copy
from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.canaries import (
    NOWHERE,
    Canary,
    CanarySet,
    Case,
    Endpoints,
    canary,
)
from ansible_collections.telephony.outbound.tests.support.playbooks import Ran, run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

SEED = "in/seed.json"
VENDORS = sorted({catalog.vendor_of(module) for module in catalog.described_modules()})


def crash(point: str, secrets: str) -> str:
    return f'if __import__("os").environ.get("GATE_CRASH") == "{point}": raise RuntimeError(repr({secrets}))'


CRASHES = {
    "plugins/module_utils/_core/options.py": mutated_copy.at_start_of("credentials", crash("options", "dict(params)")),
    "plugins/module_utils/_core/transport.py": mutated_copy.at_start_of(
        "exchange", crash("send", "vars(self._auth._headers.__self__)")
    ),
}


def play(cases: list[Case], folder: Path, url: str) -> dict[str, Any]:
    """Run every case even if an earlier one failed, then check each against its expectation."""
    tasks: list[dict[str, Any]] = []
    checks = []
    module = ""
    for number, case in enumerate(cases):
        if module not in ("", case.module) and not case.crash:
            # Restore what one module has torn down for the next one.
            seed = {"url": f"{url}/_control/state", "method": "PUT", "src": str(folder / SEED), "remote_src": True}
            json_body = {"headers": {"Content-Type": "application/json"}, "use_proxy": False}
            tasks.append({"name": "Seed", "ansible.builtin.uri": {**seed, **json_body}})
        result, module, options = f"case_{number}", case.module, dict(case.options)
        if catalog.made(module).writes:
            options["journal"] = str(folder / "journal.jsonl")
        task = {"name": case.name, f"{catalog.COLLECTION}.{module}": options, "register": result}
        tasks.append({**task, "ignore_errors": True, "environment": {"GATE_CRASH": case.crash}})
        checks.append(case.expected.replace("RESULT", result))
    # One task for all: a failed assertion shows its condition, whose number is that of the case.
    return {"tasks": [*tasks, {"name": "Every case was what it is about", "ansible.builtin.assert": {"that": checks}}]}


def work(
    canaries: CanarySet,
    folder: Path,
    cases: list[Case],
    url: str,
    *,
    root: Path = catalog.ROOT,
    in_process: bool = True,
) -> Ran:
    (folder / SEED).parent.mkdir(exist_ok=True)
    (folder / SEED).write_text(json.dumps(canaries.seed()), "utf-8")
    return run(
        [play(cases, folder, url)],
        folder,
        "-vvvv",
        "--diff",
        root=root,
        environment={**canaries.environment(), "ANSIBLE_INJECT_INVOCATION": "true"},
        variables=canaries.variables(),
        in_process=in_process,
    )


def left_behind(folder: Path) -> list[Path]:
    """Return every file of a run except those that contained the secrets as input."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and folder / "in" not in path.parents]


def traces(ran: Ran, canaries: list[Canary]) -> dict[str, list[str]]:
    """Return what reveals a secret: location → the match with its context."""
    texts = {"stdout": ran.stdout, "stderr": ran.stderr}
    for path in left_behind(ran.folder):
        texts[str(path.relative_to(ran.folder))] = path.read_bytes().decode(errors="replace")
    found = {
        where: [trace for item in canaries for trace in item.found_in(f"{where} {text}")]
        for where, text in texts.items()
    }
    return {where: pieces for where, pieces in found.items() if pieces}


@contextmanager
def endpoints(sandbox: Sandbox, canaries: CanarySet, *, tls: bool) -> Iterator[Endpoints]:
    """Yield the sandbox with the vendor's state, and others; without ``tls`` there is none with a certificate."""
    with ExitStack() as stack:

        def another(*arguments: str) -> Sandbox:
            made = Sandbox(*arguments)
            stack.callback(made.stop)
            return made

        sandbox.seed(canaries.seed())
        echo = another()
        body = dict.fromkeys(("error", "message", "msg", "statusMessage", "error_description"), canaries.echo())
        echo.fault(do="status", status=400, times=None, body={**body, "code": 400})
        yield Endpoints(sandbox.url, echo.url, another("--tls").url if tls else NOWHERE)


def insist_on_no_trace(ran: Ran, canaries: CanarySet) -> None:
    assert traces(ran, canaries.all()) == {}
    assert ran.rc == 0, ran.stdout[-3000:] + ran.stderr
    # Ensure that there was something to search.
    assert "module_args" in ran.stdout
    assert {"ansible.log", "journal.jsonl"} <= {path.name for path in left_behind(ran.folder)}


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_secret_comes_out(vendor: str, tmp_path: Path, sandbox: Sandbox) -> None:
    """Every case of the account, and of every module; they run in Ansible's workers."""
    canaries = CanarySet(vendor)
    with endpoints(sandbox, canaries, tls=True) as places:
        cases = [*canaries.account_cases(places), *canaries.module_cases(places)]
        ran = work(canaries, tmp_path, cases, sandbox.url)
    insist_on_no_trace(ran, canaries)


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("vendor", VENDORS)
def test_no_secret_comes_out_of_a_process(vendor: str, every: bool, tmp_path: Path, sandbox: Sandbox) -> None:
    """The modules are processes of their own, as users' are, and some break with the secrets in their exception."""
    canaries = CanarySet(vendor)
    root = mutated_copy.copy(tmp_path / "in" / "broken", CRASHES)
    with endpoints(sandbox, canaries, tls=every) as places:
        module = canaries.one_of_each_kind()[0]
        cases = list(canaries.account_cases(places) if every else canaries.answers(module, places))
        cases += canaries.crashes(canaries.modules() if every else canaries.one_of_each_kind(), NOWHERE)
        ran = work(canaries, tmp_path, cases, sandbox.url, root=root, in_process=False)
    insist_on_no_trace(ran, canaries)


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
