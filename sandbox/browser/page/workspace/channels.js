/** The list of channels and the app, with what is unread. */

import { el } from "../dom.js";
import { store } from "../store.js";
import { unread } from "./unread.js";

const SIGNS = { channel: "#", private: "🔒" };

/** A name of a channel as text, e.g. `#mail-outage`; the app's for direct messages. */
export function channelName(channelId) {
  const channel = store.channel(channelId);
  if (!channel || channel.kind === "im") return store.state.app.name;
  return `#${channel.name}`;
}

export class ChannelList {
  /** @param {object} place `personId`, `channelId`, `named(text)`, `openChannel(id)` */
  constructor(place) {
    this.place = place;
    const heading = (text) => el("h2", { class: "ws-side-title", "aria-hidden": "true" }, text);
    this.channels = el("ul", { "aria-label": place.named("Channels") });
    this.apps = el("ul", { "aria-label": place.named("Apps") });
    this.element = el(
      "nav",
      { class: "ws-side", "aria-label": place.named("Conversations") },
      heading("Channels"),
      this.channels,
      heading("Apps"),
      this.apps,
    );
  }

  /** Draw what changed: the items of the same ids stay, and with them the focus. */
  draw() {
    const { personId } = this.place;
    const channels = store.channelsOf(personId).map((channel) => channel.id);
    this.#fill(this.channels, channels);
    this.#fill(this.apps, [store.directOf(personId)]);
  }

  /** How many messages are unread that are addressed to the person. */
  get mentions() {
    const { personId } = this.place;
    const ids = [...store.channelsOf(personId).map((channel) => channel.id), store.directOf(personId)];
    return ids.reduce((sum, id) => sum + unread(personId, id).mentions, 0);
  }

  #fill(list, ids) {
    const shown = [...list.children].map((item) => item.dataset.channel);
    if (shown.join() !== ids.join()) list.replaceChildren(...ids.map((id) => this.#item(id)));
    for (const item of list.children) this.#update(item);
  }

  #item(id) {
    const kind = store.channel(id)?.kind;
    return el(
      "li",
      { "data-channel": id },
      el(
        "button",
        { type: "button", class: "ws-channel", onclick: () => this.place.openChannel(id) },
        el("span", { class: "ws-sign", "aria-hidden": "true" }, SIGNS[kind] ?? "◆"),
        el("span", { class: "ws-channel-name" }, channelName(id).replace(/^#/, "")),
        el("span", { class: "ws-count" }),
      ),
    );
  }

  #update(item) {
    const id = item.dataset.channel;
    const { messages, mentions } = unread(this.place.personId, id);
    const button = item.firstChild;
    const count = button.lastChild;
    const isOpen = id === this.place.channelId;
    button.classList.toggle("ws-bold", messages > 0);
    if (isOpen) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
    count.classList.toggle("ws-badge", mentions > 0);
    const text = mentions ? String(mentions) : "";
    const hidden = messages ? (mentions ? " unread for you" : " unread") : "";
    if (count.textContent !== text + hidden) {
      count.replaceChildren(text, el("span", { class: "ws-hidden" }, hidden));
    }
  }
}
