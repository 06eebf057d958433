# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile text from a vendor stays text, wherever it appears."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.evidence import make_evidence
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.csv_text import csv_of
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.report import report_of
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.table import table_of
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.journal import AccountJournal
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.masking import Masker
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.plan import (
    AccountPreview,
    Plan,
    problems,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import checked, merged
from ansible_collections.telephony.outbound.tests.security.calls import CALLS, KINDS, Call, outcome_and_error
from ansible_collections.telephony.outbound.tests.security.hostile_server import answer, serve_bytes
from ansible_collections.telephony.outbound.tests.support.catalog import description
from ansible_collections.telephony.outbound.tests.support.plans import (
    CREATED,
    RUN,
    begins,
    cleared,
    line,
    plan_of,
    preview,
    preview_result,
)
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

PWNED = "PWNED-BY-VENDOR"
TEXTS = {
    "colors": "\x1b[2J\x1b]0;title\x07\x1b[31mred\x9b1m",
    "lines": "one\r\ntwo\nfatal: [localhost]: FAILED! => {}\rthree\x0b\x0c\x1c\x1d\x1e\x85four\u2028five\u2029",
    "another direction": "\u202edetelc\u202c \u2066x\u2069\u200f\u061c",
    "templates": "{{ 7 * 191 }}{% for x in range(9) %}A{% endfor %}{# gone #}",
    "a template that runs": f"{{{{ lookup('ansible.builtin.pipe', 'touch {PWNED}') }}}}",
    "a template of a template": "{{ '{{' }} 7 * 191 {{ '}}' }} !unsafe !vault |",
    "HTML": f"<script>document.title='{PWNED}'</script><img src=x onerror=alert(1)>&lt;</td></table>\"'`",
    "a formula": '=HYPERLINK("http://hostile.example.com";"x")\t@SUM(1)|\'+1-1;"\r\n=cmd|\' /C calc\'!A1',
    "a shell": f"$(touch {PWNED}); `touch {PWNED}` | tee {PWNED} && \\",
    "YAML": "- !!python/object/apply:os.system ['touch x']\n&a *a ? : |\n---\n...",
    "halves": "\ud800 \udfff \udc80",
    "NUL": "a\x00b\x7f\x80",
    "a number": "0010",
    "nothing": " \t ",
    "long": "x" * (32 * 1024),
    "JSON": '"}], "outcome": "cleared", "failed": false, "a": ["',
    "markers": "__ansible_unsafe __ansible_vault _ansible_no_log {'__ansible_type': 'TaggedStr'}",
}
_FORGING = {*map(chr, [*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0x061C])}


def held(result: dict[str, Any], journal: Path) -> None:
    """Assert what must hold for all output of a module, whatever the vendor sent."""
    assert "internal error" not in str(result)
    assert json.loads(json.dumps(result, ensure_ascii=False).encode("utf-8")) == result
    for text in (
        result.get("msg", ""),
        *(entry["error"]["message"] for entry in result.get("results", []) if entry["error"]),
    ):
        assert not _FORGING & set(text), text
        assert len(text) < 2500
    for side in (result.get("diff") or {}).values():
        assert not (_FORGING - {"\n"}) & set(side)
    if journal.exists():
        events = [json.loads(line) for line in journal.read_bytes().decode("utf-8").splitlines()]
        assert [event["event"] for event in events] in (["begun", "ended"], ["ended"])


def plan_for(call: Call, result: dict[str, Any]) -> Plan:
    """Return the plan that a run would make of the module's results; its text survives a round trip."""
    product = call.options.get("product")
    target = {key: value for key, value in call.options.items() if key != "product"}
    results = [{**entry, "outcome": "would_clear"} for entry in result["results"]]
    identity = {"account": "one", "vendor": call.vendor, "product": product, "address": "https://x", "login": "y"}
    account = AccountPreview(identity=identity, targets=[target] * len(results), results=results)
    plan = plan_of(account)
    approved = merged(checked({"approved_sha256": plan.sha256}), {})
    assert problems(plan, [account.identity], approved, CREATED) == []
    assert not (_FORGING - {"\n"}) & set(table_of(plan.document, plan.targets, rows=50, sha256=plan.sha256))
    return plan


def evidence_of(call: Call, result: dict[str, Any], journal: Path) -> dict[str, Any]:
    """Build the evidence of a run from its plan and its journal."""
    plan = plan_for(call, result)
    step = line("call", step="clear", module=call.module, places=list(range(len(plan.targets))))
    text = begins() + step + (journal.read_text("utf-8") if journal.exists() else "")
    about = {**RUN, "reason": str(outcome_and_error(result)["error"])}
    return make_evidence(plan, about, {"one": AccountJournal(text, "therun")}, masker=Masker("k"))


class Page(HTMLParser):
    """Counts the elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}
        assert not any(
            str(value).strip().lower().startswith(("javascript:", "http"))
            for name, value in attrs
            if name in ("href", "src")
        )


def stays_a_report(evidence: dict[str, Any]) -> None:
    """Assert that CSV, HTML and table keep their structure."""
    rows = list(csv.reader(io.StringIO(csv_of(evidence), newline="")))
    assert len(rows) == 1 + len(evidence["results"])
    assert len({len(row) for row in rows}) == 1
    assert not [
        cell for row in rows for cell in row if cell.lstrip()[:1] in tuple("=+@") or cell[:1] in tuple("-\t\r\n")
    ]
    page = report_of(evidence)
    page.encode("utf-8")
    parsed = Page(page)
    assert not {"img", "iframe", "a", "object", "link", "base", "form"} & (parsed.tags - {"form"})
    assert not [name for name in parsed.attributes if name.startswith("on") or name == "src"]
    assert page.count("<script") == 1
    assert not {"\x1b", "\u202e", "\x00", "\x9b"} & set(page)
    assert len(page) < 200_000
    table = table_of(evidence, evidence["results"], rows=50)
    assert not (_FORGING - {"\n"}) & set(table)
    assert len(table) < 20_000
    json.dumps(evidence, allow_nan=False).encode("ascii")


CLEAR = next(call for call in CALLS if "all_records" in call.options)
MIB = "\x1bx" * (512 * 1024)


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("name", [*TEXTS, "1 MiB"])
def test_in_errors(name: str, every: bool, tmp_path: Path) -> None:
    text = TEXTS.get(name) or MIB
    words = dict.fromkeys(("error", "message", "msg", "statusMessage", "error_description"), text)
    for status in ("400 Bad Request", "403 Forbidden", "200 OK") if name in TEXTS else ("400 Bad Request",):
        body = json.dumps({**words, "code": 400}).encode()
        with serve_bytes(answer(body, f"Content-Length: {len(body)}", status=status)) as hostile:
            for call in CALLS if every or status == "400 Bad Request" else KINDS:
                journal = tmp_path / f"{call.module}-{status[:3]}.jsonl"
                result = call.run(hostile.url, **({"journal": str(journal)} if call.writes else {}))
                assert result["failed"]
                held(result, tmp_path / "none")
                if call.writes and status == "400 Bad Request":
                    stays_a_report(evidence_of(call, result, journal))


@pytest.mark.parametrize("name", [*TEXTS, "1 MiB"])
def test_in_what_is_read(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    for call in CALLS if name in TEXTS else [CLEAR]:
        seed, hostile = call.seed(), description(call.vendor).hostile
        if hostile is None:
            continue
        hostile(seed[call.vendor], TEXTS.get(name) or MIB)
        try:
            sandbox.seed(seed)
        except ValueError:  # half a character cannot be sent to the sandbox
            continue
        journal = tmp_path / f"{call.module}.jsonl"
        more: dict[str, Any] = {"journal": str(journal)} if call.writes else {}
        if "all_records" in call.options:
            (tmp_path / "backups").mkdir()
            more |= {"backup": True, "backup_dir": str(tmp_path / "backups"), "allow_do_not_call": True}
        result = call.run(sandbox.url, **more)
        held(result, journal)
        for path in (tmp_path / "backups").glob("*"):
            header, *records = path.read_bytes().decode().split("\n")[:-1]
            assert json.loads(header)["records"] == len(records)
            assert all(isinstance(json.loads(record), dict) for record in records)
        if call.writes:
            evidence = evidence_of(call, result, journal)
            assert [entry["outcome"] for entry in evidence["results"]] == [
                entry["outcome"] for entry in result["results"]
            ]
            stays_a_report(evidence)
            lines = journal.read_text("ascii")
            assert _events(Masker().lines(lines)) == _events(lines)


def _events(lines: str) -> list[str]:
    return [json.loads(line)["event"] for line in lines.split("\n")[:-1]]


def test_a_short_secret_breaks_no_result(sandbox: Sandbox) -> None:
    """A secret that is part of our own words makes results hard to read, and nothing worse."""
    call = next(call for call in CALLS if call.vendor == "wolkvox" and call.writes)
    for secret in ("e", "out", "target", "error", "1", "a"):
        seed = call.seed()
        seed["wolkvox"]["tokens"] = [secret]
        sandbox.seed(seed)
        result = call.run(sandbox.url, token=secret)
        assert not result["failed"], result
        assert {"target", "outcome", "error", "changed"} <= result["results"][0].keys()
        result = call.run(sandbox.url, token=f"{secret}x")
        assert result["failed"]
        assert "internal error" not in str(result)
        assert {"kind", "message"} <= result["results"][0]["error"].keys()


FUZZ = settings(
    max_examples=30, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
_ANY = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(list(TEXTS.values())[:14]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
# As our modules write it, with arbitrary content wherever the vendor's text appears.
_NUMBER = st.none() | st.integers(0, 2**70)
_OUTCOMES = st.sampled_from(["cleared", "failed", "in_doubt", "already_clear", "would_clear", "accepted", "not_sent"])
_ERROR = st.fixed_dictionaries({"kind": st.just("rejected"), "status": _NUMBER, "code": _ANY, "message": st.text()})
_ENTRY = st.fixed_dictionaries(
    {
        "target": st.dictionaries(st.sampled_from(["campaign_id", "phone_number", "state"]), st.text(), max_size=3),
        "outcome": _OUTCOMES,
        "pending_before": _NUMBER,
        "pending_after": _NUMBER,
        "error": st.none() | _ERROR,
    },
    optional=dict.fromkeys(("campaign_name", "removed", "events", "calls", "backup_file", "reference_id"), _ANY),
)
_LINE = st.fixed_dictionaries(
    {"event": st.sampled_from(["begun", "ended", "other"])}, optional={"index": st.integers(-1, 3), "result": _ENTRY}
)


@FUZZ
@given(
    journal=st.one_of(
        st.text(max_size=60), st.lists(_LINE | _ANY, max_size=4).map(lambda all_: "\n".join(map(json.dumps, all_)))
    )
)
def test_any_journal_can_be_masked_and_taken_in(journal: str) -> None:
    Masker("k").lines(journal)
    text = begins() + line("call", step="clear", module="m", places=[0, 1]) + journal
    plan = plan_of(preview(preview_result("77"), preview_result("78")))
    found = make_evidence(plan, RUN, {"promo": AccountJournal(text, "therun")}, masker=None)
    assert len(found["results"]) == 2
    stays_a_report(found)


@FUZZ
@given(words=st.lists(st.text(max_size=40), min_size=5, max_size=5), number=st.one_of(st.none(), st.integers()))
def test_any_words_make_a_report(words: list[str], number: int | None) -> None:
    name, message, kind, note, reason = words
    error = {"kind": kind, "status": number, "code": message, "message": message}
    target = {"campaign_id": name, "phone_number": note}
    shown = {"target": target, "outcome": "would_clear", "pending_before": None, "campaign_name": name, "error": None}
    identity = {"account": name, "vendor": "wolkvox", "product": None, "address": reason, "login": note}
    account = AccountPreview(identity=identity, targets=[target], results=[shown])
    result = {"target": target, "outcome": "failed", "error": error, "note": note, "campaign_name": name}
    result |= {"pending_before": number, "pending_after": number, "attempts": 1}
    text = AccountJournal(begins() + cleared((0, result)), "therun")
    stays_a_report(make_evidence(plan_of(account), {**RUN, "reason": reason}, {name: text}, masker=Masker("k")))
