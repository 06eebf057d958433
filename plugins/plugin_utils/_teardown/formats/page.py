# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The page around a report: its style, its script, and the policy that lets nothing else run or load."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import cache
from pathlib import Path

_LICENSE = re.compile(r"\A(?:/\*.*?\*/|(?://[^\n]*\n)+)\s*", re.DOTALL)
_NOT_PLAIN = re.compile(r"[^\w .,:;()-]", re.ASCII)


def page(title: str, body: str, foot: str, *, interactive: bool = True) -> str:
    """Return the whole document; title and body are HTML already, ``foot`` is text for each printed page.

    An interactive one has the script that filters and sorts its table of targets.
    """
    style, script = f"{_file('report.css')}{_page_style(foot)}", _file("report.js") if interactive else ""
    allowed = f"'{_source(script)}'" if interactive else "'none'"
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src '{_source(style)}'; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n"
        f"{f'<script>{script}</script>' if interactive else ''}\n</body>\n</html>\n"
    )


@cache
def _file(name: str) -> str:
    """Return a file beside this one without the license at its head."""
    return _LICENSE.sub("\n", Path(__file__).with_name(name).read_text("utf-8"))


def _page_style(foot: str) -> str:
    """Return what puts the same words and a page number on each printed page."""
    words = _NOT_PLAIN.sub(lambda found: f"\\{ord(found[0]):x} ", foot)
    return (
        f'@media print {{ @page {{ @bottom-left {{ content: "{words}"; width: 80%; text-align: left; }}'
        ' @bottom-right { content: "page " counter(page) " of " counter(pages); } } }\n'
    )


def _source(text: str) -> str:
    """Return how a policy names the only style or script that it lets through."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
