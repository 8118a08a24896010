/** The body of a message: its blocks, or its text where there are none, then its files. */

import { renderBlocks } from "./blocks.js";
import { el } from "../dom.js";
import { renderFiles } from "./files.js";
import { fragment } from "./text/links.js";
import { mrkdwn } from "./mrkdwn.js";

/** @returns {DocumentFragment} */
export function renderMessage(message, ctx) {
  const blocks = message.blocks ?? [];
  const body = blocks.length
    ? renderBlocks(blocks, ctx)
    : message.text
      ? el("div", { class: "blk blk-text" }, mrkdwn(message.text, ctx))
      : null;
  return fragment(body, renderFiles(message.files, ctx));
}
