/** One delivery and one refused call, as the developer drawer lists them. */

import { toast, tryTo } from "../api.js";
import { el } from "../dom.js";
import { store } from "../store.js";

const KINDS = {
  command: "Slash command",
  click: "Click",
  view_submission: "Submission",
  view_closed: "Closed modal",
  shortcut: "Shortcut",
  suggestion: "Options",
  event: "Event",
};

export function deliveryItem(delivery) {
  const person = store.person(delivery.user);
  const who = person?.real_name || person?.name;
  const facts = [who, time(delivery.at), acknowledged(delivery), attempt(delivery)];
  const again = () => tryTo("redeliver", { number: delivery.number });
  const button = { class: "drw-button", type: "button", disabled: delivery.pending };
  return el(
    "li",
    { class: "drw-item" },
    el(
      "div",
      { class: "drw-line" },
      el("strong", {}, KINDS[delivery.kind] ?? delivery.kind),
      el("span", { class: "drw-what" }, subjectOf(delivery.payload)),
      delivery.problem ? el("span", { class: "drw-problem" }, delivery.problem) : null,
    ),
    el("div", { class: "drw-small" }, facts.filter(Boolean).join(" · ")),
    foldedJson("Payload", delivery.payload),
    el("button", { ...button, onclick: again }, "Deliver again"),
  );
}

export function refusedItem(refused) {
  const error = el("span", { class: "drw-problem" }, refused.error);
  const sentences = refused.messages.map((one) => el("li", {}, one));
  return el(
    "li",
    { class: "drw-item" },
    el("div", { class: "drw-line" }, el("strong", {}, refused.method), error),
    el("div", { class: "drw-small" }, time(refused.at)),
    sentences.length ? el("ul", { class: "drw-sentences" }, ...sentences) : null,
    foldedJson("What was sent", refused.arguments),
  );
}

/** JSON that is written when it is unfolded: a payload can be long, and there are hundreds. */
export function foldedJson(name, value) {
  const details = el("details", { class: "drw-fold" }, el("summary", {}, name));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(jsonBox(name, value));
  });
  return details;
}

/** Readable JSON with a button that copies it. */
export function jsonBox(name, value) {
  const text = JSON.stringify(value ?? null, null, 2);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast(`${name} is copied.`);
    } catch {
      toast("The browser does not let the page copy. Select the text instead.");
    }
  };
  const button = { class: "drw-button", type: "button", "aria-label": `Copy ${name}` };
  return el(
    "div",
    { class: "drw-json" },
    el("button", { ...button, onclick: copy }, "Copy"),
    el("pre", { tabindex: "0", "aria-label": name, role: "group" }, text),
  );
}

/** The zone of the demo, as in the pane of the world. */
const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "Europe/Berlin" });

/** @returns {string} `22:09:41` */
export function time(at) {
  return TIME.format(at * 1000);
}

function acknowledged(delivery) {
  if (delivery.pending) return "waits for the acknowledgement";
  const seconds = delivery.ack_seconds;
  const after = seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
  return delivery.problem ? `given up after ${after}` : `acknowledged after ${after}`;
}

function attempt({ attempt: again }) {
  return again ? `attempt ${again + 1}` : "";
}

function subjectOf(payload) {
  const { command, actions, view, event, callback_id } = payload;
  if (command) return `${command} ${payload.text}`;
  if (payload.type === "block_suggestion") return `${payload.action_id}: ${payload.value}`;
  return actions?.[0]?.action_id ?? view?.callback_id ?? event?.type ?? callback_id ?? "";
}
