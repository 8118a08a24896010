/** `<sandbox-phone>`: the phone of one person, first with its lock screen and Slack's notifications. */

import { el } from "./dom.js";
import { withEmoji } from "./render/text/emoji.js";
import { store } from "./store.js";

/** How long a notification is shown on top of what is open. */
const BANNER_SECONDS = 6;

class SandboxPhone extends HTMLElement {
  #person = null;
  /** Numbers of the notifications that were opened: they leave the lock screen. */
  #opened = new Set();
  #unsubscribe = [];
  #timer = 0;

  connectedCallback() {
    if (!this.firstChild) this.#build();
    this.#unsubscribe = [
      store.on("snapshot", () => this.#people()),
      store.on("people", () => this.#people()),
      store.on("notification", (notification) => this.#arrived(notification)),
    ];
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#people();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #build() {
    this.owner = el("select", { onchange: () => this.#take(this.owner.value) });
    this.owners = el("label", { class: "ph-owner", hidden: true }, "Phone of ", this.owner);
    this.time = el("div", { class: "ph-time" });
    this.date = el("div", { class: "ph-date" });
    this.list = el("ul", { class: "ph-list", "aria-label": "Notifications" });
    this.news = el("div", { class: "ph-hidden", role: "status" });
    const button = (kind, text, onclick) => el("button", { class: kind, type: "button", onclick }, text);
    const unlock = button("ph-unlock", "Unlock", () => this.#unlock());
    this.lockScreen = el("div", { class: "ph-lock-screen" }, this.time, this.date, this.list, unlock);
    this.clock = el("span", { class: "ph-clock" });
    const bar = el("div", { class: "ph-bar" }, this.clock, button("ph-lock", "Lock", () => this.#lock()));
    this.unlocked = el("div", { class: "ph-unlocked", hidden: true }, bar);
    this.banner = el("div", { class: "ph-banner" });
    const screen = el("div", { class: "ph-screen" }, this.lockScreen, this.unlocked, this.banner);
    this.append(
      this.owners,
      el("section", { class: "ph-frame", "aria-label": "Phone" }, screen, this.news),
    );
  }

  /** The people with a phone may have changed. */
  #people() {
    const people = [...(store.state?.people.values() ?? [])].filter((person) => person.phone);
    const known = people.some((person) => person.id === this.#person);
    const options = people.map((one) => el("option", { value: one.id }, one.real_name || one.name));
    this.owner.replaceChildren(...options);
    this.owners.hidden = people.length < 2;
    this.#take(known ? this.#person : (people[0]?.id ?? null));
  }

  #take(person) {
    if (person !== this.#person) {
      this.#person = person;
      this.workspace?.remove();
      this.workspace = null;
      this.#lock();
    }
    this.owner.value = person ?? "";
    this.#draw();
  }

  #draw() {
    const all = [...(store.state?.notifications.values() ?? [])];
    const mine = all.filter((one) => one.person === this.#person && !this.#opened.has(one.number));
    this.list.replaceChildren(...mine.reverse().map((one) => el("li", {}, this.#note(one))));
    this.#tick();
  }

  #arrived(notification) {
    if (notification.person !== this.#person) return;
    if (this.#reads(notification.message)) {
      this.#opened.add(notification.number);
      return;
    }
    this.list.prepend(el("li", {}, this.#note(notification)));
    if (!this.unlocked.hidden) this.#showBanner(notification);
    this.#tick();
    const { title, text } = notification;
    this.news.replaceChildren(`Notification from ${title}: `, ...withEmoji(text));
  }

  /** @returns {boolean} whether the channel of this message is open in the phone */
  #reads(key) {
    if (this.unlocked.hidden || this.workspace?.body.dataset.view !== "channel") return false;
    return key.split(":")[0] === this.workspace.channelId;
  }

  #showBanner(notification) {
    const note = this.#note(notification);
    this.banner.replaceChildren(note);
    setTimeout(() => note.remove(), BANNER_SECONDS * 1000);
  }

  #note({ number, title, sender, text, at, message }) {
    const open = () => {
      this.#opened.add(number);
      this.banner.replaceChildren();
      this.#draw();
      this.#unlock(message);
    };
    return el(
      "button",
      { class: "ph-note", type: "button", "data-at": at, onclick: open },
      el("span", { class: "ph-app", "aria-hidden": "true" }, store.state.app.name.slice(0, 1).toUpperCase()),
      el("span", { class: "ph-title" }, title),
      el("span", { class: "ph-when" }),
      sender && sender !== title ? el("span", { class: "ph-sender" }, sender) : null,
      el("span", { class: "ph-text" }, ...withEmoji(text)),
    );
  }

  /** @param {string|null} key of the message that is shown, `CHANNEL:TS` */
  #unlock(key = null) {
    if (!this.#person) return;
    if (!this.workspace) {
      this.workspace = el("sandbox-workspace", { person: this.#person, phone: true });
      this.unlocked.append(this.workspace);
    }
    this.lockScreen.hidden = true;
    this.unlocked.hidden = false;
    if (key) {
      const [channel, ts] = key.split(":");
      this.workspace.show(channel, ts);
    }
    const focused = document.activeElement;
    const lost = !focused || focused === document.body || !focused.checkVisibility();
    if (lost) this.unlocked.querySelector("button").focus();
  }

  #lock() {
    this.banner.replaceChildren();
    const had = this.unlocked.contains(document.activeElement);
    this.lockScreen.hidden = false;
    this.unlocked.hidden = true;
    if (had) this.lockScreen.querySelector("button").focus();
  }

  #tick() {
    const now = store.now();
    const zone = store.person(this.#person)?.tz;
    const time = format(now, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    write(this.time, time);
    write(this.clock, time);
    write(this.date, format(now, zone, { weekday: "long", day: "numeric", month: "long" }));
    for (const note of this.querySelectorAll(".ph-note")) {
      write(note.querySelector(".ph-when"), ago(now - Number(note.dataset.at)));
    }
  }
}

function format(seconds, timeZone, parts) {
  return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone }).format(seconds * 1000);
}

/** Text that stays the same is not written: a screen reader would hear of it each second. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @returns {string} how long ago, as phones say it: `now`, `2m ago`, `3h ago`, `2d ago` */
export function ago(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes}m ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ago` : `${Math.floor(hours / 24)}d ago`;
}

customElements.define("sandbox-phone", SandboxPhone);
