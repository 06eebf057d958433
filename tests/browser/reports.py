# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports to look at: one with hostile names, and ones with many plain rows."""

from __future__ import annotations

from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.documents import Document
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.evidence import make_evidence
from ansible_collections.telephony.outbound.tests.support.plans import (
    RUN,
    begins,
    cleared,
    journal,
    plan_of,
    preview,
    preview_result,
)

HOSTILE = {
    "script": "<script>window.pwned = 1</script>",
    "image": '"><img src="https://127.0.0.1:9/x.png" onerror="window.pwned = 2">',
    "style": "</td></table><style>body { display: none }</style><link rel=stylesheet href=//127.0.0.1:9/x.css>",
    "formula": "=cmd()|' /C calc'!A0",
    "long": "x" * 400,
    "left": "\u202egnp.exe\u2066",
    "right": "חורף 2026",
    "jinja": "{{ 7 * 7 }}",
    "ansi": "\x1b[31mred\x1b[0m",
    "huge": "<" * 2**20,
}
COUNTS = [7, None, 300, 12, 0, 1000, None, 45, 9, 120]
OUTCOMES = [
    "cleared",
    "accepted",
    "in_doubt",
    "failed",
    "already_clear",
    "refused",
    "accepted",
    "cleared",
    "cleared",
    "cleared",
]


def hostile_evidence() -> dict[str, Any]:
    """Return evidence of ten targets with names that are no good."""
    results = [
        {
            "target": {"campaign_id": str(number), "all_records": True},
            "outcome": outcome,
            "pending_before": count,
            "pending_after": 0,
            "verified": outcome == "cleared",
            "attempts": 1,
            "elapsed": number / 7,
            "error": {"kind": "guard", "status": None, "code": None, "message": name} if number % 2 else None,
            "campaign_name": name,
        }
        for number, (outcome, count, name) in enumerate(zip(OUTCOMES, COUNTS, HOSTILE.values(), strict=True))
    ]
    name = HOSTILE["script"]
    plan = plan_of(preview(*(preview_result(str(number)) for number in range(len(results))), account=name))
    told = journal(begins(), cleared(*enumerate(results)))
    return make_evidence(plan, {**RUN, "reason": HOSTILE["image"]}, {name: told}, masker=None)


def plain_evidence(number: int) -> Document:
    """Return evidence of many targets: each row begins with ``top-N.`` and ends with ``end-N.``"""
    return {
        "run": {
            "run_id": "therun",
            "mode": "apply",
            "start": "2026-03-01T09:00:00Z",
            "end": "2026-03-01T09:00:47Z",
            "seconds": 47,
            "reason": "End of season",
            "ticket": "OPS-4711",
            "requested_by": "Ada Lovelace",
            "contact": "dialer@example.com",
            "plan_sha256": "a" * 64,
            "version": "1.0.0",
            "approval": {"by": "Grace Hopper", "proved_by": "a signature", "until": "2026-03-01T12:00:00Z"},
            "masking": {"phone_numbers": "masked", "key": "kept", "key_id": "abcdefghijkl"},
        },
        "planned": {"targets": number, "outcomes": {"would_clear": number}, "pending": 120 * number},
        "results": [_plain_row(place) for place in range(number)],
        "summary": {"verified": number, "pending_before": 120 * number, "pending_after": 0},
    }


def _plain_row(place: int) -> Document:
    return {
        "account": "wolkvox-sales",
        "vendor": "wolkvox",
        "name": f"top-{place}. Late payers",
        "target": {"campaign_id": str(place), "type_campaign": "predictive", "all_records": True},
        "steps": ["stopped", "cleared", "started"],
        "outcome": "cleared",
        "pending_before": 120,
        "pending_after": 0,
        "elapsed": 0.41,
        "error": None,
        "unit": "records",
        "times": {"begun": "2026-03-01T09:00:00Z", "confirmed": "2026-03-01T09:00:09Z"},
        "backup_file": f"backups/wolkvox-sales-{place}-20260301T090000Z.jsonl",
        # Tall rows of many heights, so that the end of a page meets some of them.
        "note": f"{'It was looked at again. ' * (place % 7)}end-{place}.",
    }
