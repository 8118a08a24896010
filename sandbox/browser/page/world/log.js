/** The API's log: a line for each call, the newest last. It does not scroll while somebody reads further up. */

import { el } from "../dom.js";

const MAX_LINES = 500;
const AT_END_PIXELS = 24;

export class Log {
  constructor() {
    this.lines = new Map();
    this.unseen = 0;
    this.list = el("div", {
      class: "wld-log",
      role: "log",
      "aria-label": "Calls of the API",
      // A bot makes hundreds of calls: they are read when somebody goes there.
      "aria-live": "off",
      tabindex: "0",
      onscroll: () => this.isAtEnd() && this.follow(),
    });
    this.empty = el("p", { class: "wld-empty" }, "No call yet.");
    this.newest = el(
      "button",
      { type: "button", class: "wld-newest", onclick: () => this.follow(), hidden: true },
    );
    this.element = el("div", { class: "wld-logbox" }, this.empty, this.list, this.newest);
  }

  /** @param {Iterable<object>} calls all calls of the snapshot */
  showAll(calls) {
    this.list.replaceChildren();
    this.lines.clear();
    for (const call of calls) this.put(call);
    this.follow();
  }

  /** @param {object} call a call that is new, or known and has ended */
  show(call) {
    const wasAtEnd = this.isAtEnd();
    const isNew = !this.lines.has(call.number);
    this.put(call);
    if (wasAtEnd) this.follow();
    else if (isNew) this.waiting(this.unseen + 1);
  }

  put(call) {
    const line = lineOf(call);
    const before = this.lines.get(call.number);
    if (before) before.replaceWith(line);
    else this.list.append(line);
    this.lines.set(call.number, line);
    while (this.lines.size > MAX_LINES) {
      const [number, first] = this.lines.entries().next().value;
      this.lines.delete(number);
      first.remove();
    }
    this.empty.hidden = true;
  }

  isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    return scrollHeight - scrollTop - clientHeight < AT_END_PIXELS;
  }

  follow() {
    this.list.scrollTop = this.list.scrollHeight;
    this.waiting(0);
  }

  waiting(lines) {
    this.unseen = lines;
    this.newest.hidden = lines === 0;
    this.newest.textContent = `↓ ${lines} new`;
  }
}

function lineOf(call) {
  const kind = kindOf(call);
  return el(
    "div",
    { class: `wld-line wld-${kind}` },
    el("span", { class: "wld-sign", "aria-hidden": "true" }, { failed: "✕", waiting: "…" }[kind] ?? ""),
    call.drill && el("strong", { class: "wld-drill" }, "DRILL "),
    el("span", { class: "wld-method" }, call.method),
    " ",
    el("span", { class: "wld-path" }, call.path),
    " ",
    el("span", { class: "wld-status" }, answerOf(call)),
    " ",
    el("span", { class: "wld-duration" }, durationOf(call.milliseconds)),
    isLost(call) && el("span", { class: "wld-note" }, " applied, and the answer was lost"),
  );
}

function kindOf(call) {
  if (call.milliseconds === null) return "waiting";
  if (call.status === null || call.status >= 400) return "failed";
  return call.method === "GET" || call.method === "HEAD" ? "read" : "write";
}

function answerOf(call) {
  if (call.status !== null) return String(call.status);
  if (call.milliseconds === null) return "waiting";
  return "no answer";
}

function isLost(call) {
  return call.milliseconds !== null && call.status === null && call.applied;
}

function durationOf(milliseconds) {
  if (milliseconds === null) return "";
  return milliseconds < 10_000 ? `${Math.round(milliseconds)} ms` : `${Math.round(milliseconds / 1000)} s`;
}
