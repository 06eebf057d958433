# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A merged folder: is every part in it as its run left it, and is the evidence that of the parts?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from .documents import Document, mapping_of
from .findings import below, finding
from .merge import PARTS, Part, merged_evidence
from .run_folder import PLAN, RUN
from .verify_run import RunCheck
from .verify_sums import check_sums

_PART = re.compile(rf"{PARTS}/[1-9][0-9]{{0,5}}")


def check_parts(
    folder: Path, check: RunCheck, *, mask_key: str, version: str, removed: Collection[str]
) -> list[Document]:
    """Return the findings about the parts of a merged folder; ``check`` gets those about its evidence.

    ``removed`` names files that a purge removed, from the merged folder.
    """
    found: list[Document] = []
    parts = []
    told = check.run.get(PARTS)
    entries = list(map(mapping_of, told)) if isinstance(told, list) else []
    for entry in entries:
        name = str(entry.get("folder"))
        if not _PART.fullmatch(name) or not (folder / name).is_dir():
            found.append(finding(RUN, None, f"the folder of a part is missing: {name}"))
            continue
        gone = [path.removeprefix(f"{name}/") for path in removed if path.startswith(f"{name}/")]
        part = RunCheck(folder / name, mask_key=mask_key, version=version, without_plan=PLAN in gone)
        part.check()
        sums = check_sums(folder / name, expected=entry.get("sums_sha256"), removed=gone)
        found += below(name, [*sums, *part.findings])
        if part.run.get("run_id") != entry.get("run_id"):
            what = f"this is another run than that of the part: {part.run.get('run_id')}"
            found.append(finding(f"{name}/{RUN}", None, what))
        if part.plan is not None:
            parts.append(Part(name, part.run, part.plan, part.evidence))
    found += _not_listed(folder, {str(entry.get("folder")) for entry in entries})
    plan = check.plan
    if plan is not None and check.evidence and not found:
        check.hold_evidence(
            lambda masker: merged_evidence(plan, check.run, parts, masker=masker), [*enumerate(plan.targets)]
        )
    return found


def _not_listed(folder: Path, names: Collection[str]) -> Iterator[Document]:
    for path in sorted((folder / PARTS).glob("*")):
        if f"{PARTS}/{path.name}" not in names:
            yield finding(f"{PARTS}/{path.name}", None, f"{RUN} does not have this part")
