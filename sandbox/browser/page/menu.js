/** A button that opens a menu (the menu button pattern of ARIA). */

import { el, newId } from "./dom.js";

/**
 * @param {{label: string, sign: string, kind?: string, busy?: boolean}} button
 * @param {() => {content: Node|string, hint?: string, choose: () => void}[]} items asked for at each opening
 * @returns {HTMLElement} `data-open` while the menu is open
 */
export function menuButton({ label, sign, kind = "", busy = false }, items) {
  const id = newId("menu");
  const button = el("button", {
    class: kind,
    type: "button",
    title: label,
    "aria-label": label,
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    "aria-controls": id,
    "aria-disabled": busy ? "true" : null,
  }, el("span", { "aria-hidden": "true" }, sign));
  const menu = el("div", { class: "blk-menu", id, hidden: true, role: "menu", "aria-label": label });
  const whole = el("div", { class: "blk-overflow" }, button, menu);
  const show = (open) => {
    if (open) menu.replaceChildren(...items().map((item) => entry(item, close)));
    menu.hidden = !open;
    whole.toggleAttribute("data-open", open);
    menu.classList.toggle("blk-menu-up", button.getBoundingClientRect().top > window.innerHeight / 2);
    button.setAttribute("aria-expanded", String(open));
    if (open) menu.firstElementChild?.focus();
  };
  const close = () => {
    show(false);
    button.focus();
  };
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") show(menu.hidden);
  });
  whole.addEventListener("keydown", (event) => keys(event, menu, close));
  whole.addEventListener("focusout", (event) => {
    if (!whole.contains(event.relatedTarget)) show(false);
  });
  return whole;
}

function entry({ content, hint, choose }, close) {
  const attributes = { class: "blk-menu-item", type: "button", role: "menuitem", tabindex: "-1" };
  const about = hint ? el("span", { class: "blk-option-about" }, hint) : null;
  const item = el("button", attributes, content, about);
  item.addEventListener("click", () => {
    close();
    choose();
  });
  return item;
}

function keys(event, menu, close) {
  if (menu.hidden) return;
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Escape") close();
  else if (next !== undefined) items[(next + items.length) % items.length]?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
