# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VoipNow: the events of extensions, removed all at once or one by one, or made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..scene import Holding, Mark, Request, Scene

SECRET = "not-a-secret-app"
HOOK = "https://crm.example.com/hook"
_PREFIX = "/voipnow/uapi/extensions/@me/"


class Absent(Scene):
    """Events are removed."""

    name: ClassVar[str] = "voipnow absent"
    module: ClassVar[str] = "voipnow_phonecall_events"
    room: ClassVar[str] = "voipnow"
    mounts: ClassVar[tuple[str, ...]] = ("voipnow",)
    kinds: ClassVar[tuple[str, ...]] = ("all", "each", "each", "absent")
    lag: ClassVar[str | None] = "lag"
    state: ClassVar[str] = "absent"
    failover: ClassVar[Mapping[str, Any] | None] = {"room": "voipnow", "do": "revoke_tokens"}

    def seed(self, marks: Sequence[Mark]) -> dict[str, Any]:
        apps = [{"client_id": _app(number), "client_secret": SECRET} for number in range(self.accounts)]
        extensions = {mark.key: {"events": self.events(mark)} for mark in marks if mark.kind != "absent"}
        return {"apps": apps, "extensions": extensions}

    def events(self, mark: Mark) -> list[dict[str, Any]]:
        """Return what is there at first; the one of another type is to stay."""
        going = [{"id": f"g{mark.key}{number}", "type": 0} for number in range(mark.size)]
        return going if mark.kind == "all" else [*going, {"id": f"s{mark.key}", "type": 1}]

    def target(self, mark: Mark) -> dict[str, Any]:
        what = {"all_events": True} if mark.kind == "all" else {"event_type": 0}
        return {"extension": mark.key, **what}

    def options(self, url: str, account: int, marks: Sequence[Mark]) -> dict[str, Any]:
        return {
            "base_url": f"{url}/voipnow",
            "client_id": _app(account),
            "client_secret": SECRET,
            "state": self.state,
            "targets": [self.target(mark) for mark in marks],
        }

    def secrets(self) -> Sequence[str]:
        return (SECRET, "issued-token")

    def key_of(self, request: Request) -> str | None:
        path: str = request["path"]
        return path.removeprefix(_PREFIX).partition("/")[0] if path.startswith(_PREFIX) else None

    def key_of_target(self, target: Mapping[str, Any]) -> str:
        return str(target["extension"])

    def is_write(self, request: Request) -> bool:
        return bool(request["method"] != "GET")

    def holding(self, state: Mapping[str, Any], mark: Mark) -> Holding:
        return {event["id"]: 1 for event in _events(state, mark) if mark.kind == "all" or event["type"] == "0"}

    def others(self, state: Mapping[str, Any], mark: Mark) -> Any:
        return [event for event in _events(state, mark) if mark.kind != "all" and event["type"] != "0"]

    def piecewise(self, mark: Mark) -> bool:
        return mark.kind == "each"

    def filter(self, mark: Mark, purpose: str) -> dict[str, Any]:
        return {"method": "GET" if purpose == "read" else "DELETE", "path": f"{_PREFIX}{mark.key}/*"}

    def meddling(self, mark: Mark) -> list[dict[str, Any]]:
        if mark.kind == "absent":
            return []
        act = {"room": "voipnow", "extension": mark.key}
        return [
            {**act, "do": "add_event", "event": {"type": 0}},
            {**act, "do": "remove_event", "event_id": f"g{mark.key}0"},
        ]


class Present(Absent):
    """Events are made, or brought up to date."""

    name: ClassVar[str] = "voipnow present"
    kinds: ClassVar[tuple[str, ...]] = ("create", "create", "update", "absent")
    lag: ClassVar[str | None] = None
    state: ClassVar[str] = "present"
    repeatable: ClassVar[bool] = False
    idle: ClassVar[str] = "unchanged"
    would: ClassVar[str] = "would_change"
    done: ClassVar[str] = "changed"

    def events(self, mark: Mark) -> list[dict[str, Any]]:
        there = {"type": 0, "url": HOOK, "method": 1}
        other = {"id": f"s{mark.key}", "type": 1}
        if mark.kind == "update" or not mark.size:
            return [{**there, "id": f"g{mark.key}", "status": 0 if mark.size else 1}, other]
        return [other]

    def target(self, mark: Mark) -> dict[str, Any]:
        return {"extension": mark.key, "event_type": 0, "url": HOOK, "method": "post", "status": "enabled"}

    def holding(self, state: Mapping[str, Any], mark: Mark) -> Holding:
        """Return what is still to be done."""
        statuses = {event["status"] for event in _events(state, mark) if event["url"] == HOOK}
        return {} if statuses == {"1"} else {"lacking": 1}

    def others(self, state: Mapping[str, Any], mark: Mark) -> Any:
        """Return the other events, and whether one was made twice."""
        events = _events(state, mark)
        return [event for event in events if event["url"] != HOOK], sum(event["url"] == HOOK for event in events) > 1

    def filter(self, mark: Mark, purpose: str) -> dict[str, Any]:
        write = "PUT" if mark.kind == "update" else "POST"
        return {"method": "GET" if purpose == "read" else write, "path": f"{_PREFIX}{mark.key}/*"}

    def meddling(self, mark: Mark) -> list[dict[str, Any]]:
        return []


def _app(account: int) -> str:
    return f"teardown-app-{account}"


def _events(state: Mapping[str, Any], mark: Mark) -> list[dict[str, Any]]:
    found = state["voipnow"]["extensions"].get(mark.key, {"events": []})["events"]
    return [{name: value for name, value in event.items() if name != "modified"} for event in found]
