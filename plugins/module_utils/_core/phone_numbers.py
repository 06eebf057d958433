# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Phone numbers: E.164, the forms in which a system stores a number, and the other numbers that a form may mean.

Pure functions. A number that a system stores in another form than the one searched for is not found, so a result
names every form that was searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from unicodedata import decimal

from . import options
from .errors import OptionError
from .given import kind_of

AS_IS, DIGITS, NATIONAL, LITERAL = "as_is", "digits", "national", "literal"

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# No country code begins with another one (ITU-T E.164), so that a part of one, such as 5 of 57, is a mistake.
_COUNTRY_CODE = re.compile(
    "1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|(?:2[1-689]|3[578]|42|50|59|6[7-9]|8[03578]|9[679])[0-9]"
)
_SEPARATORS = str.maketrans("", "", " -.()/")
_TAIL = 7
"""Two numbers with this many last digits in common may be one number in two forms."""

_LONGEST_SHOWN = 40
_EXAMPLE = "such as +573000000007"
_SHAPES = (
    f"{AS_IS}, {DIGITS}, {{{NATIONAL}: {{country_code: …, prefix: …}}}} or {{{LITERAL}: {{E.164 number: [its forms]}}}}"
)


def e164(name: str, value: Any) -> str:
    """Return a number as ``+`` and 7 to 15 digits, whatever separates them in ``value``; or raise OptionError."""
    found = options.phone_number({name: value}, name)
    if strange := set("/*#") & set(found):
        raise OptionError(name, f"has {min(strange)!r}; an E.164 number has + and digits, {_EXAMPLE}")
    if re.search(r"\( *0", found):
        raise OptionError(
            name, "has a 0 after (, which is often dialed within the country only; write it without parentheses"
        )
    number = bare(found)
    if not number.startswith("+"):
        raise OptionError(name, f"has no + and country code; give the number in E.164, {_EXAMPLE}")
    if number[1] == "0":
        raise OptionError(name, "has a 0 after the +; no country code begins with 0")
    if not _E164.fullmatch(number):
        digits = len(number) - 1
        raise OptionError(name, f"has {digits} digit{'' if digits == 1 else 's'}; an E.164 number has 7 to 15")
    if _has_trunk_zero(number):
        raise OptionError(name, "has a 0 after its country code, which is dialed within the country only; leave it out")
    return number


def bare(number: str) -> str:
    """Return a number without separators, so that two spellings of one number are equal."""
    return number.translate(_SEPARATORS)


def digits_of(number: str) -> str:
    """Return the digits of a number as 0 to 9, whatever is between them and in whichever script they are written."""
    return "".join(str(decimal(char)) for char in number if char.isdecimal())


def same_digits(one: str, other: str) -> bool:
    """Return whether two texts have the same digits, and any."""
    return digits_of(one) == digits_of(other) != ""


def may_be_one(one: str, other: str) -> bool:
    """Return whether the digits of two numbers end alike, so that they may be one number in two forms."""
    ends = {digits_of(text)[-_TAIL:] for text in (one, other)}
    return same_digits(one, other) or (len(ends) == 1 and len(ends.pop()) == _TAIL)


@dataclass(frozen=True)
class Form:
    """One form of a number; ``also`` are other E.164 numbers that the same rules write like this."""

    text: str
    rule: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Beginning:
    """A rule that exchanges the beginning of a number: ``begin`` in E.164 for ``instead``."""

    name: str
    begin: str
    instead: str = ""

    def __str__(self) -> str:
        return self.name

    def forms(self, number: str) -> tuple[str, ...] | str:
        if not number.startswith(self.begin):
            return f"the number has another country code than {self.begin[1:]}"
        return (self.instead + number.removeprefix(self.begin),)

    def numbers(self, form: str) -> Iterator[str]:
        if form.startswith(self.instead):
            yield self.begin + form.removeprefix(self.instead)


@dataclass(frozen=True)
class _Literal:
    """A rule that lists numbers with their forms."""

    listed: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return LITERAL

    def forms(self, number: str) -> tuple[str, ...] | str:
        return self.listed.get(number, "the number is not listed there")

    def numbers(self, form: str) -> Iterator[str]:
        yield from (number for number, texts in self.listed.items() if form in texts)


_Rule = _Beginning | _Literal
"""``forms`` returns a reason in place of forms where the rule does not apply; ``numbers`` yields every text that, if it
is an E.164 number, the rule writes like ``form``."""


@dataclass(frozen=True)
class Rules:
    """How one system stores numbers. All rules count: a number may stand there in several forms."""

    name: str
    rules: tuple[_Rule, ...]

    def forms(self, number: str) -> tuple[Form, ...]:
        """Return the forms of an E.164 number; or raise OptionError if no rule gives one: nothing is guessed."""
        searched: dict[str, Form] = {}
        left_out: list[str] = []
        for rule in self.rules:
            found = rule.forms(number)
            if isinstance(found, str):
                left_out.append(f"{rule}: {found}")
                continue
            for text in found:
                searched.setdefault(text, Form(text, str(rule), self._others(text, number)))
        if not searched:
            raise OptionError(self.name, f"no rule says in which form {number} is stored ({'; '.join(left_out)})")
        return tuple(searched.values())

    def _others(self, form: str, number: str) -> tuple[str, ...]:
        """Return the other numbers that these rules write like ``form``, without impossible ones."""
        found = {other for rule in self.rules for other in rule.numbers(form) if _E164.fullmatch(other)}
        return tuple(sorted(other for other in found - {number} if not implausible(other)))


