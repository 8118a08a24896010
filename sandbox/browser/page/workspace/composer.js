/** The field in which a person writes messages and commands. */

import { act, ActionError } from "../api.js";
import { Completion } from "./completion.js";
import { el } from "../dom.js";
import { channelName } from "./channels.js";
import { GlobalShortcuts } from "./shortcuts.js";

const KEPT = 50;
const MAX_ROWS = 7;
const DRAFTS = new Map();

/** What a person sent, the oldest first; it survives a reload. */
export const sent = {
  of(personId) {
    try {
      return JSON.parse(sessionStorage.getItem(`sent ${personId}`)) ?? [];
    } catch {
      return [];
    }
  },
  add(personId, text) {
    const texts = [...this.of(personId).filter((one) => one !== text), text].slice(-KEPT);
    sessionStorage.setItem(`sent ${personId}`, JSON.stringify(texts));
  },
};

export class Composer {
  #walked = null;
  #draft = "";
  #offered = "";

  /** @param {object} place `personId`, `channelId`, `inThread` and `threadTs` */
  constructor(place, { label, send }) {
    this.place = place;
    this.input = el("textarea", { class: "ws-input", rows: "1", "aria-label": label });
    this.completion = new Completion(this.input, place);
    // Slack has no slash commands in threads, and the page no shortcuts there.
    this.shortcuts = place.inThread ? null : new GlobalShortcuts(place);
    this.problem = el("div", { class: "ws-problem", role: "alert", hidden: true });
    const icon = el("span", { "aria-hidden": "true" }, "➤");
    this.button = el("button", { type: "submit", class: "ws-send", "aria-label": send }, icon);
    this.element = el(
      "form",
      { class: "ws-composer", onsubmit: (event) => this.#submit(event) },
      this.problem,
      this.completion.element,
      el("div", { class: "ws-field" }, this.input, this.shortcuts?.element, this.button),
    );
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.completion.close());
  }

  focus() {
    this.input.focus();
  }

  get text() {
    return this.input.value;
  }

  /** Put a text into the field, the cursor at its end. */
  set text(text) {
    this.input.value = text;
    this.input.setSelectionRange(text.length, text.length);
    DRAFTS.set(this.#where, text);
    this.#resize();
  }

  /** Put a command into the field, unless the person writes something else; each one once. */
  offer(text) {
    if (text === this.#offered) return;
    if (!this.text || this.text === this.#offered) this.text = text;
    this.#offered = text;
  }

  get #threadTs() {
    return this.place.inThread ? this.place.threadTs : undefined;
  }

  get #where() {
    return [this.place.personId, this.place.channelId, this.#threadTs].join(" ");
  }

  /** Show what the person had begun to write here. */
  show() {
    this.#walked = null;
    this.completion.close();
    this.shortcuts?.draw();
    this.#say("");
    const { inThread, channelId } = this.place;
    this.input.placeholder = inThread ? "Reply…" : `Message ${channelName(channelId)}`;
    this.text = DRAFTS.get(this.#where) ?? "";
  }

  #typed() {
    this.#walked = null;
    DRAFTS.set(this.#where, this.text);
    this.#say("");
    this.#resize();
    void this.completion.look();
  }

  #resize() {
    // Where the browser does not know `field-sizing`.
    this.input.rows = Math.min(this.text.split("\n").length, MAX_ROWS);
    this.button.classList.toggle("ws-ready", Boolean(this.text.trim()));
  }

  #key(event) {
    if (event.isComposing) return;
    const isSend = event.key === "Enter" && !event.shiftKey;
    if (this.completion.key(event)) event.preventDefault();
    else if (isSend) this.#submit(event);
    else if (event.key === "ArrowUp" && this.#onEdge("ArrowUp")) this.#walk(event, -1);
    else if (event.key === "ArrowDown" && this.#onEdge("ArrowDown")) this.#walk(event, 1);
  }

  /** Whether the cursor is in the first line, or the last one. */
  #onEdge(key) {
    const { value, selectionStart: start, selectionEnd: end } = this.input;
    if (start !== end) return false;
    return key === "ArrowUp" ? !value.slice(0, start).includes("\n") : !value.slice(end).includes("\n");
  }

  /** Go through what the person sent; after the newest comes what they had begun to write. */
  #walk(event, step) {
    const texts = sent.of(this.place.personId);
    if (this.#walked === null) this.#draft = this.text;
    const to = (this.#walked ?? texts.length) + step;
    if (to < 0 || to > texts.length) return;
    event.preventDefault();
    this.text = to === texts.length ? this.#draft : texts[to];
    this.#walked = to === texts.length ? null : to;
  }

  async #submit(event) {
    event.preventDefault();
    const { personId, channelId } = this.place;
    const text = this.text;
    if (!text.trim()) return;
    const where = this.#where;
    this.text = "";
    this.#walked = null;
    this.completion.close();
    this.#say("");
    sent.add(personId, text);
    try {
      await act("send", { person: personId, channel: channelId, text, thread_ts: this.#threadTs });
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      if (where !== this.#where) return DRAFTS.set(where, text);
      // What was not sent is not lost.
      this.text ||= text;
      this.#say(error.message);
    }
  }

  #say(sentence) {
    this.problem.hidden = !sentence;
    this.problem.textContent = sentence;
  }
}
