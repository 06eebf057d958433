# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of vendors: each module here assigns its class to `VENDOR`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from ..vendor_app import VendorApp


def vendor_apps() -> Iterator[type[VendorApp]]:
    """Return the vendor classes, in the order of their file names."""
    for found in iter_modules(__path__):
        kind: type[VendorApp] = import_module(f"{__name__}.{found.name}").VENDOR
        yield kind
