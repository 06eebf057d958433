# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The description of a vendor for the tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SECRET = "<a secret>"
"""Placeholder for a secret in a set of credentials; the tests replace it."""

MISSING = "<not there>"
"""Removes an option from a call; None is an explicit null."""

Options = Mapping[str, Any]
Secrets = Mapping[str, str]


@dataclass(frozen=True)
class BadInput:
    """A call with invalid options; the message names ``option`` and contains ``says``."""

    module: str
    options: Options
    option: str
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One vendor, for the contract tests, the security tests and the benchmarks."""

    credentials: Sequence[Mapping[str, str]]
    """Every set of credentials that the vendor accepts; a secret is SECRET."""

    secrets: Sequence[str]
    """The options that must be no_log; besides them only proxy is."""

    seed: Callable[[Secrets], dict[str, Any]]
    """A sandbox seed that accepts these secrets (option → value), and with which every one of ``calls`` succeeds."""

    path: Callable[[Options], str]
    """The path that a call's base_url has on the sandbox."""

    calls: Mapping[str, Options]
    """For every module a call with one target that succeeds and, for a write module, changes something."""

    ids: Mapping[str, Sequence[str]]
    """For every module the options in ``calls`` that are identifiers: none may be empty or contain a slash."""

    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The same for options that are free text: none may be empty or contain a control character."""

    optional: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """For a module, the options of both kinds that are optional."""

    logins: Sequence[str] = ()
    """Requests other than GET that check mode may send: "POST /voipnow/oauth/token.php", with wildcards."""

    reads: Sequence[str] = ()
    """Where reads are no GET: method, path and body of those, "POST /vicidial/* *function=lead_search*", with globs."""

    plain_secrets: bool = False
    """A secret consists of letters, digits, _ and - alone: with others in it, nothing is sent."""

    repeats_errors: bool = True
    """Messages repeat what the vendor says in the body of an error status."""

    bad_input: Sequence[BadInput] = ()
    """Invalid input specific to this vendor, merged into ``calls``; test_bad_input.py has what applies to every
    vendor.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    """Variables in EXAMPLES other than vault_*."""
