# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox: clear the records of campaigns.

The state of a campaign can be read, so a clear reads before it writes and again after it. Undocumented behavior (the
response to clearing an empty campaign, the delay until a clear is visible) is never relied on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from ..._core import options
from ..._core.backup import Backup, BackupWriter
from ..._core.client import Client
from ..._core.errors import FailureClass, Kind, OptionError, OutboundError, guard_error
from ..._core.operation import Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.overlaps import WHOLE, Scope, part
from .account import Wolkvox
from .api import send_change
from .backups import backup_details, backup_dir, new_backup
from .campaigns import RECHECK_DELAYS, Campaign, Campaigns, find_campaign, list_campaigns
from .clear_target import TYPES, ClearTarget, check_identity, guard_message, running
from .export import RESULTS, Export, ResultAliases, read_export


class ClearState(NamedTuple):
    """Numbers of records: the largest that was stated, the list's and the export's; and the export's digest.

    Without an export, its number is the list's, and the digest is None.
    """

    total: int
    listed: int | None
    exported: int | None
    digest: int | None


CAVEAT = (
    "Records uploaded between the last check of their number and the clear are cleared too, and are not counted:"
    " the vendor offers no way to prevent that."
)


class CampaignClear(Operation[ClearTarget, ClearState]):
    """Clear the records of campaigns."""

    account: Wolkvox
    ACCOUNT = Wolkvox
    UNIT = "records"
    RECHECK_DELAYS = RECHECK_DELAYS
    TARGET_OPTIONS: ClassVar[Spec] = {
        "campaign_id": {"type": "raw"},
        "type_campaign": {"type": "str", "choices": list(TYPES)},
        "campaign_name": {"type": "raw"},
        "result": {"type": "str", "choices": list(RESULTS)},
        "all_records": {"type": "bool", "default": False},
        "allow_running": {"type": "bool", "default": False},
        "allow_do_not_call": {"type": "bool", "default": False},
        "result_aliases": {"type": "dict"},
        "backup": {"type": "bool", "default": False},
        "backup_dir": {"type": "path"},
    }
    SETTINGS = frozenset(TARGET_OPTIONS) - {"campaign_id", "result", "all_records"}

    def __init__(self, account: Wolkvox, params: Params) -> None:
        super().__init__(account, params)
        self._campaigns = Campaigns(params)
        self._backup: tuple[str, BackupWriter] | None = None
        self._shown: tuple[str, int] | None = None
        """The campaign whose export was read, and its number of records at that time."""

        self._unsettled: set[str] = set()
        self._foreseen: dict[str, Counter[str]] = {}

    def target(self, options_: Params) -> ClearTarget:
        """Validate which records of which campaign are meant."""
        campaign_id = options.path_id(options_, "campaign_id")
        result, name = options_["result"], options.compared_name(options_, "campaign_name")
        if result is None and not options_["all_records"]:
            raise OptionError("result", "is required; or all_records: true to clear every record")
        if result is not None and options_["all_records"]:
            raise OptionError("result", "is mutually exclusive with all_records: true")
        return ClearTarget(
            campaign_id=campaign_id,
            type_campaign=options_["type_campaign"],
            campaign_name=name,
            result=result,
            allow_running=bool(options_["allow_running"]),
            allow_do_not_call=bool(options_["allow_do_not_call"]),
            aliases=ResultAliases.from_option(options_["result_aliases"]),
            backup_dir=backup_dir(options_),
        )

    def identify(self, target: ClearTarget) -> dict[str, Any]:
        """Return id, type if given, and the selection of records."""
        what = {"all_records": True} if target.result is None else {"result": target.result}
        type_ = {"type_campaign": target.type_campaign} if target.type_campaign else {}
        return {"campaign_id": target.campaign_id, **type_, **what}

    def scope(self, target: ClearTarget) -> Scope:
        """Cover the campaign's records: all of them, or those of one result."""
        records = WHOLE if target.result is None else part({"result": target.result})
        return Scope(target.campaign_id, f"campaign {target.campaign_id}", [records])

    def read(self, target: ClearTarget, client: Client) -> Snapshot[ClearState]:
        """Read the campaign, and its records if their number is not enough."""
        self._discard()
        campaign = self._campaigns.find(client, target.campaign_id)
        check_identity(target, campaign)
        total = campaign.known_records
        # The number in the list is only trusted if it is not 0.
        if total and target.result is None and target.allow_do_not_call and not target.backup_dir:
            return _counted(target, campaign)
        return self._read_records(target, campaign, client)

    def _read_records(self, target: ClearTarget, campaign: Campaign, client: Client) -> Snapshot[ClearState]:
        backup: BackupWriter | None = None
        if target.backup_dir and not client.check_mode:
            backup = self._new_backup(target.backup_dir, target, campaign, client)
            self._backup = (target.campaign_id, backup)
        try:
            export = read_export(client, target.campaign_id, target.aliases, backup=backup, wanted=target.result)
        except OutboundError as error:
            self._discard()
            if target.backup_dir and error.failure_class in (
                FailureClass.INTERRUPTED,
                FailureClass.UNEXPECTED_RESPONSE,
            ):
                raise guard_error(f"the records cannot be backed up: {error.message}") from error
            raise
        if export.records > campaign.known_records:
            campaign = find_campaign(client, target.campaign_id)
            check_identity(target, campaign)
        elif export.missing_reason(campaign.records):
            campaign = self._campaigns.again(client, campaign)
            check_identity(target, campaign)
        export = export.without(self._foreseen.get(target.campaign_id, {}))
        snapshot = _snapshot(target, self._without_foreseen(campaign), export)
        if snapshot.guard_message or snapshot.pending == 0:
            self._discard()
        self._shown = (target.campaign_id, campaign.known_records)
        return snapshot

    def foresee(self, target: ClearTarget, before: Snapshot[ClearState]) -> None:
        """Remember which records of one result would be gone."""
        if target.result is not None and before.pending is not None:
            self._foreseen.setdefault(target.campaign_id, Counter())[target.result] += before.pending

    def _without_foreseen(self, campaign: Campaign) -> Campaign:
        gone = self._foreseen.get(campaign.campaign_id)
        if gone is None or campaign.records is None:
            return campaign
        return replace(campaign, records=campaign.records - gone.total())

    def probe(self, target: ClearTarget, client: Client) -> None:
        """List the campaign."""
        list_campaigns(client, target.campaign_id)

    def prepare(self, target: ClearTarget, before: Snapshot[ClearState], client: Client) -> Mapping[str, Any]:
        """Write the backup to disk, and check the number of records again."""
        backup = self._finish_backup(target)
        try:
            self._look_once_more(target, before, client)
        except OutboundError:
            if backup:
                backup.path.unlink(missing_ok=True)  # nothing will be cleared, so the backup is not needed
            raise
        return {"caveat": CAVEAT, **(backup_details(backup) if backup else {})}

    def _finish_backup(self, target: ClearTarget) -> Backup | None:
        if target.backup_dir is None:
            return None
        owner, backup = self._backup or ("", None)
        if backup is None or owner != target.campaign_id:
            raise guard_error("the backup of this campaign is missing")
        self._backup = None
        return backup.finish()

    def _look_once_more(self, target: ClearTarget, before: Snapshot[ClearState], client: Client) -> None:
        """Raise OutboundError if the campaign has changed since its export, which can take a minute."""
        owner, shown = self._shown or ("", 0)
        self._shown = None
        if owner != target.campaign_id:
            return
        campaign = find_campaign(client, target.campaign_id)
        check_identity(target, campaign)
        if campaign.known_records != shown:
            raise guard_error(
                f"the campaign had {shown} records when they were read, and has {campaign.records} now;"
                " nothing was sent; run the task again"
            )
        if campaign.status != before.details["status"] and (reason := running(target, campaign)):
            raise guard_error(reason)

    def close(self, client: Client) -> None:
        """Remove an unfinished backup of a refused target."""
        self._discard()

    def write(self, target: ClearTarget, seen: Snapshot[ClearState], client: Client) -> None:
        """Send the clear, with the type as listed by the vendor."""
        self._unsettled.add(target.campaign_id)
        self._campaigns.write_begins(target.campaign_id)
        what = {} if target.result is None else {"result": target.result}
        type_campaign = seen.details["type_campaign"]
        params = {"api": "clear_campaign", "type_campaign": type_campaign, "campaign_id": target.campaign_id, **what}
        send_change(client, "DELETE", params)
        self._campaigns.write_accepted(target.campaign_id, client)
        self._unsettled.discard(target.campaign_id)

    def recheck(
        self, target: ClearTarget, before: Snapshot[ClearState], client: Client, *, final: bool
    ) -> Snapshot[ClearState]:
        """Read the number of records, and the export only if that number is not enough.

        It is not enough if it fits, because the list may be ahead of the records; at the last check of one result; or
        if nothing seems to be gone at the last check, or after a write without a response, because the list may lag
        behind the records: unchanged records must be certain before the write is sent again or was not carried out.
        """
        campaign = self._campaigns.find(client, target.campaign_id, fresh=final)
        total = campaign.known_records
        left = before.state.total - (before.pending or 0)
        compare = total == before.state.total and (final or target.campaign_id in self._unsettled)
        count = total <= left or (final and target.result is not None)
        if not (compare or count):
            return _counted(target, campaign)
        export = read_export(client, target.campaign_id, target.aliases)
        # While a campaign runs, records can still get the result before the clear removes them.
        surely_more = export.records < left and (before.details["status"] == "stopped" or not export.records)
        if target.result is not None and surely_more and not export.missing_reason(total):
            raise OutboundError(
                Kind.PROTOCOL,
                f"{before.pending} records were to be cleared, but {before.state.total - export.records} are gone",
                FailureClass.REJECTED,
            )
        snapshot = _snapshot(target, campaign, export)
        if before.state.digest is None:
            # The next list alone could look as before again, so a doubt needs the next export too.
            return replace(snapshot, state=snapshot.state._replace(digest=None))
        self._unsettled.discard(target.campaign_id)
        return snapshot

    def _new_backup(self, folder: Path, target: ClearTarget, campaign: Campaign, client: Client) -> BackupWriter:
        description = {
            "campaign_id": target.campaign_id,
            "campaign_name": campaign.campaign_name,
            "type_campaign": campaign.type_campaign,
            "result": target.result,
        }
        return new_backup(folder, client, self.account, (target.campaign_id, target.result or "all"), description)

    def _discard(self) -> None:
        owned, self._backup, self._shown = self._backup, None, None
        left = owned[1].discard() if owned is not None else None
        if left is not None:
            self.warnings.append(left)


