/** Standard Markdown, of a markdown block: what Slack draws of it, and nothing parses HTML. */

import { el } from "../../dom.js";
import { withEmoji } from "./emoji.js";
import { fragment, link } from "./links.js";
import { scrolling, tableOf } from "../table.js";

/** @returns {HTMLElement} */
export function markdown(text) {
  return el("div", { class: "blk-text blk-markdown" }, ...blocksOf(String(text ?? "").split("\n")));
}

const FENCE = /^\s*(```+|~~~+)/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const QUOTE = /^\s*>\s?/;
const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
const BLOCKS = [FENCE, HEADING, RULE, QUOTE, ITEM];
const DELIMITER = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

function blocksOf(lines) {
  const nodes = [];
  for (let at = 0; at < lines.length; ) {
    const [node, count] = blockAt(lines, at);
    if (node) nodes.push(node);
    at += count;
  }
  return nodes;
}

/** @returns {[Node|null, number]} the block that begins at a line, and of how many lines it is */
function blockAt(lines, at) {
  const line = lines[at];
  if (!line.trim()) return [null, 1];
  if (FENCE.test(line)) return fence(lines, at);
  const heading = HEADING.exec(line);
  if (heading) {
    return [el("h4", { class: `blk-markdown-${heading[1].length}` }, ...inline(heading[2])), 1];
  }
  if (RULE.test(line)) return [el("hr", { class: "blk-divider" }), 1];
  if (line.includes("|") && DELIMITER.test(lines[at + 1] ?? "")) return pipeTable(lines, at);
  if (QUOTE.test(line)) {
    const quoted = run(lines, at, (one) => QUOTE.test(one));
    const inner = blocksOf(quoted.map((one) => one.replace(QUOTE, "")));
    return [el("blockquote", { class: "blk-quote" }, ...inner), quoted.length];
  }
  if (ITEM.test(line)) {
    const listed = run(lines, at, (one) => ITEM.test(one) || /^\s{2,}\S/.test(one));
    return [list(listed), listed.length];
  }
  const begins = (one) => !one.trim() || BLOCKS.some((pattern) => pattern.test(one));
  const text = [line, ...run(lines, at + 1, (one) => !begins(one))];
  const nodes = text.flatMap((one, index) => (index ? [el("br"), ...inline(one)] : inline(one)));
  return [el("p", {}, ...nodes), text.length];
}

function run(lines, from, accept) {
  let end = from;
  while (end < lines.length && accept(lines[end])) end += 1;
  return lines.slice(from, end);
}

function fence(lines, at) {
  const mark = FENCE.exec(lines[at])[1];
  const inside = run(lines, at + 1, (one) => !one.trim().startsWith(mark));
  return [el("pre", { class: "blk-pre", tabindex: "0" }, inside.join("\n")), inside.length + 2];
}

/** Items of one list; deeper ones form a list in the item before them. */
function list(lines) {
  const depth = /^\s*/.exec(lines[0])[0].length;
  const ordered = /^\s*\d/.test(lines[0]);
  const whole = el(ordered ? "ol" : "ul", { class: "blk-list" });
  if (ordered) whole.setAttribute("start", /\d+/.exec(lines[0])[0]);
  for (let at = 0; at < lines.length; ) {
    const deeper = run(lines, at + 1, (one) => /^\s*/.exec(one)[0].length > depth + 1);
    const text = ITEM.exec(lines[at])?.[3] ?? lines[at].trim();
    const isList = deeper.length && ITEM.test(deeper[0]);
    const items = isList ? [list(deeper)] : deeper.map((one) => ` ${one.trim()}`);
    whole.append(el("li", {}, ...task(text), ...items));
    at += 1 + deeper.length;
  }
  return whole;
}

function task(text) {
  const found = /^\[([ xX])\]\s+(.*)$/.exec(text);
  if (!found) return inline(text);
  const done = found[1] !== " ";
  const state = { disabled: true, checked: done, "aria-label": done ? "done" : "open" };
  const box = el("input", { type: "checkbox", ...state });
  return [box, " ", ...inline(found[2])];
}

function pipeTable(lines, at) {
  const rows = run(lines, at, (one) => one.includes("|"));
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((one) => one.trim());
  const row = (line, tag, scope) =>
    cells(line).map((one) => el(tag, { class: "blk-cell", scope }, ...inline(one)));
  const drawn = [row(rows[0], "th", "col"), ...rows.slice(2).map((line) => row(line, "td"))];
  return [scrolling(tableOf(drawn), "Table"), rows.length];
}

const INLINE = new RegExp(
  [
    "`([^`]+)`",
    String.raw`!?\[([^\]]*)\]\(([^\s)]+)[^)]*\)`,
    "<(https?://[^>\\s]+)>",
    String.raw`\*\*(?=\S)(.*?\S)\*\*`,
    String.raw`__(?=\S)(.*?\S)__`,
    String.raw`~~(?=\S)(.*?\S)~~`,
    String.raw`\*(?=\S)([^*]*[^*\s])\*`,
    String.raw`(?<![\p{L}\p{N}])_(?=\S)([^_]*[^_\s])_(?![\p{L}\p{N}])`,
    String.raw`\\([!-/:-@[-\x60{-~])`,
  ].join("|"),
  "gu",
);

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(...withEmoji(text.slice(from, found.index)), inlineNode(found));
    from = found.index + found[0].length;
  }
  nodes.push(...withEmoji(text.slice(from)));
  return nodes;
}

function inlineNode([, code, label, address, bare, bold, bold2, strike, italic, italic2, escaped]) {
  if (code !== undefined) return el("code", { class: "blk-code" }, code);
  if (address !== undefined) return link(address, ...(label ? inline(label) : [address]));
  if (bare !== undefined) return link(bare);
  const strong = bold ?? bold2;
  if (strong !== undefined) return el("strong", {}, ...inline(strong));
  if (strike !== undefined) return el("s", {}, ...inline(strike));
  const em = italic ?? italic2;
  return em === undefined ? fragment(escaped) : el("em", {}, ...inline(em));
}
