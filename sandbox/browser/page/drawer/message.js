/** The drawer's first tab: a message or a modal with its limits, revisions, JSON and clicks. */

import { el } from "../dom.js";
import { deliveryItem, foldedJson, jsonBox, time } from "./items.js";
import { messageLimits, viewLimits } from "./limits.js";
import { store } from "../store.js";

const HOW = "Choose “Inspect” at a message or a modal to see its JSON, its limits and its clicks.";

/**
 * @param {HTMLElement} content is filled
 * @param {{key?: string, view_id?: string}|null} subject
 * @param {number|null} revision the number of a revision of the message; null is the present one
 * @param {function(number): void} select called with the revision that was chosen
 */
export function drawMessage(content, subject, revision, select) {
  const { state } = store;
  const message = subject?.key && state.messages.get(subject.key);
  const view = subject?.view_id && state.views.get(subject.view_id);
  const clicks = clicksOf(message, view).map((one) => [one.number, one.pending]);
  const wanted = JSON.stringify([subject, revision, message, view, clicks]);
  if (content.drawn === wanted) return;
  content.drawn = wanted;
  const focused = content.contains(document.activeElement) && document.activeElement.dataset.revision;
  if (message) content.replaceChildren(...messageParts(message, revision, select));
  else if (view) content.replaceChildren(...viewParts(view));
  else content.replaceChildren(el("p", { class: "drw-nothing" }, HOW));
  if (focused) content.querySelector(`[data-revision="${focused}"]`)?.focus();
}

function messageParts(message, revision, select) {
  const last = message.revisions.length - 1;
  const at = Math.min(revision ?? last, last);
  const shown = message.revisions[at];
  const channel = store.channel(message.channel);
  const where = channel?.kind === "im" ? "Direct message" : `Message in #${channel?.name ?? message.channel}`;
  const files = message.files?.length ? foldedJson("Files", message.files) : null;
  return [
    el("h2", {}, where),
    facts(message),
    el("h3", {}, at === 0 ? "Notification text" : "Text (an update notifies nobody)"),
    el("p", { class: "drw-text" }, shown.text || "None: a notification would be empty."),
    el("h3", {}, "Limits"),
    limitTable(messageLimits(shown)),
    el("h3", {}, "Revisions"),
    revisionList(message, at, select),
    el("h3", {}, "Blocks"),
    jsonBox("Blocks", shown.blocks),
    files,
    ...clickParts(clicksOf(message, null)),
  ].filter(Boolean);
}

function viewParts(view) {
  const person = store.person(view.user);
  const name = person?.real_name || person?.name || view.user;
  const isWrong = Object.keys(view.errors).length > 0;
  const errors = isWrong ? [el("h3", {}, "Errors"), jsonBox("Errors", view.errors)] : [];
  return [
    el("h2", {}, `Modal “${view.view.title?.text ?? ""}”`),
    el("p", { class: "drw-small" }, `${view.id} · ${name} · ${view.state}`),
    ...errors,
    el("h3", {}, "Limits"),
    limitTable(viewLimits(view.view)),
    el("h3", {}, "View"),
    jsonBox("View", view.view),
    ...clickParts(clicksOf(null, view)),
  ];
}

function facts(message) {
  const person = message.only_for && store.person(message.only_for);
  const only = person ? `only ${person.real_name || person.name} sees it` : "";
  const via = message.via === "slack" ? "from Slack itself" : message.via && `by ${message.via}`;
  const thread = message.thread_ts && `in the thread ${message.thread_ts}`;
  const line = [message.ts, thread, only, via, message.deleted && "deleted"];
  return el("p", { class: "drw-small" }, line.filter(Boolean).join(" · "));
}

function limitTable(lines) {
  const number = new Intl.NumberFormat("en");
  const rows = lines.map(({ what, count, limit }) => {
    const meter = el("meter", { min: 0, max: limit, high: limit * 0.9, value: count, "aria-hidden": "true" });
    return el(
      "tr",
      { class: count > limit ? "drw-over" : null },
      el("th", { scope: "row" }, what),
      el("td", {}, `${number.format(count)} of ${number.format(limit)}`),
      el("td", {}, meter),
    );
  });
  return el("table", { class: "drw-limits", "aria-label": "Limits" }, el("tbody", {}, ...rows));
}

function revisionList(message, at, select) {
  const items = message.revisions.map((revision, number) => {
    const { cause } = revision;
    const bytes = cause?.arguments_bytes && `${cause.arguments_bytes} bytes`;
    const name = [time(revision.time), cause?.method, bytes];
    const button = el(
      "button",
      {
        class: "drw-revision",
        type: "button",
        "aria-pressed": String(number === at),
        "data-revision": number,
        onclick: () => select(number),
      },
      name.filter(Boolean).join(" · "),
    );
    return el("li", {}, button);
  });
  return el("ol", { class: "drw-revisions", "aria-label": "Revisions" }, ...items);
}

function clickParts(clicks) {
  if (clicks.length === 0) return [];
  return [el("h3", {}, "Deliveries of it"), el("ul", { class: "drw-list" }, ...clicks.map(deliveryItem))];
}

/** @returns {object[]} the deliveries that a person caused with this message or view, newest first */
function clicksOf(message, view) {
  const all = [...store.state.deliveries.values()].reverse();
  return all.filter(({ payload }) => {
    if (view) return payload.view?.id === view.id;
    const { message_ts, channel_id } = payload.container ?? {};
    return Boolean(message) && message_ts === message.ts && channel_id === message.channel;
  });
}
