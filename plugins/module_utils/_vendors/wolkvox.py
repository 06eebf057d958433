# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox: look at campaigns, start and stop them, and clear their records.

Its state can be read, so everything here reads before it writes and again after it. What the vendor's
pages leave open (the answer to the clear of an empty campaign, when a clear shows) is never relied on.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from .._core import options
from .._core.answers import says_no
from .._core.backup import Backup, Draft, check_folder
from .._core.client import Client
from .._core.clock import Clock
from .._core.errors import Happening, Kind, OptionError, OutboundError, from_status, refused, undocumented
from .._core.inquiry import Inquiry
from .._core.message import Request, Response
from .._core.operation import Operation, Params, Snapshot, Vendor, Words
from .._core.options import Spec
from .._core.overlaps import WHOLE, Scope, part
from .._core.retry import Purpose
from .._core.token_lock import TokenLock
from .._core.transport import Turn
from .._core.version import VERSION
from .wolkvox_campaigns import Campaign, Campaigns, find_campaign, list_campaigns
from .wolkvox_export import PATH, RESULTS, Export, Spelling, read_export, whole_number

ENVIRONMENT = {"token": "WOLKVOX_TOKEN"}
SERVER = "WOLKVOX_SERVER"
TYPES = ("predictive", "preview")
LOOKS = (1.0, 4.0, 10.0, 15.0)

CAVEAT = (
    "Records that are uploaded between the last look at their number and the clear itself go too, and are not counted:"
    " the vendor offers no way to close that gap."
)

_STATUS_OF_ERROR = {"BAD REQUEST": 400, "UNAUTHORIZED": 401, "FORBIDDEN": 403, "NOT FOUND": 404}


class Wolkvox(Vendor):
    """One server of wolkvox and a token for it. The token is never used for two requests at a time."""

    OPTIONS: ClassVar[Spec] = {"server": {"type": "raw"}, "token": {"type": "str", "no_log": True}}
    TIMEOUT = 65.0
    TARGET_TIMEOUT = 300.0
    WAIT_TIMEOUT = 120.0

    def __init__(self, server: str | None, base_url: str | None, token: str) -> None:
        """Keep address and token; the server is already checked."""
        self._server = server
        self._base_url = base_url
        self._token = token

    @classmethod
    def from_params(cls, params: Params) -> Wolkvox:
        """Take the token from the task or the environment, and the address likewise."""
        found = options.require(options.credentials(params, ENVIRONMENT), ENVIRONMENT)
        server, base_url = params["server"], params["base_url"]
        if server is None and base_url is None:
            server = os.environ.get(SERVER)
        return cls(None if server is None else _checked_server(server), base_url, found["token"])

    def base_url(self) -> str:
        """Return the server's public address."""
        if self._server is None:
            raise OptionError("server", f"is required, on the task or as {SERVER}; or base_url in its place")
        return f"https://wv{self._server}.wolkvox.com"

    @property
    def host(self) -> str:
        """The host that is really asked."""
        return urlsplit(self._base_url or self.base_url()).hostname or ""

    def secrets(self) -> Mapping[str, str]:
        """Return the token."""
        return {"token": self._token}

    def headers(self) -> Mapping[str, str]:
        """Return the header with the token."""
        return {"wolkvox-token": self._token}

    def turn(self, clock: Clock) -> Turn:
        """Let one request at a time out, whichever thread or process it comes from."""
        return TokenLock(self._token, clock).turn

    def judge(self, response: Response) -> OutboundError | None:
        """Judge by the status and by the body's own ``code`` and ``error``: either may stand alone."""
        body = _body(response)
        envelope = body if isinstance(body, dict) else {}
        code, error = envelope.get("code"), envelope.get("error")
        number = whole_number(code)
        status = response.status
        by_status = from_status(status)
        # What may have been carried out is not talked away by a body.
        if by_status is None or by_status.happening is Happening.SAID_NO:
            if number is not None and number >= 400:
                status = number
            elif status < 300 and error:
                status = _STATUS_OF_ERROR.get(str(error).upper(), status)
        text = next((word for word in (envelope.get("msg"), error) if isinstance(word, str) and word.strip()), "")
        found = from_status(status, text, code=code if isinstance(code, (int, str)) else None)
        if found is None:
            return _not_as_documented(response, body, error, number)
        found = found.with_(status=response.status)
        return _told_apart(found) if found.kind is Kind.DENIED else found


