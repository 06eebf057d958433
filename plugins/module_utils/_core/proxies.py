# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Choice of the proxy, and where it was configured."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from .errors import OptionError
from .http_messages import host_and_port
from .options import is_loopback
from .redact import encodings_of


@dataclass(frozen=True)
class Proxy:
    """A proxy; ``source`` says where it was configured. The URL may hold a password and is never shown."""

    url: str
    source: str

    def __str__(self) -> str:
        return f"the proxy {host_and_port(self.url)} (of {self.source})"


def choose(option: str | None, base_url: str, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for a vendor, or raise OptionError if it cannot work.

    ``environment`` maps a scheme, or ``all``, to the URL that the environment names for this vendor. A plain http
    address is allowed only for this machine, where nothing leaves it: proxies of the environment are not used then.
    """
    vendor = urlsplit(base_url)
    stays_here = vendor.scheme == "http" and is_loopback(str(vendor.hostname))
    if option:
        _check("proxy", option)
        if stays_here and not is_loopback(str(urlsplit(option).hostname)):
            raise OptionError("proxy", "a plain http address of this machine is not reached through another machine")
        return Proxy(option, "the task")
    scheme = next((scheme for scheme in (vendor.scheme, "all") if scheme in environment), None)
    if scheme is None or stays_here:
        return None
    name = _variable(scheme)
    found = environment[scheme]
    url = found if "://" in found else f"http://{found}"
    _check(name, url)
    return Proxy(url, f"the environment variable {name}")


def secrets(url: str) -> set[str]:
    """Return every form of the password (or else the user) in a proxy's URL, or raise OptionError.

    Host and port are no secret: a message has to name the proxy that refused.
    """
    _check("proxy", url)
    parts = urlsplit(url)
    if parts.password:
        return encodings_of(parts.password) | encodings_of(unquote(parts.password), unquote(parts.username or ""))
    return encodings_of(parts.username) | encodings_of(unquote(parts.username)) if parts.username else set()


def _variable(scheme: str) -> str:
    """Return the name of the variable that was read: lower case has precedence over upper case."""
    name = f"{scheme}_proxy"
    return name if os.environ.get(name) or not os.environ.get(name.upper()) else name.upper()


def _check(name: str, url: str) -> None:
    scheme = url.partition("://")[0].lower()
    if scheme.startswith("socks"):
        raise OptionError(
            name, "SOCKS proxies are not supported; use an HTTP proxy such as http://proxy.example.com:3128"
        )
    if scheme not in ("http", "https") or not host_and_port(url):
        raise OptionError(name, "must be a URL such as http://proxy.example.com:3128")
