# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The page around a report: its style, its script, and the policy that lets nothing else run or load."""

from __future__ import annotations

import hashlib
from base64 import b64encode

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fcfbf9; --card: #ffffff; --ink: #1f2428; --soft: #59626b; --line: #e2ded7; --focus: #1b5fa8;
  --bad: #9d1c1c; --bad-wash: #fbedeb; --open: #774800; --open-wash: #fcf2dd;
  --good: #1d6139; --good-wash: #e8f3ec; --quiet: #4f5963; --quiet-wash: #eef0f2;
  --in_doubt: #7d1418; --failed: #bf3b34; --not_sent: #d9776b; --refused: #e0a59b;
  --accepted: #dfa02c; --would_clear: #dfa02c; --cleared: #2f8b57; --already_clear: #a7b0b8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --card: #1c2024; --ink: #e7e4de; --soft: #a3abb3; --line: #333a41; --focus: #7db5ee;
    --bad: #ffb3aa; --bad-wash: #3a1d1c; --open: #f2c879; --open-wash: #352a14;
    --good: #94d6ae; --good-wash: #17301f; --quiet: #b9c1c9; --quiet-wash: #2a2f35;
    --in_doubt: #e5484d; --failed: #c9483f; --not_sent: #a8574e; --refused: #85504a;
    --accepted: #c98e24; --would_clear: #c98e24; --cleared: #3a9a63; --already_clear: #6b757e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 76rem; margin: 0 auto; padding: 3.5rem 2rem 4rem; }
