# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules behind nginx, HAProxy and Varnish: their reports, compared with the record of the vendor behind the
front.

`make interop` runs this; the fault suite's oracle judges tests that apply to modules of any vendor.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.telephony.outbound.tests.chaos.oracle import WALL
from ansible_collections.telephony.outbound.tests.chaos.tally import Tally
from ansible_collections.telephony.outbound.tests.chaos.trial import Trial, make_targets
from ansible_collections.telephony.outbound.tests.interop.fronts import Front, HAProxy, Nginx, Varnish
from ansible_collections.telephony.outbound.tests.interop.processes import free_port
from ansible_collections.telephony.outbound.tests.support.guard import until
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Conditions, Scenario, TrialTarget
from ansible_collections.telephony.outbound.tests.support.scenarios import SCENARIOS

SECONDS = 10.0
NOBODY = "http://127.0.0.1:{}"
PATIENT = Conditions(wait_timeout=3.0, fronted=True)
SECRET = "not-a-secret-password"

MakeFront = Callable[..., Front]


@contextmanager
def running(front: Front) -> Iterator[Front]:
    try:
        yield front
    finally:
        front.stop()


def targets_of(scenario: Scenario, number: int) -> list[TrialTarget]:
    kinds = [kind for kind in scenario.kinds if kind != "absent"]
    return [target for target in make_targets(scenario, [1] * number * scenario.accounts, kinds) if target.account == 0]


def judged(
    sandbox: Sandbox, front: Front, scenario: Scenario, *faults: dict[str, Any], number: int = 12, **more: Any
) -> None:
    """Run a module behind a front while the vendor misbehaves; the oracle compares."""
    trial = Trial(sandbox, scenario, targets_of(scenario, number), Tally(1))
    trial.inject(faults)
    options = {"timeout": SECONDS, "retries": 2, **more}
    assert not trial.run(PATIENT, url=front.url, **options)
    trial.clear_faults()
    assert not trial.run(PATIENT, url=front.url, **options)


def plum(url: str, number: int, **options: Any) -> dict[str, Any]:
    """Cancel this many queues that cannot be read."""
    scenario = SCENARIOS["plum fuse"]
    targets = [TrialTarget(str(1_000_000 + each), "blind", 1) for each in range(number)]
    return run_module(scenario.module, **{**scenario.options(url, 0, targets), "timeout": SECONDS, **options})


def outcomes(result: dict[str, Any]) -> Counter[str]:
    return Counter(entry["outcome"] for entry in result["results"])


def seeded(sandbox: Sandbox, scenario: Scenario, targets: list[TrialTarget], **settings: Any) -> None:
    sandbox.seed(
        {"settings": {scenario.vendor: {**scenario.settings(), **settings}}, scenario.vendor: scenario.seed(targets)}
    )


BOTH = pytest.mark.parametrize("make", [HAProxy, Nginx])
VENDORS = pytest.mark.parametrize(
    "name", ["plum fuse", "voipnow absent", "voipnow present", "wolkvox clear", "genesys"]
)


# --- interim answers -------------------------------------------------------------------------------------------------


