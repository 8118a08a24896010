/** Fields that are chosen: checkboxes, radio buttons, selects. */

import { el, newId } from "../../dom.js";
import { textObject } from "../mrkdwn.js";
import { optionGroups } from "./options.js";

export const CHOICES = ["checkboxes", "radio_buttons"];

/** @returns {Field} see fields.js; its value is the values chosen, separated by commas */
export function boxes(object, ctx, changed) {
  const name = newId("choice");
  const type = object.type === "checkboxes" ? "checkbox" : "radio";
  const inputs = (object.options ?? []).map((option) =>
    el("input", { type, name, id: newId("option"), value: option.value }),
  );
  const rows = (object.options ?? []).map((option, at) => optionRow(option, inputs[at], ctx));
  const role = type === "radio" ? "radiogroup" : "group";
  const node = el("div", { class: "blk-boxes", role }, ...rows);
  const checked = () => inputs.filter((input) => input.checked);
  const value = () => checked().map((input) => input.value).join(",");
  const set = (text) => {
    const wanted = text.split(",");
    for (const input of inputs) input.checked = wanted.includes(input.value);
  };
  const initial = [...(object.initial_options ?? []), object.initial_option].filter(Boolean);
  set(initial.map((option) => option.value).join(","));
  node.addEventListener("change", () => changed(value()));
  if (object.focus_on_load) inputs[0]?.setAttribute("autofocus", "");
  return { node, group: node, target: inputs[0], value, set, check: () => "" };
}

function optionRow(option, input, ctx) {
  const label = el("label", { for: input.id }, textObject(option.text, ctx));
  const texts = el("span", {}, label);
  if (option.description) {
    const attributes = { class: "blk-option-about", id: newId("about") };
    texts.append(el("span", attributes, textObject(option.description, ctx)));
    input.setAttribute("aria-describedby", attributes.id);
  }
  return el("div", { class: "blk-option" }, input, texts);
}

/** A menu of which one is chosen. @returns {Field} */
export function select(object, ctx, changed) {
  const { menu, initial } = menuOf(object, ctx, "Choose an option");
  menu.value = initial[0] ?? "";
  menu.addEventListener("change", () => changed(menu.value));
  const set = (value) => { menu.value = value; };
  return { node: menu, target: menu, value: () => menu.value, set, check: () => "" };
}

/** A menu from which each one chosen joins a list above it. @returns {Field} */
export function multiSelect(object, ctx, changed) {
  const { menu, initial } = menuOf(object, ctx, "Choose options");
  const most = object.max_selected_items ?? Infinity;
  let chosen = [];
  const list = el("ul", { class: "blk-chosen" });
  const draw = () => {
    list.replaceChildren(...chosen.map((value) => chip(nameOf(menu, value), () => drop(value))));
    list.hidden = chosen.length === 0;
    menu.disabled = chosen.length >= most;
    menu.value = "";
  };
  const drop = (value) => {
    chosen = chosen.filter((one) => one !== value);
    draw();
    menu.focus();
    changed(chosen.join(","));
  };
  menu.addEventListener("change", () => {
    if (menu.value && !chosen.includes(menu.value)) chosen = [...chosen, menu.value];
    draw();
    changed(chosen.join(","));
  });
  const set = (text) => {
    chosen = text.split(",").filter((value) => value && nameOf(menu, value)).slice(0, most);
    draw();
  };
  set(initial.join(","));
  const node = el("div", { class: "blk-multi" }, list, menu);
  return { node, target: menu, value: () => chosen.join(","), set, check: () => "" };
}

function menuOf(object, ctx, placeholder) {
  const attributes = { class: "blk-input", autofocus: Boolean(object.focus_on_load) };
  const nothing = el("option", { value: "" }, object.placeholder?.text ?? placeholder);
  const { nodes, initial } = optionGroups(object, ctx);
  const menu = el("select", attributes, nothing, ...nodes);
  openByArrow(menu);
  return { menu, initial };
}

function chip(name, remove) {
  const attributes = { class: "blk-chip-remove", type: "button", "aria-label": `Remove ${name}` };
  const button = el("button", attributes, "✕");
  button.addEventListener("click", remove);
  return el("li", { class: "blk-chip" }, name, button);
}

function nameOf(menu, value) {
  return [...menu.options].find((option) => option.value === value)?.text ?? "";
}

/** A closed menu would take the next option at each arrow key, and hand each on. */
function openByArrow(menu) {
  menu.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    menu.showPicker?.();
  });
}
