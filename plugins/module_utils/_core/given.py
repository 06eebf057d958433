# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The options as the task wrote them: an argument spec turns a number into a list, and adds null for missing ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import OptionError

Spec = Mapping[str, Any]


def kind_of(value: Any) -> str:
    """Return the type of a value, for a message."""
    if value is None:
        return "null"
    kinds = {bool: "a boolean", str: "text", list: "a list", dict: "a mapping", int: "a number", float: "a number"}
    return kinds.get(type(value), f"a {type(value).__name__}")


def shape_problem(given: Mapping[str, Any], spec: Spec) -> OptionError | None:
    """Return an error for a list of wrong shape: a number in its place, or an entry that is no mapping."""
    for name, item in spec.items():
        value = given.get(name)
        if value is None or item.get("type") != "list":
            continue
        problem = _of_entries(name, value, item["options"]) if "options" in item else _of_list(name, value)
        if problem:
            return problem
    return None


def _of_list(name: str, value: Any) -> OptionError | None:
    if isinstance(value, (list, str)):  # Ansible splits text at its commas
        return None
    return OptionError(name, f"is {kind_of(value)}; it takes a list of texts, each quoted")


def _of_entries(name: str, value: Any, options: Spec) -> OptionError | None:
    example = next(iter(options))
    if not isinstance(value, list):
        return OptionError(name, f"is {kind_of(value)}; it takes a list of mappings, such as [{{{example}: …}}]")
    for index, entry in enumerate(value):
        where = f"{name}[{index}]"
        if not isinstance(entry, dict):
            return OptionError(
                where, f"is {kind_of(entry)}; an entry is a mapping of options, such as {{{example}: …}}"
            )
        problem = shape_problem(entry, options)
        if problem:
            return OptionError(f"{where}.{problem.option}", problem.message)
    return None


def narrowed(params: Mapping[str, Any], given: Mapping[str, Any], name: str = "targets") -> dict[str, Any]:
    """Return options in whose list ``name`` each entry has only the keys that the task wrote, null values included."""
    entries = params.get(name)
    if not entries:
        return dict(params)
    kept = [
        {option: value for option, value in entry.items() if value is not None or option in before}
        for entry, before in zip(entries, given[name], strict=True)
    ]
    return {**params, name: kept}
