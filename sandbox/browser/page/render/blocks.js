/** Blocks of Block Kit (docs.slack.dev/reference/block-kit/blocks) as DOM nodes. */

import { el } from "../dom.js";
import { element, image } from "./elements.js";
import { inputBlock } from "./inputs.js";
import { fragment } from "./text/links.js";
import { markdown } from "./text/markdown.js";
import { textObject } from "./mrkdwn.js";
import { NEWER_BLOCKS } from "./newer_blocks.js";
import { richText } from "./text/rich_text.js";
import { table } from "./table.js";
import { unknown } from "./unknown.js";

// Slack folds a longer section of a message, unless it says `expand`.
const FOLDED_CHARS = 700;

/**
 * @param {object[]} blocks as the app sent them
 * @param {object} ctx `{person, store, surface: "message"|"modal"|"home"|"preview", errors, busy,
 *   onAction(block_id, action_id, element, value), confirm(dialog) -> Promise<boolean>}`
 * @returns {DocumentFragment}
 */
export function renderBlocks(blocks, ctx) {
  return fragment(...(blocks ?? []).map((block) => renderBlock(block, ctx)));
}

/** @returns {HTMLElement} one block; one of an unknown type is a box that names the type */
export function renderBlock(block, ctx) {
  const known = Object.hasOwn(DRAWN, block?.type);
  const drawn = known ? DRAWN[block.type](block, ctx, renderBlocks) : unknown("Block", block);
  drawn.classList.add("blk");
  if (block?.block_id) drawn.dataset.blockId = block.block_id;
  return drawn;
}

const DRAWN = {
  actions,
  context,
  divider,
  header,
  image: imageBlock,
  input: inputBlock,
  markdown: (block) => markdown(block.text),
  rich_text: richText,
  section,
  table,
  ...NEWER_BLOCKS,
};

function section(block, ctx) {
  const body = el("div", { class: "blk-section-body" });
  if (block.text) body.append(foldable(block, ctx));
  if (block.fields) {
    const fields = block.fields.map((field) =>
      el("div", { class: "blk-field" }, textObject(field, ctx)),
    );
    body.append(el("div", { class: "blk-fields" }, ...fields));
  }
  const accessory = block.accessory
    ? el("div", { class: "blk-accessory" }, element(block.accessory, block, ctx))
    : null;
  return el("div", { class: "blk-section" }, body, accessory);
}

function foldable(block, ctx) {
  const text = el("div", { class: "blk-text" }, textObject(block.text, ctx));
  const isLong = String(block.text.text ?? "").length > FOLDED_CHARS;
  if (!isLong || block.expand || ctx.surface !== "message") return text;
  text.classList.add("blk-folded");
  const button = el("button", { class: "blk-more", type: "button", "aria-expanded": "false" });
  button.textContent = "See more";
  button.addEventListener("click", () => {
    const folded = text.classList.toggle("blk-folded");
    button.textContent = folded ? "See more" : "See less";
    button.setAttribute("aria-expanded", String(!folded));
  });
  // Where the pane is wide enough for the whole text there is no more to see.
  new ResizeObserver(() => {
    const fits = text.scrollHeight <= text.clientHeight + 1;
    button.hidden = fits && text.classList.contains("blk-folded");
  }).observe(text);
  return el("div", {}, text, button);
}

function header(block, ctx) {
  const level = [1, 2, 3, 4].includes(block.level) ? ` blk-header-${block.level}` : "";
  return el("h4", { class: `blk-header${level}` }, textObject(block.text, ctx));
}

function context(block, ctx) {
  const drawn = (block.elements ?? []).map((one) =>
    one.type === "image"
      ? image(one, "blk-context-image")
      : el("span", { class: "blk-context-text" }, textObject(one, ctx)),
  );
  return el("div", { class: "blk-context" }, ...drawn);
}

function actions(block, ctx) {
  const drawn = (block.elements ?? []).map((one) => element(one, block, ctx));
  return el("div", { class: "blk-actions" }, ...drawn);
}

function divider() {
  return el("hr", { class: "blk-divider" });
}

function imageBlock(block, ctx) {
  const title = block.title
    ? el("figcaption", { class: "blk-caption" }, textObject(block.title, ctx))
    : null;
  return el("figure", { class: "blk-figure" }, title, image(block, "blk-image"));
}