def _counted(target: ClearTarget, campaign: Campaign) -> Snapshot[ClearState]:
    """Return what the list alone shows: not how many records have which result."""
    total = campaign.known_records
    return Snapshot(
        pending=total if target.result is None else None,
        state=ClearState(total, total, total, None),
        guard_message=guard_message(target, campaign, None),
        details=campaign.details,
        diff_lines=(f"{total} records",),
        diff_expected=("0 records",),
    )


def _snapshot(target: ClearTarget, campaign: Campaign, export: Export) -> Snapshot[ClearState]:
    """Combine list and export; a number that is not known is not shown."""
    known = export.uncertain_reason(campaign.records) is None
    whole = export.missing_reason(campaign.records) is None
    most = export.most(campaign.records)
    if target.result is None:
        pending: int | None = most
        diff_expected: Sequence[str] = ("0 records",)
    else:
        pending = export.counts[target.result] if known or not most else None
        diff_expected = _view({**export.counts, target.result: 0})
    return Snapshot(
        pending=pending,
        state=ClearState(most, campaign.records, export.records, export.digest),
        guard_message=guard_message(target, campaign, export),
        details=campaign.details,
        diff_lines=() if pending is None else _view(export.counts) if whole else (f"{most} records",),
        diff_expected=diff_expected if whole else (),
    )


def _view(counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(f"{number} {word}" for word, number in sorted(counts.items()) if number) or ("0 records",)
