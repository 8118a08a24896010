/** The body of a message: its blocks, or its text where there are none. */

import { renderBlocks } from "./blocks.js";
import { el, fragment } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

/** @returns {DocumentFragment} */
export function renderMessage(message, ctx) {
  const blocks = message.blocks ?? [];
  const body = blocks.length
    ? renderBlocks(blocks, ctx)
    : message.text
      ? el("div", { class: "blk blk-text" }, mrkdwn(message.text, ctx))
      : null;
  return fragment(body);
}
