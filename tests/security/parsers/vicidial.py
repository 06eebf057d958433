# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VICIdial's answers."""

from __future__ import annotations

from contextlib import suppress

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial import (
    account,
    campaigns,
    hopper,
    leads,
)

from .told import Parser, client, errors

VICIDIAL = account.Vicidial("api", "not-a-secret", "ansible")


def _answers(body: bytes) -> None:
    """Read a body as every answer that it could be."""
    for read in (
        campaigns.list_campaigns,
        lambda api: hopper.read_hopper(api, "SPRING"),
        lambda api: leads.find_leads(api, "5550100001"),
        lambda api: leads.live_callbacks(api, "101"),
    ):
        with suppress(OutboundError):
            read(VICIDIAL.api(client(VICIDIAL, body)))


PARSERS = {
    "vicidial errors": Parser(errors(VICIDIAL), "ERROR: update_lead VALUE - |VALUE|\nSUCCESS: VALUE"),
    "vicidial answers": Parser(
        _answers, "campaign_id\tcampaign_name\tactive\nVALUE\tVALUE\tY\n5550100001|1|VALUE\n101\tVALUE"
    ),
}
