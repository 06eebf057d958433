# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The mode ``watch``: reads all accounts again in parallel, and records the findings."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from . import metrics, watch
from .context import Refusal
from .documents import Document, InvalidDocument, parse_time, sha256_of
from .formats.table import watch_table_of
from .journal import JournalWriter
from .ledger import LedgerError
from .limits import VARIABLE
from .masking import Masker, masked_rows
from .outcome import ROWS_SHOWN, RunOutcome, accounts_of
from .plan import identity_of
from .run_folder import EVIDENCE, PLAN, WATCH, FolderError, expanded
from .run_parts import RunParts
from .signatures import SignatureError

_NOT_FOUND = (
    f"it cannot be found again: the record has its phone number masked. Give {VARIABLE}targets with this target, and"
    f" the {VARIABLE}mask_key of that run"
)


def carry_out(run: RunParts) -> RunOutcome:
    """Read again and record the findings; raise Refusal or InvalidDocument if there is nothing to read."""
    path = _metrics_path(run)
    record = _record(run)
    begun = time.monotonic()
    reads = _read(run, record)
    rows = [watch.row(entry, reads[entry["account"]]) for entry in record.entries]
    if run.settings["mask_phone_numbers"]:
        rows = masked_rows(rows)
    counts = watch.summary(rows, record.not_watched)
    run.context.show_table(watch_table_of(rows, counts, rows=ROWS_SHOWN))
    run.context.show(f"The report of the teardown is {run.folder}/report.html")
    outcome = RunOutcome(
        watch.state(counts),
        rows=sorted((row for row in rows if row["needs_person"]), key=watch.sort_key),
        entries=rows,
        summary=counts,
        accounts=accounts_of(rows),
        folder=str(run.folder),
        plan_sha256=record.run.get("plan_sha256"),
        evidence_sha256=record.sha256,
        warnings=_warnings(record, reads, counts),
        # The folder is the run's: its result.json is part of the seal.
        sealed=True,
    )
    if not run.context.check_mode:
        seconds = time.monotonic() - begun
        outcome.reasons += _note(run, record, outcome, seconds)
        outcome.reasons += _write_metrics(record, outcome, path, seconds) if path else []
    return outcome


def _record(run: RunParts) -> watch.Record:
    text = run.folder.read(EVIDENCE)
    if text is None:
        raise Refusal(
            f"{run.folder} has no {EVIDENCE}: {VARIABLE}mode=evidence makes it from the journals of that run."
        )
    record = watch.Record.parse(text)
    if not record.entries:
        raise Refusal(f"Nothing in {run.folder}/{EVIDENCE} was torn down, so there is nothing to watch.")
    return record


def _read(run: RunParts, record: watch.Record) -> dict[str, watch.AccountRead]:
    reads = {name: watch.AccountRead() for name in record.accounts}
    plan = watch.plan_of(record, run.folder.read(PLAN))
    accounts = {account.name: account for account in run.accounts}
    key = run.settings.text("mask_key") if run.settings["mask_phone_numbers"] else ""
    jobs = []
    for name, entries in record.accounts.items():
        account, read = accounts.get(name), reads[name]
        if account is None:
            read.error = "this play does not have the account"
            read.expected = run.settings["allow_missing_accounts"]
        elif account.error:
            read.error = account.error
        elif account.vendor != entries[0].get("vendor"):
            read.error = f"the vendor of this account is not that of the record: {entries[0].get('vendor')}"
        else:
            finder = watch.Finder(account.targets, plan, Masker(key) if key else None)
            targets = [_target(entry, finder) for entry in entries]
            jobs.append(run.jobs.to_watch(account, identity_of(entries[0]), targets))
    for name, told in run.jobs.do(jobs).items():
        places = [entry["place"] for entry in record.accounts[name]]
        results = dict(zip(places, told.get("results") or (), strict=False))
        reads[name] = watch.AccountRead(results, told.get("login"), told.get("error"))
    return reads


def _metrics_path(run: RunParts) -> Path | None:
    """Return the metrics path, if set; raise Refusal if it cannot be written."""
    given = run.settings.text("metrics_file")
    if not given:
        return None
    path = expanded(given).absolute()
    try:
        metrics.check_writable(path)
    except metrics.MetricsError as error:
        raise Refusal(f"{VARIABLE}metrics_file: {error}.") from error
    return path


def _note(run: RunParts, record: watch.Record, outcome: RunOutcome, seconds: float) -> list[str]:
    """Append to ``watch.jsonl``, and its new SHA-256 to the ledger; return the error, if any."""
    about = {"version": run.context.about.get("version"), "seconds": round(seconds, 3), "state": outcome.state}
    try:
        with closing(JournalWriter(run.folder.path / WATCH)) as writer:
            writer.write("watch", **about, **watch.line(record, outcome.entries, outcome.summary))
        sums = {WATCH: sha256_of(run.folder.read(WATCH) or "")}
        run.sealer.enter("watch", run.folder, run_id=record.run.get("run_id"), state=outcome.state, files=sums)
    except OSError as error:
        return [f"What was found cannot be noted in {run.folder}/{WATCH}: {error.strerror}."]
    except (FolderError, LedgerError, SignatureError) as error:
        return [f"The watch is not in the ledger: {error}."]
    return []


def _write_metrics(record: watch.Record, outcome: RunOutcome, path: Path, seconds: float) -> list[str]:
    try:
        text = metrics.metrics_of(
            outcome.entries,
            run_id=str(record.run.get("run_id")),
            torn_down=parse_time(record.run.get("end"), f"the end of the run in {EVIDENCE}"),
            ended=datetime.now(UTC),
            seconds=seconds,
        )
        metrics.write(path, text)
    except (metrics.MetricsError, InvalidDocument) as error:
        return [f"{VARIABLE}metrics_file: {error}."]
    return []


def _target(entry: Document, finder: watch.Finder) -> Document:
    options = finder.options_of(entry)
    return {
        "options": entry["target"] if options is None else options,
        "row": {"vendor_name": finder.vendor_name_of(entry)},
        "why_not": _NOT_FOUND if options is None else None,
    }


def _warnings(record: watch.Record, reads: Mapping[str, watch.AccountRead], summary: Document) -> list[str]:
    then = {entry["account"]: entry.get("login") for entry in record.entries}
    found = [
        f"{name}: the token is another one than that of the record; whether it belongs to the same account is unknown"
        for name, read in reads.items()
        if read.login is not None and read.login != then[name]
    ]
    if summary["cannot_be_read"]:
        found.append(
            f"{summary['cannot_be_read']} of {summary['targets']} targets cannot be read:"
            " it is unknown whether they are still clear"
        )
    return found
