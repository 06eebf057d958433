# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server on this machine that answers as the API of AWX does about workflow jobs and their approvals.

The shapes are those of AWX's serializers (``WorkflowJobNodeSerializer``, ``WorkflowApprovalSerializer`` and
``UnifiedJobSerializer`` in ``awx/api/serializers.py``), with the keys that matter here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

TOKEN = "canary-controller-token-5"


@dataclass
class ControllerApi:
    """The resources by their path, and the requests that came: path and authorization."""

    url: str = ""
    resources: dict[str, Any] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What a credential of the controller sets for a job."""
        return {"CONTROLLER_HOST": self.url, "CONTROLLER_OAUTH_TOKEN": TOKEN, "CONTROLLER_VERIFY_SSL": "True"}

    def approved(self, workflow_job: int, by: str | None, finished: str, *, status: str = "successful") -> None:
        """Add an approval node to a workflow job, after a node with a job."""
        nodes = self.resources.setdefault(
            f"/api/v2/workflow_jobs/{workflow_job}/workflow_nodes/",
            {"count": 1, "next": None, "results": [node(1000, "job")]},
        )["results"]
        number = 2000 + len(nodes)
        nodes.append(node(number, "workflow_approval"))
        user = {"approved_or_denied_by": {"id": 7, "username": by}} if by else {}
        self.resources[f"/api/v2/workflow_approvals/{number}/"] = {
            "id": number,
            "type": "workflow_approval",
            "name": "Approve the plan",
            "status": status,
            "finished": finished,
            "summary_fields": user,
        }

    def started_by(self, workflow_job: int, parent: int | None) -> None:
        """Say which workflow job started one, as for a sliced job in a workflow."""
        above = {} if parent is None else {"source_workflow_job": {"id": parent, "type": "workflow_job"}}
        self.resources[f"/api/v2/workflow_jobs/{workflow_job}/"] = {"id": workflow_job, "summary_fields": above}


def node(job: int, kind: str) -> dict[str, Any]:
    return {"id": job + 1, "job": job, "summary_fields": {"job": {"id": job, "type": kind, "status": "successful"}}}


@contextmanager
def controller_api() -> Iterator[ControllerApi]:
    """Serve one until the block ends."""
    api = ControllerApi()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            api.requests.append((self.path, self.headers.get("Authorization")))
            found = api.resources.get(self.path.partition("?")[0])
            body = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        api.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
