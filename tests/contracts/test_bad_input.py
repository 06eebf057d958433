# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Invalid options are rejected by name before anything is sent, for every module, on the task and in ``targets``.

Rows that apply to all vendors are generated here from the valid call in each vendor's description.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.vendor import MISSING, SECRET, BadInput, Options, Vendor

NOT_AN_ID = {
    "empty": "",
    "blank": "  ",
    "dot": ".",
    "dots": "..",
    "slash": "/",
    "a path": "../7",
    "backslash": "7\\8",
    "question mark": "?",
    "a query": "7?all=1",
    "number sign": "#",
    "a fragment": "7#8",
    "line break": "7\n",
    "tab": "7\t8",
    "NUL": "7\0",
    "DEL": "7\x7f",
    "C1": "7\x85",
    "zero width": "7\u200b8",
    "direction": "7\u202e8",
    "byte order mark": "\ufeff7",
    "soft hyphen": "7\u00ad8",
    "hard space": "7\u00a08",
    "tag": "7\U000e00318",
    "variation selector": "7\ufe0f8",
}
FOR_ADDRESSES = ("dot", "dots", "slash", "a path", "backslash", "question mark", "a query", "number sign", "a fragment")
NOT_A_TEXT = {key: value for key, value in NOT_AN_ID.items() if key not in FOR_ADDRESSES}
# What YAML makes of an unquoted text, and of a list where a text is expected.
NOT_TEXT: dict[str, Any] = {"number": 77, "decimal": 7.5, "boolean": True, "list": ["77"], "mapping": {"id": "77"}}

NOT_A_SECRET = {
    "empty": "",
    "line break": "not-a-secret-1\n",
    "space before": " not-a-secret-1",
    "space behind": "not-a-secret-1 ",
    "line break within": "not-a\nsecret",
    "not ASCII": "not-ä-secret",
    "NUL": "not-a\0secret",
}

# Vendor → options of a target that the calls of bad_calls.yml leave to the task.
OF_THE_TASK = {"genesys": ("application_id", "campaign_name", "calling_list")}

# The name of a row, and its call.
Row = tuple[str, BadInput]

# Option → values that no module accepts.
NOT_AN_OPTION: dict[str, tuple[Any, ...]] = {
    "base_url": (
        "http://vendor.example.com",
        "http://192.0.2.1:8080/api",
        "http://127.0.0.1.example.com",
        "ftp://vendor.example.com",
        "vendor.example.com",
        "https://",
        "",
        "https://user:word@vendor.example.com",
        "https://vendor.example.com/?all=1",
        "https://vendor.example.com/#top",
        "https://vendor.example.com:port",
        "https://vendor.example.com\n",
    ),
    "timeout": (0, -1, "nan", "inf", "soon"),
    "target_timeout": (0, -1, "nan", "inf"),
    "retries": (-1, "many"),
    "concurrency": (0, -1, 33, "all"),
    "on_error": ("ignore", ""),
    "ca_path": ("/nowhere/ca.pem",),
    "client_cert": ("/nowhere/cert.pem",),
    "client_key": ("/nowhere/key.pem",),
}
NOT_A_WRITE_OPTION: dict[str, tuple[Any, ...]] = {
    "wait_timeout": (-1, "nan", "inf"),
    "max_pending": (-1, "few"),
    "targets": ([], [None], 0, "77", ["77"], [77], [["77"]], [{}], {"one": {}}),
}


def secrets(vendor: Vendor, mark: str = "task") -> dict[str, str]:
    return {name: f"not-a-secret-{mark}-{name}" for name in vendor.secrets}


def filled(credentials: Options, known: Options) -> dict[str, Any]:
    return {name: known[name] if value == SECRET else value for name, value in credentials.items()}


def good_call(module: str) -> dict[str, Any]:
    vendor = catalog.description(catalog.vendor_of(module))
    return {**filled(vendor.credentials[0], secrets(vendor)), **vendor.calls[module]}


def rows() -> Iterator[Row]:
    """Yield a row for every invalid value of one option in a call."""
    for module in catalog.described_modules():
        vendor, made = catalog.description(catalog.vendor_of(module)), catalog.made(module)
        for option, values in {**NOT_AN_OPTION, **(NOT_A_WRITE_OPTION if made.writes else {})}.items():
            for value in values:
                yield row(f"{option}={value!r}", BadInput(module, {option: value}, option))
        if made.writes and "max_pending" in made.spec["targets"]["options"]:
            yield among_good_ones(module, "max_pending", "negative", -1)
        names = dict.fromkeys(vendor.texts.get(module, ()), NOT_A_TEXT) | dict.fromkeys(vendor.ids[module], NOT_AN_ID)
        for option, bad in names.items():
            yield from named(module, option, bad, vendor, made)
        for credentials in vendor.credentials:
            yield from of_credentials(module, credentials, vendor)
    for name in sorted({catalog.vendor_of(module) for module in catalog.described_modules()}):
        for number, bad_input in enumerate(catalog.description(name).bad_input):
            yield row(f"{bad_input.option}-{number}", bad_input)


