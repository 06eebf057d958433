# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nginx, HAProxy and Varnish in front of a sandbox, each with its own configuration in the test's folder."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ansible_collections.telephony.outbound.tests.interop.processes import Process, free_port, program

_HAPROXY = """
global
    log stdout format raw local0
    stats socket {folder}/admin.sock level admin
defaults
    mode http
    log global
    log-format "passed %ST %HM %HP"
    timeout connect 2s
    timeout client 30s
    timeout server {server_timeout}
    timeout http-keep-alive {keep_alive}
    {defaults}
frontend front
    bind 127.0.0.1:{port} {bind}
    {frontend}
    default_backend nodes
backend nodes
    {backend}
{servers}
"""

_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 256; }}
http {{
    log_format short "passed $status $request_method $uri $upstream_status";
    access_log {folder}/access.log short;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
    upstream nodes {{ {upstream} keepalive 8; }}
    server {{
        listen 127.0.0.1:{port} {listen};
        {server}
        location / {{
            {location}
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://nodes;
        }}
    }}
}}
"""


class Front:
    """A listening front, and its log of requests."""

    def __init__(self, process: Process, log: Path, *, tls: bool = False) -> None:
        self._process = process
        self._log = log
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{process.port}"

    def stop(self) -> None:
        """Stop it."""
        self._process.stop()

    def statuses(self, method: str) -> list[int]:
        """Return the statuses that the front sent for a method, from its log."""
        return [int(status) for status in re.findall(rf"passed (-?\d+) {method} ", self._log.read_text())]


class HAProxy(Front):
    """HAProxy, whose servers can be removed while it runs."""

    def __init__(self, folder: Path, servers: Sequence[str], **more: str) -> None:
        folder.mkdir()
        self._folder = folder
        words = {
            "server_timeout": "30s",
            "keep_alive": "10s",
            "bind": "",
            "frontend": "",
            "backend": "",
            "defaults": "",
        }
        port = free_port()
        lines = "\n".join(
            f"    server node{number} {_place(url)} {more.get('each', '').replace('NUMBER', str(number))}"
            for number, url in enumerate(servers)
        )
        text = _HAPROXY.format(folder=folder, port=port, servers=lines, **{**words, **more})
        (folder / "haproxy.cfg").write_text(text)
        process = Process([program("haproxy"), "-db", "-f", "haproxy.cfg"], port, folder)
        super().__init__(process, process.log, tls="ssl" in more.get("bind", ""))

    def take_out(self, number: int) -> None:
        """Remove a server at once, including its requests in progress."""
        for order in (f"set server nodes/node{number} state maint", f"shutdown sessions server nodes/node{number}"):
            with socket.socket(socket.AF_UNIX) as admin:
                admin.connect(str(self._folder / "admin.sock"))
                admin.sendall(f"{order}\n".encode())
                assert not admin.recv(1000).strip()


class Nginx(Front):
    """nginx with one process."""

    def __init__(self, folder: Path, servers: Sequence[str], **more: str) -> None:
        folder.mkdir()
        words = {"http": "", "listen": "", "server": "", "location": "", "balance": ""}
        port = free_port()
        listed = " ".join(f"server {_place(url)} {more.get('each', '')};" for url in servers)
        given = {**words, **more}
        text = _NGINX.format(folder=folder, port=port, upstream=f"{given['balance']} {listed}", **given)
        (folder / "nginx.conf").write_text(text)
        (folder / "access.log").touch()
        process = Process(
            [program("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")], port, folder
        )
        super().__init__(process, folder / "access.log", tls="ssl" in more.get("listen", ""))


class Varnish(Front):
    """Varnish, with a bounded wait for the server; it needs a C compiler."""

    def __init__(self, folder: Path, server: str, *, patience: float) -> None:
        folder.mkdir()
        program("gcc")
        port = free_port()
        (folder / "default.vcl").write_text(
            f'vcl 4.1; backend default {{ .host = "127.0.0.1"; .port = "{urlsplit(server).port}";'
            f" .first_byte_timeout = {patience}s; }} sub vcl_recv {{ return (pass); }}"
        )
        command = [
            program("varnishd"),
            "-F",
            "-j",
            "none",
            "-a",
            f"127.0.0.1:{port}",
            "-n",
            str(folder / "state"),
            "-f",
            str(folder / "default.vcl"),
        ]
        process = Process([*command, "-s", "malloc,20M"], port, folder)
        super().__init__(process, process.log)


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"
