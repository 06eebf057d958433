# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Redirects of every request of every module, with every status, to every kind of location: none is followed."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from ansible_collections.telephony.outbound.tests.security.calls import CALLS, Call, outcome_and_error
from ansible_collections.telephony.outbound.tests.security.hostile_server import answer, serve_bytes
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

CODES = (301, 302, 303, 307, 308)


@cache
def _clean_run(call: Call, url: str) -> tuple[dict[str, Any], ...]:
    """Return the sandbox's record of an undisturbed call, each kind of request once."""
    control = requests.Session()
    control.trust_env = False
    control.put(f"{url}/_control/state", json=call.seed(), timeout=10).raise_for_status()
    assert not call.run(url)["failed"]
    seen = control.get(f"{url}/_control/journal", timeout=10).json()["requests"]
    control.close()
    kinds = {(entry["method"], entry["path"], entry["query"]): entry for entry in reversed(seen)}
    return tuple(sorted(kinds.values(), key=lambda entry: entry["seq"]))


def _spoil(sandbox: Sandbox, call: Call, entry: dict[str, Any], code: int, **more: Any) -> dict[str, Any]:
    sandbox.seed(call.seed())
    # Brackets would be interpreted as a glob pattern.
    path, query = (text.replace("[", "?").replace("]", "?") for text in (entry["path"], entry["query"]))
    sandbox.fault(do="redirect", method=entry["method"], path=path, query=query, times=None, status=code, **more)
    return call.run(sandbox.url)


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_no_request_of_any_module_follows_a_redirect(call: Call, sandbox: Sandbox) -> None:
    for entry in _clean_run(call, sandbox.url):
        for code in CODES:
            result = _spoil(sandbox, call, entry, code)
            assert sandbox.journal(room="trap") == []
            assert sandbox.changes() == [] or not entry["changes"]
            text = str(result)
            assert urlsplit(sandbox.trap_url).netloc not in text or "redirects are never followed" in text
            if entry["changes"]:
                assert outcome_and_error(result)["outcome"] in ("failed", "in_doubt")
                assert outcome_and_error(result)["error"]["kind"] == "redirect"


PLACES = {
    "absolute": "TRAP/stolen?token=1",
    "user": "http://someone:password@127.0.0.1:PORT/stolen",
    "no scheme": "//127.0.0.1:PORT/stolen",
    "relative": "/fuse/elsewhere",
    "the same": "",
    "file": "file:///etc/passwd",
    "script": "javascript:alert(1)",
    "other scheme": "ftp://127.0.0.1:PORT/stolen",
    "not a URL": "http://[::1",
    "long": "TRAP/" + "a" * 60_000,
    "text": "TRAP/\x1b[2J{{ 7 * 7 }}",
}


@pytest.mark.parametrize("place", PLACES)
def test_no_kind_of_location_is_followed(place: str, sandbox: Sandbox) -> None:
    port = str(urlsplit(sandbox.trap_url).port)
    location = PLACES[place].replace("TRAP", sandbox.trap_url).replace("PORT", port)
    call = CALLS[0]
    for code in (302, 307):
        head = f"HTTP/1.1 {code} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        with serve_bytes(head.encode("latin-1")) as hostile:
            result = call.run(hostile.url)
        error = outcome_and_error(result)["error"]
        assert error["kind"] == "redirect", error
        assert all(word not in error["message"] for word in ("stolen", "password", "passwd", "token", "\x1b", "{{"))
        assert len(error["message"]) < 200
        assert len(hostile.requests) == 1
    assert sandbox.journal(room="trap") == []


def test_a_location_without_end(sandbox: Sandbox) -> None:
    with serve_bytes(b"HTTP/1.1 302 Found\r\nLocation: ", endless=b"a" * 65536) as hostile:
        assert outcome_and_error(CALLS[0].run(hostile.url))["error"]["kind"] == "connect"
    assert sandbox.journal(room="trap") == []


def test_a_naive_client_sends_its_credentials_along(sandbox: Sandbox) -> None:
    """The trap works: this client does by default what the modules must not do."""
    sandbox.seed({})
    sandbox.fault(do="redirect", path="*", status=302)
    naive = requests.delete(f"{sandbox.url}/wolkvox/x", headers={"wolkvox-token": "not-a-secret-token"}, timeout=5)
    assert naive.status_code == 200  # a deletion that was never made
    (seen,) = sandbox.journal(room="trap")
    assert seen["method"] == "GET"
    assert seen["credentials"]["scheme"] == "token"
    with serve_bytes(answer(b"{}", f"Location: {sandbox.trap_url}/x", status="307 Temporary Redirect")) as hostile:
        requests.post(hostile.url, data={"client_secret": "not-a-secret-either"}, timeout=5)
    assert len(sandbox.journal(room="trap")) == 2
