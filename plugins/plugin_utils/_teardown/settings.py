# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The settings of a run: one argument spec, and one rule for values that differ between hosts of the play."""

from __future__ import annotations

import math
import re
from ast import literal_eval
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any
from unicodedata import east_asian_width

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .documents import ABOUT_NUMBERS, InvalidDocument, to_json_data
from .limits import VARIABLE, Limits
from .masking import FEWEST, digits_of

SPEC: Mapping[str, Mapping[str, Any]] = {
    "mode": {"type": "str", "choices": ["plan", "apply", "evidence", "watch"], "default": "plan"},
    "plan": {"type": "str"},
    "hand_over": {"type": "str", "choices": ["path", "packed"], "default": "path"},
    "approved_sha256": {"type": "str"},
    "approved_by": {"type": "str"},
    "approved_until": {"type": "str"},
    "approval_signers": {"type": "path"},
    "approval_signature": {"type": "path"},
    "require_approval": {"type": "bool", "default": False},
    "expires_after": {"type": "float", "default": 1.0},
    "max_growth_percent": {"type": "float", "default": 10.0},
    "allow_missing_accounts": {"type": "bool", "default": False},
    "slice": {"type": "bool", "default": False},
    "again": {"type": "bool", "default": False},
    "resend_in_doubt": {"type": "bool", "default": False},
    "max_targets": {"type": "int", "default": 100},
    "max_pending_total": {"type": "int"},
    "protected": {"type": "list", "elements": "str"},
    "allow_unknown": {"type": "bool", "default": True},
    "reason": {"type": "str"},
    "ticket": {"type": "str"},
    "requested_by": {"type": "str"},
    "contact": {"type": "str"},
    "event_id": {"type": "str"},
    "root": {"type": "path"},
    "folder": {"type": "path"},
    "deliver": {"type": "path"},
    "ledger": {"type": "path"},
    "sign_key": {"type": "path"},
    "metrics_file": {"type": "path"},
    "junit": {"type": "bool", "default": False},
    "purge_after_days": {"type": "float"},
    "concurrency": {"type": "int"},
    "mask_phone_numbers": {"type": "bool", "default": True},
    "mask_key": {"type": "str", "no_log": True},
    "stop_running": {"type": "bool", "default": True},
    "settle_seconds": {"type": "float", "default": 5.0},
    "start_again": {"type": "bool", "default": False},
    "backup": {"type": "bool", "default": True},
}
"""What the action takes; the role's variables are the same names behind ``campaign_teardown_``."""

_OF_CAMPAIGNS = (
    *("slice", "max_targets", "max_pending_total", "max_growth_percent", "allow_unknown"),
    *("stop_running", "settle_seconds", "start_again", "backup"),
)
NUMBER_SPEC: Mapping[str, Mapping[str, Any]] = {
    "numbers": {"type": "list", "elements": "raw"},
    "file": {"type": "path"},
    "event_ids": {"type": "list", "elements": "str"},
    "max_numbers": {"type": "int", "default": 10_000},
    "suppress": {"type": "bool", "default": True},
    "cancel": {"type": "bool", "default": True},
    "hang_up": {"type": "bool", "default": False},
    "strict": {"type": "bool", "default": False},
    **{name: option for name, option in SPEC.items() if name not in _OF_CAMPAIGNS},
}
"""What the action for phone numbers takes; the role's variables are the same names behind ``stop_number_``."""


@dataclass(frozen=True)
class Interface:
    """How a user says what a run is to do: the settings, and what the names of their variables begin with."""

    kind: str | None
    """What plan and evidence say that a run is about; None for campaigns."""

    prefix: str
    spec: Mapping[str, Mapping[str, Any]]

    def named(self, text: str) -> str:
        """Return a message with the variables under the names that the user knows."""
        return text if self.prefix == VARIABLE else _VARIABLES.sub(rf"{self.prefix}\1", text)


