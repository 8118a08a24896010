/** What this page does not draw: a box that names the type. */

import { el } from "../dom.js";

/** @param {string} what `Block` or `Element` */
export function unknown(what, object) {
  const type = String(object?.type ?? "none");
  const text = `${what} of the type “${type}”: this page does not draw it.`;
  return el("div", { class: "blk-unknown" }, text);
}
