/** Builds elements. Text is always text: nothing here, or anywhere in the page, parses HTML. */

/**
 * @param {string} tag
 * @param {Object<string, unknown>} attributes `onclick: fn` becomes a listener, `true` an empty
 *   attribute; null, undefined and false are left out.
 * @param {...(Node|string|number|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let last = 0;

/** @returns {string} an id that no other element of the page has */
export function newId(prefix) {
  last += 1;
  return `${prefix}-${last}`;
}
