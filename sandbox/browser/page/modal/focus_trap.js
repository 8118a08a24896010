/** Keeps the keyboard inside a dialog that covers a part of the page only, such as the phone. */

const USABLE =
  "a[href], button:not([disabled]), input:not([disabled]), select:not([disabled])," +
  " textarea:not([disabled]), [tabindex]:not([tabindex='-1'])";

/** @returns {HTMLElement[]} what the Tab key reaches within `root`, in order */
export function reachable(root) {
  return [...root.querySelectorAll(USABLE)].filter((element) => element.checkVisibility());
}

/** Lets Tab and Shift+Tab go round within `root`; call it from a keydown listener of `root`. */
export function keepInside(root, event) {
  if (event.key !== "Tab") return;
  const elements = reachable(root);
  const first = elements[0];
  const last = elements.at(-1);
  if (!first) {
    event.preventDefault();
  } else if (event.shiftKey && (document.activeElement === first || document.activeElement === root)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}
