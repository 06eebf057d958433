# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The words of a report, for whoever has never seen a dialer."""

from __future__ import annotations

from collections.abc import Mapping

GLOSSARY: Mapping[str, str] = {
    "target": "one thing that had to be emptied or cancelled, such as a campaign, a queue or a record of one number",
    "account": "one login at one vendor, as it is named in the inventory of this run",
    "vendor": "the company whose system places the calls",
    "pending": "waiting to be called, or to be acted on; before and after are the numbers that the vendor told",
    "cleared": "the vendor accepted, and a later look or the vendor's own acknowledgement showed that it is gone",
    "accepted": "the vendor accepted, and there is no way to look whether it is gone",
    "already clear": "nothing was there, so nothing had to be done",
    "in doubt": "it may have been done; no look could settle it, so a person has to",
    "failed": "the vendor refused, or could not be reached; nothing was done",
    "refused": "a safety rule of this run stopped it; nothing was sent",
    "not sent": "the run did not come to it",
    "unknown": "the vendor cannot tell this number; it is never shown as 0 then",
    "chain": "all records of one person in a calling list",
    "call hook": "an address that a system calls when a phone call begins or ends; it is no call itself",
    "controller": "the computer on which this run was started",
    "steps": "what was done to a campaign in order, such as stopped, cleared, started again",
    "SHA-256": "a fingerprint of a file: it changes when a single character of the file changes",
    "***0123#abc": "a phone number: its last four digits, and a keyed fingerprint that is equal for equal numbers",
}