def named(module: str, option: str, bad: dict[str, str], vendor: Vendor, made: catalog.Made) -> Iterator[Row]:
    """Yield rows with invalid values of an option that names something, on the task and in ``targets``."""
    good, spec = vendor.calls[module][option], made.spec[option]
    optional = option in vendor.optional.get(module, ())
    spoilt: dict[str, Any] = {
        key: [*good, value] if isinstance(good, list) else value for key, value in {**bad, **NOT_TEXT}.items()
    }
    if isinstance(good, list):
        spoilt |= {"no element": [], "no list": 77}
    if spec.get("required") or not (isinstance(good, list) or spec.get("default")):
        spoilt |= {"null": None} if optional else {"missing": MISSING, "null": None}
    for key, value in spoilt.items():
        if not (optional and value is None):  # on the task, null means that the option is omitted
            yield row(f"{option}-{key}", BadInput(module, {option: value}, option))
        if made.writes and option in made.spec["targets"]["options"]:
            yield among_good_ones(module, option, key, value)
            if value is None:
                yield of_the_task(module, option)


def among_good_ones(module: str, option: str, key: str, value: Any) -> Row:
    """Return a row of three targets, the second of which is invalid."""
    made, call = catalog.made(module), catalog.description(catalog.vendor_of(module)).calls[module]
    good = {name: item for name, item in call.items() if name in made.spec["targets"]["options"]}
    entries = [good, without_missing({**good, option: value}), good]
    options = {**dict.fromkeys(good, MISSING), "targets": entries}
    return row(f"targets-{option}-{key}", BadInput(module, options, f"targets[1].{option}"))


def of_the_task(module: str, option: str) -> Row:
    """Return a row of a target with a null option whose value on the task is valid."""
    return row(f"targets-{option}-task", BadInput(module, {"targets": [{option: None}]}, f"targets[0].{option}"))


def of_credentials(module: str, credentials: Options, vendor: Vendor) -> Iterator[Row]:
    """Yield secrets that cannot be sent, and incomplete sets of credentials."""
    others = {name: MISSING for other in vendor.credentials for name in other}
    whole = {**others, **filled(credentials, secrets(vendor))}
    for option, value in credentials.items():
        for key, spoilt in NOT_A_SECRET.items() if value == SECRET else ():
            yield row(f"{option}-{key}", BadInput(module, {**whole, option: spoilt}, option))
        if len(credentials) > 1:
            yield row(f"half-{option}", BadInput(module, {**whole, option: MISSING}, option))
        else:
            yield row(f"none-{option}", BadInput(module, {**whole, option: MISSING}, option))


def row(name: str, bad_input: BadInput) -> Row:
    return name, bad_input


def without_missing(options: Options) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not MISSING}


def bad_calls() -> dict[str, list[dict[str, Any]]]:
    """Return calls for every module, most of them with ``targets`` that differ from one another."""
    return yaml.safe_load((catalog.PROJECT / "tests/contracts/bad_calls.yml").read_text("utf-8"))


@pytest.mark.parametrize("module", sorted(bad_calls()))
def test_each_of_these_calls_is_refused(module: str, sandbox: Sandbox, elsewhere: list[str]) -> None:
    vendor, made = catalog.description(catalog.vendor_of(module)), catalog.made(module)
    seed(sandbox, vendor)
    inside = made.spec["targets"]["options"] if "targets" in made.spec else {}
    left = OF_THE_TASK.get(catalog.vendor_of(module), ())
    common = {name: value for name, value in good_call(module).items() if name not in inside or name in left}
    for call in bad_calls()[module]:
        options = {**common, "base_url": sandbox.url + vendor.path(good_call(module)), **call}
        says = options.pop("says")
        result = run_module(module, **options)
        assert result["failed"], call
        assert says in result["msg"], call
    assert sandbox.journal() == []
    assert elsewhere == []


def test_every_module_is_described() -> None:
    """Each vendor has a file in tests/support/vendors, and each module a call in it."""
    assert catalog.described_modules() == catalog.MODULES


