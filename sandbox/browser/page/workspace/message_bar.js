/** What can be done with a message: one toolbar, at the message that is pointed at or focused. */

import { toast } from "../api.js";
import { el } from "../dom.js";
import { messageShortcuts, shortcuts } from "./shortcuts.js";

export class MessageBar {
  #row = null;

  /** @param {object} place `inThread`, `openThread(ts, write)` */
  constructor(place) {
    this.place = place;
    this.reply = button("Reply in thread", "💬", () => this.#reply());
    this.copy = button("Copy link", "🔗", () => copyLink(this.#row.message));
    const inspect = button("Inspect", "🔍", () => this.#inspect());
    const named = { class: "msg-bar", role: "group", "aria-label": "Message actions" };
    this.more = messageShortcuts(() => ({ message: this.#row.message, person: this.place.personId }));
    this.element = el("div", named, this.reply, this.copy, inspect, this.more);
  }

  /** Move to this row of the list. */
  show(row) {
    if (row === this.#row && row.element.contains(this.element)) return;
    // What is chosen in an open menu is for the message at which it was opened.
    if (this.more.hasAttribute("data-open")) return;
    this.#row = row;
    const isPrivate = Boolean(row.message.only_for);
    this.reply.hidden = this.place.inThread || isPrivate;
    this.copy.hidden = isPrivate;
    this.more.hidden = isPrivate || row.message.deleted || !shortcuts("message", this.place.personId).length;
    row.main.append(this.element);
  }

  #reply() {
    const { ts, thread_ts } = this.#row.message;
    this.place.openThread(thread_ts ?? ts, true);
  }

  #inspect() {
    const { key } = this.#row.message;
    this.element.dispatchEvent(new CustomEvent("inspect", { bubbles: true, detail: { key } }));
  }
}

function button(label, sign, onclick) {
  const icon = el("span", { "aria-hidden": "true" }, sign);
  return el("button", { type: "button", "aria-label": label, title: label, onclick }, icon);
}

async function copyLink({ channel, ts, thread_ts }) {
  const place = new URLSearchParams({ channel, ts });
  if (thread_ts && thread_ts !== ts) place.set("thread", thread_ts);
  const link = `${location.href.split("#")[0]}#${place}`;
  try {
    await navigator.clipboard.writeText(link);
    toast("Link copied.");
  } catch {
    toast(`The browser does not allow copying. The link is ${link}`);
  }
}