_VARIABLES = re.compile(rf"{VARIABLE}({'|'.join(NUMBER_SPEC)})\b")
CAMPAIGNS = Interface(None, VARIABLE, SPEC)
NUMBERS = Interface(ABOUT_NUMBERS, "stop_number_", NUMBER_SPEC)

VERIFY_SPEC: Mapping[str, Mapping[str, Any]] = {
    "folder": {"type": "path"},
    "ledger": {"type": "path"},
    "signers": {"type": "path"},
    "mask_key": {"type": "str", "no_log": True},
    "phone_numbers": {"type": "list", "elements": "str"},
}
"""What the verification takes."""

MERGE_SPEC: Mapping[str, Mapping[str, Any]] = {
    "folders": {"type": "list", "elements": "path", "required": True},
    "plan_sha256": {"type": "str"},
    "hand_over": SPEC["hand_over"],
    **{name: SPEC[name] for name in ("root", "folder", "ledger", "sign_key", "mask_key")},
}
"""What a merge takes."""

MOST_ACCOUNTS_AT_ONCE = 32
SHORT_KEY = 16
"""Characters below which a key can be guessed."""

EVENTS = ("event_id", "event_ids")
"""The event that asks for a run, or several; run, evidence and ledger name them under these words."""
_WRONG_VALUE = re.compile(r"^(argument '|value of )(\w+)")
"""How Ansible's messages about a value begin, with the name of the option."""

_EVENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A part of a folder's name."""

_NULL_MEANS_NO_END = "expires_after"
_MOST_HOURS = 876_000
_MOST_DAYS = 36_500


class SettingsError(Exception):
    """Invalid settings; the text names the variable and says what to do."""


@dataclass(frozen=True)
class Settings:
    """The complete settings of a run, typed."""

    values: Mapping[str, Any]
    interface: Interface = CAMPAIGNS

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def is_slice(self) -> bool:
        """Whether other jobs have the other accounts of the plan."""
        return bool(self.values.get("slice"))

    def text(self, name: str) -> str:
        """Return a text setting; empty if none was given."""
        return str(self.values[name] or "").strip()

    def warnings(self) -> list[str]:
        """Return warnings about valid settings."""
        found = []
        reason = self.text("reason")
        # Chinese and Japanese have no spaces between words.
        if len(reason.split()) == 1 and not any(east_asian_width(char) in "WF" for char in reason):
            found.append(
                f"{VARIABLE}reason is the one word {reason!r}: -e name=value ends a value at the first space. Where the"
                f""" shell line has more, write -e '{{"{VARIABLE}reason": "all of it"}}'."""
            )
        if 0 < len(self.text("mask_key")) < SHORT_KEY:
            found.append(
                f"{VARIABLE}mask_key has fewer than {SHORT_KEY} characters: whoever guesses it can find every masked"
                " phone number by trying them all."
            )
        return found

    @property
    def about(self) -> dict[str, Any]:
        """What plan and run.json say about the request: what it is about, why, who asked, and by which event."""
        asked = {name: self.text(name) or None for name in ("reason", "ticket", "requested_by", "contact")}
        events = {name: value for name in EVENTS if (value := self.values.get(name))}
        return {**({"kind": self.interface.kind} if self.interface.kind else {}), **asked, **events}

    @property
    def limits(self) -> Limits:
        """The limits that a plan is held against."""
        if self.interface.kind is None:
            return Limits.of(self.values)
        return Limits(protected=tuple(self.values["protected"]))


def checked(given: Mapping[str, Any], interface: Interface = CAMPAIGNS) -> dict[str, Any]:
    """Return settings as the argument spec reads them, without those that say nothing; or raise SettingsError."""
    insist_on_text_of_plan(given.get("plan"))
    told = _told(given, VARIABLE)
    if "protected" in told:
        told["protected"] = _protected(told["protected"])
    if isinstance(told.get("numbers"), str):
        told["numbers"] = _separated(told["numbers"])
    if str(told.get(_NULL_MEANS_NO_END, "")).strip().lower() in ("null", "none"):
        told[_NULL_MEANS_NO_END] = None
    if strangers := told.keys() - interface.spec.keys():
        raise SettingsError(f"options that the teardown does not have: {', '.join(sorted(strangers))}")
    spec = {name: {**option, "default": None} for name, option in interface.spec.items()}
    validated = _validated(told, spec, VARIABLE)
    found = {name: validated[name] for name in told}
    _insist_on_ranges(found)
    return found


