/** Rich text (docs.slack.dev/reference/block-kit/blocks/rich-text-block). */

import { el } from "../../dom.js";
import { emoji } from "./emoji.js";
import { fragment, link } from "./links.js";
import { broadcast, channel, date, user, usergroup } from "./mentions.js";
import { withBreaks } from "../mrkdwn.js";

/** @returns {HTMLElement} */
export function richText(block, ctx) {
  const drawn = (block.elements ?? []).map((one) => part(one, ctx));
  return el("div", { class: "blk-text blk-rich" }, ...drawn);
}

function part(object, ctx) {
  const inline = () => (object.elements ?? []).map((one) => inlineElement(one, ctx));
  switch (object.type) {
    case "rich_text_list":
      return list(object, ctx);
    case "rich_text_preformatted":
      return el("pre", { class: "blk-pre", tabindex: "0" }, ...inline());
    case "rich_text_quote":
      return el("blockquote", { class: "blk-quote" }, ...inline());
    default:
      return el("div", {}, ...inline());
  }
}

function list(object, ctx) {
  const indent = Math.min(Number(object.indent ?? 0), 8);
  const ordered = object.style === "ordered";
  const items = (object.elements ?? []).map((one) => el("li", {}, part(one, ctx)));
  const start = ordered && object.offset ? String(object.offset + 1) : null;
  const border = object.border ? " blk-quote" : "";
  const kind = `blk-list blk-list-${indent % 3} blk-indent-${indent}${border}`;
  return el(ordered ? "ol" : "ul", { class: kind, start }, ...items);
}

function inlineElement(object, ctx) {
  const drawn = INLINE[object.type]?.(object, ctx) ?? fragment(String(object.text ?? ""));
  return styled(drawn, object.style);
}

const INLINE = {
  text: (object) => withBreaks([String(object.text ?? "")]),
  link: (object) => link(object.url, object.text || object.url),
  emoji: (object) => emoji(object.name, object.skin_tone) ?? fragment(unicode(object)),
  user: (object, ctx) => user(object.user_id, "", ctx),
  usergroup: (object, ctx) => usergroup(object.usergroup_id, "", ctx),
  channel: (object, ctx) => channel(object.channel_id, "", ctx),
  broadcast: (object) => broadcast(object.range),
  date: ({ timestamp, format, url, fallback = "" }, ctx) =>
    date(timestamp, format, url, fallback, ctx),
  color: (object) => swatch(String(object.value ?? "")),
};

function unicode(object) {
  const points = String(object.unicode ?? "").split("-").map((one) => parseInt(one, 16));
  const known = points.every((one) => one > 0 && one <= 0x10ffff);
  return known ? String.fromCodePoint(...points) : `:${object.name}:`;
}

function swatch(value) {
  const shown = el("span", { class: "blk-swatch", "aria-hidden": "true" });
  if (/^#[0-9a-f]{3,8}$/i.test(value)) shown.style.setProperty("background", value);
  return el("span", {}, shown, value);
}

const STYLES = { code: "code", bold: "strong", italic: "em", strike: "s", underline: "u" };

function styled(node, style) {
  let result = node;
  for (const [name, tag] of Object.entries(STYLES)) {
    if (style?.[name]) result = el(tag, { class: name === "code" ? "blk-code" : null }, result);
  }
  return result;
}
