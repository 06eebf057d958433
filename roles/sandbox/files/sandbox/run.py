# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one server until it is stopped or its lifetime is over."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import ssl
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from .app import App
from .ready_file import announce, remove
from .server import Server


async def serve(
    seed: Mapping[str, Any], host: str, port: int, tls: bool, ready_file: Path | None, lifetime: float
) -> None:
    """Listen, announce the address, wait, and clean up."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.call_later(lifetime, stop.set)
    with ExitStack() as stack:
        # remove the file last: when it is gone, everything else is gone too
        stack.callback(remove, ready_file, os.getpid())
        context, ca_file = None, None
        if tls:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="telephony-outbound-ca-")))
            context, ca_file = _throw_away_ca(folder, host)
        app = App(seed, stop.set, secrets.token_urlsafe(32) if ready_file else None)
        server = Server(app)
        try:
            url, trap_url = await server.listen(host, port, context)
            app.address = {"url": url, "trap_url": trap_url, "pid": os.getpid(), "ca_file": ca_file}
            announce(app.address, app.secret, ready_file)
            await stop.wait()
        finally:
            await server.close()


def _throw_away_ca(folder: Path, host: str) -> tuple[ssl.SSLContext, str]:
    import trustme

    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*dict.fromkeys((host, "127.0.0.1", "::1", "localhost"))).configure_cert(context)
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return context, str(ca_file)