def by_option() -> Iterator[Any]:
    """Yield the rows of each module and option together: one test tells all that are not refused."""
    together: dict[str, dict[str, BadInput]] = {}
    for name, bad_input in rows():
        of_option = together.setdefault(
            f"{bad_input.module}-{bad_input.option.partition('.')[-1] or bad_input.option}", {}
        )
        assert name not in of_option, f"two rows {name}"
        of_option[name] = bad_input
    for key, found in together.items():
        yield pytest.param(found, id=key)


@pytest.mark.parametrize("bad_inputs", list(by_option()))
def test_refused_by_name_before_anything_is_sent(
    bad_inputs: dict[str, BadInput], sandbox: Sandbox, elsewhere: list[str]
) -> None:
    vendor = catalog.description(catalog.vendor_of(next(iter(bad_inputs.values())).module))
    seed(sandbox, vendor)
    found = {
        key: problems for key, bad_input in bad_inputs.items() if (problems := wrong_refusal(bad_input, sandbox.url))
    }
    assert found == {}
    assert sandbox.journal() == []
    assert elsewhere == []


def wrong_refusal(bad_input: BadInput, url: str) -> list[str]:
    """Return what is wrong with the answer to a call; check mode has to refuse it with the same message."""
    name = catalog.vendor_of(bad_input.module)
    options = {"base_url": url, **good_call(bad_input.module), **bad_input.options}
    if "base_url" not in bad_input.options:
        options["base_url"] += catalog.description(name).path(good_call(bad_input.module))
    variables = catalog.environment(name)
    # A partial set of credentials is not completed from another source.
    partial = set(without_missing(bad_input.options)) & set(variables)
    around = {variables[option]: f"not-a-secret-from-around-{option}" for option in variables} if partial else {}
    with patch.dict(os.environ, around):
        results = [run_module(bad_input.module, check=check, **without_missing(options)) for check in (False, True)]
    message = results[0].get("msg", "")
    named = re.search(rf"(?<!\w){re.escape(bad_input.option)}(?!\w)", message)
    holds = {
        "it is refused": all(result["failed"] and not result.get("changed") for result in results),
        "no target has a result": not any("results" in result for result in results),
        "both messages are equal": results[1].get("msg") == message,
        # On newer Pythons, Ansible's own logging rejects a NUL before the module does.
        "the option is named": named or "embedded null character" in message,
        "it says what it should": bad_input.says in message,
        "it is no internal error": "internal error" not in message,
        "it is one line": "\n" not in message.strip(),
    }
    return [f"not: {what}; {message}" for what, so in holds.items() if not so]


@pytest.mark.parametrize("module", catalog.described_modules())
def test_what_the_rows_spoil_works(module: str, sandbox: Sandbox) -> None:
    """A row proves something only if the rest of its call is valid."""
    vendor = catalog.description(catalog.vendor_of(module))
    seed(sandbox, vendor)
    call = good_call(module)
    result = run_module(module, base_url=sandbox.url + vendor.path(call), **call)
    assert not result["failed"], result
    assert result["changed"] is catalog.made(module).writes
    assert bool(sandbox.changes()) is catalog.made(module).writes


def sets() -> Iterator[Any]:
    for module in catalog.described_modules():
        for credentials in catalog.description(catalog.vendor_of(module)).credentials:
            yield pytest.param(module, credentials, id=f"{module}-{'-'.join(credentials)}")


@pytest.mark.parametrize(("module", "credentials"), list(sets()))
def test_credentials_are_one_set_from_one_place(
    module: str, credentials: Options, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = catalog.vendor_of(module)
    vendor = catalog.description(name)
    task, around = secrets(vendor, "task"), secrets(vendor, "around")
    call = vendor.calls[module]
    base_url = sandbox.url + vendor.path(call)
    variables = catalog.environment(name)

    seed(sandbox, vendor)
    for option, value in filled(credentials, around).items():
        monkeypatch.setenv(variables[option], value)
    result = run_module(module, base_url=base_url, **call, **filled(credentials, task))
    assert not result["failed"], result
    seen = fingerprints(sandbox)
    assert not seen & {fingerprint(secret) for secret in around.values()}
    assert sandbox.journal(), "nothing was asked, so nothing was shown"

    result = run_module(module, base_url=base_url, **call)
    assert result["failed"], "the environment's credentials are not known there, so they were not used"

    sandbox.seed(vendor.seed(around))
    result = run_module(module, base_url=base_url, **call)
    assert not result["failed"], result
    assert not fingerprints(sandbox) & {fingerprint(secret) for secret in task.values()}


def seed(sandbox: Sandbox, vendor: Vendor) -> None:
    sandbox.seed(vendor.seed(secrets(vendor)))


def fingerprint(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()[:12]


def fingerprints(sandbox: Sandbox) -> set[str]:
    return {entry["credentials"]["fingerprint"] for entry in sandbox.journal() if entry["credentials"]}
