# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests have to know of a vendor; the rest they find out by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SECRET = "<a secret>"
"""Stands for a secret in a set of credentials; the tests put their own in its place."""

MISSING = "<not there>"
"""Takes an option out of a call; None is a null that the author wrote."""

Options = Mapping[str, Any]
Secrets = Mapping[str, str]


@dataclass(frozen=True)
class BadInput:
    """A call with options that cannot be meant; the message names ``option`` and has ``says`` in it."""

    module: str
    options: Options
    option: str
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One vendor, as the contract tests, the security tests and the benchmarks see it."""

    credentials: Sequence[Mapping[str, str]]
    """Every set of credentials that the vendor takes; a secret is SECRET."""

    secrets: Sequence[str]
    """The options that must be no_log, and no others but proxy."""

    seed: Callable[[Secrets], dict[str, Any]]
    """A sandbox seed that lets these secrets in (option → value), and in which every one of ``calls`` succeeds."""

    path: Callable[[Options], str]
    """The sandbox's path for a call: what stands behind its address in base_url."""

    calls: Mapping[str, Options]
    """For every module a call with one target that succeeds and, for a write module, changes something."""

    ids: Mapping[str, Sequence[str]]
    """For every module the options in ``calls`` that name something: none may be empty or have a slash."""

    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The same for options that are free text: none may be empty or have a control character."""

    optional: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """For a module those of both that may be left out."""

    logins: Sequence[str] = ()
    """Requests that check mode may send although they are no GET: "POST /voipnow/oauth/token.php", with globs."""

    bad_input: Sequence[BadInput] = ()
    """What cannot be meant with this vendor, laid over ``calls``; test_bad_input.py has what goes for every vendor."""

    variables: Mapping[str, Any] = field(default_factory=dict)
    """Variables that EXAMPLES use, other than vault_*."""