@VENDORS
def test_interim_answers_are_no_answers(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """HAProxy forwards them to any client."""
    scenario = SCENARIOS[name]
    interim = {"do": "interim", "interim": [102, 103], "path": f"/{scenario.prefixes[0]}/*"}
    faults = [{**interim, "seconds": seconds, "skip": 2, "times": 10, "probability": 0.5} for seconds in (0, 0.05)]
    with running(HAProxy(tmp_path / "front", [sandbox.url])) as front:
        judged(sandbox, front, scenario, *faults)


def test_a_front_that_gives_up_at_an_interim_answer(sandbox: Sandbox, tmp_path: Path) -> None:
    """nginx forwards the 103 and nothing after it: a doubt once the time is over."""
    scenario = SCENARIOS["plum fuse"]
    interim = {**scenario.filter(targets_of(scenario, 1)[0], "write"), "do": "interim"}
    with running(Nginx(tmp_path / "front", [sandbox.url])) as front:
        judged(sandbox, front, scenario, interim, number=2, timeout=1.0)


# --- answers of the front itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "name"), [(HAProxy, "plum fuse"), (Nginx, "genesys"), (Nginx, "voipnow absent")])
def test_late_answers_are_doubts(sandbox: Sandbox, tmp_path: Path, make: MakeFront, name: str) -> None:
    """The front answers 504 while the vendor is working, or before it starts."""
    scenario = SCENARIOS[name]
    write = scenario.filter(targets_of(scenario, 1)[0], "write")
    slow = [{**write, "do": "delay", "seconds": 1.5, "when": when} for when in ("before", "after")]
    late = {"server_timeout": "700ms"} if make is HAProxy else {"location": "proxy_read_timeout 700ms;"}
    with running(make(tmp_path / "front", [sandbox.url], **late)) as front:
        judged(sandbox, front, scenario, *slow, number=4)
        assert 504 in front.statuses(write["method"])


@BOTH
def test_a_front_without_a_server_is_one_wall(tmp_path: Path, make: MakeFront) -> None:
    """HAProxy answers 503 and nginx 502 to every client."""
    with running(make(tmp_path / "front", [NOBODY.format(free_port())])) as front:
        result = plum(front.url, 40, target_timeout=3, retries=1)
        assert outcomes(result)["in_doubt"] <= WALL + 4
        assert outcomes(result)["not_sent"] == 40 - outcomes(result)["in_doubt"]
        assert len(front.statuses("DELETE")) <= 2 * (WALL + 4)


def test_a_wrong_scheme_is_one_wall(sandbox: Sandbox, tmp_path: Path) -> None:
    with running(HAProxy(tmp_path / "front", [sandbox.url], frontend="http-request redirect scheme https")) as front:
        result = plum(front.url, 40, target_timeout=3, retries=1)
        assert outcomes(result)["in_doubt"] <= WALL + 4
        assert outcomes(result)["not_sent"] == 40 - outcomes(result)["in_doubt"]
    assert not sandbox.journal()


@pytest.mark.parametrize("status", [429, 503])
def test_requests_that_are_too_fast(sandbox: Sandbox, tmp_path: Path, status: int) -> None:
    """nginx limits the requests per second; what it refuses never arrives at the vendor."""
    zone = f"limit_req_zone $binary_remote_addr zone=all:1m rate=20r/s; limit_req_status {status};"
    limited = {"http": zone, "location": "limit_req zone=all burst=5 nodelay;"}
    with running(Nginx(tmp_path / "front", [sandbox.url], **limited)) as front:
        scenario = SCENARIOS["genesys"]
        judged(sandbox, front, scenario, number=12, retries=4)
        assert status in front.statuses("POST")


@pytest.mark.parametrize("name", ["plum fuse", "voipnow absent", "genesys"])
def test_a_cache_that_says_503_with_retry_after_of_its_own_accord(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """Varnish does if the vendor's answer is late: each write may have been applied."""
    scenario = SCENARIOS[name]
    write = scenario.filter(targets_of(scenario, 1)[0], "write")
    with running(Varnish(tmp_path / "front", sandbox.url, patience=0.7)) as front:
        judged(sandbox, front, scenario, {**write, "do": "delay", "seconds": 1.5, "when": "after"}, number=4)


# --- connections -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "more"),
    [(HAProxy, {"keep_alive": "1ms"}), (Nginx, {"server": "keepalive_requests 3;"})],
)
@pytest.mark.parametrize("name", ["plum fuse", "genesys"])
def test_connections_that_are_closed_as_a_request_comes(
    sandbox: Sandbox, tmp_path: Path, make: MakeFront, more: dict[str, str], name: str
) -> None:
    with running(make(tmp_path / "front", [sandbox.url], **more)) as front:
        scenario = SCENARIOS[name]
        judged(sandbox, front, scenario, number=12 if scenario.serial else 60)


# --- TLS -------------------------------------------------------------------------------------------------------------


class Certificates:
    """Two temporary authorities; the first issues the server's certificate, and each issues one for a client."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        ours, theirs = trustme.CA(), trustme.CA()
        self.authority = folder / "ca.pem"
        ours.cert_pem.write_to_path(str(self.authority))
        self.server = folder / "server.pem"
        ours.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(self.server))
        self.right, self.wrong = folder / "right.pem", folder / "wrong.pem"
        for path, authority in ((self.right, ours), (self.wrong, theirs)):
            authority.issue_cert("client@example.com").private_key_and_cert_chain_pem.write_to_path(str(path))

    def haproxy(self, version: str) -> dict[str, str]:
        return {
            "bind": f"ssl crt {self.server} ca-file {self.authority} verify required"
            f" ssl-min-ver {version} ssl-max-ver {version}"
        }

    def nginx(self, version: str) -> dict[str, str]:
        keys = f"ssl_certificate {self.server}; ssl_certificate_key {self.server};"
        wanted = f"ssl_client_certificate {self.authority}; ssl_verify_client on; ssl_protocols {version};"
        return {"listen": "ssl", "server": keys + wanted}


@pytest.mark.parametrize("version", ["TLSv1.3", "TLSv1.2"])
@pytest.mark.parametrize("shown", ["none", "wrong", "right"])
def test_a_front_that_wants_a_client_certificate(sandbox: Sandbox, tmp_path: Path, version: str, shown: str) -> None:
    """HAProxy ends the handshake; with TLS 1.3, the client has sent its request by then."""
    known = Certificates(tmp_path / "certificates")
    scenario = SCENARIOS["plum fuse"]
    seeded(sandbox, scenario, [TrialTarget(str(1_000_000 + each), "blind", 1) for each in range(12)])
    cert = {} if shown == "none" else {"client_cert": str(getattr(known, shown))}
    with running(HAProxy(tmp_path / "front", [sandbox.url], **known.haproxy(version))) as front:
        result = plum(front.url, 12, ca_path=str(known.authority), concurrency=1, **cert)
    if shown == "right":
        assert outcomes(result) == {"accepted": 12}
        return
    assert outcomes(result) == {"failed": 1, "not_sent": 11}
    assert {entry["error"]["kind"] for entry in result["results"]} == {"tls"}
    assert not sandbox.journal()


@pytest.mark.parametrize("shown", ["none", "wrong", "right"])
def test_a_front_that_answers_when_it_lacks_a_client_certificate(sandbox: Sandbox, tmp_path: Path, shown: str) -> None:
    """nginx answers 400 with its own page, and forwards nothing."""
    known = Certificates(tmp_path / "certificates")
    scenario = SCENARIOS["plum fuse"]
    seeded(sandbox, scenario, [TrialTarget(str(1_000_000 + each), "blind", 1) for each in range(3)])
    cert = {} if shown == "none" else {"client_cert": str(getattr(known, shown))}
    with running(Nginx(tmp_path / "front", [sandbox.url], **known.nginx("TLSv1.3"))) as front:
        result = plum(front.url, 3, ca_path=str(known.authority), concurrency=1, **cert)
    if shown == "right":
        assert outcomes(result) == {"accepted": 3}
        return
    assert set(outcomes(result)) <= {"failed", "not_sent"}
    assert "certificate" in result["results"][0]["error"]["message"].lower()
    assert not sandbox.journal()


# --- several servers behind one front --------------------------------------------------------------------------------


@pytest.mark.parametrize("csrf", [True, False])
def test_another_node_takes_over(sandbox: Sandbox, second_sandbox: Sandbox, tmp_path: Path, csrf: bool) -> None:
    """HAProxy switches a client to the other node, which has neither its cookie, nor its token, nor its session."""
    scenario = SCENARIOS["genesys"]
    targets = [TrialTarget(str(1_000_000 + each), "record", 1) for each in range(150)]
    nodes = (sandbox, second_sandbox)
    for node in nodes:
        seeded(node, scenario, targets, csrf=csrf)
    sticky = {
        "backend": "cookie NODE insert indirect nocache",
        "each": "cookie nNUMBER",
        "defaults": "option redispatch",
    }
    with running(HAProxy(tmp_path / "front", [node.url for node in nodes], **sticky)) as front:
        assert isinstance(front, HAProxy)
        thread = threading.Thread(target=take_out_after, args=(front, nodes, 50))
        thread.start()
        result = run_module(scenario.module, **scenario.options(front.url, 0, targets), concurrency=8, wait_timeout=8)
        thread.join()
    cancelled = Counter(
        entry["body"].split('"phoneNumber": "')[1][:11]
        for node in nodes
        for entry in node.journal()
        if entry["changes"]
    )
    for entry in result["results"]:
        # Each node has its own records.
        assert entry["outcome"] != "cleared" or cancelled[entry["target"]["phone_number"]]
        assert entry["outcome"] not in ("failed", "not_sent"), entry["error"]
    # Acknowledgements queued on the node are lost with it; besides them, only requests in progress are in doubt.
    doubts = [entry["target"]["phone_number"] for entry in result["results"] if entry["outcome"] == "in_doubt"]
    assert len([number for number in doubts if not cancelled[number]]) <= 2 * 8
    for node in nodes:
        assert node.changes()


def take_out_after(front: HAProxy, nodes: tuple[Sandbox, ...], number: int) -> None:
    """Remove the active node after it has cancelled this many."""

    def done() -> list[int]:
        return [len([change for change in node.changes() if change["do"] == "cancel"]) for node in nodes]

    until(lambda: sum(done()) >= number)
    counts = done()
    front.take_out(counts.index(max(counts)))
