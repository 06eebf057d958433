# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Cookies of one task, never more than a server accepts."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any

from .http_messages import Response
from .pools import MISSING_LIBRARY

if MISSING_LIBRARY is None:
    from requests.cookies import RequestsCookieJar

MOST_COOKIES = 4096
"""Bytes of all cookies together; common servers take 8 KiB of a whole request's head."""

_TOO_MUCH = re.compile(rb"(?:cookie|header)\b.{0,60}(?:too large|too big|too long|exceed)", re.IGNORECASE | re.DOTALL)


def refused_for_cookies(response: Response) -> bool:
    """Return whether a server reports that a request's headers, cookies included, were too large."""
    return response.status == 431 or (response.status == 400 and bool(_TOO_MUCH.search(response.body[:2048])))


class Logins:
    """Tells which answers may set cookies: those to logins, and those to requests that no login overlapped.

    Any other may set the cookie of a session that is not logged in, in place of the login's.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way = 0
        self._begun = 0

    def begin(self, *, is_login: bool) -> int | None:
        """Note that a request is made; return what ``keep`` takes."""
        with self._lock:
            self._under_way += is_login
            self._begun += is_login
            return None if self._under_way else self._begun

    def keep(self, begun: int | None, keep_cookies: Callable[[], None], *, is_login: bool) -> None:
        """Keep the cookies of an answer if they may be kept."""
        with self._lock:
            if is_login or begun == self._begun:
                keep_cookies()

    def end(self, *, is_login: bool) -> None:
        """Note that a request has ended, with an answer or without."""
        with self._lock:
            self._under_way -= is_login


if MISSING_LIBRARY is None:

    class CookieJar(RequestsCookieJar):
        """Cookies in the order in which they were last set; the oldest are dropped first."""

        def set_cookie(self, cookie: Any, *arguments: Any, **more: Any) -> Any:
            """Keep a cookie, and drop the oldest ones if there are too many."""
            self._drop(cookie)
            kept = super().set_cookie(cookie, *arguments, **more)
            size = sum(map(_size, self))
            for old in list(self):
                if size <= MOST_COOKIES:
                    break
                size -= _size(old)
                self._drop(old)
            return kept

        def _drop(self, cookie: Any) -> None:
            with suppress(KeyError):
                self.clear(cookie.domain, cookie.path, cookie.name)

    def _size(cookie: Any) -> int:
        """Return the length of a cookie in a request: name=value and a separator."""
        return len(cookie.name) + len(cookie.value or "") + 3
