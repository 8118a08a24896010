/** `<modal-layer person>`: the open modals of one person, over their workspace. */

import { ModalView } from "./view.js";
import { store } from "../store.js";

class ModalLayer extends HTMLElement {
  static observedAttributes = ["person"];

  /** @type {Map<string, ModalView>} open views by id; those of others, seen before, keep what was typed */
  #shown = new Map();
  #top = null;
  #opener = null;
  #unsubscribe = [];

  connectedCallback() {
    this.#unsubscribe = [
      store.on("snapshot", () => this.#refresh()),
      store.on("view", () => this.#refresh()),
      store.on("delivery", (delivery) => this.#settle(delivery)),
    ];
    this.#refresh();
  }

  disconnectedCallback() {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#refresh();
  }

  #refresh() {
    const views = [...(store.state?.views?.values() ?? [])].filter((view) => view.state === "open");
    const open = new Set(views.map((view) => view.id));
    for (const [id, modal] of this.#shown) {
      if (open.has(id)) continue;
      modal.cover.remove();
      this.#shown.delete(id);
    }
    const mine = views.filter((view) => view.user === this.getAttribute("person"));
    for (const view of mine) {
      if (this.#shown.has(view.id)) this.#shown.get(view.id).update(view);
      else this.#add(view);
    }
    this.#show(this.#shown.get(mine.at(-1)?.id) ?? null);
  }

  #add(view) {
    const modal = new ModalView(view, this);
    this.#shown.set(view.id, modal);
    this.append(modal.cover);
  }

  /** Only the newest view is visible; the ones below it keep what was typed. */
  #show(top) {
    if (top === this.#top) return;
    if (!this.#top) this.#opener = document.activeElement;
    this.#top = top;
    for (const modal of this.#shown.values()) modal.cover.hidden = modal !== top;
    if (top) this.#focus(top);
    else this.#giveBack();
  }

  /** Another person's workspace, or another pane, keeps the focus that it has. */
  #focus(modal) {
    const active = document.activeElement;
    const free = !active || active === document.body;
    if (free || this.parentElement.contains(active)) modal.focusFirst();
  }

  #giveBack() {
    const active = document.activeElement;
    const opener = this.#opener;
    this.#opener = null;
    if (active && active !== document.body) return;
    const composer = () => this.parentElement?.querySelector("textarea");
    const inside = opener?.isConnected && this.parentElement.contains(opener);
    (inside ? opener : composer())?.focus();
  }

  #settle(delivery) {
    if (delivery.kind !== "view_submission" || delivery.pending) return;
    this.#shown.get(delivery.payload?.view?.id)?.settle(delivery);
  }
}

customElements.define("modal-layer", ModalLayer);
