# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The mode ``watch``: reads all accounts again in parallel, and records the findings."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from . import metrics, watch
from .context import Account, Refusal, RunContext
from .documents import Document, InvalidDocument, parse_time, sha256_of
from .formats.table import watch_table_of
from .jobs import AccountJobs
from .journal import JournalWriter
from .ledger import LedgerError
from .limits import VARIABLE
from .masking import Masker, masked_rows
from .outcome import ROWS_SHOWN, RunOutcome, accounts_of
from .plan import IDENTITY
from .run_folder import EVIDENCE, PLAN, WATCH, FolderError, RunFolder, expanded
from .sealing import Sealer
from .settings import Settings
from .signatures import SignatureError

_NOT_FOUND = (
    f"it cannot be found again: the record has its phone number masked. Give {VARIABLE}targets with this target, and"
    f" the {VARIABLE}mask_key of that run"
)


@dataclass(frozen=True)
class Watcher:
    """Reads the torn-down targets of a run's folder again."""

    settings: Settings
    context: RunContext
    folder: RunFolder
    accounts: Sequence[Account]
    jobs: AccountJobs
    sealer: Sealer

    def carry_out(self) -> RunOutcome:
        """Read again and record the findings; raise Refusal or InvalidDocument if there is nothing to read."""
        path = self._metrics_path()
        record = self._record()
        begun = time.monotonic()
        reads = self._read(record)
        rows = [watch.row(entry, reads[entry["account"]]) for entry in record.entries]
        if self.settings["mask_phone_numbers"]:
            rows = masked_rows(rows)
        counts = watch.summary(rows, record.not_watched)
        self.context.show_table(watch_table_of(rows, counts, rows=ROWS_SHOWN))
        self.context.show(f"The report of the teardown is {self.folder}/report.html")
        outcome = RunOutcome(
            watch.state(counts),
            rows=sorted((row for row in rows if row["needs_person"]), key=watch.sort_key),
            entries=rows,
            summary=counts,
            accounts=accounts_of(rows),
            folder=str(self.folder),
            plan_sha256=record.run.get("plan_sha256"),
            evidence_sha256=record.sha256,
            warnings=_warnings(record, reads, counts),
            # The folder is the run's: its result.json is part of the seal.
            sealed=True,
        )
        if not self.context.check_mode:
            seconds = time.monotonic() - begun
            outcome.reasons += self._note(record, outcome, seconds)
            outcome.reasons += self._write_metrics(record, outcome, path, seconds) if path else []
        return outcome

    def _record(self) -> watch.Record:
        text = self.folder.read(EVIDENCE)
        if text is None:
            raise Refusal(
                f"{self.folder} has no {EVIDENCE}: {VARIABLE}mode=evidence makes it from the journals of that run."
            )
        record = watch.Record.parse(text)
        if not record.entries:
            raise Refusal(f"Nothing in {self.folder}/{EVIDENCE} was torn down, so there is nothing to watch.")
        return record

    def _read(self, record: watch.Record) -> dict[str, watch.AccountRead]:
        """Return the reads of each account in the record."""
        reads = {name: watch.AccountRead() for name in record.accounts}
        plan = watch.plan_of(record, self.folder.read(PLAN))
        accounts = {account.name: account for account in self.accounts}
        key = self.settings.text("mask_key") if self.settings["mask_phone_numbers"] else ""
        jobs = []
        for name, entries in record.accounts.items():
            account, read = accounts.get(name), reads[name]
            if account is None:
                read.error = "this play does not have the account"
                read.expected = self.settings["allow_missing_accounts"]
            elif account.error:
                read.error = account.error
            elif account.vendor != entries[0].get("vendor"):
                read.error = f"the vendor of this account is not that of the record: {entries[0].get('vendor')}"
            else:
                finder = watch.Finder(account.targets, plan, Masker(key) if key else None)
                identity = {key: entries[0].get(key) for key in IDENTITY if key != "vendor"}
                jobs.append(self.jobs.to_watch(account, identity, [_target(entry, finder) for entry in entries]))
        for name, told in self.jobs.do(jobs).items():
            places = [entry["place"] for entry in record.accounts[name]]
            results = dict(zip(places, told.get("results") or (), strict=False))
            reads[name] = watch.AccountRead(results, told.get("login"), told.get("error"))
        return reads

    def _metrics_path(self) -> Path | None:
        """Return the metrics path, if set; raise Refusal if it cannot be written."""
        given = self.settings.text("metrics_file")
        if not given:
            return None
        path = expanded(given).absolute()
        try:
            metrics.check_writable(path)
        except metrics.MetricsError as error:
            raise Refusal(f"{VARIABLE}metrics_file: {error}.") from error
        return path

    def _note(self, record: watch.Record, outcome: RunOutcome, seconds: float) -> list[str]:
        """Append to ``watch.jsonl``, and its new SHA-256 to the ledger; return the error, if any."""
        about = {"version": self.context.about.get("version"), "seconds": round(seconds, 3), "state": outcome.state}
        try:
            with closing(JournalWriter(self.folder.path / WATCH)) as writer:
                writer.write("watch", **about, **watch.line(record, outcome.entries, outcome.summary))
            sums = {WATCH: sha256_of(self.folder.read(WATCH) or "")}
            self.sealer.enter("watch", self.folder, run_id=record.run.get("run_id"), state=outcome.state, files=sums)
        except OSError as error:
            return [f"What was found cannot be noted in {self.folder}/{WATCH}: {error.strerror}."]
        except (FolderError, LedgerError, SignatureError) as error:
            return [f"The watch is not in the ledger: {error}."]
        return []

    def _write_metrics(self, record: watch.Record, outcome: RunOutcome, path: Path, seconds: float) -> list[str]:
        """Write the metrics; return the error, if any."""
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
    """Return the engine's input for one target."""
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
