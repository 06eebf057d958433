# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the page of the public interface names is there; what is added may be missing on the page until a release."""

from __future__ import annotations

from ansible_collections.telephony.outbound.scripts.public_interface import PAGE, Interface, collect, read, render
from ansible_collections.telephony.outbound.tests.support import catalog


def gone(page: Interface, interface: Interface) -> list[str]:
    """Return what the page names and the collection does not have."""
    return [f"{heading}: {name}" for heading, names in page.items() for name in names if name not in interface[heading]]


def test_nothing_of_the_public_interface_is_gone() -> None:
    interface = collect(catalog.documentation(), catalog.PROJECT)
    page = read((catalog.PROJECT / PAGE).read_text("utf-8"))
    assert page.keys() <= interface.keys()
    assert gone(page, interface) == []


def test_what_is_gone_is_noticed() -> None:
    interface = {"wolkvox_campaign, options": ["campaign_id", "targets.campaign_id"], "outcomes": ["cleared"]}
    assert read(render(interface)) == interface
    less = {**interface, "wolkvox_campaign, options": ["campaign_id"]}
    assert gone(interface, less) == ["wolkvox_campaign, options: targets.campaign_id"]


def test_the_page_has_what_a_playbook_reads() -> None:
    page = read((catalog.PROJECT / PAGE).read_text("utf-8"))
    assert {"cleared", "accepted", "in_doubt", "failed", "not_sent", "refused"} <= set(page["outcomes"])
    assert {"auth", "not_found", "guard", "protocol"} <= set(page["error.kind"])
    assert {"run.json", "plan.json", "result.json", "evidence.json", "SHA256SUMS"} <= set(page["files of a run"])
    assert {"teardown", "rehearse", "watch"} <= set(page["playbooks"])
    assert "results.error" in page["wolkvox_campaign_clear, results"]
