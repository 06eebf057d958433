# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Who approved in the workflow of an automation controller, read from its API. A failure is a result, not an error."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from ...module_utils._core.redact import Redactor
from .context import RunContext
from .documents import Document, InvalidDocument, mapping_of, parse, parse_time

SECONDS = 15.0
"""For all requests together: nobody waits longer for a name in the evidence."""

_SECONDS_OF_A_READ = 5.0
_LARGEST = 4 * 1024 * 1024
_LEVELS = 3
"""Workflow jobs above each other that are read: a sliced job is a workflow job of its own."""
_NODES = 200
_APPROVALS = 20
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_FALSE = ("false", "no", "off", "0")
_CLEAN = Redactor()


class NotProved(Exception):
    """Nobody is known to have approved; the text says why."""


def approval_in_workflow(plan: Mapping[str, Any], context: RunContext) -> Document:
    """Return the entry for run.json of a run in a workflow; an empty one outside of a workflow."""
    if context.workflow_job is None:
        return {}
    found = workflow_approval(plan, context.workflow_job, context.environment)
    if found["not_proved"]:
        context.show(f"Who approved in this workflow is not proved: {found['not_proved']}.")
    return {"workflow_approval": found}


def workflow_approval(plan: Mapping[str, Any], workflow_job: Any, environment: Mapping[str, str]) -> Document:
    """Return ``workflow_job_id``, ``approvals`` (node, by, finished) and ``not_proved``: None, or why there are none.

    Only an approval that was given after the plan was made, in the workflow that made it, counts for the plan.
    """
    answers: SimpleQueue[list[Document] | NotProved] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(_approvals(Controller.of(environment), plan, workflow_job)))
        except NotProved as error:
            answers.put(error)
        except (OSError, TypeError, ValueError, HTTPException) as error:
            answers.put(NotProved(f"the controller's API cannot be read: {_cause(error)}"))

    Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=SECONDS)
    except Empty:
        found = NotProved(f"the controller's API gave no answer within {SECONDS:g} seconds")
    approvals, why = ([], str(found)) if isinstance(found, NotProved) else (found, None)
    if not approvals and why is None:
        why = "no approval node of the workflow was approved after the plan was made"
    return {"workflow_job_id": workflow_job, "approvals": approvals, "not_proved": why}


@dataclass(frozen=True)
class Controller:
    """The API of a controller: the address below which its resources are, and a token, which is in no message."""

    scheme: str
    host: str
    port: int | None
    root: str
    token: str
    verify: bool = True

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Controller:
        """Read the variables that a credential of the controller sets; raise NotProved if they are not there."""
        address, token = (environment.get(f"CONTROLLER_{name}", "").strip() for name in ("HOST", "OAUTH_TOKEN"))
        if not address or not token:
            raise NotProved("CONTROLLER_HOST and CONTROLLER_OAUTH_TOKEN are not in the environment of the job")
        url = urlsplit(address if "://" in address else f"https://{address}")
        if url.scheme not in ("https", "http") or not url.hostname:
            raise NotProved("CONTROLLER_HOST is no address")
        if url.scheme == "http" and url.hostname not in _LOOPBACK:
            raise NotProved("CONTROLLER_HOST is a plain http address, and the token would be readable on its way")
        prefix = environment.get("CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX", "").strip("/")
        root = f"{url.path.rstrip('/')}/api/{f'{prefix}/' if prefix else ''}v2"
        verify = environment.get("CONTROLLER_VERIFY_SSL", "").strip().lower() not in _FALSE
        return cls(url.scheme, url.hostname, url.port, root, token, verify)

    def get(self, path: str) -> Document:
        """Return a resource; raise NotProved, OSError or HTTPException. A redirect is not followed."""
        connection = self._connection()
        try:
            headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
            connection.request("GET", f"{self.root}/{path}", headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                raise NotProved(f"the controller's API answered {response.status} for {path.partition('/')[0]}")
            body = response.read(_LARGEST + 1)
        finally:
            connection.close()
        if len(body) > _LARGEST:
            raise NotProved("the controller's API gave a larger answer than is read")
        return parse(body, "the controller's answer")

    def _connection(self) -> HTTPConnection:
        if self.scheme == "http":
            return HTTPConnection(self.host, self.port, timeout=_SECONDS_OF_A_READ)
        context = ssl.create_default_context()
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return HTTPSConnection(self.host, self.port, timeout=_SECONDS_OF_A_READ, context=context)


def _approvals(controller: Controller, plan: Mapping[str, Any], workflow_job: Any) -> Iterator[Document]:
    """Yield the approvals of the plan in the workflow that made it."""
    planned_in = mapping_of(plan.get("automation_controller")).get("workflow_job_id")
    if planned_in is None:
        raise NotProved("the plan was not made in a workflow")
    _insist_on_ancestor(controller, workflow_job, planned_in)
    created = parse_time(plan.get("created"), "created of the plan")
    nodes = controller.get(f"workflow_jobs/{int(planned_in)}/workflow_nodes/?page_size={_NODES}").get("results")
    jobs = [_summary(node, "job") for node in nodes] if isinstance(nodes, list) else []
    for job in [job for job in jobs if job.get("type") == "workflow_approval"][:_APPROVALS]:
        detail = controller.get(f"workflow_approvals/{int(job.get('id') or 0)}/")
        by = _summary(detail, "approved_or_denied_by").get("username")
        finished = detail.get("finished")
        if detail.get("status") == "successful" and by and finished and parse_time(finished, "finished") >= created:
            yield {"node": _name(detail.get("name")), "by": _name(by), "finished": _name(finished)}


def _insist_on_ancestor(controller: Controller, workflow_job: Any, planned_in: Any) -> None:
    """Raise NotProved unless the plan was made in this workflow job, or in one that started it."""
    current = int(workflow_job)
    for _level in range(_LEVELS):
        if current == int(planned_in):
            return
        parent = _summary(controller.get(f"workflow_jobs/{current}/"), "source_workflow_job").get("id")
        if parent is None:
            break
        current = int(parent)
    raise NotProved("the plan was made in another workflow job")


def _summary(resource: Any, name: str) -> Mapping[str, Any]:
    return mapping_of(mapping_of(mapping_of(resource).get("summary_fields")).get(name))


def _name(value: Any) -> str:
    return _CLEAN.message(str(value))


def _cause(error: Exception) -> str:
    """Return why a read failed, without text of the answer."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate cannot be verified"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error) if isinstance(error, InvalidDocument) else "an answer has another form than documented"
