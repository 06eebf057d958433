# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the initial state of a server: a seed file and the settings of the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .errors import BadInput, mapping


def read(path: str | None) -> dict[str, Any]:
    """Read a seed file: JSON if its name ends in .json, otherwise YAML. Without a file, the state is empty."""
    if path is None:
        return {}
    try:
        text = Path(path).read_text(encoding="utf-8")
        return dict(mapping((json.loads if path.endswith(".json") else _yaml)(text) or {}, "the seed"))
    except OSError as error:
        raise BadInput(f"cannot read the seed {path}: {error.strerror}") from error
    except ValueError as error:
        raise BadInput(f"the seed {path} is wrong: {error}") from error


def apply(seed: dict[str, Any], assignments: Iterable[str]) -> dict[str, Any]:
    """Apply KEY=VALUE and VENDOR.KEY=VALUE to the settings of a seed; a value is JSON or otherwise plain text."""
    settings: dict[str, Any] = dict(mapping(seed.get("settings") or {}, "settings"))
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise BadInput(f"--set needs NAME=VALUE, not {assignment!r}")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        vendor, dot, key = name.partition(".")
        patch = {key: value} if dot else value
        if isinstance(patch, dict):
            value = {**_part(settings, vendor), **patch}
        settings[vendor] = value
    return {**seed, "settings": settings}


def _part(settings: dict[str, Any], vendor: str) -> Mapping[str, Any]:
    there = settings.get(vendor)
    return {} if there is None else mapping(there, f"settings.{vendor}")


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadInput(" ".join(str(error).split())) from error
