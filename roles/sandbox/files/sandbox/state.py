# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of all vendors and the settings."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from multidict import CIMultiDictProxy

from . import vendors
from .credentials import Credentials
from .errors import BadInput, mapping
from .exchange import Change
from .vendor_app import VendorApp

GENERAL: Mapping[str, Any] = {"latency": 0.0, "seed": 0}


class State:
    """All vendors and the settings."""

    def __init__(self, seed: Mapping[str, Any]) -> None:
        """Create the vendors and load their seeds."""
        self.settings: dict[str, Any] = {}
        self.random = random.Random()
        self.vendors: dict[str, VendorApp] = {}
        self._by_prefix: dict[str, VendorApp] = {}
        for kind in vendors.vendor_apps():
            vendor = kind(self.settings.setdefault(kind.key, {}))
            self.vendors[kind.key] = vendor
            self._by_prefix.update(dict.fromkeys(kind.prefixes, vendor))
        self._load(seed)

    def vendor(self, prefix: str) -> VendorApp | None:
        """Return the vendor of a first path segment, or None."""
        return self._by_prefix.get(prefix)

    def _load(self, seed: Mapping[str, Any]) -> None:
        parts = {"settings": {}, **mapping(seed, "the seed")}
        if unknown := sorted(parts.keys() - {"settings"} - self.vendors.keys()):
            raise BadInput(f"the seed has unknown parts: {', '.join(map(str, unknown))}")
        for key, vendor in self.vendors.items():
            self.settings[key].update(vendor.defaults)
        self.settings.update(GENERAL)
        self.change_settings(parts["settings"])
        self.random.seed(self.settings["seed"])
        for key, vendor in self.vendors.items():
            vendor.load(mapping(parts.get(key) or {}, key))

    def credentials(self, headers: CIMultiDictProxy[str]) -> Credentials | None:
        """Return credentials of any vendor, for a request to no vendor's address."""
        found = (vendor.credentials(headers) for vendor in self.vendors.values())
        return next((credentials for credentials in found if credentials), None)

    def snapshot(self) -> dict[str, Any]:
        """Return settings and vendors."""
        return {"settings": self.settings, **{key: vendor.snapshot() for key, vendor in self.vendors.items()}}

    def change_settings(self, patch: Mapping[str, Any]) -> None:
        """Change settings; if one is wrong, nothing changes."""
        general: dict[str, Any] = {}
        special: dict[str, dict[str, Any]] = {}
        for key, value in mapping(patch, "settings").items():
            if key in GENERAL:
                general[key] = _typed(key, value, GENERAL[key])
            elif key in self.vendors:
                special[key] = _vendor_settings(self.vendors[key], value)
            else:
                raise BadInput(f"unknown setting {key!r}; known settings: {', '.join([*GENERAL, *self.vendors])}")
        self.settings.update(general)
        for key, values in special.items():
            self.settings[key].update(values)
        if "seed" in general:
            self.random.seed(general["seed"])

    def act(self, order: Any) -> list[Change]:
        """Make a change that no request of the client causes."""
        order = mapping(order, "an act")
        prefix = order.get("room")
        vendor = self.vendor(prefix) if isinstance(prefix, str) else None
        if vendor is None or not isinstance(prefix, str):
            raise BadInput(f"an act needs a `room`, one of {', '.join(self._by_prefix)}")
        return vendor.act(prefix, order)


def _vendor_settings(vendor: VendorApp, patch: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in mapping(patch, f"settings.{vendor.key}").items():
        name = f"{vendor.key}.{key}"
        if key not in vendor.defaults:
            raise BadInput(f"unknown setting {name!r}; known settings: {', '.join(vendor.defaults)}")
        values[key] = _typed(name, value, vendor.defaults[key])
        if key in vendor.choices and values[key] not in vendor.choices[key]:
            raise BadInput(f"setting {name!r} must be one of {', '.join(map(str, vendor.choices[key]))}")
    return values


def _typed(name: str, value: Any, default: Any) -> Any:
    """Return the value if it has the type of the setting's default; an int is accepted as float."""
    if isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
        if value < 0:
            raise BadInput(f"setting {name!r} must not be negative")
        return float(value)
    if type(value) is not type(default):
        raise BadInput(f"setting {name!r} must be of type {type(default).__name__}")
    return value
