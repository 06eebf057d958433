# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The parts of a run that all of its modes work with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .context import Account, RunContext
from .event_runs import EventRuns
from .evidence_writer import EvidenceWriter
from .jobs import AccountJobs
from .run_folder import RunFolder
from .sealing import Sealer
from .settings import Settings


@dataclass(frozen=True)
class RunParts:
    """One run: what was asked for, where it is kept, and what carries it out."""

    settings: Settings
    accounts: Sequence[Account]
    context: RunContext
    event: EventRuns | None
    folder: RunFolder
    jobs: AccountJobs
    evidence: EvidenceWriter
    sealer: Sealer
    now: datetime
