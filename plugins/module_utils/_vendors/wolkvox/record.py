# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox: mark a person's records as do-not-call, or remove them, in every campaign.

The vendor addresses a record by campaign and customer, so the records are searched first. The results are verified: a
record that does not show the number is never touched, and the target is then not reported as done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from ..._core.client import Client
from ..._core.errors import AlreadyGone, OutboundError
from ..._core.operation import STATE_LABELS, Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.overlaps import WHOLE, Scope, part
from .account import Wolkvox
from .api import CONFIGURATION, send_change
from .backups import backup_details, backup_dir, new_backup
from .campaigns import RECHECK_DELAYS, CampaignTypes, is_so_already
from .clear_target import ALLOW_OPT_OUTS, TYPES
from .export import ResultAliases, unknown_results
from .records import WHO, Record, Who, find_records, unaddressable

DO_NOT_CALL = "do-not-call"
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person's records, and their desired state."""

    who: Who
    state: str
    aliases: ResultAliases
    allow_do_not_call: bool
    backup_dir: Path | None
    """Folder for the backup; None if none is requested."""

    @property
    def marks(self) -> bool:
        """Whether records are to be marked; otherwise they are removed."""
        return self.state == "do_not_call"


@dataclass(frozen=True)
class Left:
    """The remaining records, and the types of their campaigns; equal if nothing changed between two reads."""

    records: tuple[Record, ...]
    types: tuple[tuple[str, str], ...]

    def by_campaign(self) -> Iterator[tuple[str, str, list[str]]]:
        """Yield campaign, type and customers."""
        for campaign, type_campaign in self.types:
            customers = {record.customer_id for record in self.records if record.campaign_id == campaign}
            if customers:
                yield campaign, type_campaign, sorted(customers)


class RecordState(Operation[Person, Left]):
    """Mark or remove the records of phone numbers and customers."""

    account: Wolkvox
    ACCOUNT = Wolkvox
    UNIT = "records"
    RECHECK_DELAYS = RECHECK_DELAYS
    MULTI_REQUEST_WRITE = True
    labels = STATE_LABELS
    TARGET_OPTIONS: ClassVar[Spec] = {
        **WHO,
        "state": {"type": "str", "choices": ["do_not_call", "absent"], "default": "do_not_call"},
        "allow_do_not_call": {"type": "bool", "default": False},
        "result_aliases": {"type": "dict"},
        "backup": {"type": "bool", "default": False},
        "backup_dir": {"type": "path"},
    }
    SETTINGS = frozenset(TARGET_OPTIONS) - frozenset(WHO)

    def __init__(self, account: Wolkvox, params: Params) -> None:
        super().__init__(account, params)
        self._types = CampaignTypes()
        self._foreseen: dict[tuple[str, str], str] = {}
        """The changes predicted in check mode so far: campaign and customer → state."""

    def target(self, options_: Params) -> Person:
        """Validate whose records are meant, and their desired state."""
        return Person(
            who=Who.from_options(options_),
            state=options_["state"],
            aliases=ResultAliases.from_option(options_["result_aliases"]),
            allow_do_not_call=bool(options_["allow_do_not_call"]),
            backup_dir=backup_dir(options_),
        )

    def identify(self, target: Person) -> dict[str, Any]:
        """Return number or customer, campaign if given, and desired state."""
        return {**target.who.as_dict(), "state": target.state}

    def scope(self, target: Person) -> Scope:
        """Cover the person's records, of one campaign or all."""
        campaign = target.who.campaign_id
        records = WHOLE if campaign is None else part({"campaign_id": campaign})
        return Scope(target.who.person, str(target.who), [records])

    def read(self, target: Person, client: Client) -> Snapshot[Left]:
        """Search the records; for a removal also the customers' other records, which it removes too."""
        found = find_records(client, target.who, target.aliases)
        records = found.records
        if not target.marks and target.who.phone_number is not None:
            records = self._with_siblings(target, records, client)
        if target.who.campaign_id is not None and not records:
            self._types.of(client, target.who.campaign_id)  # raises OutboundError if the campaign does not exist
        return self._snapshot(target, records, found.others, client)

    def _with_siblings(self, target: Person, records: Sequence[Record], client: Client) -> tuple[Record, ...]:
        """Add what a removal of these records also removes: every record of the customer in that campaign."""
        keys = {record.key for record in records}
        texts = {record.text for record in records}
        siblings: list[Record] = []
        for customer in sorted({customer for _campaign, customer in keys if not unaddressable(customer)}):
            theirs = find_records(client, Who(None, customer, target.who.campaign_id), target.aliases)
            siblings += [each for each in theirs.records if each.key in keys and each.text not in texts]
        return (*records, *siblings)

    def _snapshot(
        self, target: Person, records: Sequence[Record], others: Sequence[Record], client: Client
    ) -> Snapshot[Left]:
        records = self._as_foreseen(records)
        left = tuple(record for record in records if not (target.marks and record.result == DO_NOT_CALL))
        unmatched = [record for record in self._as_foreseen(others) if record.result != DO_NOT_CALL]
        types = {key: self._types.of(client, key) for key in sorted({record.campaign_id for record in records})}
        return Snapshot(
            # It is unknown whether records without the number belong to the person.
            pending=None if unmatched and not left else len(left),
            state=Left(tuple(sorted(left, key=lambda record: (record.key, record.text))), tuple(types.items())),
            guard_message="; ".join(_reasons(target, left, unmatched, types)) or None,
            details={"records": [record.as_dict(types[record.campaign_id]) for record in records]},
            diff_lines=_view(records),
            diff_expected=_view([_marked(record) for record in records] if target.marks else ()),
        )

    def foresee(self, target: Person, before: Snapshot[Left]) -> None:
        """Remember which records would be marked or removed."""
        for campaign, _type, customers in before.state.by_campaign():
            self._foreseen |= {(campaign, customer): target.state for customer in customers}

    def _as_foreseen(self, records: Iterable[Record]) -> tuple[Record, ...]:
        """Return records as earlier targets in check mode would leave them."""
        states = ((record, self._foreseen.get(record.key)) for record in records)
        return tuple(_marked(record) if state else record for record, state in states if state != "absent")

    def probe(self, target: Person, client: Client) -> None:
        """Search the records."""
        find_records(client, target.who, target.aliases)

    def prepare(self, target: Person, before: Snapshot[Left], client: Client) -> Mapping[str, Any]:
        """Write the backup to disk."""
        if target.backup_dir is None:
            return {}
        description = {**target.who.as_dict(), "state": target.state}
        writer = new_backup(target.backup_dir, client, self.account, ["records"], description)
        for record in before.state.records:
            writer.add(record.text)
        return backup_details(writer.finish())

    def write(self, target: Person, seen: Snapshot[Left], client: Client) -> None:
        """Send one request for each campaign with remaining records."""
        for campaign, type_campaign, customers in seen.state.by_campaign():
            try:
                if target.marks:
                    # The vendor's own spelling of both names.
                    body = {"id_campaing": campaign, "id_cliente": customers}
                    send_change(client, "PUT", {"api": "block_predictive_dnc"}, path=CONFIGURATION, json=body)
                else:
                    params = {"api": "remove_record", "type_campaign": type_campaign, "campaign_id": campaign}
                    send_change(client, "DELETE", params, json={"customer_id": ",".join(customers)})
            except OutboundError as error:
                if is_so_already(error, client, lambda: self.read(target, client)):
                    raise AlreadyGone from error
                raise

    def recheck(self, target: Person, before: Snapshot[Left], client: Client, *, final: bool) -> Snapshot[Left]:
        """Search the records again; once none is left, also those that a removal should have removed too."""
        found = find_records(client, target.who, target.aliases)
        records: Sequence[Record] = found.records
        if not target.marks and target.who.phone_number is not None and not records:
            keys = {record.key for record in before.state.records}
            for customer in sorted({customer for _campaign, customer in keys}):
                theirs = find_records(client, Who(None, customer, target.who.campaign_id), target.aliases)
                records = [*records, *(record for record in theirs.records if record.key in keys)]
        return _for_another_try(target, before, self._snapshot(target, records, found.others, client))


