# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The findings of a watch in the text format of Prometheus, for the textfile collector of the node exporter."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from .documents import grouped
from .files import write_new
from .watch import OUTCOMES

_PREFIX = "telephony_outbound_watch_"
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_READABLE_BY_ALL = 0o644

_GAUGES = {
    "targets": "Targets of a teardown by what the last watch found: still_clear, refilled or cannot_be_read.",
    "unread_targets": "Targets that the last watch did not read although they can be read, for example with the vendor"
    " down.",
    "refilled_items": "Records, calls or events (label unit) that are there again after they were torn down.",
    "torn_down_timestamp_seconds": "When the teardown ended that is watched, in seconds since 1970.",
    "timestamp_seconds": "When the last watch ended, in seconds since 1970.",
    "duration_seconds": "How long the last watch took.",
}
_Sample = tuple[Mapping[str, Any], float]


class MetricsError(Exception):
    """The file cannot be written; the text says why and what to do."""


def metrics_of(
    found: Sequence[Mapping[str, Any]], *, run_id: str, torn_down: datetime, ended: datetime, seconds: float
) -> str:
    """Return the text of the file. All numbers are gauges of this one watch of the run ``run_id``.

    Labels name run, account and vendor, never a target: what has a value for each phone number is no metric.
    """
    run = {"run": run_id}
    samples: dict[str, list[_Sample]] = {
        **{name: [] for name in _GAUGES},
        "torn_down_timestamp_seconds": [(run, torn_down.timestamp())],
        "timestamp_seconds": [(run, ended.timestamp())],
        "duration_seconds": [(run, round(seconds, 3))],
    }
    for account, rows in grouped(found, lambda each: str(each["account"])).items():
        labels = {**run, "account": account, "vendor": str(rows[-1]["vendor"])}
        counts = Counter(str(each["outcome"]) for each in rows)
        samples["targets"] += [({**labels, "outcome": outcome}, counts[outcome]) for outcome in OUTCOMES]
        unread = sum(each["outcome"] != "refilled" and each["needs_person"] for each in rows)
        samples["unread_targets"].append((labels, unread))
        items = sum(each["pending"] or 0 for each in rows)
        samples["refilled_items"].append(({**labels, "unit": str(rows[-1]["unit"])}, items))
    return "".join(_gauge(name, what, samples[name]) for name, what in _GAUGES.items())


def check_writable(path: Path) -> None:
    """Raise MetricsError if the file could not be written; no file is left."""
    if path.exists() and not path.is_file():
        raise MetricsError(f"{path} is not a file")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise MetricsError(f"{path.parent} is not a folder that can be written to; make it, or give another path")


def write(path: Path, text: str) -> None:
    """Write the file atomically. Raises MetricsError if that fails.

    All users may read it, since the exporter runs as another user.
    """
    # The collector reads every name that ends in .prom.
    part = path.with_name(f".{path.name}.{token_hex(4)}.part")
    try:
        write_new(part, text.encode("utf-8", "replace"), _READABLE_BY_ALL)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise MetricsError(f"the metrics cannot be written to {path}: {error.strerror}") from error


def _gauge(name: str, what: str, samples: Sequence[_Sample]) -> str:
    lines = "".join(f"{_PREFIX}{name}{{{_labels(labels)}}} {value!r}\n" for labels, value in samples)
    return f"# HELP {_PREFIX}{name} {what}\n# TYPE {_PREFIX}{name} gauge\n{lines}"


def _labels(labels: Mapping[str, Any]) -> str:
    return ",".join(f'{name}="{str(value).translate(_ESCAPES)}"' for name, value in labels.items())
