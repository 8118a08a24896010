/** Elements by createElement alone: what an app sends is text and never becomes markup. */

/**
 * @param {string} tag
 * @param {Record<string, string|boolean|null|undefined>} attributes `class`, `aria-label`, …;
 *   true is an attribute without a value; false, null and undefined are left out
 * @param {...(Node|string|null|undefined)} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** @returns {DocumentFragment} */
export function fragment(...children) {
  const result = document.createDocumentFragment();
  result.append(...children.filter((child) => child !== null && child !== undefined));
  return result;
}

let last = 0;

/** @returns {string} an id that no other element of the page has */
export function newId(prefix) {
  last += 1;
  return `${prefix}-${last}`;
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