@dataclass(frozen=True)
class Switch:
    """A campaign, and the state that it is to have."""

    campaign_id: str
    state: str


class CampaignState(Operation[Switch]):
    """Start or stop campaigns."""

    VENDOR = Wolkvox
    UNIT = "campaigns"
    MAX_CONCURRENCY = 1
    LOOKS = LOOKS
    words = Words("unchanged", "would_change", "changed")
    TARGET_OPTIONS: ClassVar[Spec] = {
        "campaign_id": {"type": "raw"},
        "state": {"type": "str", "choices": ["started", "stopped"]},
    }

    def __init__(self, vendor: Vendor, params: Params) -> None:
        """Begin with nothing read."""
        super().__init__(vendor, params)
        self._campaigns = Campaigns(_number_of_targets(params))

    def target(self, options_: Params) -> Switch:
        """Check id and state."""
        campaign_id = options.identifier(options_, "campaign_id")
        if options_["state"] is None:
            raise OptionError("state", "is required")
        return Switch(campaign_id, options_["state"])

    def identify(self, target: Switch) -> dict[str, Any]:
        """Return id and wanted state."""
        return {"campaign_id": target.campaign_id, "state": target.state}

    def scope(self, target: Switch) -> Scope:
        """Cover the campaign: it can have one state only."""
        return Scope(target.campaign_id, f"campaign {target.campaign_id}")

    def read(self, target: Switch, client: Client) -> Snapshot:
        """Look at the status; a word that is neither of the two is not the wanted one."""
        return self._snapshot(target, self._campaigns.find(client, target.campaign_id))

    def probe(self, target: Switch, client: Client) -> None:
        """List the campaign."""
        list_campaigns(client, target.campaign_id)

    def look(self, target: Switch, _before: Snapshot, client: Client, *, last: bool) -> Snapshot:
        """Look at the status again; at the end at no list that was read for another target."""
        return self._snapshot(target, self._campaigns.find(client, target.campaign_id, fresh=last))

    def _snapshot(self, target: Switch, campaign: Campaign) -> Snapshot:
        return Snapshot(
            pending=int(campaign.status != target.state),
            mark=campaign.status,
            facts=campaign.facts,
            view=(campaign.status,),
            goal=(target.state,),
        )

    def write(self, target: Switch, _seen: Snapshot, client: Client) -> None:
        """Send start or stop."""
        api = "start" if target.state == "started" else "stop"
        self._campaigns.write_begins(target.campaign_id)
        _write(client, "PUT", {"api": api, "campaign_id": target.campaign_id})
        self._campaigns.write_accepted(target.campaign_id, client)


@dataclass(frozen=True, kw_only=True)
class Records:
    """The records of a campaign that are to go: those of one result, or all where that is None."""

    campaign_id: str
    type_campaign: str | None
    campaign_name: str | None
    result: str | None
    allow_running: bool
    allow_do_not_call: bool
    spelling: Spelling
    backup_dir: Path | None
    """Where a backup goes; None where none is wanted."""


