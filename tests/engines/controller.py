# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of an automation controller's API as launches one job template, and keeps what it was launched with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "not-a-secret-token-of-a-controller"
LAUNCH = "/api/v2/job_templates/1/launch/"


class Controller:
    """The server. Whatever is asked for is there, with the id 1."""

    def __init__(self, organization: str) -> None:
        """Listen on a free port."""
        self.launched: list[dict[str, Any]] = []
        controller = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.headers["Authorization"] != f"Bearer {TOKEN}":
                    return self.answer(401, {})
                asked = urlsplit(self.path)
                if asked.path.endswith("/config/"):
                    return self.answer(200, {"version": "4.7.0"})
                name = parse_qs(asked.query).get("name", [""])[0]
                return self.answer(200, {"count": 1, "next": None, "results": [thing(name)]})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == LAUNCH:
                    controller.launched.append(body)
                self.answer(201, thing(""))

            def answer(self, status: int, body: Mapping[str, Any]) -> None:
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_arguments: Any) -> None:
                """Print nothing."""

        def thing(name: str) -> dict[str, Any]:
            asks = ("limit", "labels", "inventory", "variables")
            return {
                "id": 1,
                "name": name,
                "type": "job_template",
                "url": "/api/v2/jobs/1/",
                "status": "successful",
                "created": "2026-03-01T09:00:00Z",
                "related": {"launch": LAUNCH},
                **{f"ask_{each}_on_launch": True for each in asks},
                "summary_fields": {"organization": {"name": organization}},
            }

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
