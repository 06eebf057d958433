# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a tarball reproducible: order, times and owners do not depend on the machine.

FILES.json lists the files in the file system's order, and MANIFEST.json contains its checksum.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

FILES, MANIFEST = "FILES.json", "MANIFEST.json"


def repack(tarball: Path, time: int) -> None:
    """Rewrite a collection's tarball in place; every entry gets ``time``, in seconds since 1970."""
    with tarfile.open(tarball) as archive:
        entries = {entry.name: (entry, content(archive, entry)) for entry in archive.getmembers()}
    files = json.loads(entries[FILES][1])
    files["files"].sort(key=lambda file: str(file["name"]))
    replace(entries, FILES, files)
    manifest = json.loads(entries[MANIFEST][1])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(entries[FILES][1]).hexdigest()
    replace(entries, MANIFEST, manifest)

    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        # Galaxy's tools expect the manifests first.
        for name in (MANIFEST, FILES, *sorted(entries.keys() - {MANIFEST, FILES})):
            entry, data = entries[name]
            entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname, entry.pax_headers = time, 0, 0, "", "", {}
            archive.addfile(entry, io.BytesIO(data))
    tarball.write_bytes(gzip.compress(plain.getvalue(), mtime=time))


def content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(entry)
    return file.read() if file else b""


def replace(entries: dict[str, tuple[tarfile.TarInfo, bytes]], name: str, value: object) -> None:
    entry, _data = entries[name]
    data = json.dumps(value, indent=1).encode()
    entry.size = len(data)
    entries[name] = (entry, data)
