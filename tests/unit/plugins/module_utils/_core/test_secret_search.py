# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret is found through every chain of encodings, and other text is left unchanged."""

from __future__ import annotations

import html
import json
import re
import string
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import MASK, Redactor, encodings_of
from ansible_collections.telephony.outbound.plugins.module_utils._core.secret_search import Search

SECRET = """tok+en/7Zk9Wv>?"'\\ +/%&=:end8Qx"""

Encoder = Callable[[str], str]


def each(spell: Callable[[int], str], keep: str = "") -> Encoder:
    """Create an encoder that escapes every character except those to keep."""
    return lambda text: "".join(char if char in keep else spell(ord(char)) for char in text)


def bytewise(spell: Callable[[int], str]) -> Encoder:
    return lambda text: "".join(map(spell, text.encode()))


def in_base64(before: str, after: str = "", *, safe: bool = False, padded: bool = True) -> Encoder:
    def encode(text: str) -> str:
        made = (urlsafe_b64encode if safe else b64encode)(f"{before}{text}{after}".encode()).decode()
        return made if padded else made.rstrip("=")

    return encode


ALNUM = string.ascii_letters + string.digits
ENCODERS: dict[str, Encoder] = {
    "percent": lambda text: quote(text, safe=""),
    "percent, slashes kept": quote,
    "percent, lower case": lambda text: re.sub("%..", lambda hit: hit[0].lower(), quote(text, safe="")),
    "percent, all": bytewise(lambda byte: f"%{byte:02X}"),
    "form": quote_plus,
    "escape()": each(lambda code: f"%u{code:04X}", ALNUM),
    "base64": in_base64(""),
    "base64, second": in_base64("a", "z"),
    "base64, third": in_base64("ab", "yz"),
    "base64 for URLs": in_base64("", safe=True),
    "base64 without padding": in_base64(":", padded=False),
    "base64 of JSON": lambda text: in_base64("")(json.dumps({"token": text})),
    "base64 of UTF-16": lambda text: b64encode(text.encode("utf-16-le")).decode(),
    "base64 in lines": lambda text: "\r\n".join(re.findall(".{1,20}", in_base64("")(text))),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON of PHP": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON, all": each(lambda code: f"\\u{code:04x}"),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "ES6": each(lambda code: f"\\u{{{code:x}}}", ALNUM),
    "\\x": bytewise(lambda byte: f"\\x{byte:02X}"),
    "octal": bytewise(lambda byte: f"\\{byte:03o}"),
    "addslashes": lambda text: re.sub(r"(['\"\\])", r"\\\1", text),
    "repr": repr,
    "shell": lambda text: re.sub(r"([^A-Za-z0-9])", r"\\\1", text),
    "HTML": html.escape,
    "HTML, decimal": each(lambda code: f"&#{code};"),
    "HTML, hex": each(lambda code: f"&#x{code:X};", ALNUM),
    "HTML, names": lambda text: text.replace("&", "&amp;").replace("/", "&sol;").replace("+", "&plus;"),
    "hex": lambda text: text.encode().hex(),
    "hex, upper case": lambda text: text.encode().hex().upper(),
    "hex with colons": lambda text: text.encode().hex(":"),
    "hex of C": lambda text: ", ".join(f"0x{byte:02x}" for byte in text.encode()),
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "line breaks": lambda text: "\n".join(re.findall(".{1,7}", text)),
}


@pytest.mark.parametrize("name", ENCODERS)
def test_a_secret_in_one_encoding(name: str) -> None:
    shown = Redactor(encodings_of(SECRET)).mask(f"we got {ENCODERS[name](SECRET)} and no more")
    assert shown.startswith("we got ")
    assert shown.endswith(" and no more")
    assert MASK in shown
    assert not recovered(shown, SECRET)


def recovered(text: str, secret: str, most: int = 60) -> bool:
    """Return whether a chain of decoders recovers the secret from a text; only this many texts are tried."""
    found, known = [text], {text}
    for other in found:
        if secret in other or secret in re.sub(r"[\s\u200b\u00ad]", "", other):
            return True
        fresh = [new for new in decodings(other) if new not in known] if len(found) < most else []
        known.update(fresh)
        found += fresh
    return False


def decodings(text: str) -> Iterator[str]:
    yield from (unquote(text), unquote_plus(text), html.unescape(text), text.replace("\\/", "/"))
    yield re.sub(r"\\u([0-9a-f]{4})|\\x([0-9A-F]{2})", lambda hit: chr(int(hit[1] or hit[2], 16)), text)
    yield re.sub(r"\\([0-7]{3})", lambda hit: chr(int(hit[1], 8)), text)
    yield re.sub(r"\\([^a-z0-9])", r"\1", text)
    for run in re.findall("[A-Za-z0-9+/_-]{11,}", re.sub(r"\s", "", text)):
        for start in range(4):
            part = run[start:].replace("-", "+").replace("_", "/")
            data = b64decode(part[: len(part) - len(part) % 4] + ("A" * 4))
            yield from (data[skip:].decode("utf-8", "replace") for skip in range(3))
    for run in re.findall("(?:[0-9A-Fa-f]{2}){8,}", text):
        yield bytes.fromhex(run).decode("latin-1")


SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=60).filter(
    lambda secret: len(set(secret)) > 4 and sum(char.isalnum() for char in secret) >= 8
)
# The surrounding text must not complete an escape: then the text does not contain the secret.
AROUND = st.text(string.ascii_letters + string.digits + " .,:;()äß{}[]\"'", max_size=20)


# Between the characters of a secret; within an escape they would break it.
SEPARATED = {"zero width", "soft hyphens", "line breaks"}
CHAINS = st.builds(
    lambda first, then: [first, *then],
    st.sampled_from(sorted(ENCODERS)),
    st.lists(st.sampled_from(sorted(ENCODERS.keys() - SEPARATED)), max_size=2),
)


@given(SECRETS, CHAINS, AROUND, AROUND)
def test_a_secret_in_any_chain_of_encodings(secret: str, chain: list[str], before: str, after: str) -> None:
    encoded = secret
    for name in chain:
        encoded = ENCODERS[name](encoded)
    shown = Redactor(encodings_of(secret)).mask(f"{before} {encoded} {after}")
    assert MASK in shown
    assert not recovered(shown.replace(MASK, " "), secret)


RANDOM_TEXT = (
    st.text(max_size=200)
    | st.text(string.printable, max_size=200)
    | st.binary(max_size=150).map(lambda data: b64encode(data).decode())
)


@given(RANDOM_TEXT)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    """A random text shows no six consecutive characters of it, however it is decoded."""
    text = text.encode("utf-8", "replace").decode()
    assert Redactor(encodings_of("q7Zk9Wv8QxP2mLtR5dYc", "dialer@example.com")).mask(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "/var/backups/wolkvox/wolkvox-wv0010.wolkvox.com-77-all-20260105T143000Z-k3v9x2ab.jsonl",
        "5b0c2a54-6d3f-4f0e-9c68-0c4a4f5b6f1d",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "the header wolkvox-token is missing, and not a secret",
        "https://crm.example.com/hook?a=%41%42&b=c+d&amp;e",
        '{"a": "\\u00fc\\/", "b": [1, 2]}',
        "C:\\temp\\new",
        "",
    ],
)
def test_texts_of_every_day_stay_as_they_are(text: str) -> None:
    assert Redactor(encodings_of("not-a-secret-wolkvox-token")).mask(text) == text


def test_most_of_a_secret_is_as_good_as_the_secret() -> None:
    secret = "q7Zk9Wv8QxP2mLtR5dYc"  # 20 characters, of which 14 are too many
    redactor = Redactor({secret})
    assert redactor.mask(f"cut: {secret[:14]}") == f"cut: {MASK}"
    assert redactor.mask(f"cut: {secret[6:]}…") == f"cut: {MASK}…"
    assert redactor.mask(f"cut: {secret[:13]}") == f"cut: {secret[:13]}"
    assert redactor.mask(in_base64("")(secret[2:18])).strip("=") == MASK


def test_what_is_masked_is_the_secret_alone() -> None:
    assert Redactor({SECRET}).mask(f"a={quote(SECRET)}&b=1") == f"a={MASK}&b=1"
    assert Redactor({SECRET}).mask(f"<i>{html.escape(SECRET)}</i>{SECRET.encode().hex()}.") == f"<i>{MASK}</i>{MASK}."


def test_secrets_that_share_a_beginning() -> None:
    one, two = "not-a-secret-token-of-the-first", "not-a-secret-token-of-the-second"
    assert Redactor({one, two}).mask(f"{quote(one)} {in_base64('')(two)}").replace("=", "") == f"{MASK} {MASK}"


def test_secrets_beyond_ascii() -> None:
    secret = "tökén-čsrf-Œuvre-2026"
    redactor = Redactor({secret})
    for encode in (
        quote,
        in_base64(""),
        lambda text: json.dumps(text)[1:-1],
        html.escape,
        bytewise(lambda b: f"\\x{b:02x}"),
    ):
        assert redactor.mask(f"a {encode(secret)} b").replace("=", "") == f"a {MASK} b", encode(secret)


def test_a_long_secret_costs_no_more_than_a_short_one() -> None:
    secret = "".join(in_base64(str(number))("jwt") for number in range(300))
    redactor = Redactor({secret})
    assert redactor.mask(f"Bearer {secret}.") == f"Bearer {MASK}."
    assert redactor.mask(f"Bearer {secret[700:740]}.") == f"Bearer {MASK}."


@pytest.mark.parametrize("short", ["", "1234567", "a+b c\\d"])
def test_what_is_too_short_is_not_searched_for(short: str) -> None:
    assert Search([short]).spans(f"xx{short}xx" * 3) == []


@pytest.mark.parametrize(
    "text", ["%25" * 5_000, "%" + "25" * 5_000, "&" + "amp;" * 5_000, "\\" * 20_000, ":" * 20_000, "3" * 20_000]
)
def test_no_text_takes_forever(text: str) -> None:
    """Run time grows linearly with the text: with quadratic time, the run would exceed the suite's limit."""
    assert Redactor({SECRET}).mask(text) == text
