/** The overflow menu: a button with three dots and a list of options. */

import { el, newId } from "../dom.js";
import { textObject } from "./mrkdwn.js";

/**
 * @param {object} object the element
 * @param {(option: object) => void} choose gets the option
 * @returns {HTMLElement}
 */
export function overflow(object, ctx, choose) {
  const id = newId("menu");
  const button = el("button", {
    class: "blk-button blk-overflow-button",
    type: "button",
    "aria-label": "More actions",
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    "aria-controls": id,
    "aria-disabled": ctx.busy ? "true" : null,
  }, "⋯");
  const names = { role: "menu", "aria-label": "More actions" };
  const menu = el("div", { class: "blk-menu", id, hidden: true, ...names });
  const show = (open) => {
    menu.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) menu.firstElementChild?.focus();
  };
  for (const option of object.options ?? []) {
    const attributes = { class: "blk-menu-item", type: "button", role: "menuitem" };
    const item = el("button", { ...attributes, tabindex: "-1" });
    item.append(textObject(option.text, ctx));
    item.addEventListener("click", () => {
      show(false);
      button.focus();
      choose(option);
    });
    menu.append(item);
  }
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") show(menu.hidden);
  });
  const whole = el("div", { class: "blk-overflow" }, button, menu);
  whole.addEventListener("keydown", (event) => keys(event, menu, () => {
    show(false);
    button.focus();
  }));
  whole.addEventListener("focusout", (event) => {
    if (!whole.contains(event.relatedTarget)) show(false);
  });
  return whole;
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
