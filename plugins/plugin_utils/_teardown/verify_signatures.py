# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Check of the signatures of a run and of a ledger: valid, by whom, and none missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .approval import requested_it
from .documents import Document, InvalidDocument, mapping_of, parse_time
from .findings import finding
from .ledger import LedgerLine, signature_numbers, signature_path
from .run_folder import PLAN, PLAN_SIGNATURE, SUMS, SUMS_SIGNATURE
from .signatures import Signature, SignatureError, check_alone, is_available, verify
from .verify_sums import contents


@dataclass
class SignatureCheck:
    """Checks signatures and collects findings; ``signers`` is the path of the allowed signers, or empty."""

    signers: str = ""
    findings: list[Document] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """Who signed, each once: the principal, or the key where nobody said whom to trust."""
    unchecked: bool = False
    """Whether there is a signature that cannot be checked here, since ssh-keygen is missing."""

    def approval(self, folder: Path, run: Document, plan: Document) -> str | None:
        """Check the signature over the plan; return the signer."""
        claimed = mapping_of(run.get("approval")).get("signed_by")
        claim = f"{claimed} signed the approval, says run.json" if claimed else ""
        signature = self._check(folder, PLAN, PLAN_SIGNATURE, claim, run.get("started"))
        if signature is None or signature.signer is None:
            return claimed if signature else None
        if claimed and claimed != signature.signer:
            self._add(PLAN_SIGNATURE, f"{signature.signer} signed it, and run.json says {claimed}")
        if run.get("mode") == "apply" and requested_it(signature.signer, plan, run.get("requested_by")):
            self._add(PLAN_SIGNATURE, f"{signature.signer} requested the teardown and signed its approval")
        return signature.signer

    def seal(self, folder: Path, run: Document, time: Any) -> str | None:
        """Check the signature over SHA256SUMS; return the signer."""
        claim = f"the run was signed with {run['signed_with']}" if run.get("signed_with") else ""
        at = time or run.get("ended") or run.get("started")
        signature = self._check(folder, SUMS, SUMS_SIGNATURE, claim, at)
        return None if signature is None else signature.signer or signature.key

    def ledger(self, path: Path, lines: Sequence[LedgerLine]) -> None:
        """Check the signatures over the first lines of a ledger, and that later lines are signed too."""
        covered = 0
        for number in signature_numbers(path):
            name = signature_path(path, number).name
            if not 0 < number <= len(lines):
                self._add(name, f"it is over {number} lines, and the ledger has {len(lines)}: lines were removed")
                covered = max(covered, number)
                continue
            content = "".join(f"{line.text}\n" for line in lines[:number]).encode("utf-8", "surrogateescape")
            signature = contents(path.absolute().parent, name) or b""
            if self._hold(name, content, signature, (lines[number - 1].entry or {}).get("time")):
                covered = max(covered, number)
        is_signed = covered or any((line.entry or {}).get("signed_with") for line in lines)
        if is_signed and covered < len(lines):
            self._add(path.name, "no signature covers the lines from here on", covered + 1)

    def _add(self, file: str, what: str, line: int | None = None) -> None:
        self.findings.append(finding(file, line, what))

    def _check(self, folder: Path, name: str, signature_name: str, claim: str, time: Any) -> Signature | None:
        """Check the signature over a file; without one, ``claim`` is what the run says of it, if anything."""
        signature = contents(folder, signature_name)
        if signature is None:
            if claim:
                self._add(signature_name, f"the file is missing: {claim}")
            return None
        return self._hold(signature_name, contents(folder, name) or b"", signature, time)

    def _hold(self, name: str, content: bytes, signature: bytes, time: Any) -> Signature | None:
        if not self.signers and not is_available():
            self.unchecked = True
            return Signature(None, "")
        try:
            if self.signers:
                found = verify(content, signature, self.signers, at=_time(time))
            else:
                found = check_alone(content, signature)
        except SignatureError as error:
            self._add(name, str(error))
            return None
        who = found.signer or found.key
        if who not in self.names:
            self.names.append(who)
        return found


def _time(value: Any) -> datetime:
    """Return the time of a signature: now, if it is not recorded."""
    try:
        return parse_time(value, "time")
    except InvalidDocument:
        return datetime.now(UTC)
