/** What a person typed or chose in a modal: carried over a redraw, and checked before a submission. */

import { readValues } from "../render/inputs.js";

const REQUIRED = "Please complete this required field.";

/** Where an element carries its first value; the others have it in `initial_value`. */
const INITIAL = {
  datepicker: "initial_date",
  timepicker: "initial_time",
  users_select: "initial_user",
  channels_select: "initial_channel",
  conversations_select: "initial_conversation",
};

/**
 * @param {object} block an input block as the app sends it now
 * @param {Element} holder the same block as it was drawn before
 * @returns {Promise<object>} the block with what was typed as its first value
 */
export async function withTyped(block, holder) {
  const element = block.element;
  if (!element || element.type === "file_input") return block;
  const values = await readValues(holder);
  const typed = values[block.block_id]?.[element.action_id];
  return typed === undefined ? block : { ...block, element: filled(element, typed) };
}

function filled(element, typed) {
  const { initial_option, initial_options, ...rest } = element;
  const parts = typed.split(",").filter(Boolean);
  const type = element.type;
  if (type === "static_select" || type === "radio_buttons") {
    const chosen = element.options.find((option) => option.value === typed);
    return chosen ? { ...rest, initial_option: chosen } : rest;
  }
  if (type === "multi_static_select" || type === "checkboxes") {
    const chosen = element.options.filter((option) => parts.includes(option.value));
    return chosen.length ? { ...rest, initial_options: chosen } : rest;
  }
  if (type.startsWith("multi_")) {
    return { ...rest, [`initial_${type.slice("multi_".length, -"_select".length)}`]: parts };
  }
  return { ...rest, [INITIAL[type] ?? "initial_value"]: typed };
}

/**
 * @returns {Object<string, string>} by block id, what Slack says instead of submitting: a required input
 *   is empty, or a text has the wrong length
 */
export function missing(blocks, values) {
  const found = {};
  for (const block of blocks) {
    if (block.type !== "input") continue;
    const value = values[block.block_id]?.[block.element.action_id] ?? "";
    const sentence = wrongWith(block, value);
    if (sentence) found[block.block_id] = sentence;
  }
  return found;
}

function wrongWith(block, value) {
  if (value.length === 0) return block.optional ? "" : REQUIRED;
  if (block.element.type !== "plain_text_input") return "";
  const { min_length: least = 0, max_length: most = 3000 } = block.element;
  const characters = [...value].length;
  if (characters < least) return `Must be at least ${least} characters long.`;
  return characters > most ? `Must be at most ${most} characters long.` : "";
}
