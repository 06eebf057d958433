# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on paper, on a phone, from the keyboard, with aids for the disabled, and with 10,000 rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.documents import (
    Document,
    sha256_of,
    to_text,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.report import report_of
from ansible_collections.telephony.outbound.tests.browser.browser import Browser, find
from ansible_collections.telephony.outbound.tests.browser.reports import hostile_evidence, plain_evidence

AT_FIRST = 500
VISIBLE = "[...document.querySelectorAll('#targets tbody tr')].filter((row) => row.checkVisibility()).length"
SHOWN = "document.getElementById('shown').textContent"
FOCUS = "(({id, className, textContent}) => id || className || textContent)(document.activeElement)"
OUTSIDE = """
[...document.querySelectorAll("main *")]
  .filter((node) => node.checkVisibility() && !node.closest("svg, caption, #stopped thead"))
  .filter((node) => node.getBoundingClientRect().right > innerWidth || node.scrollWidth > Math.max(node.clientWidth, 1))
  .filter((node) => getComputedStyle(node).display !== "inline")
  .map((node) => [node.tagName, node.className, node.textContent.slice(0, 40)])
"""

Opened = Callable[[Document], Browser]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Return what opens the report on evidence."""
    program = find()
    if program is None:
        pytest.skip("NO BROWSER: the report was not looked at; install chromium to run these tests")
    browser = Browser(program, tmp_path / "profile")

    def open_report(evidence: Document) -> Browser:
        path = tmp_path / "report.html"
        path.write_text(report_of(evidence), encoding="utf-8")
        browser.open(path)
        return browser

    try:
        yield open_report
    finally:
        browser.close()


def page_with(pages: list[str], word: str) -> int:
    (found,) = [number for number, text in enumerate(pages) if word in text]
    return found


def test_on_paper_no_row_is_cut_and_every_page_says_of_which_run_it_is(opened: Opened, tmp_path: Path) -> None:
    evidence = plain_evidence(60)
    pages = opened(evidence).pages(tmp_path)
    assert len(pages) > 2
    for place in range(60):
        assert page_with(pages, f"top-{place}.") == page_with(pages, f"end-{place}."), f"row {place} is cut"
    for number, text in enumerate(pages, start=1):
        assert "run therun" in text
        assert sha256_of(to_text(evidence, "results")) in text
        assert f"page {number} of {len(pages)}" in text
        assert ("What was said" in text) is ("top-" in text), "the heads of the table are not repeated"


def test_ten_targets_are_two_pages(opened: Opened, tmp_path: Path) -> None:
    pages = opened(plain_evidence(10)).pages(tmp_path)
    assert len(pages) == 2
    for words in ("Grace Hopper", "a signature", "Ada Lovelace", "dialer@example.com", "Signature"):
        assert any(words in text for text in pages), words


@pytest.mark.parametrize("evidence", [plain_evidence(10), hostile_evidence()], ids=["plain", "hostile"])
def test_on_a_phone_nothing_is_outside_the_screen(opened: Opened, evidence: Document) -> None:
    browser = opened(evidence)
    browser.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    assert browser.run("[innerWidth, document.documentElement.scrollWidth]") == [390, 390]
    assert browser.run(OUTSIDE) == []
    said = "getComputedStyle(document.querySelector('#stopped td.not'), '::before').content"
    assert browser.run(said) == '"what it does NOT stop:"'


def test_all_of_it_can_be_used_from_the_keyboard(opened: Opened) -> None:
    browser = opened(plain_evidence(AT_FIRST + 100))
    found = []
    for _step in range(13):
        browser.press("Tab")
        found.append(browser.run(FOCUS))
    heads = ["Outcome", "Account", "Target", "Before", "After", "Steps", "Seconds", "What was said"]
    assert found == ["scroll", "text", "outcome", "all", "scroll", *heads]
    browser.run("document.getElementById('all').focus()")
    browser.press(" ", " ")
    assert browser.run(VISIBLE) == AT_FIRST + 100
    assert browser.run(SHOWN) == "600 of 600 shown"
    browser.run("document.getElementById('text').focus()")
    browser.write("top-599.")
    assert browser.run(SHOWN) == "1 of 600 shown"
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_ten_thousand_rows_wait_until_they_are_asked_for(opened: Opened) -> None:
    browser = opened(plain_evidence(10_000))
    assert browser.run(VISIBLE) == AT_FIRST
    assert browser.run(SHOWN) == "500 of 10,000 shown, 10,000 fit"
    browser.run("document.querySelectorAll('#targets th button')[2].click()")
    browser.run("document.querySelectorAll('#targets th button')[2].click()")
    assert browser.run(VISIBLE) == AT_FIRST
    assert browser.run("document.querySelector('#targets tbody tr').textContent.includes('top-9999.')")
    for words, number in (("top-77", 111), ("top-9999.", 1), ("nowhere", 0)):
        browser.run("(() => { const field = document.getElementById('text'); field.value = ''; field.focus() })()")
        browser.write(words)
        assert browser.run(VISIBLE) == number
    browser.call("Emulation.setEmulatedMedia", media="print")
    browser.run("(() => { const field = document.getElementById('text'); field.value = ''; })()")
    browser.run("document.getElementById('text').dispatchEvent(new Event('input'))")
    last = "document.querySelector('#targets tbody').lastElementChild"
    assert browser.run(f"[{last}.className, getComputedStyle({last}).display]") == ["later", "table-row"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(opened: Opened, scheme: str) -> None:
    axe = Path(os.environ.get("NODE_PATH", ""), "axe-core", "axe.min.js")
    if not axe.is_file():
        pytest.skip("NO axe-core: nobody looked for what disabled people cannot use; npm is needed")
    browser = opened(hostile_evidence())
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.run(f"{axe.read_text('utf-8')}; 0")
    script = "axe.run().then((found) => found.violations.map(({id, nodes}) => [id, ...nodes.map(({html}) => html)]))"
    assert browser.run(script) == []
