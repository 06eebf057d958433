# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report starts with the worst, loads nothing, and shows foreign text as text."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.html_text import duration, text
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.report import (
    headline,
    report_of,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.vocabulary import (
    HEADINGS,
    OUTCOMES,
    SYSTEMS,
    by_urgency,
    system_key,
    unit,
)

PROJECT = Path(__file__).parents[5]
RUN = {"start": "2026-03-01T09:00:00Z", "end": "2026-03-01T09:00:47Z", "seconds": 47}
HOSTILE = [
    "<script>window.pwned = 1</script>",
    '"><img src=https://example.com/x onerror=alert(1)>',
    "</table></script><style>*{display:none}</style>",
    "=cmd()|' /C calc'!A0",
    "{{ 7 * 7 }} {% raw %}",
    "&lt;b&gt; &amp; <b>",
    "javascript:alert(1)",
    "x" * 400,
]


class Page(HTMLParser):
    """What a browser would parse from the report: elements, attributes, and the text of the targets' rows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in ("meta", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in self._open, f"</{tag}> closes nothing"
        while self._open.pop() != tag:
            pass

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_data(self, data: str) -> None:
        for tag in self._open[-1:]:
            self.words.setdefault(tag, []).append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text_of(self, tag: str) -> str:
        return "".join(self.words.get(tag, []))


def entry(outcome: str = "cleared", **more: Any) -> dict[str, Any]:
    return {
        "account": "promo",
        "vendor": "wolkvox",
        "product": None,
        "name": "Spring",
        "target": {"campaign_id": "77", "all_records": True},
        "steps": [outcome],
        "outcome": outcome,
        "pending_before": 120,
        "pending_after": 0,
        "verified": True,
        "elapsed": 0.41,
        "error": None,
        "unit": "records",
        **more,
    }


def report(*results: dict[str, Any], **more: Any) -> str:
    return report_of({"run": RUN, "results": list(results), "summary": {}, **more})


# --- content ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "trouble", "words"),
    [
        ({}, 0, "There was nothing to tear down."),
        ({"cleared": 3, "already_clear": 1}, 0, "4 targets: every one confirmed clear."),
        ({"cleared": 1}, 0, "1 target: every one confirmed clear."),
        ({"cleared": 3, "accepted": 2}, 0, "5 targets: none failed, 2 cannot be confirmed."),
        ({"in_doubt": 1, "cleared": 39}, 1, "1 of 40 targets needs attention."),
        ({"failed": 1, "not_sent": 1, "cleared": 9998}, 2, "2 of 10,000 targets need attention."),
    ],
)
def test_the_headline_says_the_worst_first(counts: dict[str, int], trouble: int, words: str) -> None:
    assert headline(by_urgency(counts), trouble) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (47.4, "47 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (3661, "1 h 1 min"), (None, "unknown")],
)
def test_durations(seconds: Any, words: str) -> None:
    assert duration(seconds) == words


def test_what_needs_a_person_comes_first() -> None:
    words = [*OUTCOMES, "odd"]
    html = report(*(entry(word) for word in reversed(words)))
    rows = [row["data-outcome"] for row in Page(html).all("tr") if "data-outcome" in row]
    assert rows == ["odd", *OUTCOMES]
    drawn = [piece["class"] for piece in Page(html).all("rect") if "x" in piece]
    assert drawn == ["failed", *OUTCOMES]
    restarted = entry(steps=["cleared", "start_failed"], name="Restart")
    html = report(entry("accepted"), entry(), restarted)
    assert "1 of 3 targets needs attention." in html
    assert html.index("Restart") < html.index("Spring")


def test_accepted_is_never_green_and_the_legend_says_why() -> None:
    html = report(entry("accepted"), entry())
    page = Page(html)
    assert "Accepted is never green" in html
    assert "Accepted is never green" not in report(entry())
    tones = {row["class"] for row in page.all("span") if row.get("class", "").startswith("word")}
    assert tones == {"word open", "word good"}
    colours = dict(re.findall(r"--(accepted|cleared): (#\w+)", page.text_of("style")))
    red, green, blue = (int(colours["accepted"][place : place + 2], 16) for place in (1, 3, 5))
    assert red > green > blue
    assert OUTCOMES["accepted"].severity == "open"


def test_what_is_not_known_is_never_shown_as_a_number() -> None:
    html = report(entry("accepted", pending_before=None, pending_after=None, elapsed=None), summary={"verified": 0})
    cells = re.findall(r'<td class="number" data-sort="([^"]*)">(.*?)</td>', html)
    assert cells == [("", '<span class="unknown">unknown</span>')] * 2 + [("", "—")]
    assert "<b>unknown</b><span>pending, before and after</span>" in html
    html = report(entry(), summary={"pending_before": None, "pending_after": 0})
    assert "<b>unknown → 0</b>" in html


def test_systems_that_were_used_are_told_with_what_they_do_not_stop() -> None:
    html = report(entry(), entry(vendor="plum", product="fuse"), entry(vendor="odd"))
    for key, system in SYSTEMS.items():
        used = key in ("wolkvox", "plum fuse")
        assert (f'<tr><th scope="row">{system.title}' in html) is used
    assert "the next upload" in html
    assert report(entry(vendor="odd")).count("<table") == 1


def test_the_rest_of_what_a_person_should_know() -> None:
    html = report(
        entry("failed", error={"kind": "denied", "status": 403, "code": None, "message": "No way"}, backup_file="/b/x"),
        entry(removed=[{}, {}], steps=["stopped", "cleared"]),
        entry(removed=[{}], name=None, steps=[]),
        run={
            **RUN,
            "reason": "Season",
            "ticket": "OPS-1",
            "requested_by": "Ada",
            "plan_sha256": "abc",
            "version": None,
        },
    )
    for words in ("No way", "denied · 403", "backup: /b/x", "2 events kept", "1 event kept", "stopped → cleared"):
        assert words in html
    for words in ("Season", "OPS-1", "Ada", "<code>abc</code>", "2026-03-01 09:00:47 UTC", "47 s", "Signature"):
        assert words in html
    assert "campaign_id=77 all_records=yes" in html
    assert "unknown" in report_of({"results": []})


def test_it_says_who_asked_who_approved_and_how_that_was_proved() -> None:
    run = {
        **RUN,
        "mode": "apply",
        "requested_by": "Ada",
        "contact": "dialer@example.com",
        "system_user": "ops",
        "controller": "node1",
        "approval": {"by": "Grace", "proved_by": "a signature", "until": "2026-03-01T12:00:00Z"},
    }
    html = report(entry(), run=run)
    for words in ("Ada", "Grace", "a signature", "2026-03-01 12:00:00 UTC", "ops on node1", "dialer@example.com"):
        assert words in html
    assert "no approval was given" not in html
    assert "no approval was given" in report(entry(), run={**run, "approval": None})
    assert "not said" in report(entry(), run={**run, "approval": {"proved_by": "its SHA-256"}})
    assert "Questions about this record: the account that carried the run out" in report(entry())


def test_it_says_what_was_planned() -> None:
    planned = {"targets": 2, "outcomes": {"would_clear": 1, "failed": 1}, "pending": 120, "created": RUN["start"]}
    html = report(entry(), planned=planned)
    assert "2 targets: 1 failed, 1 would clear" in html
    assert '<h2 id="plan">' not in report(entry())


def test_it_says_what_could_not_be_confirmed_and_why_each_reason_once() -> None:
    refused = {"message": "the campaign is started"}
    html = report(*(entry("refused", error=refused) for _index in range(3)), entry("accepted", vendor="genesys"))
    assert re.findall(r"<li><strong>(.*?)</strong> <span dir=\"auto\">(.*?)</span>", html) == [
        ("3 refused", "wolkvox: the campaign is started"),
        ("1 accepted", f"Genesys Web Services: state readable: {SYSTEMS['genesys'].readable}"),
    ]
    assert '<h2 id="open">' not in report(entry())
    many = report(*(entry("failed", error={"message": f"no {number}"}) for number in range(23)))
    assert "and 3 more reasons, in the table below" in many


@pytest.mark.parametrize(
    ("masking", "words"),
    [
        ({"phone_numbers": "masked", "key": "kept"}, "whoever has the key can look a number up"),
        ({"phone_numbers": "masked", "key": "forgotten"}, "nobody has, so that no number can be looked up"),
        ({"phone_numbers": "in_full"}, "stand here in full"),
    ],
)
def test_it_says_how_to_check_it_and_whether_a_number_can_be_looked_up(masking: dict[str, str], words: str) -> None:
    html = report(entry(), run={**RUN, "masking": masking})
    assert words in html
    assert "sha256sum --check SHA256SUMS" in html


def test_times_and_words_of_the_vendor_stand_in_the_row() -> None:
    times = {"begun": RUN["start"], "sent": RUN["start"], "answered": RUN["end"], "confirmed": None}
    html = report(entry("already_clear", no_such_record=True, times=times, vendor_said=["Gone & done"]))
    assert "answered <time" in html
    assert "No such record, says the vendor." in html
    assert "<q>Gone &amp; done</q>" in html


def test_rows_behind_the_first_wait_on_the_screen() -> None:
    html = report(*(entry() for _index in range(501)))
    later = [row for row in Page(html).all("tr") if row.get("class") == "later"]
    assert len(later) == 1
    assert "Show all 501 targets" in html
    assert 'id="all"' not in report(*(entry() for _index in range(500)))


def test_the_readme_opens_with_the_same_table() -> None:
    table = [line for line in (PROJECT / "README.md").read_text("utf-8").splitlines() if line.startswith("|")]
    told = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[: len(SYSTEMS) + 2]]
    assert told[0] == list(HEADINGS)
    assert told[2:] == [[each.title, each.stopped, each.not_stopped, each.readable] for each in SYSTEMS.values()]


def test_units_and_systems() -> None:
    assert unit({"vendor": "plum", "product": "insight"}) == unit({"vendor": "plum"}) == "calls"
    assert unit({"vendor": "odd"}) == "items"
    assert system_key({"vendor": "plum", "product": None}) == "plum"
    assert system_key({}) == ""


# --- isolation --------------------------------------------------------------------------------------------------------

LOADING = {"src", "href", "srcset", "action", "formaction", "data", "poster", "background", "ping", "style", "manifest"}


def held(html: str) -> Page:
    """Assert that the document runs and loads only its own content, and return it."""
    page = Page(html)
    for tag, attributes in page.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "a", "audio", "video", "image", "use"), (
            tag
        )
        assert not LOADING & set(attributes), attributes
        assert not [name for name in attributes if name.startswith("on")], attributes
    (policy,) = [each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    for tag in ("script", "style"):
        assert len(page.all(tag)) == 1
        content = page.text_of(tag)
        assert rules[f"{tag}-src"] == f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
        assert "http" not in content
        assert "url(" not in content
        assert "@import" not in content
    # The policy must precede everything that it restricts.
    assert html.index("Content-Security-Policy") < html.index("<style>")
    return page


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_text(hostile: str) -> None:
    clean = held(report(entry()))
    error = {"kind": hostile, "status": hostile, "code": hostile, "message": hostile}
    dirty = entry(
        hostile,
        account=hostile,
        vendor=hostile,
        product=hostile,
        name=hostile,
        target={hostile: hostile},
        steps=[hostile],
        unit=hostile,
        error=error,
        pending_before=hostile,
        backup_file=hostile,
    )
    run = {
        **RUN,
        "seconds": hostile,
        **dict.fromkeys(("reason", "ticket", "requested_by", "controller", "version"), hostile),
    }
    html = report_of({"run": run, "results": [dirty], "summary": {"verified": hostile, "pending_before": hostile}})
    page = held(html)
    assert len(page.all("script")) == len(clean.all("script"))
    assert hostile in page.text_of("td")
    assert hostile in page.text_of("h1") + page.text_of("p")
    if "<" in hostile:
        assert hostile not in html


@settings(max_examples=50)
@given(st.text(max_size=50))
def test_any_text_is_text(name: str) -> None:
    held(report(entry(name=name, target={name: name}, account=name, error={"message": name}))).text_of("td")


def test_what_cannot_be_seen_is_shown() -> None:
    assert text("\x1b[31mred\x00\x7f\x9b") == "⟨U+001B⟩[31mred⟨U+0000⟩⟨U+007F⟩⟨U+009B⟩"
    assert text("\u202eevil\u200b\u2066") == "⟨U+202E⟩evil⟨U+200B⟩⟨U+2066⟩"
    assert text("two\nlines\tand") == "two\nlines\tand"


def test_long_text_is_cut() -> None:
    html = report(entry(name="<" * 2**20))
    assert len(html) < 40_000
    assert "(1,048,576 characters, whole in evidence.json)" in html
