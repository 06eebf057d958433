# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial: what a task says of a campaign, held against what the campaign is."""

from __future__ import annotations

from .campaigns import Campaign


def name_guard(wanted: str | None, campaign: Campaign) -> str | None:
    """Say that a campaign is not the one that is meant; None where it is, or no name was given."""
    if wanted is None or wanted == campaign.campaign_name:
        return None
    return f"campaign {campaign.campaign_id} is called {campaign.campaign_name!r}, not {wanted!r}"
