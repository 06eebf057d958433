# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The phone numbers that a run is about: from a list or a file, and the forms in which each account stores them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...module_utils._core.errors import OptionError
from ...module_utils._core.phone_numbers import LITERAL, Rules, bare, e164, rules
from .context import Account, Refusal
from .documents import Document
from .files import read_regular
from .formatting import format_count
from .masking import Masker
from .plan import Plan
from .run_folder import expanded
from .settings import NUMBERS, Settings

FORMS = "stop_number_forms"
_FILE = "stop_number_file"
_COLUMNS = ("phone_number", "number", "phone", "telephone", "e164")
_DELIMITERS = ",;\t"
_SHOWN = 20

Wanted = dict[str, dict[str, list[str]]]
"""Number → account → the forms that were given for it there."""


def with_numbers(accounts: Sequence[Account], settings: Settings) -> list[Account]:
    """Return the accounts, with the numbers as targets if the run is about numbers; Refusal where one cannot be used.

    An account that does not say in which forms it stores numbers gets an error. A number that has no form there becomes
    a target that is refused: nothing is guessed.
    """
    if settings.interface is not NUMBERS:
        return list(accounts)
    wanted = numbers_of(settings)
    strangers = {name for forms in wanted.values() for name in forms} - {account.name for account in accounts}
    if strangers:
        raise Refusal(
            f"stop_number_numbers has forms for accounts that the play lacks: {', '.join(sorted(strangers))}."
        )
    return [_with_numbers(account, wanted, strict=settings["strict"]) for account in accounts]


def insist_on_planned(plan: Plan, settings: Settings) -> None:
    """Raise Refusal if numbers were given that a plan lacks: they would look as if they had been stopped."""
    if settings.interface is not NUMBERS or not (settings["numbers"] or settings.text("file")):
        return
    planned = {target["target"].get("number") for target in plan.targets}
    left = [number for number in numbers_of(settings) if number not in planned]
    # An account that cannot be used has no numbers in a plan.
    if planned != {None} and left:
        shown = ", ".join(map(Masker().text, left[:_SHOWN])) + (" and others" if len(left) > _SHOWN else "")
        raise Refusal(
            f"The plan lacks {format_count(len(left))} of the numbers that were given: {shown}."
            " Make a plan with all of them."
        )


def numbers_of(settings: Settings) -> Wanted:
    """Return the numbers of a run, each once, in the order given; Refusal that says what is wrong where."""
    found: Wanted = {}
    problems: list[str] = []
    listed = ((f"stop_number_numbers[{place}]", value) for place, value in enumerate(settings["numbers"] or ()))
    for where, value in (*listed, *_of_file(settings.text("file"))):
        try:
            number, given = _number_and_forms(where, value)
        except OptionError as error:
            problems.append(f"{error.option}: {error.message}.")
            continue
        forms = found.setdefault(number, {})
        for account, texts in given.items():
            forms[account] = list(dict.fromkeys((*forms.get(account, ()), *texts)))
    if problems:
        more = len(problems) - _SHOWN
        raise Refusal(*problems[:_SHOWN], *([f"and {format_count(more)} more lines like these."] if more > 0 else []))
    if not found:
        raise Refusal("No number was given: stop_number_numbers or stop_number_file has to name at least one.")
    most = settings["max_numbers"]
    if len(found) > most:
        raise Refusal(
            f"{format_count(len(found))} numbers were given, and stop_number_max_numbers allows {format_count(most)}."
        )
    return found


def _of_file(path: str) -> Iterator[tuple[str, Any]]:
    """Yield every number of a file, with its line: CSV with a header, or a number a line.

    A line with more values than the first one is yielded as a list, which is no number.
    """
    rows = _rows(path, _text(path)) if path else []
    if not rows:
        return
    header = [cell.strip().lower() for cell in rows[0][1]]
    column = _column(path, header)
    for line, row in rows if column is None else rows[1:]:
        # A separator inside a value shifts the columns, so that another column could be taken for the number.
        shifted = any(cell.strip() for cell in row[len(header) :])
        # A spreadsheet writes an apostrophe before text that looks like a number.
        cell = row[column or 0].strip().removeprefix("'") if len(row) > (column or 0) else ""
        yield f"{_FILE}, line {line}", row if shifted else cell


