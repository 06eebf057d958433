# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Connections to a host name, with a deadline for the lookup and a share of the time for each address."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

Address = tuple[int, int, int, str, Any]
"""What ``socket.getaddrinfo`` returns: family, type, protocol, canonical name, socket address."""

_answered: dict[tuple[str, int], Any] = {}
"""The socket address that last answered, by host and port: it is tried first."""


def connect(host: str, port: int, seconds: float, options: Sequence[Any]) -> socket.socket:
    """Return a connected socket with what is left of the seconds as its timeout, or raise OSError.

    An address that does not answer uses only its share of the time, so the other addresses are tried too.
    """
    end = time.monotonic() + seconds
    addresses = look_up(host, port, seconds)
    known = _answered.get((host, port))
    addresses.sort(key=lambda address: address[4] != known)
    failure = OSError("the name has no address")
    for number, address in enumerate(addresses):
        share = (end - time.monotonic()) / (len(addresses) - number)
        try:
            sock = _connect(address, max(share, 0.001), options)
        except OSError as error:
            failure = error
        else:
            _answered[host, port] = address[4]
            sock.settimeout(max(end - time.monotonic(), 0.001))
            return sock
    raise failure


def look_up(host: str, port: int, seconds: float) -> list[Address]:
    """Return the addresses of a name, or raise OSError; TimeoutError if the resolver takes longer."""
    answers: list[list[Address] | OSError] = []

    def ask() -> None:
        try:
            answers.append([*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except UnicodeError:
            answers.append(OSError("the name cannot be looked up"))
        except OSError as error:
            answers.append(error)

    # getaddrinfo has no timeout: a thread that takes too long is abandoned.
    resolver = threading.Thread(target=ask, daemon=True)
    try:
        resolver.start()
    except RuntimeError:  # no thread can be started here
        ask()
    else:
        resolver.join(seconds)
    if not answers:
        raise TimeoutError("the name was not looked up in time")
    if isinstance(answers[0], OSError):
        raise answers[0]
    return answers[0]


def _connect(address: Address, seconds: float, options: Sequence[Any]) -> socket.socket:
    family, kind, protocol, _name, place = address
    sock = socket.socket(family, kind, protocol)
    try:
        for option in options:
            sock.setsockopt(*option)
        sock.settimeout(seconds)
        sock.connect(place)
    except BaseException:
        sock.close()
        raise
    return sock
