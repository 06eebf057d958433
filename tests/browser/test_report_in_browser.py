# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report in a real browser, from a file: URL: nothing is loaded, no errors occur, sort and filter work."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.report import report_of
from ansible_collections.telephony.outbound.tests.browser.browser import Browser, find
from ansible_collections.telephony.outbound.tests.browser.reports import HOSTILE, hostile_evidence

# Every text with the color behind it, using WCAG's formula; returns those with too little contrast.
FAINT = """
(() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = numbers(color).slice(0, 3).map((part) => part / 255)
      .map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = getComputedStyle(node).backgroundColor;
      if ((numbers(color)[3] ?? 1) > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("main *")]
    .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
    .filter((node) => node.checkVisibility() && !node.closest("svg"))
    .map((node) => {
      const [a, b] = [light(getComputedStyle(node).color), light(behind(node))].sort((x, y) => y - x);
      return [node.tagName, node.className, (a + .05) / (b + .05)];
    })
    .filter(([, , ratio]) => ratio < 4.5);
})()
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = find()
    if program is None:
        pytest.skip("NO BROWSER: the report was not looked at; install chromium to run these tests")
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_of(hostile_evidence()), encoding="utf-8")
    browser = Browser(program, tmp_path_factory.mktemp("profile"))
    try:
        browser.open(path)
        yield browser
    finally:
        browser.close()


def column(page: Browser, number: int) -> list[str]:
    rows = "[...document.querySelectorAll('#targets tbody tr')].filter((row) => row.checkVisibility())"
    found: list[str] = page.run(f"{rows}.map((row) => row.cells[{number}].firstChild.textContent)")
    return found


def click(page: Browser, heading: str) -> None:
    page.run(f"{button(heading)}.click()")


def button(heading: str) -> str:
    buttons = "[...document.querySelectorAll('#targets th button')]"
    return f"{buttons}.find((each) => each.textContent === {json.dumps(heading)})"


def sorted_by(page: Browser) -> list[list[str]]:
    heads = "[...document.querySelectorAll('#targets th[aria-sort]')]"
    found: list[list[str]] = page.run(f"{heads}.map((head) => [head.textContent, head.ariaSort])")
    return found


def filter_by(page: Browser, text: str = "", outcome: str = "") -> str:
    page.run(
        "(() => { for (const [id, value, event] of "
        f"{json.dumps([['text', text, 'input'], ['outcome', outcome, 'change']])}) {{"
        "const field = document.getElementById(id); field.value = value; field.dispatchEvent(new Event(event)); } })()"
    )
    shown: str = page.run("document.getElementById('shown').textContent")
    return shown


def test_it_asks_for_nothing_but_itself(page: Browser) -> None:
    asked = [event["request"]["url"] for name, event in page.events if name == "Network.requestWillBeSent"]
    assert len(asked) == 1
    assert asked[0].startswith("file:")
    assert page.run("performance.getEntriesByType('resource').length") == 0


def test_its_policy_holds(page: Browser) -> None:
    before = len(page.events)
    image = "<img id=probe src=https://127.0.0.1:9/x onerror=window.pwned=3>"
    page.run(f"document.body.insertAdjacentHTML('beforeend', '{image}')")
    page.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.pwned = 4'}))")
    page.run("new Promise((done) => setTimeout(done, 200))")
    said = [event["entry"]["text"] for name, event in page.events[before:] if name == "Log.entryAdded"]
    assert len([text for text in said if "Content Security Policy" in text]) >= 2
    assert page.run("window.pwned") is None
    page.run("document.getElementById('probe').remove(), document.body.lastChild.remove()")
    del page.events[before:]


def test_nothing_goes_wrong(page: Browser) -> None:
    wrong = [
        event
        for name, event in page.events
        if name in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
    ]
    assert wrong == []
    assert page.run("document.contentType + ' ' + document.compatMode") == "text/html CSS1Compat"


def test_hostile_names_are_text(page: Browser) -> None:
    assert page.run("window.pwned") is None
    assert page.run("document.querySelectorAll('script').length") == 1
    assert page.run("document.querySelectorAll('style').length") == 1
    assert page.run("document.querySelectorAll('img, link, iframe').length") == 0
    assert page.run("getComputedStyle(document.body).display") == "block"
    told = page.run("document.getElementById('targets').textContent")
    for name in ("script", "image", "style", "formula", "long", "right", "jinja"):
        assert HOSTILE[name] in told
    assert "⟨U+202E⟩gnp.exe⟨U+2066⟩" in told
    assert "⟨U+001B⟩[31mred" in told
    assert page.run("document.documentElement.scrollWidth <= innerWidth"), "a long name makes the page wider"


def test_what_needs_a_person_is_on_top(page: Browser) -> None:
    assert column(page, 0)[:4] == ["in doubt", "failed", "refused", "accepted"]
    assert page.run("document.querySelector('h1').textContent") == "3 of 10 targets need attention."
    assert sorted_by(page) == []


def test_headings_sort_numbers_with_the_unknown_last(page: Browser) -> None:
    click(page, "Before")
    assert column(page, 3) == ["0", "7", "9", "12", "45", "120", "300", "1,000", "unknown", "unknown"]
    assert sorted_by(page) == [["Before", "ascending"]]
    click(page, "Before")
    assert column(page, 3) == ["1,000", "300", "120", "45", "12", "9", "7", "0", "unknown", "unknown"]
    assert sorted_by(page) == [["Before", "descending"]]
    click(page, "Target")
    assert sorted_by(page) == [["Target", "ascending"]]
    click(page, "Outcome")
    assert column(page, 0)[:4] == ["in doubt", "failed", "refused", "accepted"]


def test_headings_sort_from_the_keyboard(page: Browser) -> None:
    page.run(f"{button('Seconds')}.focus()")
    page.press("Enter", "\r")
    assert sorted_by(page) == [["Seconds", "ascending"]]
    seconds = [float(text) for text in column(page, 6)]
    assert seconds == sorted(seconds)
    page.press("Tab")
    assert page.run("document.activeElement.textContent") == "What was said"
    click(page, "Outcome")


def test_filters(page: Browser) -> None:
    assert filter_by(page) == "10 of 10 shown"
    assert filter_by(page, outcome="accepted") == "2 of 10 shown"
    assert column(page, 0) == ["accepted", "accepted"]
    assert filter_by(page, text="campaign_id=3") == "1 of 10 shown"
    assert filter_by(page, text="  CALC  cmd ") == "1 of 10 shown"
    assert filter_by(page, text="<script>") == "10 of 10 shown"
    assert filter_by(page, text="nobody", outcome="accepted") == "0 of 10 shown"
    assert column(page, 0) == []
    click(page, "Before")
    assert filter_by(page, outcome="cleared") == "4 of 10 shown"
    assert column(page, 3) == ["7", "9", "45", "120"]
    click(page, "Outcome")
    assert filter_by(page) == "10 of 10 shown"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(page: Browser, scheme: str) -> None:
    page.call(
        "Emulation.setEmulatedMedia", media="screen", features=[{"name": "prefers-color-scheme", "value": scheme}]
    )
    assert page.run("matchMedia('(prefers-color-scheme: dark)').matches") is (scheme == "dark")
    assert page.run(FAINT) == []
    page.call("Emulation.setEmulatedMedia", media="")


def test_on_paper_it_has_a_place_to_sign_and_no_tools(page: Browser) -> None:
    page.call("Emulation.setEmulatedMedia", media="print")
    seen = "(name) => document.querySelector(name).checkVisibility()"
    assert page.run(f"['.tools', '.sign', '#targets thead'].map({seen})") == [False, True, True]
    assert page.run(FAINT) == []
    page.call("Emulation.setEmulatedMedia", media="")
    assert page.run(f"['.tools', '.sign'].map({seen})") == [True, False]
