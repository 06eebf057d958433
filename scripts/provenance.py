# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State what a release was built from: an in-toto statement with SLSA's provenance, version 1, not signed.

No time but the commit's and no path of the machine is in it: the same commit and tools give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import platform
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
# What shapes the tarball: ansible-core packs it, antsibull-changelog writes its changelog, zlib compresses it.
TOOLS = ("ansible-core", "antsibull-changelog")


def write(path: Path, tarball: Path, repository: str, commit: str) -> None:
    """Write the statement about ``tarball``, which was built from ``commit`` of ``repository``."""
    path.write_text(json.dumps(statement(tarball, repository, commit), indent=2) + "\n", encoding="utf-8")


def statement(tarball: Path, repository: str, commit: str) -> dict[str, Any]:
    """Return subject (name and SHA-256), source (repository and commit) and tools (package URLs with versions)."""
    process = f"{repository}/blob/main/CONTRIBUTING.md#making-a-release"
    source = {"uri": f"git+{repository}@{commit}", "digest": {"gitCommit": commit}}
    return {
        "_type": STATEMENT,
        "subject": [{"name": tarball.name, "digest": {"sha256": hashlib.sha256(tarball.read_bytes()).hexdigest()}}],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": process,
                "externalParameters": {"repository": repository, "commit": commit, "command": "make release"},
                "resolvedDependencies": [source, *tools()],
            },
            "runDetails": {"builder": {"id": process}},
        },
    }


def tools() -> list[dict[str, str]]:
    python = f"pkg:generic/{platform.python_implementation().lower()}@{platform.python_version()}"
    return [{"uri": uri} for uri in (python, f"pkg:generic/zlib@{zlib.ZLIB_RUNTIME_VERSION}", *map(package, TOOLS))]


def package(name: str) -> str:
    return f"pkg:pypi/{name}@{version(name)}"
