# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A VICIdial server and one user of its non-agent API: address, credentials, and what its answers mean."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.errors import Kind, OptionError, OutboundError, from_status
from ..._core.http_messages import Response
from ..._core.operation import Account, Params
from ..._core.options import Spec
from ..._core.retry import Purpose
from . import answers
from .api import Api

ENVIRONMENT = {"user": "VICIDIAL_USER", "password": "VICIDIAL_PASSWORD"}
URL_VARIABLE = "VICIDIAL_URL"

_COMPARED = re.compile(r"[A-Za-z0-9_-]+")
_SOURCE = re.compile(r"[A-Za-z0-9]{2,20}")


class Vicidial(Account):
    """A VICIdial server and one user. Every request carries the credentials, in its body.

    The tenth wrong login locks the user. So the first request of a task goes alone, and once a login was refused
    nothing is sent any more.
    """

    OPTIONS: ClassVar[Spec] = {
        "user": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        "source": {"type": "str", "default": "ansible"},
    }
    URL_VARIABLE = URL_VARIABLE

    def __init__(self, user: str, password: str, source: str) -> None:
        self._user = user
        self._password = password
        self._source = source
        self._lock = threading.Lock()
        self._let_in = False
        self._refused: OutboundError | None = None

    @classmethod
    def from_params(cls, params: Params) -> Vicidial:
        """Take the credentials from the task or the environment."""
        found = options.require_credentials(options.credentials(params, ENVIRONMENT), ENVIRONMENT)
        for name, value in found.items():
            if not _COMPARED.fullmatch(value):
                raise OptionError(
                    name,
                    "has characters other than letters, digits, _ and -, which the API leaves out before it compares",
                )
        if not _SOURCE.fullmatch(params["source"]):
            raise OptionError("source", "must be 2 to 20 letters and digits")
        if params["base_url"] is not None:
            _check_folder(params["base_url"])
        return cls(found["user"], found["password"], params["source"])

    def base_url(self) -> str:
        """Return the address from the environment: everybody has a server of their own."""
        return _check_folder(super().base_url())

    def secrets(self) -> Mapping[str, str]:
        """Return the password. What the API repeats of it is the whole: it has no character that would be left out."""
        return {"password": self._password}

    def user(self) -> str:
        """Return the user."""
        return self._user

    def headers(self) -> Mapping[str, str]:
        """Return none: the credentials are fields of the body."""
        return {}

    def api(self, client: Client) -> Api:
        """Return the functions of the API, as this user calls them."""
        return Api({"source": self._source, "user": self._user, "pass": self._password}, client)

    def login(self, client: Client) -> int:
        """Let the first request of a task go alone, and none after one whose credentials were refused."""
        with self._lock:
            if self._refused is None and not self._let_in:
                self._try_out(client)
            if self._refused is not None:
                raise self._refused.with_()
        return 0

    def error_from(self, response: Response) -> OutboundError | None:
        """Judge by the status, and by the phrases of an answer's lines."""
        error = from_status(response.status)
        if error is None:
            error = answers.error_in(answers.lines(response.text()))
        elif response.status == 500 and not response.body:
            error = error.with_(
                message="HTTP status 500 and an empty body: VICIdial broke off, as it does where a value breaks its SQL"
            )
        if error is not None and error.kind is Kind.AUTH:
            self._refused = error
        return error

    def _try_out(self, client: Client) -> None:
        """List the campaigns: of any answer but a refused login it is known that the credentials are right."""
        try:
            response = client.send(self.api(client).request(Purpose.LOGIN, "campaigns_list", stage="tab", header="YES"))
        except OutboundError as error:
            if error.code is None:
                raise
        else:
            answers.table(response, "campaign_id")
        self._let_in = True


def _check_folder(url: str) -> str:
    if url.rstrip("/").endswith(".php"):
        raise OptionError("base_url", "must end with the folder of non_agent_api.php, not with a file")
    return url