def _text(path: str) -> str:
    try:
        return read_regular(expanded(path)).decode("utf-8-sig")
    except OSError as error:
        raise Refusal(f"{_FILE}: {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise Refusal(f"{_FILE}: {path} is not UTF-8; save it as CSV in UTF-8.") from None


def _rows(path: str, text: str) -> list[tuple[int, list[str]]]:
    """Return the rows that are not empty, with the line on which each ends."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise Refusal(f"{_FILE}: line {reader.line_num} of {path} is no CSV: {error}.") from error


def _column(path: str, header: Sequence[str]) -> int | None:
    """Return the place of the column with the numbers; None in a file with one column and no header."""
    named = [place for place, cell in enumerate(header) if cell in _COLUMNS]
    if (len(header) > 1 and len(named) != 1) or len(named) > 1:
        raise Refusal(f"{_FILE}: the first line of {path} has to name one column {' or '.join(_COLUMNS)}.")
    return named[0] if named else None


def _number_and_forms(where: str, value: Any) -> tuple[str, Mapping[str, Sequence[str]]]:
    if isinstance(value, list):
        raise OptionError(
            where, "has several values; one number is expected, and as many columns as the first line has"
        )
    if not isinstance(value, Mapping):
        return e164(where, value), {}
    if not {"number"} <= value.keys() <= {"number", "forms"}:
        raise OptionError(where, 'takes text, or {number: "+573000000007", forms: {account: [its forms there]}}')
    forms = value.get("forms") or {}
    if not isinstance(forms, Mapping):
        raise OptionError(f"{where}.forms", "takes a mapping: account → list of forms")
    number = e164(f"{where}.number", value["number"])
    for account, texts in forms.items():
        try:
            rules(f"{where}.forms.{account}", [{LITERAL: {number: texts}}])
        except OptionError as error:
            raise OptionError(*map(Masker().text, (error.option, error.message))) from None
    return number, forms


def _with_numbers(account: Account, wanted: Wanted, *, strict: bool) -> Account:
    if account.error:
        return account
    try:
        known = None if account.forms is None else rules(FORMS, account.forms)
    except OptionError as error:
        return replace(account, error=f"{error.option}: {error.message}")
    if known is None and any(account.name not in forms for forms in wanted.values()):
        what = "it says in which forms this account stores numbers, such as [as_is] or [digits]"
        return replace(account, error=f"{FORMS} is missing: {what}")
    taken: dict[str, str] = {}
    numbers = [
        _target(number, forms.get(account.name), known, taken, strict=strict) for number, forms in wanted.items()
    ]
    return replace(account, targets=numbers, places=account.places or account.targets)


def _target(
    number: str, given: Sequence[str] | None, known: Rules | None, taken: dict[str, str], *, strict: bool
) -> Document:
    """Return a number with its forms at an account, or with the reason why it has none."""
    try:
        own = known if given is None else rules(FORMS, [{LITERAL: {number: given}}])
        forms = own.forms(number) if own is not None else ()
        for form in forms:
            if form.also and strict:
                raise OptionError(
                    FORMS, f"the rule {form.rule} gives a form that may be another number too (stop_number_strict)"
                )
            if taken.setdefault(bare(form.text), number) != number:
                raise OptionError(
                    FORMS, f"the rule {form.rule} gives the form of two numbers of the list; nobody can tell them apart"
                )
    except OptionError as error:
        return {"name": number, "number": number, "forms": [], "refused": f"{error.option}: {error.message}"}
    told = [{"phone_number": form.text, "rule": form.rule, "also_means": list(form.also)} for form in forms]
    return {"name": number, "number": number, "forms": told}
