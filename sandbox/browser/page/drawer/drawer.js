/** `<dev-drawer>`: what a developer wants to know of a message, a modal, a delivery, a refused call. */

import { deliveryItem, refusedItem } from "./items.js";
import { drawMessage } from "./message.js";
import { el, newId } from "../dom.js";
import { store } from "../store.js";

const TABS = ["Message", "Deliveries", "Refused"];

class DevDrawer extends HTMLElement {
  #tab = "Message";
  /** What is inspected: `{key}` of a message or `{view_id}`; the revision, or null for the present one. */
  #subject = null;
  #revision = null;
  #opener = null;
  /** Refused calls that were not looked at. */
  #unseen = 0;
  #waiting = new Set();

  connectedCallback() {
    if (this.firstChild) return;
    this.#build();
    document.addEventListener("inspect", (event) => this.#inspect(event));
    store.on("snapshot", (state) => {
      this.#unseen = state.refused.size;
      this.#mark();
      this.#later(...TABS);
    });
    store.on("refused", () => {
      this.#unseen += 1;
      this.#mark();
      this.#later("Refused");
    });
    store.on("delivery", () => this.#later("Deliveries", "Message"));
    for (const name of ["message", "view"]) store.on(name, () => this.#later("Message"));
  }

  #build() {
    const panel = newId("drawer");
    this.mark = el("span", { class: "drw-mark", hidden: true });
    this.toggle = el(
      "button",
      {
        class: "drw-toggle",
        type: "button",
        "aria-label": "Developer",
        "aria-expanded": "false",
        "aria-controls": panel,
        onclick: () => (this.panel.hidden ? this.#open() : this.#close()),
      },
      "Developer",
      this.mark,
    );
    this.tabs = TABS.map((name) => this.#makeTab(name));
    const list = el(
      "div",
      { class: "drw-tabs", role: "tablist", "aria-label": "Developer" },
      ...this.tabs.map((tab) => tab.button),
    );
    list.addEventListener("keydown", (event) => this.#arrow(event));
    const closing = { class: "drw-close", type: "button", "aria-label": "Close Developer" };
    const close = el("button", { ...closing, onclick: () => this.#close() }, "✕");
    const named = { class: "drw-panel", id: panel, "aria-label": "Developer", hidden: true };
    this.panel = el(
      "aside",
      { ...named, onkeydown: (event) => this.#key(event) },
      el("div", { class: "drw-head" }, list, close),
      ...this.tabs.map((tab) => tab.content),
    );
    this.append(this.toggle, this.panel);
    this.#select(this.#tab);
  }

  #makeTab(name) {
    const [id, tab] = [newId("drawer"), newId("drawer")];
    const attributes = { class: "drw-tab", type: "button", role: "tab", id: tab, "aria-controls": id };
    const button = el("button", { ...attributes, onclick: () => this.#select(name) }, name);
    const panel = { class: "drw-content", role: "tabpanel", id, "aria-labelledby": tab, tabindex: "0" };
    const content = el("div", panel);
    return { name, button, content, items: new Map() };
  }

  #select(name) {
    this.#tab = name;
    for (const tab of this.tabs) {
      const now = tab.name === name;
      tab.button.setAttribute("aria-selected", String(now));
      tab.button.tabIndex = now ? 0 : -1;
      tab.content.hidden = !now;
    }
    this.#draw();
  }

  #open() {
    this.#opener = document.activeElement;
    this.panel.hidden = false;
    this.toggle.setAttribute("aria-expanded", "true");
    this.#draw();
    this.tabs.find((tab) => tab.name === this.#tab).button.focus();
  }

  #close() {
    this.panel.hidden = true;
    this.toggle.setAttribute("aria-expanded", "false");
    (this.#opener?.isConnected ? this.#opener : this.toggle).focus();
  }

  #key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.#close();
  }

  #arrow(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = TABS.indexOf(this.#tab);
    this.#select(TABS[(at + step + TABS.length) % TABS.length]);
    this.tabs.find((tab) => tab.name === this.#tab).button.focus();
  }

  #inspect({ detail }) {
    const number = detail.refused ?? detail.delivery;
    if (this.panel.hidden) this.#open();
    if (number === undefined) {
      this.#subject = detail;
      this.#revision = null;
      this.#select("Message");
      return;
    }
    this.#select(detail.refused === undefined ? "Deliveries" : "Refused");
    const item = this.tabs.find((tab) => tab.name === this.#tab).items.get(number);
    if (item) item.querySelector("details").open = true;
    item?.scrollIntoView({ block: "nearest" });
  }

  #mark() {
    this.mark.hidden = this.#unseen === 0;
    this.mark.textContent = this.#unseen ? ` ${this.#unseen} refused` : "";
    const calls = this.#unseen === 1 ? "1 call" : `${this.#unseen} calls`;
    this.toggle.setAttribute("aria-description", this.#unseen ? `Slack refused ${calls}` : "");
  }

  /** Many events in a row are drawn once. */
  #later(...names) {
    if (this.#waiting.size === 0) requestAnimationFrame(() => this.#drawWaiting());
    for (const name of names) this.#waiting.add(name);
  }

  #drawWaiting() {
    const due = this.#waiting.has(this.#tab);
    this.#waiting.clear();
    if (due) this.#draw();
  }

  #draw() {
    if (this.panel.hidden || !store.state) return;
    const tab = this.tabs.find((one) => one.name === this.#tab);
    if (tab.name === "Message") {
      const select = (revision) => {
        this.#revision = revision;
        this.#draw();
      };
      drawMessage(tab.content, this.#subject, this.#revision, select);
    } else if (tab.name === "Deliveries") {
      drawList(tab, store.state.deliveries, deliveryItem, "No delivery yet.");
    } else {
      this.#unseen = 0;
      this.#mark();
      drawList(tab, store.state.refused, refusedItem, "Slack has refused nothing.");
    }
  }
}

/** Newest on top. An item that did not change stays the same element, and so stays open. */
function drawList(tab, found, make, nothing) {
  const items = new Map();
  for (const item of [...found.values()].reverse()) {
    const old = tab.items.get(item.number);
    if (old?.item === item) {
      items.set(item.number, old);
      continue;
    }
    const drawn = make(item);
    drawn.item = item;
    if (old) drawn.querySelector("details").open = old.querySelector("details").open;
    items.set(item.number, drawn);
  }
  tab.items = items;
  if (items.size === 0) {
    tab.content.replaceChildren(el("p", { class: "drw-nothing" }, nothing));
    return;
  }
  tab.list ??= el("ul", { class: "drw-list", "aria-label": tab.name });
  if (!tab.list.isConnected) tab.content.replaceChildren(tab.list);
  const shown = new Set(items.values());
  for (const old of [...tab.list.children]) if (!shown.has(old)) old.remove();
  // What stays is not moved: it would lose the focus.
  [...shown].forEach((item, at) => {
    const there = tab.list.children[at] ?? null;
    if (there !== item) tab.list.insertBefore(item, there);
  });
}

customElements.define("dev-drawer", DevDrawer);
