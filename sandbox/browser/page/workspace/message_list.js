/** The messages of a channel or thread. Only rows that changed are drawn again. */

import { el } from "../dom.js";
import { MessageRow } from "./message.js";
import { MessageBar } from "./message_bar.js";
import { standing } from "./standing.js";
import { store } from "../store.js";

/** Rows that are drawn at once; earlier ones follow when the browser is idle. */
const CHUNK = 60;
const NEAR_BOTTOM = 48;

export class MessageList {
  #rows = new Map();
  #order = [];
  #older = [];
  #changed = new Set();
  #waiting = false;
  #stuck = true;
  #lastTop = 0;
  #filling = 0;

  /**
   * @param {object} place `personId`, `inThread`, `openThread(ts)`, `messages()` all of the list by
   *   time, `holds(message)` whether a message belongs to it, `unreadFrom` a time or null, `onRead()`
   */
  constructor(place, label) {
    this.place = place;
    this.intro = el("div", { class: "msg-intro" });
    this.log = el("div", { role: "log", class: "msg-log", "aria-relevant": "additions" }, this.intro);
    this.scroller = el("div", { class: "msg-scroller", tabindex: "0" }, this.log);
    const newest = () => this.toBottom();
    this.jump = el(
      "button",
      { type: "button", class: "msg-jump", hidden: true, onclick: newest },
      "New messages ↓",
    );
    this.element = el("section", { class: "msg-list", "aria-label": label }, this.scroller, this.jump);
    this.bar = new MessageBar(place);
    const point = (event) => this.#pointAt(event.target.closest(".msg-row"));
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.#key(event));
    this.log.addEventListener("pointerover", point);
    this.log.addEventListener("focusin", point);
    this.size = new ResizeObserver(() => this.#stuck && this.#scrollDown());
  }

  connect() {
    this.size.observe(this.log);
    this.size.observe(this.scroller);
    this.off = [
      store.on("message", (message) => this.#message(message)),
      store.on("delivery", (delivery) => this.#delivery(delivery)),
      store.on("clock", () => this.#decorateAll()),
    ];
  }

  disconnect() {
    this.size.disconnect();
    for (const off of this.off ?? []) off();
  }

  /** Draw the list anew, the newest messages at once. */
  show() {
    this.#filling += 1;
    for (const row of this.#rows.values()) row.element.remove();
    this.#rows.clear();
    this.#changed.clear();
    this.jump.hidden = true;
    this.#stuck = true;
    // Only what comes from now on is read out.
    this.log.setAttribute("aria-live", "off");
    const messages = this.place.messages();
    const tail = messages.slice(-CHUNK);
    this.#older = messages.slice(0, -CHUNK);
    this.#order = tail.map((message) => message.key);
    this.log.append(...tail.map((message) => this.#makeRow(message)));
    this.#decorateAll();
    this.#scrollDown();
    requestAnimationFrame(() => this.log.setAttribute("aria-live", "polite"));
    this.#fillLater(this.#filling);
    this.place.onRead();
  }

  /** Take up a new snapshot: what is the same stays where it is. */
  refresh() {
    const messages = this.place.messages();
    const keys = new Set(messages.map((message) => message.key));
    for (const key of this.#order.filter((one) => !keys.has(one))) this.#remove(key);
    for (const key of keys) this.#changed.add(key);
    this.#flush();
    this.#decorateAll();
  }

  /** Scroll to a message and focus it. Returns whether it is there. */
  reveal(ts) {
    while (this.#older.length && !this.#find(ts)) this.#fill();
    const row = this.#find(ts);
    if (!row) return false;
    this.#stuck = false;
    row.element.scrollIntoView({ block: "center" });
    row.element.classList.add("msg-revealed");
    setTimeout(() => row.element.classList.remove("msg-revealed"), 3000);
    row.element.focus({ preventScroll: true });
    return true;
  }

  toBottom() {
    this.#stuck = true;
    this.jump.hidden = true;
    this.#scrollDown();
    this.place.onRead();
  }

  get atBottom() {
    return this.#stuck;
  }

  #find(ts) {
    return [...this.#rows.values()].find((row) => row.message.ts === ts);
  }

  #makeRow(message) {
    const row = new MessageRow(message, this.place);
    this.#rows.set(message.key, row);
    return row.element;
  }

  #fillLater(filling) {
    if (!this.#older.length) return;
    const later = globalThis.requestIdleCallback ?? ((run) => setTimeout(run, 30));
    later(() => {
      if (filling !== this.#filling) return;
      this.#fill();
      this.#fillLater(filling);
    });
  }

  /** Draw the next earlier rows. The browser keeps what is looked at in its place. */
  #fill() {
    const live = this.log.getAttribute("aria-live");
    this.log.setAttribute("aria-live", "off");
    const seen = (message) => store.visible(this.place.personId, message);
    const next = this.#older.splice(-CHUNK).map((old) => store.state.messages.get(old.key) ?? old);
    const rows = next.filter(seen);
    this.intro.after(...rows.map((message) => this.#makeRow(message)));
    this.#order.unshift(...rows.map((message) => message.key));
    for (let at = 0; at <= rows.length; at += 1) this.#decorate(at);
    requestAnimationFrame(() => this.log.setAttribute("aria-live", live === "off" ? "polite" : live));
  }

  // changes

  #message(message) {
    if (!this.place.holds(message)) return;
    this.#changed.add(message.key);
    if (this.#waiting) return;
    this.#waiting = true;
    const flush = () => {
      this.#waiting = false;
      this.#flush();
    };
    // Nothing is drawn in a window that is not shown, so there is no frame to wait for.
    if (document.hidden) setTimeout(flush);
    else requestAnimationFrame(flush);
  }

  #flush() {
    let isNew = false;
    for (const key of this.#changed) {
      const message = store.state.messages.get(key);
      if (message && this.#take(message)) isNew = true;
    }
    this.#changed.clear();
    if (this.#stuck) this.toBottom();
    else if (isNew) this.jump.hidden = false;
  }

  /** Draw one changed message. Returns whether it is a new one. */
  #take(message) {
    const { personId, inThread } = this.place;
    if (!inThread && message.thread_ts && message.thread_ts !== message.ts) {
      const root = this.#rows.get(`${message.channel}:${message.thread_ts}`);
      root?.drawFooter();
      if (root && !store.visible(personId, root.message)) this.#remove(root.message.key);
      return false;
    }
    const row = this.#rows.get(message.key);
    if (!store.visible(personId, message)) {
      if (row) this.#remove(message.key);
      return false;
    }
    if (row) {
      row.update(message);
      return false;
    }
    const notYet = this.#older.at(-1);
    if (notYet && message.key <= notYet.key) return false;
    this.#insert(message);
    if (message.user === personId && !message.only_for) this.#stuck = true;
    return true;
  }

  #insert(message) {
    let at = this.#order.length;
    while (at > 0 && this.#order[at - 1] > message.key) at -= 1;
    const next = this.#rows.get(this.#order[at]);
    this.log.insertBefore(this.#makeRow(message), next?.element ?? null);
    this.#order.splice(at, 0, message.key);
    this.#decorate(at);
    this.#decorate(at + 1);
  }

  #remove(key) {
    const at = this.#order.indexOf(key);
    const { element } = this.#rows.get(key);
    if (element.contains(document.activeElement)) this.scroller.focus();
    element.remove();
    this.#rows.delete(key);
    this.#order.splice(at, 1);
    this.#decorate(at);
  }

  #decorateAll() {
    for (let at = 0; at < this.#order.length; at += 1) this.#decorate(at);
  }

  #decorate(at) {
    const row = this.#rows.get(this.#order[at]);
    if (!row) return;
    const before = this.#rows.get(this.#order[at - 1])?.message ?? null;
    row.decorate(standing(row.message, before, row.person.tz, this.place.unreadFrom));
  }

  #delivery(delivery) {
    if (delivery.kind !== "click" || delivery.user !== this.place.personId) return;
    const { container, message } = delivery.payload ?? {};
    const ts = container?.message_ts ?? message?.ts;
    this.#rows.get(`${delivery.channel}:${ts}`)?.showDelivery(delivery);
  }

  // scrolling and keys

  #scrollDown() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#lastTop = this.scroller.scrollTop;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const atBottom = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM;
    if (atBottom && !this.#stuck) this.toBottom();
    else if (!atBottom && scrollTop < this.#lastTop) this.#stuck = false;
    this.#lastTop = scrollTop;
  }

  #key(event) {
    const row = event.target.closest(".msg-row");
    if (event.target !== this.scroller && event.target !== row) return;
    const at = row ? this.#order.indexOf(row.dataset.key) : this.#order.length;
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: this.#order.length - 1 }[event.key];
    if (event.key === "Enter" && row) this.place.openThread(this.#rows.get(row.dataset.key).message.ts);
    if (event.key === "Escape") this.place.focusComposer();
    if (to === undefined) return;
    event.preventDefault();
    this.#rows.get(this.#order[to])?.element.focus();
  }

  #pointAt(element) {
    if (element) this.bar.show(this.#rows.get(element.dataset.key));
  }
}
