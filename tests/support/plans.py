# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans and journals for tests, built as a run builds them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.journal import AccountJournal
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.limits import Limits
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.plan import AccountPreview, Plan, make_plan

CREATED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
RUN = {"format": 1, "run_id": "therun", "started": "2026-03-01T09:00:00Z", "reason": "End of season"}
NO = {"kind": "rejected", "status": 400, "code": 7, "message": "no"}


def campaign(number: str) -> dict[str, Any]:
    return {"campaign_id": number, "all_records": True}


def preview_result(number: str, outcome: str = "would_clear", pending: int | None = 120, **more: Any) -> dict[str, Any]:
    return {"target": campaign(number), "outcome": outcome, "pending_before": pending, "error": None, **more}


def preview(*results: dict[str, Any], **more: Any) -> AccountPreview:
    account = more.get("account", "promo")
    known = {
        "account": account,
        "vendor": "wolkvox",
        "product": None,
        "address": "https://wv0010.wolkvox.com",
        "login": "token 3f0a11" if account == "promo" else f"token of {account}",
    }
    identity = {key: more.pop(key, value) for key, value in known.items()}
    given = {"targets": [dict(result["target"]) for result in results], "results": list(results), **more}
    return AccountPreview(identity=identity, **given)


def plan_of(*accounts: AccountPreview, **more: Any) -> Plan:
    given = {"created": CREATED, "expires_after": 1.0, "limits": Limits(), "about": {}, **more}
    return Plan.parse(make_plan(accounts, **given).text)


def ended(number: str, outcome: str = "cleared", **more: Any) -> dict[str, Any]:
    return {
        "target": campaign(number),
        "outcome": outcome,
        "changed": outcome in ("cleared", "accepted", "in_doubt"),
        "pending_before": 120,
        "pending_after": 0,
        "verified": outcome == "cleared",
        "attempts": int(outcome in ("cleared", "accepted", "in_doubt")),
        "elapsed": 0.41,
        "error": None,
        **more,
    }


def line(event: str, **more: Any) -> str:
    return json.dumps({"event": event, "time": "2026-03-01T09:00:47.000+00:00", **more}) + "\n"


def begins(run_id: str = "therun") -> str:
    return line("run", run_id=run_id, plan_sha256="", account="promo")


def cleared(*results: tuple[int, dict[str, Any] | None], places: list[int] | None = None) -> str:
    """Return the journal of a clear: (index, result) for a finished target, (index, None) for one without an
    outcome.
    """
    told = [place for place, _result in results]
    text = line("call", step="clear", module="m", places=told if places is None else places)
    for index, (_place, result) in enumerate(results):
        text += line("begun", index=index, target={})
        text += line("ended", index=index, target=result["target"], result=result) if result else ""
    return text


def switched(step: str, *results: dict[str, Any]) -> str:
    text = line("call", step=step, module="m", places=[])
    return text + "".join(
        line("ended", index=index, target=result["target"], result=result) for index, result in enumerate(results)
    )


def journal(*parts: str, run_id: str = "therun") -> AccountJournal:
    return AccountJournal("".join(parts), run_id)
