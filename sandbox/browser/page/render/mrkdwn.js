/** Slack's mrkdwn as DOM nodes. Text of an app is hostile: nothing here parses HTML. */

import { clock } from "./text/dates.js";
import { el } from "../dom.js";
import { fragment, link } from "./text/links.js";
import { withEmoji } from "./text/emoji.js";
import { entity, unescape } from "./text/mentions.js";

export { clock };

const TAGS = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const URL_IN_TEXT = /https?:\/\/[^\s<>|]*[^\s<>|.,;:!?'")\]}]/y;

/**
 * @param {string} text mrkdwn as an app sends it, with `&amp;`, `&lt;` and `&gt;` escaped
 * @param {object} ctx see renderBlocks
 * @param {{verbatim?: boolean}} [options] with verbatim, addresses in the text are no links
 * @returns {DocumentFragment}
 */
export function mrkdwn(text, ctx, options = {}) {
  const result = fragment();
  const pieces = String(text ?? "").split(/```([\s\S]*?)```/);
  pieces.forEach((piece, index) => {
    if (index % 2) {
      const code = codeText(piece.replace(/^\n/, "").replace(/\n$/, ""));
      result.append(el("pre", { class: "blk-pre", tabindex: "0" }, code));
    } else {
      // A line break beside a code block is the block's own edge.
      let lines = piece;
      if (index > 0) lines = lines.replace(/^\n/, "");
      if (index < pieces.length - 1) lines = lines.replace(/\n$/, "");
      if (lines) result.append(paragraphs(lines, ctx, options));
    }
  });
  return result;
}

/** @returns {string} the same as text alone, as a notification shows it */
export function plain(text, ctx) {
  return textOf(mrkdwn(text, ctx));
}

/** A `plain_text` or `mrkdwn` object of Block Kit. @returns {DocumentFragment} */
export function textObject(object, ctx) {
  if (!object) return fragment();
  if (object.type === "mrkdwn") return mrkdwn(object.text, ctx, { verbatim: object.verbatim });
  const text = String(object.text ?? "");
  return withBreaks(object.emoji === false ? [text] : withEmoji(text));
}

/** The same as a string, where Slack draws no element, such as in an option. @returns {string} */
export function plainText(object) {
  return textOf(textObject(object, {}));
}

/** Text nodes with a <br> for each line break. @returns {DocumentFragment} */
export function withBreaks(nodes) {
  const result = fragment();
  for (const node of nodes) {
    if (typeof node !== "string") {
      result.append(node);
      continue;
    }
    node.split("\n").forEach((line, index) => {
      if (index) result.append(el("br"));
      if (line) result.append(line);
    });
  }
  return result;
}

const isBlock = (node) => ["PRE", "BLOCKQUOTE"].includes(node?.nodeName);

function textOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeName === "BR") return "\n";
  const inner = [...node.childNodes].map(textOf).join("");
  if (!isBlock(node)) return inner;
  const before = node.previousSibling && !isBlock(node.previousSibling) ? "\n" : "";
  return `${before}${inner}${node.nextSibling ? "\n" : ""}`;
}

function codeText(text) {
  return unescape(text.replace(/<([^<>\n]+)>/g, (whole, inside) => {
    const bar = inside.indexOf("|");
    // In code Slack shows of a link its label alone.
    return /^(https?|mailto|tel):/.test(inside) ? inside.slice(bar < 0 ? 0 : bar + 1) : whole;
  }));
}

function paragraphs(text, ctx, options) {
  const result = fragment();
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; ) {
    if (lines[at].startsWith("&gt;&gt;&gt;")) {
      const rest = [lines[at].slice(12), ...lines.slice(at + 1)];
      result.append(quote(rest, ctx, options));
      break;
    }
    const quoted = takeWhile(lines, at, (line) => line.startsWith("&gt;"));
    if (quoted.length) {
      result.append(quote(quoted.map((line) => line.slice(4)), ctx, options));
      at += quoted.length;
      continue;
    }
    const unquoted = takeWhile(lines, at, (line) => !line.startsWith("&gt;"));
    result.append(...joined(unquoted, ctx, options));
    at += unquoted.length;
  }
  return result;
}

function quote(lines, ctx, options) {
  const trimmed = lines.map((line) => line.replace(/^ /, ""));
  return el("blockquote", { class: "blk-quote" }, ...joined(trimmed, ctx, options));
}

function joined(lines, ctx, options) {
  return lines.flatMap((line, index) => {
    const nodes = inline(line, ctx, options);
    return index ? [el("br"), ...nodes] : nodes;
  });
}

function takeWhile(lines, from, accept) {
  let end = from;
  while (end < lines.length && accept(lines[end])) end += 1;
  return lines.slice(from, end);
}

/** One line as nodes: formatting, code, entities, addresses, emoji. */
function inline(text, ctx, options) {
  const nodes = [];
  let waiting = "";
  const flush = () => {
    if (waiting) nodes.push(...withEmoji(unescape(waiting)));
    waiting = "";
  };
  for (let at = 0; at < text.length; ) {
    const [node, length] = special(text, at, ctx, options);
    if (node) {
      flush();
      nodes.push(node);
      at += length;
    } else {
      waiting += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

function special(text, at, ctx, options) {
  const here = text[at];
  if (here === "`") {
    const found = matchAt(/`([^`]+)`/y, text, at);
    return found ? [el("code", { class: "blk-code" }, codeText(found[1])), found[0].length] : [];
  }
  if (here === "<") {
    const found = matchAt(/<([^<>]+)>/y, text, at);
    const label = (shown) => fragment(...inline(shown, ctx, { verbatim: true }));
    return found ? [entity(found[1], ctx, label), found[0].length] : [];
  }
  if (here in TAGS) {
    const end = closing(text, at);
    if (end < 0) return [];
    const inner = inline(text.slice(at + 1, end), ctx, options);
    return [el(TAGS[here], {}, ...inner), end + 1 - at];
  }
  if (here === "h" && !options.verbatim && !isWord(text[at - 1])) {
    const found = matchAt(URL_IN_TEXT, text, at);
    return found ? [link(unescape(found[0])), found[0].length] : [];
  }
  return [];
}

/** @returns {number} where the formatting that begins at `at` ends, or -1 where it is text */
function closing(text, at) {
  const mark = text[at];
  if (isWord(text[at - 1]) || [undefined, " ", mark].includes(text[at + 1])) return -1;
  for (let end = at + 1; end < text.length; end += 1) {
    // A mark inside of code, a link or a mention closes nothing.
    const skipped = matchAt(/`[^`]+`|<[^<>]+>/y, text, end);
    if (skipped) end += skipped[0].length - 1;
    else if (text[end] === mark && text[end - 1] !== " " && !isWord(text[end + 1])) return end;
  }
  return -1;
}

function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function isWord(character) {
  return character !== undefined && WORD.test(character);
}
