# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys: records and a do-not-call list that cannot be read; the vendor's acknowledgement is the only proof."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hypothesis import strategies as st

from ansible_collections.telephony.outbound.tests.support.vendor import (
    ANN,
    MISSING,
    SECRET,
    BadInput,
    NumberAccount,
    RunAccount,
    Secrets,
    Vendor,
)

from ..scenario import Conditions, Holding, Request, Scenario, TrialTarget, Truth
from ..worlds import World, removed, worlds

USERNAME = "outbound-service"
CANCEL, SUPPRESS = "genesys_record_cancel", "genesys_do_not_call"


def seed(secrets: Secrets) -> dict[str, Any]:
    return {
        "genesys": {
            "accounts": [{"username": USERNAME, "password": secrets["password"], "devices": ["one"]}],
            "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
            "lists": {"May": ["+15550100101"]},
        }
    }


LOGIN = {"username": USERNAME, "password": "canary-genesys-password-4"}

VENDOR = Vendor(
    credentials=[{"username": USERNAME, "password": SECRET}],
    secrets=["password"],
    seed=seed,
    path=lambda _options: "/genesys",
    calls={
        CANCEL: {
            "application_id": 134,
            "campaign_name": "Reminders",
            "calling_list": "May",
            "phone_number": "+15550100101",
        },
        SUPPRESS: {"application_id": 134, "campaign_name": "Reminders", "phone_number": "+15550100101"},
    },
    ids={CANCEL: [], SUPPRESS: []},
    texts={
        CANCEL: ["campaign_name", "calling_list", "phone_number"],
        SUPPRESS: ["campaign_name", "phone_number"],
    },
    bad_input=[
        BadInput(SUPPRESS, {"phone_number": 15550100101}, "phone_number", "quote it"),
        BadInput(SUPPRESS, {"calling_list": ""}, "calling_list", "is empty"),
        BadInput(SUPPRESS, {"calling_list": "May\n"}, "calling_list", "white space"),
        BadInput(SUPPRESS, {"calling_list": ["May", "June"]}, "calling_list", "targets"),
        BadInput(SUPPRESS, {"targets": [{"calling_list": None}]}, "targets[0].calling_list", "is null"),
        BadInput(
            SUPPRESS,
            {"targets": [{"phone_number": "+15550100101"}, {"calling_list": "May"}]},
            "targets[1]",
            "one of them covers the other",
        ),
        BadInput(SUPPRESS, {"application_id": None}, "application_id", "is required"),
        BadInput(SUPPRESS, {"device_path": ""}, "device_path", "is empty"),
        BadInput(
            SUPPRESS,
            {"already_gone_patterns": ["(?i)record not found"]},
            "already_gone_patterns",
            "on the do-not-call list",
        ),
        BadInput(SUPPRESS, {"already_gone_patterns": ["error"]}, "already_gone_patterns", "on the do-not-call list"),
        BadInput(CANCEL, {"phone_number": 15550100101}, "phone_number", "quote it"),
        BadInput(CANCEL, {"application_id": None}, "application_id", "is required"),
        BadInput(CANCEL, {"application_id": 0}, "application_id", "1 or more"),
        BadInput(CANCEL, {"application_id": "Reminders"}, "application_id", "int"),
        BadInput(CANCEL, {"chain_attribute": "Everything"}, "chain_attribute", "must be one of"),
        BadInput(CANCEL, {"device_path": ""}, "device_path", "is empty"),
        BadInput(CANCEL, {"reference_id": " "}, "reference_id", "is empty"),
        BadInput(CANCEL, {"already_gone_patterns": ["("]}, "already_gone_patterns", "not a regular expression"),
        BadInput(CANCEL, {"already_gone_patterns": [""]}, "already_gone_patterns", "an empty text"),
        BadInput(CANCEL, {"already_gone_patterns": ["x?"]}, "already_gone_patterns", "an empty text"),
        BadInput(
            CANCEL,
            {"already_gone_patterns": ["error"]},
            "already_gone_patterns",
            "which does not mean that the record is gone",
        ),
        *(
            BadInput(CANCEL, {"already_gone_patterns": ["ok", text]}, "already_gone_patterns", "an empty text")
            for text in (".*", "^", "|", "$", "(?:)", "(a|)")
        ),
        *(
            BadInput(
                CANCEL,
                {"already_gone_patterns": [text]},
                "already_gone_patterns",
                "which does not mean that the record is gone",
            )
            for text in (".", r"\w+", "(?i)ERROR")
        ),
        BadInput(
            CANCEL,
            {"targets": [{"phone_number": "1"}, {"phone_number": "2"}], "phone_number": MISSING, "reference_id": "one"},
            "targets[1].reference_id",
            "belongs to an earlier target",
        ),
        BadInput(CANCEL, {"base_url": MISSING}, "base_url", "is required, on the task or as GENESYS_URL"),
        BadInput(CANCEL, {"username": "user:x"}, "username", "colon"),
    ],
    run=RunAccount(
        connection=LOGIN,
        seed={
            "accounts": [{**LOGIN, "devices": ["57fc644b"]}],
            "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
            "lists": {"May": ["+15550100123", "+15550100124"]},
        },
        target={
            "application_id": 134,
            "campaign_name": "Reminders",
            "calling_list": "May",
            "phone_number": "+15550100123",
        },
        watched="cannot_be_read",
    ),
    numbers=NumberAccount(
        seed={
            "campaigns": {"Reminders": {"application_id": 134, "lists": ["May", "June"]}},
            "lists": {"May": [ANN, "+15550100124"], "June": [ANN]},
        },
        forms=["as_is"],
        places=[
            {"application_id": 134, "campaign_name": "Reminders", "calling_list": name} for name in ("May", "June")
        ],
        steps=[
            ("suppress", "suppressed"),
            *[("cancel", "cancelled")] * 2,
            ("hang_up", "unsupported"),
            ("look", "cannot_be_read"),
        ],
    ),
)


