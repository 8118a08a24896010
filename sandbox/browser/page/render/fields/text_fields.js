/** Fields that are typed: text, address, number, date, time. */

import { el } from "../../dom.js";
import { localTime, toUnix } from "../text/dates.js";

// docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
const MOST_CHARACTERS = 3000;
// The characters that are left are shown for the last fifth.
const SHOWN_FROM = 0.8;

const KINDS = {
  plain_text_input: { type: "text", initial: "initial_value", check: length },
  rich_text_input: { type: "text", initial: "initial_value", check: () => "", multiline: true },
  email_text_input: { type: "email", initial: "initial_value", check: email },
  url_text_input: { type: "url", initial: "initial_value", check: address },
  number_input: { type: "text", initial: "initial_value", check: number },
  datepicker: { type: "date", initial: "initial_date", check: () => "" },
  timepicker: { type: "time", initial: "initial_time", check: () => "" },
  datetimepicker: { type: "datetime-local", initial: "initial_date_time", check: () => "" },
};

export const TEXT_FIELDS = Object.keys(KINDS);

/**
 * @param {object} object the element of Block Kit
 * @param {object} ctx
 * @param {(value: string) => void} changed called when the person is done with a change
 * @returns {Field} see fields.js
 */
export function textField(object, ctx, changed) {
  const kind = KINDS[object.type];
  const multiline = kind.multiline || object.multiline;
  const attributes = {
    class: "blk-input",
    placeholder: object.placeholder?.text ?? null,
    autofocus: Boolean(object.focus_on_load),
    inputmode: object.type === "number_input" ? "decimal" : null,
    ...(multiline ? { rows: "4" } : { type: kind.type, autocomplete: "off" }),
  };
  const input = el(multiline ? "textarea" : "input", attributes);
  const isMoment = object.type === "datetimepicker";
  const set = (value) => {
    input.value = isMoment && value ? localTime(value, ctx) : value;
    input.dispatchEvent(new Event("input"));
  };
  const value = () => (isMoment ? toUnix(input.value, ctx) : input.value);
  const left = multiline || kind.type === "text" ? counter(input, object) : null;
  set(firstValue(object[kind.initial]));
  listen(input, object, multiline, () => changed(value()));
  const node = el("div", { class: "blk-typed" }, input, left);
  const check = () => (value() ? kind.check(value(), object) : "");
  return { node, target: input, value, set, check };
}

/** The initial value as text; that of a rich text input is rich text. */
function firstValue(initial) {
  if (typeof initial !== "object" || !initial) return String(initial ?? "");
  const inside = (initial.elements ?? []).map(firstValue);
  return (initial.text ?? "") + inside.join(initial.type === "rich_text" ? "\n" : "");
}

function listen(input, object, multiline, changed) {
  if (["date", "time", "datetime-local"].includes(input.type)) {
    input.addEventListener("change", changed);
    return;
  }
  const on = object.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (on.includes("on_character_entered")) input.addEventListener("input", changed);
  if (on.includes("on_enter_pressed") && !multiline) {
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && changed() !== undefined) event.preventDefault();
    });
  }
}

/** How many characters are left, once there are few. */
function counter(input, object) {
  if (!object.max_length) return null;
  const shown = el("span", { class: "blk-left", "aria-hidden": "true" });
  input.addEventListener("input", () => {
    const used = [...input.value].length;
    shown.hidden = used < SHOWN_FROM * object.max_length;
    shown.textContent = String(object.max_length - used);
  });
  shown.hidden = true;
  return shown;
}

function length(text, object) {
  const characters = [...text].length;
  const least = object.min_length ?? 0;
  const most = object.max_length ?? MOST_CHARACTERS;
  if (characters < least) return `Must be at least ${least} characters long.`;
  return characters > most ? `Must be at most ${most} characters long.` : "";
}

function email(text) {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? "" : "Please enter a valid email address.";
}

function address(text) {
  return /^https?:\/\/[^\s]+$/.test(text) ? "" : "Please enter a valid URL.";
}

function number(text, object) {
  const pattern = object.is_decimal_allowed ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
  if (!pattern.test(text)) return "Please enter a valid number.";
  if (object.min_value !== undefined && Number(text) < Number(object.min_value)) {
    return `Must be at least ${object.min_value}.`;
  }
  if (object.max_value !== undefined && Number(text) > Number(object.max_value)) {
    return `Must be at most ${object.max_value}.`;
  }
  return "";
}
