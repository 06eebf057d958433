# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Names of variables that nobody reads. Ansible ignores them, so a limit with a misspelled name would limit nothing."""

from __future__ import annotations

from collections.abc import Container, Iterable
from difflib import SequenceMatcher, get_close_matches

from .settings import CAMPAIGNS, NUMBERS, Interface, SettingsError

_STRAY_WORDS = "_raw_params"
"""Where Ansible puts the words of ``-e`` that belong to no variable."""

_ACCOUNT = {CAMPAIGNS.prefix: ("vendor", "connection", "targets"), NUMBERS.prefix: ("forms", "places")}
"""Prefix → what an account says besides the settings."""

_LEFT_BY_A_RUN = ("result", "run", "plan_sha256")
_GUARDS = frozenset({"allow", "max", "protected", "require"})
"""The first words of settings that hold a run back. Another variable that begins so would hold nothing back."""

_RESTRICTIONS = frozenset({"dry", "except", "exclude", "excluded", "limit", "only", "skip", "without"})
"""Words of names that ask for less. No setting has one, so the run would do more than such a name asks for."""

_CLOSE_NAME = 0.8
_CLOSE_PREFIX = 0.85


def insist_on_known_names(names: Iterable[str], interface: Interface) -> list[str]:
    """Return a warning for each name that has the prefix of the run's variables and is none of them.

    Raise SettingsError for one that is nearly a known name, begins like a setting that holds a run back, or has a word
    that asks for less.
    """
    prefix = interface.prefix
    known = sorted({*interface.spec, *_ACCOUNT[prefix], *_LEFT_BY_A_RUN})
    warnings = []
    for name in sorted(names):
        meant = _meant(name, prefix, known)
        if meant:
            raise SettingsError(
                f"There is no variable {name}. If {prefix}{meant} is meant, correct it; if not, rename yours."
            )
        rest = name.removeprefix(prefix)
        if rest == name or rest in known:
            continue
        if not _RESTRICTIONS.isdisjoint(rest.split("_")):
            raise SettingsError(
                f"There is no variable {name}, so it would restrict nothing. Remove it, or rename yours."
            )
        warnings.append(f"There is no variable {name}, so its value is ignored.")
    return warnings


def insist_on_no_stray_words(names: Container[str]) -> None:
    """Raise SettingsError if words of ``-e`` belong to no variable.

    They are not shown: they may be a part of a phone number.
    """
    if _STRAY_WORDS in names:
        raise SettingsError(
            "-e has words that belong to no variable, since -e name=value ends a value at the first space. Write a"
            """ value that has spaces as -e '{"name": "all of it"}'."""
        )


def _meant(name: str, prefix: str, known: list[str]) -> str | None:
    """Return the known name that an unknown one was to be, as far as that can be told."""
    if name.startswith(prefix):
        rest = name.removeprefix(prefix)
        if rest in known:
            return None
        word = rest.partition("_")[0]
        guards = [each for each in known if word in _GUARDS and each.partition("_")[0] == word]
        return _nearest(rest, known, _CLOSE_NAME) or _nearest(rest, guards, 0)
    if any(each in name for each in _ACCOUNT):
        return None
    for end in known:
        start = name.removesuffix(end)
        if start != name and SequenceMatcher(None, start, prefix).ratio() >= _CLOSE_PREFIX:
            return end
    return None


def _nearest(name: str, names: list[str], cutoff: float) -> str | None:
    return next(iter(get_close_matches(name, names, 1, cutoff)), None)
