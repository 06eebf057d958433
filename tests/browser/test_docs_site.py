# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation site: no dead link, a search that finds, pages that fit on a phone. `make docs` runs this."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from ansible_collections.telephony.outbound.tests.browser.browser import Browser, find

SITE = Path(os.environ.get("DOCS_SITE", "no-site"))
WIDTH = 390
PAGES = ("docsite/guide_versions.html", "docsite/guide_modules.html", "wolkvox_campaign_clear_module.html")
# What is wider than the window and cannot be scrolled by itself, and tables of more than one and a half screens.
TOO_WIDE = """
[...document.querySelectorAll('main *, [itemprop="articleBody"] *')]
  .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
  .filter((node) => {
    for (let at = node; at; at = at.parentElement)
      if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(at).overflowX)) return false;
    return true;
  })
  .concat([...document.querySelectorAll('.wy-table-responsive')]
    .filter((frame) => frame.scrollWidth > frame.clientWidth * 1.5))
  .map((node) => node.tagName + ' ' + node.textContent.trim().slice(0, 60))
"""


class Links(HTMLParser):
    """The links and anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif value and (tag, name) in {("a", "href"), ("img", "src"), ("script", "src"), ("link", "href")}:
                self.links.append(value)


def test_no_link_is_dead() -> None:
    pages = {path.resolve(): Links(path) for path in SITE.rglob("*.html")}
    assert len(pages) > 40
    dead = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if not target.exists() or (anchor and target in pages and anchor not in pages[target].anchors):
                dead.append(f"{path.name}: {link}")
    assert dead == []


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = find()
    if program is None:
        pytest.skip("NO BROWSER: the documentation site was not looked at; install chromium to run these tests")
    browser = Browser(program, tmp_path_factory.mktemp("profile"))
    try:
        yield browser
    finally:
        browser.close()


def test_the_search_finds_modules_and_guides(page: Browser) -> None:
    page.open(SITE / "search.html", "q=hopper")
    found = page.run(
        """
        new Promise((done) => {
          // The page shows one result after the other.
          const links = () => [...document.querySelectorAll('#search-results a')].map((link) => link.href);
          const has = (name) => links().some((href) => href.includes(name));
          const isThere = () => has('guide_vicidial_known') && has('vicidial_hopper_clear');
          const wait = (left) => isThere() || !left ? done(links()) : setTimeout(wait, 100, left - 1);
          wait(300);
        })
        """
    )
    names = {Path(urlsplit(link).path).stem for link in found}
    assert {"guide_vicidial_known"} < names
    assert any("vicidial_hopper_clear" in name for name in names)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_on_a_phone(page: Browser, name: str) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=844, deviceScaleFactor=1, mobile=True)
    page.open(SITE / name)
    size = json.loads(page.run("JSON.stringify([document.documentElement.scrollWidth, innerWidth])"))
    assert size == [WIDTH, WIDTH]
    assert page.run(TOO_WIDE) == []