class CampaignClear(Operation[Records]):
    """Clear the records of campaigns."""

    VENDOR = Wolkvox
    UNIT = "records"
    MAX_CONCURRENCY = 1
    LOOKS = LOOKS
    TARGET_OPTIONS: ClassVar[Spec] = {
        "campaign_id": {"type": "raw"},
        "type_campaign": {"type": "str", "choices": list(TYPES)},
        "campaign_name": {"type": "raw"},
        "result": {"type": "str", "choices": list(RESULTS)},
        "all_records": {"type": "bool", "default": False},
        "allow_running": {"type": "bool", "default": False},
        "allow_do_not_call": {"type": "bool", "default": False},
        "result_words": {"type": "dict"},
        "backup": {"type": "bool", "default": False},
        "backup_dir": {"type": "path"},
    }
    SETTINGS = frozenset(TARGET_OPTIONS) - {"campaign_id", "result", "all_records"}

    def __init__(self, vendor: Wolkvox, params: Params) -> None:
        """Keep the vendor, whose host the backup names."""
        super().__init__(vendor, params)
        self._wolkvox = vendor
        self._campaigns = Campaigns(_number_of_targets(params))
        self._draft: tuple[str, Draft] | None = None
        self._shown: tuple[str, int] | None = None
        """The campaign whose export was read, and the number of records that it was seen to have."""

        self._unsettled: set[str] = set()
        self._foreseen: dict[str, Counter[str]] = {}

    def target(self, options_: Params) -> Records:
        """Check which records of which campaign are meant."""
        campaign_id = options.identifier(options_, "campaign_id")
        result, name = options_["result"], options.compared_name(options_, "campaign_name")
        if result is None and not options_["all_records"]:
            raise OptionError("result", "is required; or all_records: true, where every record is to go")
        if result is not None and options_["all_records"]:
            raise OptionError("result", "excludes all_records: true")
        return Records(
            campaign_id=campaign_id,
            type_campaign=options_["type_campaign"],
            campaign_name=name,
            result=result,
            allow_running=bool(options_["allow_running"]),
            allow_do_not_call=bool(options_["allow_do_not_call"]),
            spelling=Spelling.from_option(options_["result_words"]),
            backup_dir=_backup_dir(options_) if options_["backup"] else None,
        )

    def identify(self, target: Records) -> dict[str, Any]:
        """Return id, type where it was given, and which records."""
        what = {"all_records": True} if target.result is None else {"result": target.result}
        type_ = {"type_campaign": target.type_campaign} if target.type_campaign else {}
        return {"campaign_id": target.campaign_id, **type_, **what}

    def scope(self, target: Records) -> Scope:
        """Cover the campaign's records, all or those of one result."""
        records = WHOLE if target.result is None else part({"result": target.result})
        return Scope(target.campaign_id, f"campaign {target.campaign_id}", [records])

    def read(self, target: Records, client: Client) -> Snapshot:
        """Look at the campaign, and at its records where more than their number has to be known."""
        self._discard()
        campaign = self._campaigns.find(client, target.campaign_id)
        _check_identity(target, campaign)
        total = campaign.known_records
        # The number in the list alone is believed only where it says that there is something to clear.
        if total and target.result is None and target.allow_do_not_call and not target.backup_dir:
            return Snapshot(
                pending=total,
                mark=(total, None),
                refusal=_refusal(target, campaign, None),
                facts=campaign.facts,
                view=(f"{total} records",),
                goal=("0 records",),
            )
        return self._read_records(target, campaign, client)

    def _read_records(self, target: Records, campaign: Campaign, client: Client) -> Snapshot:
        draft: Draft | None = None
        if target.backup_dir and not client.check_mode:
            draft = Draft(target.backup_dir, *self._backup_names(target, campaign, client))
            self._draft = (target.campaign_id, draft)
        try:
            export = read_export(client, target.campaign_id, target.spelling, draft=draft, wanted=target.result)
        except OutboundError as error:
            self._discard()
            if target.backup_dir and error.happening in (Happening.BROKEN, Happening.UNDOCUMENTED):
                raise refused(f"the records cannot be backed up: {error.message}") from error
            raise
        if export.records > campaign.known_records:
            campaign = find_campaign(client, target.campaign_id)
            _check_identity(target, campaign)
        elif export.gap(campaign.records):
            campaign = self._campaigns.again(client, campaign)
            _check_identity(target, campaign)
        export = export.without(self._foreseen.get(target.campaign_id, {}))
        snapshot = _snapshot(target, self._without_foreseen(campaign), export)
        if snapshot.refusal or snapshot.pending == 0:
            self._discard()
        self._shown = (target.campaign_id, campaign.known_records)
        return snapshot

    def foresee(self, target: Records, before: Snapshot) -> None:
        """Keep which records of one result would be gone."""
        if target.result is not None and before.pending is not None:
            self._foreseen.setdefault(target.campaign_id, Counter())[target.result] += before.pending

    def _without_foreseen(self, campaign: Campaign) -> Campaign:
        gone = self._foreseen.get(campaign.campaign_id)
        if gone is None or campaign.records is None:
            return campaign
        return replace(campaign, records=campaign.records - gone.total())

    def probe(self, target: Records, client: Client) -> None:
        """List the campaign."""
        list_campaigns(client, target.campaign_id)

    def prepare(self, target: Records, before: Snapshot, client: Client) -> Mapping[str, Any]:
        """Put the backup on disk, and look at the number of records once more."""
        backup = self._finish_backup(target)
        try:
            self._look_once_more(target, before, client)
        except OutboundError:
            if backup:
                backup.path.unlink(missing_ok=True)  # nothing will go, so that nothing was saved
            raise
        facts: dict[str, Any] = {"caveat": CAVEAT}
        if backup:
            facts |= {
                "backup_file": str(backup.path),
                "backup_sha256": backup.sha256,
                "backup_records": backup.records,
            }
        return facts

    def _finish_backup(self, target: Records) -> Backup | None:
        if target.backup_dir is None:
            return None
        owner, draft = self._draft or ("", None)
        if draft is None or owner != target.campaign_id:
            raise refused("the backup of this campaign is not there")
        self._draft = None
        return draft.finish()

    def _look_once_more(self, target: Records, before: Snapshot, client: Client) -> None:
        """Raise where the campaign is not any more what its export showed, which took the vendor up to a minute."""
        owner, shown = self._shown or ("", 0)
        self._shown = None
        if owner != target.campaign_id:
            return
        campaign = find_campaign(client, target.campaign_id)
        _check_identity(target, campaign)
        if campaign.known_records != shown:
            raise refused(
                f"the campaign had {shown} records when they were looked at, and has {campaign.records} now;"
                " nothing was sent, look again"
            )
        if campaign.status != before.facts["status"] and (reason := _running(target, campaign)):
            raise refused(reason)

    def close(self, client: Client) -> None:
        """Remove a backup that was begun for a target that was then refused."""
        self._discard()

    def write(self, target: Records, seen: Snapshot, client: Client) -> None:
        """Send the clear, with the type that the vendor gave."""
        self._unsettled.add(target.campaign_id)
        self._campaigns.write_begins(target.campaign_id)
        what = {} if target.result is None else {"result": target.result}
        type_campaign = seen.facts["type_campaign"]
        params = {"api": "clear_campaign", "type_campaign": type_campaign, "campaign_id": target.campaign_id, **what}
        _write(client, "DELETE", params)
        self._campaigns.write_accepted(target.campaign_id, client)
        self._unsettled.discard(target.campaign_id)

    def look(self, target: Records, before: Snapshot, client: Client, *, last: bool) -> Snapshot:
        """Look at the number of records; at the records themselves only where that number says too little.

        That is: it fits, which a list that runs ahead of the records does too; it is the last look at one result;
        or nothing seems to have gone after a write without an answer, where "exactly as before" must be certain
        before it is sent again.
        """
        campaign = self._campaigns.find(client, target.campaign_id, fresh=last)
        total = campaign.known_records
        total_before, digest_before = cast("tuple[int, int | None]", before.mark)
        left = total_before - (before.pending or 0)
        untouched = total == total_before and digest_before is not None
        compare = untouched and (last or target.campaign_id in self._unsettled)
        count = total <= left or (last and target.result is not None)
        if not (compare or count):
            pending = total if target.result is None else None
            return Snapshot(pending=pending, mark=(total, None), facts=campaign.facts, view=(f"{total} records",))
        self._unsettled.discard(target.campaign_id)
        export = read_export(client, target.campaign_id, target.spelling)
        # While a campaign runs, more records get the result before the clear takes them.
        surely_more = export.records < left and (before.facts["status"] == "stopped" or not export.records)
        if target.result is not None and surely_more and not export.gap(total):
            raise OutboundError(
                Kind.PROTOCOL,
                f"{before.pending} records were to go, but {total_before - export.records} are gone",
                happening=Happening.SAID_NO,
            )
        return _snapshot(target, campaign, export)

    def _backup_names(self, target: Records, campaign: Campaign, client: Client) -> tuple[str, dict[str, Any]]:
        """Return the stem of the file's name, and its header."""
        now = datetime.fromtimestamp(client.clock.date(), UTC)
        host = self._wolkvox.host
        parts = ("wolkvox", host, target.campaign_id, target.result or "all", f"{now:%Y%m%dT%H%M%SZ}")
        header = {
            "server": host,
            "campaign_id": target.campaign_id,
            "campaign_name": campaign.campaign_name,
            "type_campaign": campaign.type_campaign,
            "result": target.result,
            "time": now.isoformat(timespec="seconds"),
            "tool": f"telephony.outbound {VERSION}",
        }
        return re.sub(r"[^A-Za-z0-9.-]", "_", "-".join(part[:60] for part in parts)), header

    def _discard(self) -> None:
        owned, self._draft, self._shown = self._draft, None, None
        left = owned[1].discard() if owned is not None else None
        if left is not None:
            self.warnings.append(left)


