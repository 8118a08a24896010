/** A table block: its first row is the header, and what is too wide scrolls. */

import { el } from "./dom.js";

/** @returns {HTMLElement} */
export function table(block, ctx) {
  const rows = block.rows ?? [];
  const settings = block.column_settings ?? [];
  const drawn = rows.map((row, number) =>
    el("tr", {}, ...row.map((one, column) => cell(one, number === 0, settings[column], ctx))),
  );
  const head = el("thead", {}, ...drawn.slice(0, 1));
  const body = el("tbody", {}, ...drawn.slice(1));
  return scrolling(el("table", { class: "blk-table" }, head, body), "Table");
}

/** A wide node in a region that scrolls sideways, also by keyboard. */
export function scrolling(wide, label) {
  const attributes = { class: "blk-scroll", role: "group", tabindex: "0", "aria-label": label };
  return el("div", attributes, wide);
}

function cell(object, isHeader, settings, ctx) {
  const align = ["center", "right"].includes(settings?.align) ? ` blk-${settings.align}` : "";
  const wrapped = settings?.is_wrapped ? " blk-wrapped" : "";
  const attributes = { class: `blk-cell${align}${wrapped}`, scope: isHeader ? "col" : null };
  return el(isHeader ? "th" : "td", attributes, cellText(object, ctx));
}

/** What stands in a cell: raw text, a number. */
export function cellText(object, ctx) {
  return String(object?.text ?? "");
}
