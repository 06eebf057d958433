// Copyright: Contributors to the telephony.outbound project
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
"use strict";
(() => {
  const table = document.getElementById("targets");
  const tools = document.querySelector(".tools");
  if (!table || !tools) return;
  const body = table.tBodies[0];
  const [text, outcome, shown, all] = ["text", "outcome", "shown", "all"].map((id) => document.getElementById(id));
  // A browser takes half a minute to lay out ten thousand rows while they arrive: those behind the first wait on the screen.
  const first = Number(table.dataset.first);
  const order = Array.from(body.rows, (row, place) => ({row, place, content: row.textContent.toLowerCase()}));
  const told = (number) => number.toLocaleString("en");

  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const {row, content} of order) {
      const wanted = !outcome.value || row.dataset.outcome === outcome.value;
      const fits = wanted && words.every((word) => content.includes(word));
      row.hidden = !fits;
      count += fits;
      row.classList.toggle("later", fits && count > first);
    }
    const seen = all?.checked ? count : Math.min(count, first);
    shown.textContent = `${told(seen)} of ${told(order.length)} shown${seen < count ? `, ${told(count)} fit` : ""}`;
  };

  const {compare: compareText} = new Intl.Collator("en", {numeric: true});
  const compare = (one, other) => typeof one === "number" ? one - other : compareText(one, other);

  const sort = (header) => {
    const column = header.cellIndex;
    const up = header.getAttribute("aria-sort") !== "ascending";
    const keys = new Map(order.map((item) => {
      const cell = item.row.cells[column];
      const key = "sort" in cell.dataset ? cell.dataset.sort : cell.textContent;
      return [item, header.dataset.kind === "number" && key !== "" ? Number(key) : key];
    }));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", up ? "ascending" : "descending");
    // What is not known comes last, whichever way; equal rows stay in their first order.
    order.sort((one, other) => {
      const [a, b] = [keys.get(one), keys.get(other)];
      if (a === b) return one.place - other.place;
      if (a === "" || b === "") return a === "" ? 1 : -1;
      return (up ? 1 : -1) * compare(a, b) || one.place - other.place;
    });
    body.replaceChildren(...order.map((item) => item.row));
    filter();
  };

  for (const button of table.tHead.querySelectorAll("button"))
    button.addEventListener("click", () => sort(button.closest("th")));
  text.addEventListener("input", filter);
  outcome.addEventListener("change", filter);
  all?.addEventListener("change", filter);
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.hidden = false;
  filter();
})();
