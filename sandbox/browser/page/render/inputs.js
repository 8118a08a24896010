/** Input blocks: label, field, hint and error; and what they hold. */

import { el, newId } from "../dom.js";
import { act } from "./elements.js";
import { isField, makeField } from "./fields/fields.js";
import { base64 } from "./fields/file_field.js";
import { textObject } from "./mrkdwn.js";
import { unknown } from "./unknown.js";

const REQUIRED = "Please complete this required field.";

/** What each drawn input block holds: `{block, field, show(sentence)}`. */
const held = new WeakMap();

/** @returns {HTMLElement} */
export function inputBlock(block, ctx) {
  const object = block.element;
  if (!isField(object)) return unknown("Element", object);
  const changed = (value) => (block.dispatch_action ? act(object, block, ctx, value) : undefined);
  const field = makeField(object, block, ctx, changed);
  const optional = block.optional ? el("span", { class: "blk-optional" }, " (optional)") : null;
  const label = el(field.group ? "div" : "label", { class: "blk-label", id: newId("label") });
  label.append(textObject(block.label, ctx), ...(optional ? [optional] : []));
  const hint = el("div", { class: "blk-hint", id: newId("hint"), hidden: !block.hint });
  hint.append(textObject(block.hint, ctx));
  const error = el("div", { class: "blk-error", role: "alert", id: newId("error"), hidden: true });
  name(field, label, block);
  const named = field.group ?? field.target;
  const show = (sentence) => {
    error.textContent = sentence;
    error.hidden = !sentence;
    const described = [block.hint && hint.id, sentence && error.id].filter(Boolean).join(" ");
    if (described) named.setAttribute("aria-describedby", described);
    else named.removeAttribute("aria-describedby");
    // A group of checkboxes cannot be invalid for a screen reader; its description says it.
    if (sentence && !field.group) named.setAttribute("aria-invalid", "true");
    else named.removeAttribute("aria-invalid");
  };
  show(ctx.errors?.[block.block_id] ?? "");
  const drawn = el("div", { class: "blk-input-block" }, label, field.node, error, hint);
  held.set(drawn, { block, field, show });
  return drawn;
}

function name(field, label, block) {
  if (field.group) {
    field.group.setAttribute("aria-labelledby", label.id);
    return;
  }
  field.target.id = newId("field");
  label.setAttribute("for", field.target.id);
  // A file input is a button for a screen reader, and a button cannot be required.
  const isButton = field.target.type === "file";
  if (!block.optional && !isButton) field.target.setAttribute("aria-required", "true");
}

/**
 * @param {ParentNode} root what renderBlocks drew is in it
 * @returns {Promise<Object>} by block id and action id: text, or files as `{name, content}`, the
 *   content in base64
 */
export async function readValues(root) {
  const values = {};
  for (const { block, field } of inputsIn(root)) {
    values[block.block_id] = { [block.element.action_id]: await sent(field.value()) };
  }
  return values;
}

async function sent(value) {
  if (typeof value === "string") return value;
  return Promise.all(value.map(async (file) => ({ name: file.name, content: await base64(file) })));
}

/** @returns {Record<string, string>} by block id, why Slack would not send what the inputs hold */
export function problemsOf(root) {
  const found = {};
  for (const { block, field } of inputsIn(root)) {
    const missing = field.value().length === 0 && !block.optional;
    const sentence = missing ? REQUIRED : field.check();
    if (sentence) found[block.block_id] = sentence;
  }
  return found;
}

/** Write an error beneath each input that has one, and remove the others; what was typed stays. */
export function showErrors(root, errors) {
  for (const { block, show } of inputsIn(root)) show(errors?.[block.block_id] ?? "");
}

/** Copy what was typed, chosen and attached to the same inputs of another drawing. */
export function copyValues(from, to) {
  const key = ({ block: { block_id, element } }) =>
    JSON.stringify([block_id, element.action_id, element.type]);
  const before = new Map(inputsIn(from).map((input) => [key(input), input.field.value()]));
  for (const input of inputsIn(to)) {
    const value = before.get(key(input));
    if (value !== undefined) input.field.set(value);
  }
}

function inputsIn(root) {
  const drawn = [...root.querySelectorAll(".blk-input-block")];
  return drawn.map((one) => held.get(one)).filter(Boolean);
}