class CampaignInfo(Inquiry["str | None", "tuple[str | None, list[dict[str, Any]]]"]):
    """Campaigns with status and counts."""

    VENDOR = Wolkvox
    MAX_CONCURRENCY = 1
    OPTIONS: ClassVar[Spec] = {
        "campaign_ids": {"type": "list", "elements": "raw"},
        "records_by_result": {"type": "bool", "default": False},
        "result_words": {"type": "dict"},
    }

    def __init__(self, vendor: Wolkvox, params: Params) -> None:
        """Keep the words of the site."""
        super().__init__(vendor, params)
        self._spelling = Spelling.from_option(params["result_words"])
        self._listed: list[Campaign] | None = None

    def questions(self) -> Sequence[str | None]:
        """Return the ids; None stands for all campaigns."""
        ids = self.params["campaign_ids"]
        if ids is None:
            return (None,)
        if not ids:
            raise OptionError("campaign_ids", "the list is empty; leave it out to see every campaign")
        return tuple(dict.fromkeys(options.segment("campaign_ids", value) for value in ids))

    def ask(self, question: str | None, client: Client) -> tuple[str | None, list[dict[str, Any]]]:
        """Look one campaign up, or all; each with its export where that was asked for."""
        found = [campaign for campaign in self._campaigns(client) if question in (None, campaign.campaign_id)]
        return question, [self._told(campaign, client) for campaign in found]

    def probe(self, question: str | None, client: Client) -> None:
        """List campaigns, without any export."""
        list_campaigns(client, question)

    def result(self, answers: Sequence[tuple[str | None, list[dict[str, Any]]]]) -> dict[str, Any]:
        """Return the campaigns, and the ids that the vendor does not know."""
        return {
            "campaigns": [campaign for _id, found in answers for campaign in found],
            "missing": [campaign_id for campaign_id, found in answers if campaign_id is not None and not found],
        }

    def _campaigns(self, client: Client) -> list[Campaign]:
        """Read the list once for all questions: every call counts against the quota of the day."""
        if self._listed is None:
            ids = self.params["campaign_ids"]
            self._listed = list_campaigns(client, ids[0] if ids and len(ids) == 1 else None)
        return self._listed

    def _told(self, campaign: Campaign, client: Client) -> dict[str, Any]:
        counts: dict[str, int] | None = None
        if self.params["records_by_result"]:
            export = read_export(client, campaign.campaign_id, self._spelling)
            counts = None if export.gap(campaign.records) else dict(sorted(export.counts.items()))
        return {
            "campaign_id": campaign.campaign_id,
            **campaign.facts,
            "records": campaign.records,
            "dial_mode": campaign.dial_mode,
            "skill_id": campaign.skill_id,
            "records_by_result": counts,
        }


