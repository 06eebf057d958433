# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XML that would read files, use the network, or grow: nothing is expanded, fetched or built."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import Kind, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Response
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum import bodies as plum_bodies
from ansible_collections.telephony.outbound.tests.security.calls import CALLS, outcome_and_error
from ansible_collections.telephony.outbound.tests.security.hostile_server import HostileServer, answer, serve_bytes

MIB = 1024 * 1024
ENDING = "<result><call_details><status>&x;</status></call_details></result>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
SECRET = "what-only-the-file-knows"

DOCUMENTS = {
    "a billion laughs": f'<!DOCTYPE r [<!ENTITY l0 "lol">{LAUGHS}<!ENTITY x "&l9;">]>{ENDING}',
    "one long entity": f'<!DOCTYPE r [<!ENTITY x "{"a" * 1000}">]><result>{"&x;" * 100_000}</result>',
    "a file": f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://FILE">]>{ENDING}',
    "the network": f'<!DOCTYPE r [<!ENTITY x SYSTEM "PLACE/x">]>{ENDING}',
    "a document type elsewhere": f'<!DOCTYPE r SYSTEM "PLACE/r.dtd">{ENDING}',
    "a public document type": f'<!DOCTYPE r PUBLIC "-//A//B" "PLACE/r.dtd">{ENDING}',
    "a parameter entity": f'<!DOCTYPE r [<!ENTITY % p SYSTEM "PLACE/p">%p;]>{ENDING}',
    "an entity of itself": f'<!DOCTYPE r [<!ENTITY x "&x;">]>{ENDING}',
    "a default attribute": '<!DOCTYPE r [<!ATTLIST result a CDATA "b">]><result/>',
    "a declaration in lower case": f'<!doctype r [<!entity x "y">]>{ENDING}',
    "text that is not parsed": "<result><![CDATA[<status>queued</status>]]></result>",
    "a comment": "<result><!-- --></result>",
    "an include": '<result xmlns:i="http://www.w3.org/2001/XInclude">'
    '<i:include href="file://FILE" parse="text"/></result>',
    "a style sheet": '<?xml version="1.0"?><?xml-stylesheet href="PLACE/s.xsl"?><result/>',
    "an entity that nobody declared": ENDING,
    "no end": "<result><call_details>",
    "two roots": "<result/><result/>",
    "another root": "<html><body/></html>",
    "NUL": "<result>\x00</result>",
    "another name space": '<result xmlns="urn:x"><error>no</error></result>',
    "a reference to NUL": "<result>&#0;</result>",
    "a reference to half a character": "<result>&#xD800;</result>",
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037", "latin-1")


def refused(body: bytes) -> None:
    """Parse; assert that it is either refused or empty."""
    try:
        found = plum_bodies.parse(Response(500, {}, body))
    except OutboundError as error:
        kind, shown = error.kind, error.message
    else:
        kind, shown = Kind.PROTOCOL, str(found)
    assert kind is Kind.PROTOCOL
    assert SECRET not in shown
    assert len(shown) < 1000


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_is_expanded_or_fetched(name: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(SECRET, "ascii")
    connections: list[socket.socket] = []
    place = HostileServer(connections.append)
    try:
        text = DOCUMENTS[name].replace("FILE", str(path)).replace("PLACE", place.url)
        for declared in ("", '<?xml version="1.0"?>', f'<?xml version="1.0" encoding="{encoding}"?>'):
            refused((declared + text).encode(encoding))
            refused(f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode())
    finally:
        place.close()
    assert connections == []


@pytest.mark.parametrize("name", ["a billion laughs", "a file", "the network", "a parameter entity"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_by_a_name(name: str, encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>{DOCUMENTS[name]}'.encode(encoding)
    with pytest.raises(OutboundError, match=r"with an unexpected declaration|neither JSON nor XML"):
        plum_bodies.parse(Response(200, {}, body))


LARGE = {
    "laughs": DOCUMENTS["a billion laughs"].encode,
    "deep": lambda: b"<result>" + b"<a>" * (MIB // 4),
    "deep and closed": lambda: b"<result>" + b"<a>" * (MIB // 8) + b"</a>" * (MIB // 8) + b"</result>",
    "flat": lambda: b"<result>" + b"<a/>" * (MIB // 4 - 10) + b"</result>",
    "8 MiB, flat": lambda: b"<result>" + b"<a/>" * (2 * MIB - 10) + b"</result>",
    "8 MiB, deep": lambda: b"<result>" + b"<a>" * (2 * MIB),
    "attributes": lambda: b"<result " + b" ".join(b'a%d=""' % n for n in range(80_000)) + b"/>",
    "one long attribute": lambda: b'<result a="' + b"&lt;" * (MIB // 4) + b'"/>',
    "a long name": lambda: b"<result><" + b"a" * MIB + b"/></result>",
    "name spaces": lambda: b"<result " + b" ".join(b'xmlns:a%d="b"' % n for n in range(50_000)) + b"/>",
    "instructions": lambda: b"<?x?>" * (MIB // 5) + b"<result/>",
    "a tag without an end": lambda: b"<result" + b" " * MIB,
    "angles": lambda: b"<" * MIB,
    "ampersands": lambda: b"<result>" + b"&" * MIB,
}


@pytest.mark.parametrize("name", LARGE)
def test_large_xml_takes_little(name: str, limited: Any, tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(LARGE[name]())
    for parser in ("plum", "plum errors", "plum calls"):
        done = limited(do="parse", parser=parser, path=str(path))
        assert done.said == "parsed" or done.said.startswith(("protocol:", "denied:")), done
        assert done.mib < 128


def test_every_module_stays_whole() -> None:
    """Modules either report XML as an error, or as an unexpected answer: vendors without XML do not parse it."""
    for name in ("a billion laughs", "a file"):
        for status in ("200 OK", "202 Accepted", "400 Bad Request"):
            body = answer(DOCUMENTS[name].encode(), "Content-Type: application/xml", status=status)
            for call in CALLS:
                with serve_bytes(body) as hostile:
                    result = call.run(hostile.url)
                assert result["failed"]
                assert outcome_and_error(result)["error"]["kind"] in ("protocol", "rejected", "auth"), result


def test_a_naive_parser_expands() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 4))
    found = ET.fromstring(f'<!DOCTYPE r [<!ENTITY l0 "lol">{laughs}]><r>&l3;</r>')
    assert found.text == "lol" * 1000