h1, h2, .figure b {
  font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", "P052", Georgia, "Noto Serif", serif;
  font-weight: 500; line-height: 1.2; text-wrap: balance;
}
h1 { font-size: clamp(1.8rem, 4vw, 2.6rem); margin: .3rem 0 0; letter-spacing: -.01em; max-width: 24em; }
h2 { font-size: 1.35rem; margin: 3.5rem 0 1rem; }
p { margin: 0; }
.over { color: var(--soft); font-size: .8rem; letter-spacing: .09em; text-transform: uppercase; }
.reason { margin-top: .9rem; font-size: 1.1rem; color: var(--soft); max-width: 46em; }
.figures { display: flex; flex-wrap: wrap; gap: 1.5rem 3rem; margin: 2.4rem 0 2rem; padding: 0; list-style: none; }
.figure b { display: block; font-size: 2rem; }
.figure span { color: var(--soft); font-size: .9rem; }
.bar { display: block; width: 100%; height: 1.1rem; border-radius: .3rem; overflow: hidden; background: var(--line); }
.legend { list-style: none; padding: 0; margin: 1.1rem 0 0; display: grid; gap: .35rem 2rem; }
.legend li {
  display: grid; grid-template-columns: .8rem 8.5rem 1fr; gap: .6rem; align-items: baseline; font-size: .92rem;
}
.legend svg { width: .8rem; height: .8rem; border-radius: .2rem; }
.legend span { color: var(--soft); }
.note { margin-top: 1rem; font-size: .92rem; color: var(--open); }
.in_doubt { fill: var(--in_doubt); } .failed { fill: var(--failed); } .not_sent { fill: var(--not_sent); }
.refused { fill: var(--refused); } .accepted { fill: var(--accepted); } .would_clear { fill: var(--would_clear); }
.cleared { fill: var(--cleared); } .already_clear { fill: var(--already_clear); }
dl { margin: .8rem 0 0; }
dt { color: var(--soft); font-size: .8rem; margin-top: .6rem; }
dd { margin: 0; overflow-wrap: anywhere; }
td.not { color: var(--bad); }
.tools { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; margin: 0 0 1rem; }
.tools[hidden] { display: none; }
.tools input, .tools select {
  font: inherit; color: inherit; background: var(--card); border: 1px solid var(--soft); border-radius: .4rem;
  padding: .4rem .7rem; max-width: 100%;
}
.tools input { flex: 1 1 16rem; }
.tools output { color: var(--soft); font-size: .9rem; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: start; vertical-align: top; padding: .65rem .8rem; border-top: 1px solid var(--line); }
thead th { border-top: 0; padding: 0; white-space: nowrap; background: var(--paper); }
thead .plain { padding: .55rem .8rem; display: block; }
thead .plain::first-letter { text-transform: uppercase; }
tbody th { font-weight: 600; min-width: 9rem; }
thead th, th button { font-size: .8rem; font-weight: 600; color: var(--soft); }
th button {
  font-family: inherit; background: none; border: 0; padding: .55rem .8rem; cursor: pointer; width: 100%;
  text-align: inherit;
}
th button::after { content: " \\2195"; opacity: .75; }
th[aria-sort=ascending] button::after { content: " \\2191"; opacity: 1; }
th[aria-sort=descending] button::after { content: " \\2193"; opacity: 1; }
th[aria-sort] button { color: var(--ink); }
td { overflow-wrap: anywhere; unicode-bidi: isolate; }
td.number, th.number { text-align: end; white-space: nowrap; }
td.account { min-width: 8rem; max-width: 14rem; }
td.target { min-width: 13rem; max-width: 24rem; }
td.steps { min-width: 7rem; max-width: 10rem; }
td.said { min-width: 13rem; max-width: 26rem; }
td small, th small, td .unknown { color: var(--soft); }
td small, th small { display: block; font-weight: 400; font-size: .82rem; unicode-bidi: isolate; }
.word { display: inline-block; white-space: nowrap; border-radius: 1rem; padding: .05rem .65rem; font-size: .85rem; }
.bad { color: var(--bad); background: var(--bad-wash); }
.open { color: var(--open); background: var(--open-wash); }
.good { color: var(--good); background: var(--good-wash); }
.quiet { color: var(--quiet); background: var(--quiet-wash); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
th button:focus-visible, .scroll:focus-visible { outline-offset: -2px; }
.run { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); gap: .2rem 2rem; }
.run div { min-width: 0; }
.run .wide { grid-column: 1 / -1; }
code { font: .85em/1.5 ui-monospace, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.sign { display: none; }
@media (min-width: 70rem) { .legend { grid-template-columns: 1fr 1fr; } }
@media print {
  :root {
    color-scheme: light; --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb;
    --bad: #8a1414; --open: #6a4000; --good: #14512d; --quiet: #444;
    --bad-wash: #fff; --open-wash: #fff; --good-wash: #fff; --quiet-wash: #fff;
  }
  @page { size: A4 landscape; margin: 14mm; }
  body { font-size: 9.5pt; }
  main { max-width: none; padding: 0; }
  .tools { display: none; }
  .scroll { overflow: visible; border: 0; }
  th button::after { content: "" !important; }
  .word { padding: 0; font-weight: 600; }
  thead { display: table-header-group; }
  tr, .legend li, .sign { break-inside: avoid; }
  h2 { break-after: avoid; margin-top: 2rem; }
  .bar, .legend svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .sign { display: grid; grid-template-columns: 2fr 2fr 1fr; gap: 2rem; margin-top: 4rem; }
  .sign span { border-top: 1px solid #000; padding-top: .3rem; }
}
"""

SCRIPT = """
"use strict";
(() => {
  const table = document.getElementById("targets");
  const tools = document.querySelector(".tools");
  if (!table || !tools) return;
  const body = table.tBodies[0];
  const [text, outcome, shown] = ["text", "outcome", "shown"].map((id) => document.getElementById(id));
  const rows = Array.from(body.rows, (row, place) => ({row, place, content: row.textContent.toLowerCase()}));

  const filter = () => {
    const words = text.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    for (const {row, content} of rows) {
      const wanted = !outcome.value || row.dataset.outcome === outcome.value;
      const fits = wanted && words.every((word) => content.includes(word));
      row.hidden = !fits;
      count += fits;
    }
    shown.textContent = `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
  };

  const {compare: compareText} = new Intl.Collator("en", {numeric: true});
  const compare = (one, other) => typeof one === "number" ? one - other : compareText(one, other);

  const sort = (header) => {
    const column = header.cellIndex;
    const up = header.getAttribute("aria-sort") !== "ascending";
    const keys = new Map(rows.map((item) => {
      const cell = item.row.cells[column];
      const key = "sort" in cell.dataset ? cell.dataset.sort : cell.textContent;
      return [item, header.dataset.kind === "number" && key !== "" ? Number(key) : key];
    }));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", up ? "ascending" : "descending");
    // What is not known comes last, whichever way; equal rows stay in their first order.
    const order = [...rows].sort((one, other) => {
      const [a, b] = [keys.get(one), keys.get(other)];
      if (a === b) return one.place - other.place;
      if (a === "" || b === "") return a === "" ? 1 : -1;
      return (up ? 1 : -1) * compare(a, b) || one.place - other.place;
    });
    body.append(...order.map((item) => item.row));
  };

  for (const button of table.tHead.querySelectorAll("button"))
    button.addEventListener("click", () => sort(button.closest("th")));
  text.addEventListener("input", filter);
  outcome.addEventListener("change", filter);
  tools.addEventListener("reset", () => setTimeout(filter));
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.hidden = false;
  filter();
})();
"""


def page(title: str, body: str) -> str:
    """Return the whole document; both texts are HTML already."""
    policy = (
        f"default-src 'none'; script-src '{_source(SCRIPT)}'; style-src '{_source(STYLE)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n"
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _source(text: str) -> str:
    """Return how a policy names the only style or script that it lets through."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
