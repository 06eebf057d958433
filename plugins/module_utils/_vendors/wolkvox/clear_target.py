# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The selection of one wolkvox campaign's records to clear, and its guards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..._core.errors import guard_error, unexpected_response
from .campaigns import Campaign
from .export import Export, ResultAliases

TYPES = ("predictive", "preview")
ALLOW_OPT_OUTS = "allow_do_not_call: true permits that"


@dataclass(frozen=True, kw_only=True)
class ClearTarget:
    """The records of a campaign to clear: those of one result, or all if it is None."""

    campaign_id: str
    type_campaign: str | None
    campaign_name: str | None
    result: str | None
    allow_running: bool
    allow_do_not_call: bool
    aliases: ResultAliases
    backup_dir: Path | None
    """Folder for the backup; None if none is requested."""


def check_identity(target: ClearTarget, campaign: Campaign) -> None:
    """Raise OutboundError if name or type differ from the task's, or if the type cannot be cleared."""
    if problem := _another_campaign(target, campaign):
        raise guard_error(problem)
    if campaign.type_campaign not in TYPES:
        raise unexpected_response(f"campaign {target.campaign_id} is of the type {campaign.type_campaign!r}")


def _another_campaign(target: ClearTarget, campaign: Campaign) -> str | None:
    """Return how name or type differ from the task's, or None."""
    if target.campaign_name not in (None, campaign.campaign_name):
        return (
            f"campaign {target.campaign_id} is named {campaign.campaign_name!r}, not {target.campaign_name!r}"
            " as campaign_name says"
        )
    if target.type_campaign not in (None, campaign.type_campaign):
        return (
            f"campaign {target.campaign_id} is of type {campaign.type_campaign!r}, not {target.type_campaign!r}"
            " as type_campaign says"
        )
    return None


def guard_message(target: ClearTarget, campaign: Campaign, export: Export | None) -> str | None:
    """Return why nothing may be sent, or None."""
    reasons = list(filter(None, [_another_campaign(target, campaign), running(target, campaign)]))
    if export is not None and export.records > campaign.known_records:
        reasons.append(
            f"the vendor lists {campaign.records} records and exports {export.records};"
            " it is unknown which number is right; try again later"
        )
    if not target.allow_do_not_call:
        reasons.extend(_opt_outs(target, campaign, export))
    if target.backup_dir and export is not None:
        gap = (
            export.missing_reason(campaign.records)
            if target.result is None
            else export.uncertain_reason(campaign.records)
        )
        reasons.extend([f"the backup would not be complete: {gap}"] if gap else [])
    return "; ".join(reasons) or None


def running(target: ClearTarget, campaign: Campaign) -> str | None:
    """Return the message that the campaign is not stopped, or None if it may be cleared."""
    if campaign.status == "stopped" or target.allow_running:
        return None
    # The same in check mode, where an earlier task of the play may be the one that would stop it.
    return (
        f"the campaign is {campaign.status or 'of unknown status'}; stop it before (wolkvox_campaign, state: stopped)."
        ' A dry run stops nothing: allow_running: "{{ ansible_check_mode }}" lets it go on and keeps the guard'
    )


def _opt_outs(target: ClearTarget, campaign: Campaign, export: Export | None) -> Iterable[str]:
    """Yield the reasons why clearing could erase opt-outs."""
    if target.result == "do-not-call":
        yield f"do-not-call records are opt-outs, and clearing erases them; {ALLOW_OPT_OUTS}"
    elif target.result is None and export is not None:
        if marked := export.counts["do-not-call"]:
            yield f"{marked} records are marked do-not-call, and clearing erases that; {ALLOW_OPT_OUTS}"
        elif unclear := export.uncertain_reason(campaign.records):
            yield f"it is unknown whether records are marked do-not-call: {unclear}; {ALLOW_OPT_OUTS}"
