/** Tables: the first row is the header, and what is too wide scrolls. */

import { el } from "../dom.js";
import { richText } from "./text/rich_text.js";

/** @returns {HTMLElement} a `table` block */
export function table(block, ctx) {
  const settings = block.column_settings ?? [];
  const rows = block.rows ?? [];
  const drawn = rows.map((row, number) => {
    const isHeader = number === 0;
    return row.map((one, column) => cell(one, { isHeader, settings: settings[column] }, ctx));
  });
  return scrolling(tableOf(drawn), "Table");
}

// docs.slack.dev/reference/block-kit/blocks/data-table-block
const PAGE_ROWS = 5;

/** @returns {HTMLElement} a `data_table` block: pages of rows below the header */
export function dataTable(block, ctx) {
  const [header = [], ...rows] = block.rows ?? [];
  const size = block.page_size ?? PAGE_ROWS;
  const named = block.row_header_column_index ?? 0;
  const draw = (row, isHeader) =>
    row.map((one, column) => cell(one, { isHeader, isRowHeader: column === named }, ctx));
  const shown = tableOf([draw(header, true)]);
  shown.prepend(el("caption", { class: "blk-caption" }, String(block.caption ?? "")));
  const where = el("span", { class: "blk-hint", role: "status" });
  const turn = (label, step) => {
    const button = el("button", { class: "blk-button", type: "button" }, label);
    button.addEventListener("click", () => show(first + step));
    return button;
  };
  const [back, next] = [turn("Previous", -size), turn("Next", size)];
  let first = 0;
  const show = (from) => {
    first = from;
    const page = rows.slice(first, first + size);
    shown.tBodies[0].replaceChildren(...page.map((row) => el("tr", {}, ...draw(row, false))));
    where.textContent = `${first + 1}–${first + page.length} of ${rows.length}`;
    back.disabled = first === 0;
    next.disabled = first + size >= rows.length;
  };
  show(0);
  const pager = el("div", { class: "blk-pager", hidden: rows.length <= size }, back, where, next);
  const rowsShown = scrolling(shown, String(block.caption || "Table"));
  return el("div", { class: "blk-data-table" }, rowsShown, pager);
}

/** Rows of cells as a table, the first one its head. @returns {HTMLTableElement} */
export function tableOf(rows) {
  const [head, ...body] = rows.map((cells) => el("tr", {}, ...cells));
  return el("table", { class: "blk-table" }, el("thead", {}, head), el("tbody", {}, ...body));
}

/** A wide node in a group that scrolls sideways, also by keyboard. */
export function scrolling(wide, label) {
  const attributes = { class: "blk-scroll", role: "group", tabindex: "0", "aria-label": label };
  return el("div", attributes, wide);
}

/** @returns {HTMLTableCellElement} */
export function cell(object, { isHeader = false, isRowHeader = false, settings = {} }, ctx) {
  const isNumber = object?.type === "raw_number";
  const wanted = settings?.align ?? (isNumber ? "right" : "left");
  const align = ["center", "right"].includes(wanted) ? ` blk-${wanted}` : "";
  const wrapped = settings?.is_wrapped ? " blk-wrapped" : "";
  const scope = isHeader ? "col" : isRowHeader ? "row" : null;
  const attributes = { class: `blk-cell${align}${wrapped}`, scope };
  return el(scope ? "th" : "td", attributes, inside(object, ctx));
}

function inside(object, ctx) {
  if (object?.type === "rich_text") return richText(object, ctx);
  const value = object?.text ?? object?.value ?? "";
  return typeof value === "object" ? String(value.text ?? "") : String(value);
}
