# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of every module, built from the description of each vendor: a new vendor adds nothing here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.canaries import CanarySet
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.vendor import SECRET

VENDORS = sorted({catalog.vendor_of(module) for module in catalog.described_modules()})
CANARIES = {vendor: CanarySet(vendor) for vendor in VENDORS}
TRACES = tuple(trace for canaries in CANARIES.values() for item in canaries.all() for trace in item.traces())


@dataclass(frozen=True)
class Call:
    """A module with valid options, and with secrets that would be recognized anywhere."""

    module: str
    options: Mapping[str, Any] = field(hash=False)

    @property
    def vendor(self) -> str:
        return catalog.vendor_of(self.module)

    @property
    def writes(self) -> bool:
        return catalog.made(self.module).writes

    def __str__(self) -> str:
        return self.module

    @property
    def path(self) -> str:
        """Return the path part of a sandbox address."""
        return CANARIES[self.vendor].vendor.path(self.options)

    def seed(self) -> dict[str, Any]:
        return CANARIES[self.vendor].seed()

    def credentials(self, number: int = 0) -> dict[str, str]:
        canaries = CANARIES[self.vendor]
        chosen = canaries.vendor.credentials[number].items()
        return {option: canaries.right[option].secret if value == SECRET else value for option, value in chosen}

    def run(self, url: str, *, prefix: bool = True, check: bool = False, **options: Any) -> dict[str, Any]:
        """Run the module in this process, and search its output for the canaries."""
        waits = {"wait_timeout": 0.1} if self.writes else {}
        result = run_module(
            self.module,
            check=check,
            diff=True,
            **{
                **self.options,
                **self.credentials(),
                "base_url": url + (self.path if prefix else ""),
                "timeout": 2,
                "target_timeout": 8,
                "retries": 0,
                **waits,
                **options,
            },
        )
        assert leaks_in(str(result)) == []
        return result

    def succeed(self, url: str, **options: Any) -> dict[str, Any]:
        """Run the module against a vendor that works, with all the time that a slow machine needs for the proof."""
        patient = {"timeout": 30, "target_timeout": 60, **({"wait_timeout": 30} if self.writes else {})}
        result = self.run(url, **{**patient, **options})
        assert not result["failed"], (self.module, result)
        return result


# Call → what it tells, and how many changes it makes, when nothing is between it and the vendor.
Undisturbed = Callable[[Call], tuple[Any, int]]


def leaks_in(text: str) -> list[str]:
    """Return every secret of the suite that is recognizable in a text."""
    return [f"...{text[max(0, text.index(trace) - 120) :][:200]}..." for trace in TRACES if trace in text]


def outcome_and_error(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return outcome and error of the one target or query."""
    entries = result.get("results")
    entry = entries[0] if entries else result
    return {"outcome": entry.get("outcome"), "error": entry.get("error") or {}}


CALLS = [
    Call(module, CANARIES[vendor].vendor.calls[module]) for vendor in VENDORS for module in CANARIES[vendor].modules()
]
WRITES = [call for call in CALLS if call.writes]
# One module that writes and one that reads of each vendor: of these, `make test` tries what the transport decides.
KINDS = [call for call in CALLS if call.module in CANARIES[call.vendor].one_of_each_kind()]
each_call = pytest.mark.parametrize(
    "call", [pytest.param(call, id=str(call), marks=() if call in KINDS else pytest.mark.exhaustive) for call in CALLS]
)
