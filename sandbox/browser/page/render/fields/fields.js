/**
 * Fields: the elements that hold what a person types, chooses or attaches.
 *
 * @typedef {object} Field
 * @property {HTMLElement} node what is drawn
 * @property {HTMLElement} target what takes the focus
 * @property {HTMLElement} [group] set where the label names several controls, such as checkboxes
 * @property {() => string|File[]} value several choices are separated by commas
 * @property {(value: string|File[]) => void} set
 * @property {() => string} check what Slack would not send, as a sentence; "" where all is well
 */

import { boxes, CHOICES, multiSelect, select } from "./choices.js";
import { externalSelect } from "./external.js";
import { fileField } from "./file_field.js";
import { TEXT_FIELDS, textField } from "./text_fields.js";

const SELECTS = ["static", "users", "channels", "conversations"];

const MADE = {
  ...Object.fromEntries(TEXT_FIELDS.map((type) => [type, textField])),
  ...Object.fromEntries(CHOICES.map((type) => [type, boxes])),
  ...Object.fromEntries(SELECTS.map((kind) => [`${kind}_select`, select])),
  ...Object.fromEntries(SELECTS.map((kind) => [`multi_${kind}_select`, multiSelect])),
  external_select: externalSelect,
  multi_external_select: externalSelect,
  file_input: fileField,
};

export function isField(object) {
  return Object.hasOwn(MADE, object?.type);
}

/**
 * @param {object} block the block of the element
 * @param {(value: string) => void} changed called with each new value; not at first
 * @returns {Field}
 */
export function makeField(object, block, ctx, changed) {
  return MADE[object.type](object, ctx, changed, block);
}
