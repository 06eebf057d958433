# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that are recognizable in every encoding, and the tasks that could leak them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.vendor import SECRET, Vendor

NOWHERE = "http://127.0.0.1:1"


@dataclass(frozen=True)
class Canary:
    """A secret with letters and digits at both ends, which no quoting changes."""

    core: str
    plain: bool = False

    @property
    def secret(self) -> str:
        if self.plain:
            return f"{self.core}-_{self.core[::-1]}"
        return f"""{self.core}"'\\ +/%&=:{self.core[::-1]}"""

    def traces(self) -> list[str]:
        """Return the texts by which the plain, quoted, escaped or base64 form is found within any other text."""
        found = [self.core, self.core[::-1]]
        for text in tuple(found):
            for shift in range(3):
                code = base64.b64encode(b"x" * shift + text.encode()).decode()
                # Skip the characters that also depend on the neighboring ones.
                found.append(code[-(-shift * 8 // 6) : (shift + len(text)) * 8 // 6])
        return found

    def found_in(self, text: str) -> list[str]:
        """Return what reveals the secret, with its context."""
        places = [text.index(trace) for trace in self.traces() if trace in text]
        return [f"{self.core}: ...{text[max(0, place - 120) : place + 80]}..." for place in places]


def canary(vendor: str, what: str, *, plain: bool = False) -> Canary:
    """Return a canary whose text says where it belongs."""
    letters = "".join(letter for letter in f"{vendor} {what}".title() if letter.isalpha())
    return Canary(f"Xq{letters}7Zk9Wv", plain)


@dataclass(frozen=True)
class Endpoints:
    """Base addresses for a task: a sandbox, one that repeats secrets in its answers, and one with an untrusted
    certificate.
    """

    here: str
    echo: str
    tls: str


@dataclass(frozen=True)
class Case:
    """One task, and a condition on its RESULT that shows that the case occurred."""

    name: str
    module: str
    options: dict[str, Any]
    expected: str
    crash: str = ""


ERROR = "(RESULT.results[0] if RESULT.results is defined else RESULT).error"
DONE = "RESULT is not failed"
CRASHED = "RESULT is failed and 'RuntimeError' in RESULT | string"


class CanarySet:
    """All canaries of one vendor."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.vendor: Vendor = catalog.description(name)
        plain = self.vendor.plain_secrets
        self.right = {option: canary(name, option, plain=plain) for option in self.vendor.secrets}
        self.wrong = {option: canary(name, f"wrong {option}", plain=plain) for option in self.vendor.secrets}
        self.proxy = canary(name, "proxy")

    def all(self) -> list[Canary]:
        return [*self.right.values(), *self.wrong.values(), self.proxy]

    def variables(self) -> dict[str, str]:
        """Return the variables that the tasks use, as a vault would define them."""
        right = {f"right_{option}": item.secret for option, item in self.right.items()}
        wrong = {f"wrong_{option}": item.secret for option, item in self.wrong.items()}
        proxy = f"http://operator:{quote(self.proxy.secret, safe='')}@127.0.0.1:1"
        return {**right, **wrong, "proxy_url": proxy}

    def seed(self) -> dict[str, Any]:
        return self.vendor.seed({option: item.secret for option, item in self.right.items()})

    def environment(self) -> dict[str, str]:
        """Return the first set of credentials as environment variables."""
        names = catalog.environment(self.name)
        chosen = self.vendor.credentials[0].items()
        return {names[option]: self.right[option].secret if value == SECRET else value for option, value in chosen}

    def echo(self) -> str:
        """Return an answer in which a vendor repeats all secrets."""
        chosen = self.vendor.credentials[0]
        users = [value for value in chosen.values() if value != SECRET]
        forms: list[str] = []
        for secret in (self.right[option].secret for option, value in chosen.items() if value == SECRET):
            encoded = [base64.b64encode(text.encode()).decode() for text in (secret, *(f"{u}:{secret}" for u in users))]
            forms += [secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], *encoded]
        return " ".join(forms)

    def modules(self) -> list[str]:
        return [module for module in catalog.modules_of(self.name) if module in self.vendor.calls]

    def one_of_each_kind(self) -> list[str]:
        """Return the first module that writes and, where there is one, the first that only reads."""
        kinds = {catalog.made(module).writes: module for module in reversed(self.modules())}
        return [kinds[writes] for writes in (True, False) if writes in kinds]

    def module_cases(self, places: Endpoints) -> Iterator[Case]:
        """Yield the cases of every module; code that all modules of a vendor share is tested with one of them."""
        for module in self.modules():
            yield from self.answers(module, places)

    def answers(self, module: str, places: Endpoints) -> Iterator[Case]:
        right, wrong = self.credentials(), self.credentials("wrong")
        yield self.case(module, "refused", places.here, f"{ERROR}.kind == 'auth'", wrong)
        told = f"'*****' in {ERROR}.message" if self.vendor.repeats_errors else f"{ERROR}.kind == 'rejected'"
        yield self.case(module, "echoed", places.echo, told, right)
        yield self.case(module, "around", places.here, DONE, {})

    def account_cases(self, places: Endpoints) -> Iterator[Case]:
        """Yield the cases of one module that writes: everything that can go wrong with an account."""
        module = self.one_of_each_kind()[0]
        yield from self.answers(module, places)
        right = self.credentials()
        for number in range(len(self.vendor.credentials)):
            yield self.case(module, f"done {number}", places.here, DONE, self.credentials(number=number))
        yield self.case(module, "proxied", places.here, f"{ERROR}.kind == 'connect'", {**right, "proxy": PROXY})
        yield self.case(module, "tls", places.tls, f"{ERROR}.kind == 'tls'", right)
        yield self.case(module, "unreachable", NOWHERE, f"{ERROR}.kind == 'connect'", right)
        spoilt = {option: f"{value}\n" if value.startswith("{{") else value for option, value in right.items()}
        yield self.case(module, "spoilt secret", places.here, "'white space' in RESULT.msg", spoilt)
        name = (*self.vendor.ids[module], *self.vendor.texts.get(module, ()))[0]
        yield self.case(module, "bad name", places.here, f"'{name}' in RESULT.msg", {**right, name: "\n"})
        yield self.case(module, "wrong type", places.here, "'retries' in RESULT.msg", {**right, "retries": "many"})

    def crashes(self, modules: list[str], place: str) -> Iterator[Case]:
        """Yield tasks that raise in a copy of the collection, with the secrets in the exception."""
        for module in modules:
            for point in ("options", "send"):
                yield self.case(module, f"crash in {point}", place, CRASHED, self.credentials(), crash=point)

    def credentials(self, which: str = "right", number: int = 0) -> dict[str, Any]:
        chosen = self.vendor.credentials[number].items()
        return {option: f"{{{{ {which}_{option} }}}}" if value == SECRET else value for option, value in chosen}

    def case(
        self, module: str, name: str, place: str, expected: str, laid_over: dict[str, Any], crash: str = ""
    ) -> Case:
        call = self.vendor.calls[module]
        base_url = place + self.vendor.path(call)
        options = {**call, "base_url": base_url, "timeout": 5, "retries": 0, **laid_over}
        return Case(f"{module}: {name}", module, options, expected, crash)


PROXY = "{{ proxy_url }}"
