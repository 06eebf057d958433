# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The evidence as JUnit XML for pipelines: a test case for each target, and a failure where a person is needed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from ....module_utils._core.redact import Redactor
from ..documents import Document
from ..formatting import distinct_names
from ..masking import Masker
from ..vocabulary import needs_attention

JUNIT = "junit.xml"

_WIDEST = 120
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CLEAN = Redactor()


def junit_of(evidence: Mapping[str, Any]) -> str:
    """Return the text of junit.xml. Phone numbers are masked, also where the evidence has them in full."""
    entries: Sequence[Document] = evidence.get("results") or ()
    run = evidence.get("run") or {}
    masker = Masker()
    masker.learn(entries)
    masked = [masker.data(entry) for entry in entries]
    cases = [_case(entry, name) for entry, name in zip(masked, distinct_names(masked, entries, _WIDEST), strict=True)]
    suite = {
        "name": "telephony.outbound",
        "tests": len(entries),
        "failures": sum(map(needs_attention, entries)),
        "errors": 0,
        "skipped": 0,
        "time": run.get("seconds") or 0,
        "timestamp": str(run.get("start") or "").removesuffix("Z"),
    }
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{head}<testsuites>\n<testsuite{_attributes(suite)}>\n{''.join(cases)}</testsuite>\n</testsuites>\n"


def _case(entry: Mapping[str, Any], name: str) -> str:
    step = entry.get("step")
    told = f"{step} {entry.get('number') or name}" if step else name
    about = {"classname": entry.get("account"), "name": told, "time": entry.get("elapsed") or 0}
    if not needs_attention(entry):
        return f"<testcase{_attributes(about)}/>\n"
    message = (entry.get("error") or {}).get("message") or "no reason was given"
    failure = {"type": entry.get("outcome"), "message": f"{entry.get('outcome')}: {message}"}
    return f"<testcase{_attributes(about)}>\n<failure{_attributes(failure)}/>\n</testcase>\n"


def _attributes(values: Mapping[str, Any]) -> str:
    """Return attributes; each value is one line without what XML cannot hold."""
    return "".join(
        f" {name}={quoteattr(_NOT_IN_XML.sub('', _CLEAN.message(str(value))))}" for name, value in values.items()
    )
