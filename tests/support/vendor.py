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

ANN, BOB = "+15550100007", "+15550100008"
"""The people of runs about phone numbers: Ann's number is stopped, and Bob's is not."""

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
class RunAccount:
    """The vendor's account in runs over many accounts."""

    connection: Options
    """Its credentials, among them the secrets, and what else its address needs."""

    seed: Mapping[str, Any]
    """What the sandbox holds for it, under the vendor's name."""

    target: Options
    """What is torn down, by one change."""

    outcome: str = "cleared"
    watched: str = "still_clear"
    torn_down: Mapping[str, Any] = field(default_factory=dict)
    """What of the seed is different after that."""


@dataclass(frozen=True, kw_only=True)
class NumberAccount:
    """The same account in runs about phone numbers."""

    seed: Mapping[str, Any]
    """What of the account's seed is different: with what Ann has there, and Bob."""

    forms: Sequence[Any]
    places: Sequence[Mapping[str, Any]] = ()

    steps: Sequence[tuple[str, str]]
    """Each step against Ann's number with its outcome, in the order of a plan that hangs up too."""


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One vendor, for all tests that run for each vendor, and the benchmarks."""

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
    """Requests other than GET that check mode may send: "POST /acme/oauth/token", with wildcards."""

    reads: Sequence[str] = ()
    """Where reads are no GET: method, path and body of those, "POST /acme/* *function=search*", with globs."""

    plain_secrets: bool = False
    """A secret consists of letters, digits, _ and - alone: with others in it, nothing is sent."""

    repeats_errors: bool = True
    """Messages repeat what the vendor says in the body of an error status."""

    bad_input: Sequence[BadInput] = ()
    """Invalid input specific to this vendor, merged into ``calls``; test_bad_input.py has what applies to every
    vendor.
    """

    run: RunAccount
    numbers: NumberAccount | None = None

    hostile: Callable[[dict[str, Any], str], Any] | None = None
    """Puts a text into all that the modules return of a seed; None where only errors have text of the vendor."""

    variables: Mapping[str, Any] = field(default_factory=dict)
    """Variables in EXAMPLES other than vault_*."""