def _insist_on_ranges(found: Mapping[str, Any]) -> None:
    for name, value in found.items():
        # Of accounts at least one is worked on at a time, whatever is said.
        if type(value) in (int, float) and name != "concurrency" and value < 0:
            raise SettingsError(f"{VARIABLE}{name}: must be 0 or more, not {value}")
    for name, given in (("event_id", [found.get("event_id") or "any"]), ("event_ids", found.get("event_ids") or ())):
        if not all(map(_EVENT_ID.fullmatch, given)):
            rule = "must be letters, digits and . _ - alone, 64 at most, and begin with a letter or digit"
            raise SettingsError(f"{VARIABLE}{name}: {rule}")
    if (found.get("expires_after") or 0) > _MOST_HOURS:
        raise SettingsError(f"{VARIABLE}expires_after: must be {_MOST_HOURS} hours at most, or null for no end")
    if (found.get("purge_after_days") or 0) > _MOST_DAYS:
        raise SettingsError(f"{VARIABLE}purge_after_days: must be {_MOST_DAYS} at most, or left out for never")


def checked_verification(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a verification, each None if it was not given; or raise SettingsError."""
    found = _validated(_told(given), VERIFY_SPEC, required_one_of=[("folder", "ledger")])
    for place, number in enumerate(found["phone_numbers"] or ()):
        if len(digits_of(number)) < FEWEST:
            raise SettingsError(f"phone_numbers[{place}]: must have {FEWEST} digits or more, as it was dialed")
    return found


def checked_merge(given: Mapping[str, Any]) -> Settings:
    """Return the options of a merge, each None if it was not given; or raise SettingsError."""
    found = _validated(_told(given), MERGE_SPEC)
    if not found["folders"]:
        raise SettingsError("folders: must name at least one folder")
    return Settings({**found, "mode": "merge"})


def _validated(
    told: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]], prefix: str = "", **rules: Any
) -> dict[str, Any]:
    """Return each option, or raise SettingsError that names options with the prefix of their variables."""
    for name, value in told.items():
        if spec.get(name, {}).get("type") in ("int", "float") and not _may_be_number(value):
            raise SettingsError(f"{prefix}{name}: must be a number, not {value}")
    validated = ArgumentSpecValidator(dict(spec), **rules).validate(told)
    if validated.error_messages:
        raise SettingsError("; ".join(_WRONG_VALUE.sub(rf"\1{prefix}\2", text) for text in validated.error_messages))
    found = dict(validated.validated_parameters)
    for name, value in found.items():
        paths = value if isinstance(value, list) else [value]
        if "path" in (spec[name].get("type"), spec[name].get("elements")) and any("\0" in str(path) for path in paths):
            raise SettingsError(f"{prefix}{name}: has a control character, which no path can have")
    return found


def _may_be_number(value: Any) -> bool:
    """Return False for what Ansible takes for a number and is none: false would be 0 days, and infinity breaks it."""
    with suppress(TypeError, ValueError):
        return not isinstance(value, bool) and math.isfinite(float(value))
    return True


def _told(given: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return what says something: not a survey's empty answer, nor null where that is not an answer itself."""
    found = {}
    for name, value in given.items():
        if (value is None and name != _NULL_MEANS_NO_END) or (isinstance(value, str) and not value.strip()):
            continue
        try:
            found[name] = to_json_data(value)
        except InvalidDocument as error:
            raise SettingsError(f"{prefix}{name}: {error}") from error
    return found


def _protected(given: Any) -> Any:
    """Return the protected patterns as a list, whichever way they were given."""
    patterns = _patterns(given) if isinstance(given, str) else given
    if isinstance(patterns, list) and any(isinstance(item, (list, dict)) for item in patterns):
        raise SettingsError(f"{VARIABLE}protected: must be a list of ids and names, without lists or mappings in it")
    return patterns


def _separated(text: str) -> list[str]:
    """Return the parts of a text that are separated by commas or lines, as the answers of surveys are."""
    return [part.strip().removeprefix("- ") for part in re.split(r"[,\n]", text) if part.strip()]


def _patterns(text: str) -> list[str]:
    """Return the patterns in a text: separated by commas or lines, or a list written out, as surveys may have it.

    A semicolon, or a space between numbers, may separate as well as belong to a name: both readings protect.
    """
    separated = _separated(text)
    separated += [piece for part in separated for piece in _finer(part)]
    try:
        written = literal_eval(text.strip()) if text.strip().startswith("[") else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        written = None
    # Brackets may belong to a name as well: both readings protect.
    return [*map(str, written), *separated] if isinstance(written, list) else separated


def _finer(part: str) -> list[str]:
    pieces = re.split(r"[;\s]+" if re.fullmatch(r"[\d;\s]+", part) else ";", part)
    return [piece.strip() for piece in pieces if piece.strip() and piece != part]


def insist_on_text_of_plan(plan: Any) -> None:
    """Raise SettingsError for a plan as a mapping; before it is templated, since texts in it come from vendors."""
    if plan is not None and not isinstance(plan, str):
        raise SettingsError(
            f"{VARIABLE}plan: must be text. Give the path of plan.json, or the packed text that a job handed on:"
            " what passes through variables as data may be templated on its way."
        )


def merged(
    task: Mapping[str, Any], hosts: Mapping[str, Mapping[str, Any]], interface: Interface = CAMPAIGNS
) -> Settings:
    """Return the settings of the run from what the task and every host say (both as ``checked`` returns them).

    Limits add up: the strictest value counts, wherever it stands. Where only one value can be, the task's counts;
    without one, hosts that do not agree are a SettingsError that names them.
    """
    values: dict[str, Any] = {}
    for name, option in interface.spec.items():
        default = option.get("default")
        combine = _COMBINED.get(name)
        if combine is not None:
            given = [settings[name] for settings in (task, *hosts.values()) if settings.get(name) is not None]
            values[name] = combine(given) if given else default
        elif name in task:
            values[name] = task[name]
        else:
            said = {host: settings.get(name, default) for host, settings in hosts.items()}
            values[name] = _the_one(name, said) if said else default
    values["protected"] = values["protected"] or []
    return Settings(values, interface)


def _the_one(name: str, said: Mapping[str, Any]) -> Any:
    distinct = {repr(value): (host, value) for host, value in said.items()}
    if len(distinct) > 1:
        shown = list(distinct.values())[:3]
        told = ", ".join(f"{'one value' if name in _NOT_SHOWN else repr(value)} on {host}" for host, value in shown)
        raise SettingsError(
            f"{VARIABLE}{name}: only one value can hold for a run, and the hosts differ ({told})."
            " Set it for the play, or alike for all hosts."
        )
    return next(value for _host, value in distinct.values())


_NOT_SHOWN = frozenset({"mask_key", "numbers"})
"""Settings whose values are no part of a message."""

# How values of several hosts combine: the strictest one counts.
_COMBINED: Mapping[str, Callable[[list[Any]], Any]] = {
    **dict.fromkeys(("require_approval", "mask_phone_numbers", "backup", "strict"), any),
    **dict.fromkeys(("allow_unknown", "allow_missing_accounts", "again", "resend_in_doubt"), all),
    **dict.fromkeys(("max_targets", "max_numbers", "max_pending_total", "max_growth_percent", "concurrency"), min),
    "protected": lambda lists: list(dict.fromkeys(chain(*lists))),
}
