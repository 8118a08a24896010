/** Interactive elements of messages, and images. */

import { el } from "../dom.js";
import { link, safeUrl } from "./text/links.js";
import { isField, makeField } from "./fields/fields.js";
import { textObject } from "./mrkdwn.js";
import { overflow } from "./overflow.js";
import { unknown } from "./unknown.js";

/** @returns {HTMLElement} an element of an actions block, or an accessory */
export function element(object, block, ctx) {
  if (isField(object)) return standalone(object, block, ctx);
  const known = Object.hasOwn(DRAWN, object?.type);
  return known ? DRAWN[object.type](object, block, ctx) : unknown("Element", object);
}

/** A field outside of an input block: each change is an action. */
function standalone(object, block, ctx) {
  let last = "";
  const field = makeField(object, block, ctx, async (value) => {
    if (await act(object, block, ctx, value)) last = value;
    else field.set(last);
  });
  last = field.value();
  const named = field.group ?? field.target;
  named.setAttribute("aria-label", object.placeholder?.text ?? NAMES[object.type] ?? "Choose");
  const drawn = el("div", { class: "blk-standalone" }, field.node);
  if (ctx.busy) {
    for (const one of drawn.querySelectorAll("input, select, button")) one.disabled = true;
  }
  return drawn;
}

const NAMES = { datepicker: "Date", timepicker: "Time", datetimepicker: "Date and time" };

const DRAWN = {
  button,
  image: (object) => image(object, "blk-accessory-image"),
  overflow: (object, block, ctx) =>
    overflow(object, ctx, async (option) => {
      if (await act(object, block, ctx, option.value)) open(option.url);
    }),
};

/**
 * Asks for confirmation where the element wants it, then hands the action on.
 *
 * @returns {Promise<boolean>} false where the person did not confirm
 */
export async function act(object, block, ctx, value) {
  if (object.confirm && !(await ctx.confirm(object.confirm))) return false;
  await ctx.onAction(block.block_id ?? "", object.action_id ?? "", object, value);
  return true;
}

/** Open the address of a button or an option in a new tab. */
function open(address) {
  if (address && safeUrl(address)) window.open(address, "_blank", "noopener,noreferrer");
}

function button(object, block, ctx) {
  const style = ["primary", "danger"].includes(object.style) ? ` blk-button-${object.style}` : "";
  const attributes = {
    class: `blk-button${style}`,
    type: "button",
    "aria-label": object.accessibility_label ?? null,
    "aria-disabled": ctx.busy ? "true" : null,
  };
  const drawn = el("button", attributes, textObject(object.text, ctx));
  if (object.action_id) drawn.dataset.actionId = object.action_id;
  drawn.addEventListener("click", async () => {
    // The focus stays where it is: a disabled button would lose it.
    if (drawn.getAttribute("aria-disabled") === "true") return;
    drawn.setAttribute("aria-disabled", "true");
    try {
      const done = await act(object, block, ctx, object.value);
      if (done) open(object.url);
    } finally {
      if (!ctx.busy) drawn.removeAttribute("aria-disabled");
    }
  });
  return drawn;
}

/**
 * An image: of this page, or data. Another address stays a link, since this page loads nothing from
 * elsewhere.
 */
export function image(object, kind) {
  const file = object.slack_file;
  const address = String(object.image_url ?? file?.url ?? (file?.id ? `files/${file.id}` : ""));
  const alt = String(object.alt_text ?? "");
  if (isOwn(address)) return el("img", { class: kind, src: address, alt, loading: "lazy" });
  const names = { role: "img", "aria-label": alt, title: alt };
  return link(address, el("span", { class: `${kind} blk-image-box`, ...names }, "🖼"));
}

function isOwn(address) {
  if (/^(data:image\/|blob:)/.test(address)) return true;
  try {
    return new URL(address, document.baseURI).origin === location.origin && address !== "";
  } catch {
    return false;
  }
}