def _number_of_targets(params: Params) -> int:
    return len(params["targets"] or ())


def _checked_server(server: Any) -> str:
    if not isinstance(server, str):
        raise OptionError("server", 'must be text: quote it, as in "0010", since YAML reads digits as a number')
    if not re.fullmatch("[0-9]{4}", server):
        raise OptionError("server", 'must be the four digits alone, as in "0010"; base_url takes a whole address')
    return server


def _body(response: Response) -> Any:
    """Return the body as far as it has to be judged; None where it is no JSON."""
    if isinstance(response.received, Export):
        return response.received.head
    with suppress(OutboundError):
        return response.json()
    return None


def _not_as_documented(response: Response, body: Any, error: Any, number: int | None) -> OutboundError | None:
    """Judge an answer whose status says success."""
    status = response.status
    if not isinstance(body, (dict, list)):
        return response.undocumented("the answer is not the JSON that is documented")
    if error:
        return undocumented(f"the answer has a success code, and the error {error}", status=status)
    code = body.get("code") if isinstance(body, dict) else None
    if (code is not None and number is None) or (number and not 200 <= number < 300):
        return undocumented(f"the answer has the code {code}", status=status)
    return None


def _told_apart(denied: OutboundError) -> OutboundError:
    """Tell the vendor's kinds of 403 apart by their text; one that is not known stays denied."""
    text = denied.message.upper()
    if "SIMULTANEOUS REQUESTS" in text:
        return denied.with_(kind=Kind.BUSY, happening=Happening.TURNED_AWAY)
    if "TOKEN LIMIT EXCEEDED" in text:
        return denied.with_(kind=Kind.QUOTA)
    return denied.with_(kind=Kind.AUTH) if "VALIDATE TOKEN" in text else denied