# --- scenarios of the fault suite

PASSWORD = "not-a-secret-genesys-password"
RECORDS_PATH = "/genesys/api/v2/me/outbound-records"
NOTIFICATIONS = "/genesys/api/v2/notifications"


class Cancel(Scenario):
    """Records are cancelled."""

    name: ClassVar[str] = "genesys"
    module: ClassVar[str] = "genesys_record_cancel"
    vendor: ClassVar[str] = "genesys"
    login: ClassVar[Mapping[str, Any] | None] = {"method": "GET", "path": "/genesys/api/v2/me"}
    prefixes: ClassVar[tuple[str, ...]] = ("genesys",)
    kinds: ClassVar[tuple[str, ...]] = ("record", "record", "record", "absent")
    addressed: ClassVar[bool] = False
    patience: ClassVar[float] = 3.0
    failover: ClassVar[Mapping[str, Any] | None] = {"room": "genesys", "do": "forget_logins"}

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        accounts = [{"username": _user(number), "password": PASSWORD, "devices": ["d1"]} for number in range(3)]
        there = [{"phone_number": _phone(target.key)} for target in targets if target.kind != "absent"]
        return {
            "accounts": accounts,
            "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
            "lists": {"May": there},
        }

    def settings(self) -> dict[str, Any]:
        return {"poll_timeout": 0.5, "csrf": True}

    def options(self, url: str, account: int, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        return {
            "base_url": f"{url}/genesys",
            "username": _user(account),
            "password": PASSWORD,
            "application_id": 134,
            "campaign_name": "Reminders",
            "calling_list": "May",
            "targets": [{"phone_number": _phone(target.key)} for target in targets],
        }

    def secrets(self) -> Sequence[str]:
        return (PASSWORD,)

    def key_of(self, request: Request) -> str | None:
        if not self.is_write(request):
            return None
        return str(json.loads(request["body"])["phoneNumber"]).removeprefix("1555")

    def key_of_target(self, target: Mapping[str, Any]) -> str:
        return str(target["phone_number"]).removeprefix("1555")

    def is_write(self, request: Request) -> bool:
        return bool(request["path"] == RECORDS_PATH)

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        records = state["genesys"]["lists"]["May"]
        return {
            r["phone_number"]: 1 for r in records if r["status"] == "ready" and r["phone_number"] == _phone(target.key)
        }

    def filter(self, target: TrialTarget, purpose: str) -> dict[str, Any]:
        """Return a filter that matches all targets: they share one address."""
        return (
            {"method": "POST", "path": RECORDS_PATH}
            if purpose == "write"
            else {"method": "POST", "path": NOTIFICATIONS}
        )

    def readable(self, target: TrialTarget, truth: Truth) -> bool:
        return False

    def settled(self, target: TrialTarget, truth: Truth, conditions: Conditions) -> bool:
        """Return whether the acknowledgement was sent and awaited without disturbance."""
        return conditions.acknowledged and conditions.wait_timeout > 0 and truth.changed_by_us

    def proven(self, target: TrialTarget, truth: Truth) -> bool:
        """Return whether there was anything to acknowledge; already cancelled records are acknowledged again."""
        return truth.changed_by_us or (target.kind != "absent" and truth.was_gone)

    def worlds(self) -> st.SearchStrategy[World]:
        """Return worlds of four records, some of one person; records that do not exist cannot be judged."""
        numbers = [_phone(f"010010{place}") for place in range(4)]
        people = st.lists(st.sampled_from(("", "", "ann", "bob")), min_size=4, max_size=4)
        seeds = people.map(
            lambda names: {
                "lists": {
                    "May": [
                        {"phone_number": number, **({"chain": name} if name else {})}
                        for number, name in zip(numbers, names, strict=True)
                    ]
                }
            }
        )
        targets = st.fixed_dictionaries(
            {
                "phone_number": st.sampled_from(numbers),
                "chain_attribute": st.sampled_from(("RecordOnly", "RecordOnly", "AllChain")),
            }
        )
        return worlds(seeds, targets, lambda target: target["phone_number"], counted=False)

    def vendor_state(self, state: Mapping[str, Any]) -> Any:
        return state["genesys"]["lists"]

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        def ready(state: Any, target: Mapping[str, Any] | None = None) -> list[str]:
            records = [record for record in state["May"] if record["status"] == "ready"]
            if target is None:
                return [record["phone_number"] for record in records]
            (named,) = (r for r in state["May"] if r["phone_number"] == target["phone_number"])
            whole = target["chain_attribute"] == "AllChain" and named.get("chain")
            return [r["phone_number"] for r in records if r is named or (whole and r.get("chain") == named["chain"])]

        return removed(ready(first), ready(last), [ready(first, entry["target"]) for entry in results], results)


class DoNotCall(Cancel):
    """Numbers are put on the do-not-call list of their campaign."""

    name: ClassVar[str] = "genesys do not call"
    module: ClassVar[str] = "genesys_do_not_call"

    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "unknown_number": "error_event"}

    def options(self, url: str, account: int, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        named = super().options(url, account, targets)
        return {name: value for name, value in named.items() if name != "calling_list"}

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        """Return the number until it is listed; one that is in no calling list is not added here."""
        number = _phone(target.key)
        return {} if target.kind == "absent" or number in _listed(state["genesys"]) else {number: 1}

    def vendor_state(self, state: Mapping[str, Any]) -> Any:
        return {name: state["genesys"][name] for name in ("lists", "do_not_call")}

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        records = first["lists"]["May"]

        def free(state: Any) -> list[str]:
            return [r["phone_number"] for r in records if r["phone_number"] not in _listed(state)]

        def covered(target: Mapping[str, Any]) -> list[str]:
            (named,) = (r for r in records if r["phone_number"] == target["phone_number"])
            chain = named["chain"] if target["chain_attribute"] == "AllChain" else None
            return [r["phone_number"] for r in records if r is named or r["chain"] == chain]

        return removed(free(first), free(last), [covered(entry["target"]) for entry in results], results)


def _listed(state: Mapping[str, Any]) -> set[str]:
    return {entry["phone_number"] for entry in state["do_not_call"]}


def _user(account: int) -> str:
    return f"dialer-{account}"


def _phone(key: str) -> str:
    return f"1555{key}"


SCENARIOS = (Cancel(), DoNotCall())
