# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Options: argument specs shared by modules, and the checks that a spec cannot express."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from . import characters
from .errors import OptionError
from .given import kind_of
from .http_messages import place

Spec = Mapping[str, Any]
T = TypeVar("T")

CONNECTION: Spec = {
    "base_url": {"type": "str"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path"},
    "proxy": {"type": "str", "no_log": True},
    "allow_http": {"type": "bool", "default": False},
    "timeout": {"type": "float"},
    "target_timeout": {"type": "float"},
    "retries": {"type": "int", "default": 3},
    "concurrency": {"type": "int", "default": 4},
}

BULK: Spec = {"on_error": {"type": "str", "choices": ["continue", "stop"], "default": "continue"}}

WRITE: Spec = {"wait_timeout": {"type": "float"}, "journal": {"type": "path"}}

COUNT_GUARD: Spec = {"max_pending": {"type": "int"}, "allow_unknown": {"type": "bool", "default": False}}

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NOT_IN_A_SEGMENT = frozenset("/\\?#")
_PHONE_NUMBER = frozenset("0123456789+-(). /*#")


def targets_spec(target_options: Spec) -> dict[str, Any]:
    """Return the spec of ``targets``: the target options again, without defaults."""
    bare = {
        name: {key: item for key, item in spec.items() if key != "default"} for name, spec in target_options.items()
    }
    return {"type": "list", "elements": "dict", "options": bare}


def check_targets(
    params: Mapping[str, Any], names: Spec, check: Callable[[Mapping[str, Any]], T], settings: Collection[str] = ()
) -> list[T]:
    """Return the checked targets of a task, or raise OptionError that names index and option.

    An entry has its own options, with the task's options as defaults. ``settings`` are
    options that say how a target is processed: an entry with nothing else would repeat the task's own target.
    """
    entries = params["targets"]
    if entries is None:
        return [check({name: params[name] for name in names})]
    if not entries:
        raise OptionError("targets", "the list is empty; leave the task out where there is nothing to do")
    own = [name for name in names if name not in settings]
    checked = []
    for index, entry in enumerate(entries):
        try:
            for name, value in entry.items():
                if value is None:
                    raise OptionError(name, "is null; give a value, or leave it out where the task's own is meant")
            checked.append(check({name: params[name] for name in names} | entry))
        except OptionError as error:
            raise OptionError(f"targets[{index}].{error.option}", error.message) from error
        if not any(name in entry for name in own):
            raise OptionError(f"targets[{index}]", f"names no target of its own; give one or more of {', '.join(own)}")
    return checked


def path_id(options: Mapping[str, Any], name: str) -> str:
    """Return an id that is valid as one segment of a path, or raise OptionError.

    A missing or empty id must never shorten the path to one that means "all".
    """
    return path_segment(name, options[name])


def path_segment(name: str, value: Any) -> str:
    """Return the value of an option that becomes one segment of a path, or raise OptionError."""
    found = _text(name, value)
    if found in (".", ".."):
        raise OptionError(name, f"{found!r} cannot be an id")
    if _NOT_IN_A_SEGMENT.intersection(found):
        raise OptionError(name, "has one of the characters / \\ ? #")
    return found


def required_text(options: Mapping[str, Any], name: str) -> str:
    """Return a name that travels as text, or raise OptionError."""
    return _text(name, options[name])


def phone_number(options: Mapping[str, Any], name: str) -> str:
    """Return a phone number as written, or raise OptionError if it cannot be one phone number.

    How a vendor compares it with its list is not documented, so nothing is dropped or changed here: separators
    between digits stay. Characters that a spreadsheet or a clipboard adds would make it another number.
    """
    value = _text(name, options[name])
    strange = next((char for char in value if char not in _PHONE_NUMBER), None)
    if strange:
        raise OptionError(
            name, f"has {characters.named(strange)}; a number has digits, spaces and + - ( ) . / * # only"
        )
    if not any(char.isdigit() for char in value):
        raise OptionError(name, "has no digit")
    if "+" in value.lstrip("( ")[1:]:
        raise OptionError(name, "has a + after its beginning; several numbers go into targets")
    if re.fullmatch(r"[0-9]+\.0+", value):
        raise OptionError(name, "has decimals, as a spreadsheet writes a number; format its column as text")
    return value


def compared_name(options: Mapping[str, Any], name: str) -> str | None:
    """Return a name that is only compared with the vendor's, or raise OptionError; None if none is given.

    Vendors accept every character in a name; the comparison refuses a name that differs by invisible characters.
    """
    value = options[name]
    return value if value is None or (isinstance(value, str) and value.strip()) else _text(name, value)


def _text(name: str, value: Any) -> str:
    """Return text without invisible characters, or raise OptionError."""
    if value is None:
        raise OptionError(name, "is required")
    if isinstance(value, (list, Mapping)):
        raise OptionError(name, f"is {kind_of(value)}, and it takes one text; several go into targets")
    if not isinstance(value, str):
        raise OptionError(name, "is not text; quote it, or use `| string`: YAML reads 0010 as 8 and 077 as 63")
    if not value.strip():
        raise OptionError(name, "is empty")
    if value != value.strip():
        raise OptionError(name, "has white space at its ends")
    if problem := characters.hidden(value):
        raise OptionError(name, problem)
    return value


def seconds(params: Mapping[str, Any], name: str, default: float, *, zero: bool = False) -> float:
    """Return a duration in seconds, or raise OptionError."""
    value = params[name]
    number = default if value is None else float(value)
    if not (0 < number < float("inf") or (zero and number == 0)):
        raise OptionError(name, f"must be {'0 or' if zero else 'a number'} more than 0 seconds")
    return number


def int_in_range(params: Mapping[str, Any], name: str, least: int, most: int | None = None) -> int:
    """Return a whole number between bounds, or raise OptionError."""
    if isinstance(params[name], bool):
        raise OptionError(name, "is a boolean, and must be a whole number")
    value = int(params[name])
    if value < least or (most is not None and value > most):
        raise OptionError(name, f"must be {least} or more" if most is None else f"must be from {least} to {most}")
    return value


def base_url(params: Mapping[str, Any], default: Callable[[], str]) -> str:
    """Return the vendor's address without a slash at its end, or raise OptionError."""
    url = str(default() if params["base_url"] is None else params["base_url"])
    if not place(url).startswith(("http://", "https://")) or CONTROL.search(url) or " " in url:
        raise OptionError("base_url", "must be a URL such as https://host.example.com")
    parts = urlsplit(url)
    if parts.username is not None or parts.query or parts.fragment:
        raise OptionError("base_url", "takes scheme, host, port and path only")
    if parts.scheme == "http" and not params["allow_http"] and not is_loopback(str(parts.hostname)):
        raise OptionError("base_url", "http would send credentials in the clear; use https, or allow_http: true")
    return url.rstrip("/")


def existing_file(params: Mapping[str, Any], name: str, *, folder: bool = False) -> str | None:
    """Return the path of a readable file (or folder), or raise OptionError."""
    value = params[name]
    if value is None:
        return None
    path = Path(local_path(name, value))
    if not (path.is_file() or (folder and path.is_dir())) or not os.access(path, os.R_OK):
        raise OptionError(name, f"{path} is not a file that can be read")
    return str(path)


def local_path(name: str, value: str) -> str:
    """Return a path that this machine can encode, or raise OptionError."""
    try:
        encoded = os.fsencode(value)
    except UnicodeEncodeError as error:
        raise OptionError(
            name,
            f"{value} cannot be written in this locale, whose file names are {error.encoding};"
            " run with a UTF-8 locale, such as LC_ALL=C.UTF-8",
        ) from error
    if b"\0" in encoded:
        raise OptionError(name, "has a NUL character")
    return value


def check_secret(name: str, value: str) -> None:
    """Raise OptionError if a secret cannot be sent in a header unchanged."""
    if not value:
        raise OptionError(name, "is empty")
    if value != value.strip():
        raise OptionError(name, "has white space at its ends, such as a line break from a file")
    if not (value.isascii() and value.isprintable()):
        raise OptionError(name, "has characters other than printable ASCII")


def credentials(params: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str | None]:
    """Return the credentials from one source: the task, or else the environment.

    ``environment`` maps option → variable. If the task has any of them, the environment is not read.
    """
    given = {name: params[name] for name in environment}
    if all(value is None for value in given.values()):
        given = {name: os.environ.get(variable) for name, variable in environment.items()}
    return {name: None if value is None else str(value) for name, value in given.items()}


def require_credentials(found: Mapping[str, str | None], environment: Mapping[str, str]) -> dict[str, str]:
    """Return complete credentials that can be sent, or raise OptionError."""
    complete = {}
    for name, value in found.items():
        if value is None:
            raise OptionError(name, _missing(name, found, environment))
        check_secret(name, value)
        complete[name] = value
    return complete


def _missing(name: str, found: Mapping[str, str | None], environment: Mapping[str, str]) -> str:
    """Say how credentials of which one is missing can be completed."""
    names, variable = list(found), environment[name]
    if len(names) == 1:
        return f"is required, on the task or as {variable} in the environment"
    together = f"give {' and '.join(names)} on the task, or {' and '.join(environment[each] for each in names)}"
    together += " in the environment"
    beside = [each for each, value in found.items() if value is not None]
    if beside and os.environ.get(variable) is not None:
        return f"is required; {variable} is set but not used, because {beside[0]} is given on the task: {together}"
    return f"is required{' beside ' + beside[0] if beside else ''}: {together}"


def is_loopback(host: str) -> bool:
    """Return whether a host is a loopback name or address."""
    import ipaddress  # noqa: PLC0415 - plain http is rare, and the import would slow down every task

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