def _write(client: Client, method: str, params: Mapping[str, str]) -> None:
    """Send a change to a campaign; 200, 201 and 202 in the body are the documented successes."""
    response = client.send(Request(purpose=Purpose.WRITE, method=method, path=PATH, params=params))
    body = response.json()
    code = whole_number(body.get("code")) if isinstance(body, dict) and not says_no(body) else None
    if code not in (200, 201, 202):
        raise response.undocumented("the answer to a change has no code of success, or a word against it")


def _backup_dir(options_: Params) -> Path:
    if not options_["backup_dir"]:
        raise OptionError("backup_dir", "is required with backup: true")
    return check_folder("backup_dir", options.local_path("backup_dir", options_["backup_dir"]))


def _check_identity(target: Records, campaign: Campaign) -> None:
    """Raise where the campaign is not the one that the author means, or of no type that can be cleared."""
    if target.campaign_name not in (None, campaign.campaign_name):
        raise refused(
            f"campaign {target.campaign_id} is named {campaign.campaign_name!r}, not {target.campaign_name!r}"
            " as campaign_name says"
        )
    if target.type_campaign not in (None, campaign.type_campaign):
        raise refused(
            f"campaign {target.campaign_id} is of type {campaign.type_campaign!r}, not {target.type_campaign!r}"
            " as type_campaign says"
        )
    if campaign.type_campaign not in TYPES:
        raise undocumented(f"campaign {target.campaign_id} is of the type {campaign.type_campaign!r}")


def _refusal(target: Records, campaign: Campaign, export: Export | None) -> str | None:
    """Say why nothing may be sent; None where nothing stands against it."""
    reasons = list(filter(None, [_running(target, campaign)]))
    if export is not None and export.records > campaign.known_records:
        reasons.append(
            f"the vendor lists {campaign.records} records and exports {export.records};"
            " which of them is right cannot be known, look again later"
        )
    if not target.allow_do_not_call:
        reasons.extend(_opt_outs(target, campaign, export))
    if target.backup_dir and export is not None:
        gap = export.gap(campaign.records) if target.result is None else export.unclear(campaign.records)
        reasons.extend([f"the backup would not be complete: {gap}"] if gap else [])
    return "; ".join(reasons) or None


def _running(target: Records, campaign: Campaign) -> str | None:
    if campaign.status == "stopped" or target.allow_running:
        return None
    return f"the campaign is {campaign.status or 'of unknown status'}; allow_running: true lets it go"


def _opt_outs(target: Records, campaign: Campaign, export: Export | None) -> Iterable[str]:
    """Yield what stands against the clear for the sake of people who want no calls."""
    allow = "allow_do_not_call: true lets it go"
    if target.result == "do-not-call":
        yield f"do-not-call records are opt-outs, and clearing erases them; {allow}"
    elif target.result is None and export is not None:
        if marked := export.counts["do-not-call"]:
            yield f"{marked} records are marked do-not-call, and clearing erases that; {allow}"
        elif unclear := export.unclear(campaign.records):
            yield f"whether records are marked do-not-call cannot be known: {unclear}; {allow}"


def _snapshot(target: Records, campaign: Campaign, export: Export) -> Snapshot:
    """Put together what list and export showed; where the number is not known, nothing is shown in its place."""
    known = export.unclear(campaign.records) is None
    whole = export.gap(campaign.records) is None
    most = export.most(campaign.records)
    if target.result is None:
        pending: int | None = most
        goal: Sequence[str] = ("0 records",)
    else:
        pending = export.counts[target.result] if known or not most else None
        goal = _view({**export.counts, target.result: 0})
    return Snapshot(
        pending=pending,
        mark=(most, export.digest),
        refusal=_refusal(target, campaign, export),
        facts=campaign.facts,
        view=() if pending is None else _view(export.counts) if whole else (f"{most} records",),
        goal=goal if whole else (),
    )


def _view(counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(f"{number} {word}" for word, number in sorted(counts.items()) if number) or ("0 records",)