def rules(name: str, value: Any) -> Rules:
    """Read an option that lists the forms of a system, or raise OptionError."""
    if not isinstance(value, list) or not value:
        shown = "is empty" if value == [] else f"is {kind_of(value)}"
        raise OptionError(name, f"{shown}; it takes a list of {_SHAPES}")
    found = [_rule(f"{name}[{index}]", item) for index, item in enumerate(value)]
    for index, rule in enumerate(found):
        if str(rule) in map(str, found[:index]):
            raise OptionError(f"{name}[{index}]", f"repeats the rule {rule}")
    return Rules(name, tuple(found))


def _rule(name: str, item: Any) -> _Rule:
    if item == AS_IS:
        return _Beginning(AS_IS, "")
    if item == DIGITS:
        return _Beginning(DIGITS, "+")
    if isinstance(item, Mapping) and len(item) == 1:
        kind, told = next(iter(item.items()))
        if kind == NATIONAL:
            return _national(f"{name}.{kind}", told)
        if kind == LITERAL:
            return _literal(f"{name}.{kind}", told)
    raise OptionError(name, f"is {_shown(item)}, which is no form; a form is {_SHAPES}")


def _shown(item: Any) -> str:
    """Return what stands in the place of a form; of what may be a phone number, how many digits it has."""
    if isinstance(item, Mapping):
        return f"a mapping with {', '.join(map(_shown, item)) or 'nothing'}"
    if not isinstance(item, str):
        return kind_of(item)
    digits = len(digits_of(item))
    is_word = not digits or (digits < _TAIL and item[0].isalpha())
    return repr(item[:_LONGEST_SHOWN]) if is_word else f"text with {digits} digit{'' if digits == 1 else 's'}"


def _national(name: str, told: Any) -> _Beginning:
    if not isinstance(told, Mapping) or not {"country_code"} <= told.keys() <= {"country_code", "prefix"}:
        raise OptionError(name, 'takes country_code and, if need be, prefix, such as {country_code: "57", prefix: "9"}')
    country_code = options.required_text({f"{name}.country_code": told["country_code"]}, f"{name}.country_code")
    if not re.fullmatch("[1-9][0-9]{0,2}", country_code):
        raise OptionError(f"{name}.country_code", 'must be 1 to 3 digits without +, such as "57"')
    library = _library()
    in_use = library is None or int(country_code) in library.COUNTRY_CODE_TO_REGION_CODE
    if not (in_use and _COUNTRY_CODE.fullmatch(country_code)):
        raise OptionError(f"{name}.country_code", "is no country code that is in use")
    prefix = told.get("prefix", "")
    if not isinstance(prefix, str) or not re.fullmatch("[0-9*#]*", prefix):
        raise OptionError(f"{name}.prefix", "must be the digits that are dialed before the number, in quotes")
    called = f"{NATIONAL} {country_code}" + (f", prefix {prefix}" if prefix else "")
    return _Beginning(called, f"+{country_code}", prefix)


def _literal(name: str, told: Any) -> _Literal:
    if not isinstance(told, Mapping) or not told:
        raise OptionError(name, 'takes E.164 numbers with their forms, such as {"+573000000007": ["93000000007"]}')
    listed: dict[str, tuple[str, ...]] = {}
    for key, texts in told.items():
        number = e164(name, key)
        if number in listed:
            raise OptionError(name, f"names {number} twice, in two spellings")
        where = f"{name}.{number}"
        if not isinstance(texts, list) or not texts:
            raise OptionError(where, 'takes a list of forms, such as ["93000000007"]')
        listed[number] = tuple(options.phone_number({where: text}, where) for text in texts)
    return _Literal(listed)


def implausible(number: str) -> str | None:
    """Return why no country has such an E.164 number; None if one may have it, or it cannot be checked.

    The lengths of each country's numbers come from the Python package ``phonenumbers``, if it is installed. They
    change, so this is a reason for a warning, not for a refusal.
    """
    library = _library()
    if library is None:
        return None
    try:
        found = library.is_possible_number_with_reason(library.parse(number))
    except library.NumberParseException:
        return "no country has this country code"
    reasons = {
        library.ValidationResult.TOO_SHORT: "the number is too short for its country",
        library.ValidationResult.TOO_LONG: "the number is too long for its country",
        library.ValidationResult.INVALID_LENGTH: "its country has no numbers of this length",
        library.ValidationResult.INVALID_COUNTRY_CODE: "no country has this country code",
    }
    return reasons.get(found)


def _has_trunk_zero(number: str) -> bool:
    """Return whether a country code is followed by a 0 that no number of that country begins with.

    Nobody has such a number, so that a list of it would stop nobody's calls. Needs the package ``phonenumbers``.
    """
    code = _COUNTRY_CODE.match(number, 1)
    library = _library() if code and number.startswith("0", code.end()) else None
    if library is None or code is None:
        return False
    try:
        meant = library.format_number(library.parse(number), library.PhoneNumberFormat.E164)
    except library.NumberParseException:
        return False
    return bool(meant == number[: code.end()] + number[code.end() + 1 :])


@cache
def _library() -> Any:
    try:
        import phonenumbers  # noqa: PLC0415 - it is optional, and slow to import
    except ImportError:
        return None
    return phonenumbers
