# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Signed approvals: the signature proves who approved, and that is never the requester."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .documents import Document, mapping_of
from .folding import folded
from .limits import VARIABLE
from .plan import Plan
from .settings import Settings
from .signatures import SignatureError, is_signed_by, verify

_NEEDED = ("approval_signers", "approval_signature", "approved_sha256")
_BETWEEN_NAMES = re.compile(r"[\s<>()\[\],;\"']+")


@dataclass(frozen=True)
class SignedApproval:
    """A valid signature over plan.json."""

    text: str
    """The signature's file, to be kept beside the plan."""
    signer: str
    key: str

    def about(self) -> Document:
        """Return the entry for run.json and the evidence."""
        return {
            "proved_by": f"the signature of {self.signer} over plan.json",
            "signed_by": self.signer,
            "signed_with": self.key,
        }


class ApprovalError(Exception):
    """A plan is not approved by a signature; the text says why and what to do."""


def signed_approval(plan: Plan, settings: Settings, now: datetime) -> SignedApproval | None:
    """Return the signed approval from the settings, None if they require none; or raise ApprovalError."""
    given = {name: settings.text(name) for name in _NEEDED}
    signers, signature = given["approval_signers"], given["approval_signature"]
    if not signers and not signature:
        return None
    if missing := [f"{VARIABLE}{name}" for name in _NEEDED if not given[name]]:
        raise ApprovalError(f"A signed approval needs {' and '.join(missing)} too.")
    try:
        content = Path(signature).read_bytes()
    except OSError as error:
        raise ApprovalError(f"{VARIABLE}approval_signature: {signature} cannot be read: {error.strerror}.") from error
    try:
        found = verify(plan.text.encode(), content, signers, at=now)
        itself, requested_by = str(found.signer), settings.text("requested_by")
        if requested_it(itself, plan.document, requested_by) or any(
            is_signed_by(name, plan.text.encode(), content, signers, at=now)
            for name in names_of(plan.document, requested_by)
        ):
            raise ApprovalError(
                f"{itself} requested the teardown and signed its approval. Let another person approve it."
            )
    except SignatureError as error:
        raise ApprovalError(f"{VARIABLE}approval_signature: {error}.") from error
    return SignedApproval(content.decode("ascii"), itself, found.key)


def approver_of(run: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return who approved a run and how that is proved, for people; what is not known is None."""
    approval, workflow = (mapping_of(run.get(key)) for key in ("approval", "workflow_approval"))
    names = ", ".join(str(mapping_of(each).get("by")) for each in workflow.get("approvals") or ())
    proofs = [approval.get("proved_by")]
    if names:
        proofs.append(f"the controller's record of workflow job {workflow.get('workflow_job_id')}: {names}")
    elif workflow:
        proofs.append(f"not proved by the controller: {workflow.get('not_proved')}")
    by = approval.get("by") or approval.get("signed_by") or names
    return by or None, "; ".join(map(str, filter(None, proofs))) or None


def names_of(plan: Mapping[str, Any], requested_by: str | None) -> Iterator[str]:
    """Yield the names of the requester of a teardown; if its plan names none, of the plan's author."""
    for text in filter(None, (requester_of(plan), requested_by)):
        yield from dict.fromkeys([text, *filter(None, _BETWEEN_NAMES.split(text))])


def requester_of(plan: Mapping[str, Any]) -> str | None:
    """Return the requester of a teardown; if its plan names none, the plan's author."""
    user = mapping_of(plan.get("automation_controller")).get("user_name")
    found = plan.get("requested_by") or user or plan.get("system_user")
    return str(found) if found else None


def requested_it(signer: str, plan: Mapping[str, Any], requested_by: str | None) -> bool:
    """Return whether the signer has the requester's name."""
    return any(are_one_person(signer, name) for name in names_of(plan, requested_by))


def are_one_person(one: str, other: str) -> bool:
    """Return whether two names belong to one person: ``ada@example.com`` is ``Ada`` too."""
    names = [folded(name) for name in (one, other)]
    if all("@" in name for name in names):
        return names[0] == names[1]
    return len({name.partition("@")[0] for name in names}) == 1
