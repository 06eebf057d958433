# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.

"""VoipNow: the address of an extension, and the parsing of values in responses."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..._core import options, strict_json
from ..._core.errors import OptionError
from ..._core.http_messages import path
from ..._core.operation import Params
from ..._core.options import Spec

USERS = ("@me", "@viewer", "@owner")
EXTENSION: Spec = {"user_id": {"type": "raw", "default": "@me"}, "extension": {"type": "raw"}}


@dataclass(frozen=True)
class ExtensionAddress:
    """An extension and the user that it is addressed by."""

    user_id: str
    extension: str

    def events(self, *rest: str | int) -> str:
        """Return the path of the extension's phone call events, or of one below it."""
        return path("uapi", "extensions", self.user_id, self.extension, "phoneCallEvents", *rest)

    def calls(self, *rest: str) -> str:
        """Return the path of the extension's phone calls, or of one of them."""
        return path("uapi", "phoneCalls", self.user_id, self.extension, *rest)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that identify it in results."""
        return {"user_id": self.user_id, "extension": self.extension}


def check_extension(options_: Params) -> ExtensionAddress:
    """Return the extension that the options name, or raise OptionError."""
    user_id = options.path_id(options_, "user_id")
    if user_id.startswith("@") and user_id not in USERS:
        raise OptionError("user_id", f"must be an id or one of {', '.join(USERS)}")
    extension = options.required_text(options_, "extension")
    if extension == "@self":
        raise OptionError("extension", "cannot be @self, which is every extension of the user; name the extension")
    if not set(extension) <= set("0123456789*"):
        raise OptionError("extension", "has digits and * only, such as 0003*210")
    return ExtensionAddress(user_id, extension)


def text(value: Any) -> str | None:
    """Return a value as text, or None for a missing one."""
    return None if value is None else str(value)


def number(value: Any) -> int | None:
    """Return an integer given as number or digits; None for anything else."""
    digits = str(value)
    if digits.isascii() and digits.isdigit():
        with suppress(ValueError):
            return strict_json.whole(digits)
    return None
