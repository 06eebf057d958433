# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares RETURN documentation with real results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Keys that Ansible adds to a result, or that are documented for all modules.
ANSIBLES_OWN = {"changed", "failed", "diff", "warnings", "deprecations", "invocation", "exception"}
# Modules that name outcomes after their state.
WORDS = {"already_clear", "would_clear", "cleared", "unchanged", "would_change", "changed"}
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "path": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "dict": (dict,),
    "list": (list,),
    "raw": (object,),
}


def undocumented(documented: Mapping[str, Any], result: Mapping[str, Any], where: str) -> list[str]:
    """Return the keys of a result that RETURN does not document, including those below ``contains``."""
    own = {name: value for name, value in result.items() if name not in ANSIBLES_OWN or name in documented}
    found = [f"{where}.{name} is not documented" for name in own.keys() - documented.keys()]
    for name, item in documented.items():
        if name not in own:
            if item.get("returned", "always") in ("always", "success"):
                found.append(f"{where}.{name} is documented, and not there")
            continue
        value, kind = own[name], item.get("type")
        if value is None:
            continue
        if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind not in ("bool", "raw")):
            found.append(f"{where}.{name} is documented as {kind}, and is {type(value).__name__}")
            continue
        if name == "summary" and not item.get("contains"):
            differs = (value.keys() ^ item["sample"].keys()) - WORDS
            found += [f"{where}.summary.{key}: sample and truth differ" for key in differs]
        if item.get("contains"):
            entries, inside = value if isinstance(value, list) else [value], f"{where}.{name}"
            found += [problem for entry in entries for problem in undocumented(item["contains"], entry, inside)]
    return found
