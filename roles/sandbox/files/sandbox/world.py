# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of all rooms and the settings, seeded and shown as one."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from multidict import CIMultiDictProxy

from . import rooms
from .credentials import Credentials
from .errors import BadInput, mapping
from .exchange import Change
from .room import Room

GENERAL: Mapping[str, Any] = {"latency": 0.0, "seed": 0}


class World:
    """All rooms and the settings."""

    def __init__(self, seed: Mapping[str, Any]) -> None:
        """Make the rooms and seed them."""
        self.settings: dict[str, Any] = {}
        self.random = random.Random()
        self.rooms: dict[str, Room] = {}
        self._by_mount: dict[str, Room] = {}
        for kind in rooms.kinds():
            room = kind(self.settings.setdefault(kind.key, {}))
            self.rooms[kind.key] = room
            self._by_mount.update(dict.fromkeys(kind.mounts, room))
        self._load(seed)

    def room(self, mount: str) -> Room | None:
        """Find the room behind a first path segment."""
        return self._by_mount.get(mount)

    def _load(self, seed: Mapping[str, Any]) -> None:
        parts = {"settings": {}, **mapping(seed, "the seed")}
        if unknown := sorted(parts.keys() - {"settings"} - self.rooms.keys()):
            raise BadInput(f"the seed has unknown parts: {', '.join(map(str, unknown))}")
        for key, room in self.rooms.items():
            self.settings[key].update(room.defaults)
        self.settings.update(GENERAL)
        self.change_settings(parts["settings"])
        self.random.seed(self.settings["seed"])
        for key, room in self.rooms.items():
            room.load(mapping(parts.get(key) or {}, key))

    def credentials(self, headers: CIMultiDictProxy[str]) -> Credentials | None:
        """Find the credentials of any vendor, where no room was addressed."""
        found = (room.credentials(headers) for room in self.rooms.values())
        return next((credentials for credentials in found if credentials), None)

    def snapshot(self) -> dict[str, Any]:
        """Show settings and rooms."""
        return {"settings": self.settings, **{key: room.snapshot() for key, room in self.rooms.items()}}

    def change_settings(self, patch: Mapping[str, Any]) -> None:
        """Change some settings; nothing changes when one of them is wrong."""
        general: dict[str, Any] = {}
        special: dict[str, dict[str, Any]] = {}
        for key, value in mapping(patch, "settings").items():
            if key in GENERAL:
                general[key] = _typed(key, value, GENERAL[key])
            elif key in self.rooms:
                special[key] = _room_settings(self.rooms[key], value)
            else:
                raise BadInput(f"unknown setting {key!r}; there are {', '.join([*GENERAL, *self.rooms])}")
        self.settings.update(general)
        for key, values in special.items():
            self.settings[key].update(values)
        if "seed" in general:
            self.random.seed(general["seed"])

    def act(self, order: Any) -> list[Change]:
        """Carry out a change behind the client's back."""
        order = mapping(order, "an act")
        mount = order.get("room")
        room = self.room(mount) if isinstance(mount, str) else None
        if room is None or not isinstance(mount, str):
            raise BadInput(f"an act needs a room; there are {', '.join(self._by_mount)}")
        return room.act(mount, order)


def _room_settings(room: Room, patch: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in mapping(patch, f"settings.{room.key}").items():
        name = f"{room.key}.{key}"
        if key not in room.defaults:
            raise BadInput(f"unknown setting {name!r}; there are {', '.join(room.defaults)}")
        values[key] = _typed(name, value, room.defaults[key])
        if key in room.choices and values[key] not in room.choices[key]:
            raise BadInput(f"setting {name!r} must be one of {', '.join(map(str, room.choices[key]))}")
    return values


def _typed(name: str, value: Any, default: Any) -> Any:
    """Hold a setting to the type of its default; a float may be given as an int."""
    if isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
        if value < 0:
            raise BadInput(f"setting {name!r} must not be negative")
        return float(value)
    if type(value) is not type(default):
        raise BadInput(f"setting {name!r} must be of type {type(default).__name__}")
    return value