def _for_another_try(target: Person, before: Snapshot[Left], seen: Snapshot[Left]) -> Snapshot[Left]:
    """Return a later read for the result; it forbids another try that would remove what is in no backup."""
    saved = {record.text for record in before.state.records}
    unsaved = sum(record.text not in saved for record in seen.state.records) if target.backup_dir else 0
    reason = seen.guard_message or (f"{unsaved} records are not in the backup" if unsaved else None)
    return replace(seen, details={}, guard_message=reason)


def _reasons(
    target: Person, left: Sequence[Record], unmatched: Sequence[Record], types: Mapping[str, str]
) -> Iterator[str]:
    """Yield the reasons why nothing may be sent."""
    if unmatched:
        yield (
            f"the vendor also found records that do not show {target.who}: {_named(unmatched)}; use the"
            " number as those records have it, or select them by customer_id"
        )
    for customer in sorted({record.customer_id for record in left}):
        if problem := unaddressable(customer):
            yield f"customer {customer!r} {problem}"
    known = ("predictive",) if target.marks else TYPES
    if unfit := [record for record in left if types[record.campaign_id] not in known]:
        what = "only records of predictive campaigns can be marked" if target.marks else "the type is not known"
        yield f"{what}: {_named(unfit)}; use a separate target for each other campaign, with campaign_id"
    if not target.marks and not target.allow_do_not_call:
        yield from _opt_outs(left)


def _opt_outs(left: Sequence[Record]) -> Iterator[str]:
    """Yield the reasons why a removal could erase opt-outs."""
    if marked := [record for record in left if record.result == DO_NOT_CALL]:
        yield f"{len(marked)} records are marked do-not-call, and removing them erases that; {ALLOW_OPT_OUTS}"
    if words := {record.word for record in left if record.result is None}:
        yield f"{unknown_results(words)}; {ALLOW_OPT_OUTS}"


def _marked(record: Record) -> Record:
    return replace(record, result=DO_NOT_CALL, word=DO_NOT_CALL)


def _named(records: Sequence[Record]) -> str:
    """Return a text that names the first few records."""
    names = [f"campaign {record.campaign_id} customer {record.customer_id}" for record in records]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _view(records: Iterable[Record]) -> tuple[str, ...]:
    lines = (
        f"campaign {record.campaign_id} customer {record.customer_id}: {record.result or record.word}"
        for record in records
    )
    return tuple(sorted(lines)) or ("no records",)
