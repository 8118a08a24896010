/** Links to what an app names, and nodes without an element of their own. */

import { el } from "../../dom.js";

/** @returns {DocumentFragment} */
export function fragment(...children) {
  const result = document.createDocumentFragment();
  result.append(...children.filter((child) => child !== null && child !== undefined));
  return result;
}

const LINKED = new Set(["http:", "https:", "mailto:", "tel:"]);

/** @returns {string|null} the address, or null where a click must not follow it */
export function safeUrl(address) {
  try {
    return LINKED.has(new URL(address).protocol) ? address : null;
  } catch {
    return null;
  }
}

/** A link that opens in a new tab; plain text where the address must not be followed. */
export function link(address, ...children) {
  const href = safeUrl(address);
  const shown = children.length ? children : [address];
  if (href === null) return fragment(...shown);
  const attributes = { class: "blk-link", href, target: "_blank", rel: "noopener noreferrer" };
  return el("a", attributes, ...shown);
}
