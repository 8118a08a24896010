/** Blocks of a view that are drawn anew: what was typed stays, and the focus where it was. */

import { renderBlocks } from "../render/blocks.js";
import { copyValues, readValues } from "../render/inputs.js";
import { reachable } from "./focus_trap.js";

/** Draw the blocks of a view into `root`, whose children are the blocks drawn before. */
export function redraw(root, blocks, ctx) {
  const focus = place(root);
  const drawn = document.createElement("div");
  drawn.append(renderBlocks(blocks, ctx));
  copyValues(root, drawn);
  root.replaceChildren(...drawn.childNodes);
  restore(root, focus);
}

/** What a click tells the app of the inputs: all but files, which are attached with the submission. */
export async function typedIn(root) {
  const values = await readValues(root);
  const isText = ([, actions]) => Object.values(actions).every((value) => typeof value === "string");
  return Object.fromEntries(Object.entries(values).filter(isText));
}

export function blockIn(root, id) {
  return [...root.children].find((one) => one.dataset.blockId === id);
}

function place(root) {
  const active = document.activeElement;
  const around = active?.closest("[data-block-id]");
  if (!around || !root.contains(around)) return null;
  const isText = active.matches("textarea, input[type=text]");
  const range = isText ? [active.selectionStart, active.selectionEnd] : null;
  return { id: around.dataset.blockId, at: reachable(around).indexOf(active), range };
}

function restore(root, focus) {
  const around = focus && blockIn(root, focus.id);
  const element = around && reachable(around)[focus.at];
  element?.focus();
  if (element && focus.range) element.setSelectionRange(...focus.range);
}
