# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A playbook that prints, stores and re-uses what a hostile vendor sent: none of it is ever rendered as a template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.tests.security.calls import CALLS, CANARIES, leaks_in
from ansible_collections.telephony.outbound.tests.security.hostile_server import answer, serve_bytes
from ansible_collections.telephony.outbound.tests.security.test_vendor_text import PWNED, TEXTS
from ansible_collections.telephony.outbound.tests.support.catalog import description
from ansible_collections.telephony.outbound.tests.support.playbooks import run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

NAMES = {str(number): text for number, text in enumerate(TEXTS.values(), 100) if text.isascii() and len(text) < 1000}
WHAT_A_TEMPLATE_WOULD_MAKE = str(7 * 191)


SECRETS = {
    f"{canaries.name}_{option}": item.secret
    for canaries in CANARIES.values()
    for option, item in canaries.right.items()
}


def call(module: str, **more: Any) -> dict[str, Any]:
    """Return a task's call, with its secrets as variables."""
    found = next(item for item in CALLS if item.module == module)
    values = {
        option: f"{{{{ {found.vendor}_{option} }}}}" if option in CANARIES[found.vendor].vendor.secrets else value
        for option, value in found.credentials().items()
    }
    return {f"telephony.outbound.{module}": {**values, "base_url": f"{{{{ place }}}}{found.path}", **more}}


TARGETS = """{%- set found = [] -%}
{%- for campaign in told.campaigns if campaign.campaign_name.strip() -%}
{%- set _ = found.append({"campaign_id": campaign.campaign_id, "campaign_name": campaign.campaign_name}) -%}
{%- endfor -%}
{{ found }}"""
TASKS = [
    {**call("wolkvox_campaign_info"), "register": "told"},
    {**call("plum_call_info", product="insight", call_ids=["c1"]), "register": "calls"},
    {**call("voipnow_phonecall_events_info", user_id="@me", extension="0003*210"), "register": "events"},
    {**call("wolkvox_campaign_info", base_url="{{ halves }}"), "register": "halved"},
    {**call("wolkvox_campaign_info", base_url="{{ refusing }}"), "register": "failed", "ignore_errors": True},
    {
        "ansible.builtin.set_fact": {
            "names": "{{ told.campaigns | map(attribute='campaign_name') | list }}",
            "note": "{{ events.events[0].note }}",
        }
    },
    {"ansible.builtin.set_fact": {"again": "{{ names }}", "joined": "{{ names | join('|') }}", "note": "{{ note }}"}},
    {
        "ansible.builtin.debug": {"msg": "{{ item }} {{ note }} {{ [told, calls, events, halved, again][index] }}"},
        "loop": ["{{ joined }}", "{{ failed.msg }}", "{{ failed.error }}", "{{ calls.calls[0] }}", "{{ names[-1] }}"],
        "loop_control": {"index_var": "index"},
    },
    {"ansible.builtin.assert": {"that": ["again == names", "names | length == told.campaigns | length"]}},
    {
        "ansible.builtin.command": {"argv": ["printf", "%s", "{{ joined.replace('\0', '') }}"]},
        "changed_when": False,
    },
    {
        **call("wolkvox_campaign_clear", all_records=True, allow_do_not_call=True, wait_timeout=0, targets=TARGETS),
        "name": "Use a vendor's words as options",
        "register": "cleared",
    },
    {
        "ansible.builtin.copy": {
            "content": "{{ {'names': names, 'joined': joined, 'note': note} | to_json }}",
            "dest": "{{ playbook_dir }}/../kept.json",
            "mode": "0600",
        },
    },
]


def test_nothing_is_run(sandbox: Sandbox, tmp_path: Path) -> None:
    seed: dict[str, Any] = {}
    for canaries in CANARIES.values():
        seed |= canaries.seed()
    for vendor in ("plum", "voipnow"):
        hostile = description(vendor).hostile
        assert hostile is not None
        hostile(seed[vendor], TEXTS["a template that runs"])
    records = {"records": {"BUSY": 1}}
    seed["wolkvox"]["campaigns"] = {number: {"name": text, **records} for number, text in NAMES.items()}
    sandbox.seed(seed)
    words = json.dumps({"code": 200, "data": [{"campaign_id": "1", "records": "0", "campaign_name": TEXTS["halves"]}]})
    no = json.dumps({"code": 400, "error": "x", "msg": " ".join(NAMES.values())})
    with (
        serve_bytes(answer(words.encode(), f"Content-Length: {len(words)}")) as halves,
        serve_bytes(answer(no.encode(), f"Content-Length: {len(no)}", status="400 Bad Request")) as refusing,
    ):
        places = {"place": sandbox.url, "halves": halves.url, "refusing": refusing.url}
        variables = {**SECRETS, **places}
        ran = run([{"tasks": TASKS}], tmp_path, "-v", "--diff", variables=variables, in_process=True)
    assert ran.rc == 0, ran.stdout[-5000:] + ran.stderr
    assert leaks_in(ran.text) == []
    assert not list(tmp_path.rglob(f"{PWNED}*"))
    assert not Path(PWNED).exists()
    kept = json.loads((tmp_path / "kept.json").read_text("utf-8"))
    assert sorted(kept["names"]) == sorted(NAMES.values())
    assert kept["note"] == TEXTS["a template that runs"]
    for text in (ran.text, kept["joined"]):
        assert WHAT_A_TEMPLATE_WOULD_MAKE not in text
        assert "AAAA" not in text
    left = {number for number, item in sandbox.state()["wolkvox"]["campaigns"].items() if item["records"]}
    assert left == {number for number, text in NAMES.items() if not text.strip()}
