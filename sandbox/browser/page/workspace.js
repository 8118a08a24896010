/** `<sandbox-workspace>`: Slack as one person sees it. */

import { ChannelList, channelName } from "./channels.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { MessageList } from "./message_list.js";
import { fullName } from "./people.js";
import { store } from "./store.js";
import { Thread } from "./thread.js";
import { themeButton } from "./theme.js";
import { markRead, readUpTo, unread } from "./unread.js";

/**
 * With the attribute `phone` it is the workspace of `person` on a phone: without "Act as", and the
 * address of the page stays as it is. Else the address says who acts and what is open:
 * `#as=U…&channel=C…&thread=TS&ts=TS&tab=home`.
 */
export class SandboxWorkspace extends HTMLElement {
  static observedAttributes = ["person"];

  personId = "";
  channelId = "";
  threadTs = null;
  tab = "messages";
  unreadFrom = null;
  inThread = false;
  #waiting = false;
  #prefill = "";

  connectedCallback() {
    if (!this.firstChild) this.#build();
    this.list.connect();
    this.thread.list.connect();
    const soon = () => this.#drawSoon();
    this.off = [
      store.on("snapshot", () => this.#begin()),
      store.on("people", () => this.#begin()),
      store.on("channels", () => this.#refresh()),
      store.on("message", soon),
      store.on("tour", () => this.#fillIn()),
    ];
    if (!this.isPhone) window.addEventListener("hashchange", this.#onAddress);
    document.addEventListener("visibilitychange", soon);
    this.off.push(() => document.removeEventListener("visibilitychange", soon));
    if (store.state) this.#begin();
  }

  disconnectedCallback() {
    this.list.disconnect();
    this.thread.list.disconnect();
    window.removeEventListener("hashchange", this.#onAddress);
    for (const off of this.off) off();
  }

  attributeChangedCallback(_name, before, after) {
    if (before !== after && this.firstChild && store.state) this.#begin();
  }

  get isPhone() {
    return this.hasAttribute("phone");
  }

  /** The accessible name of a part; on the phone it begins with "Phone". */
  named(text) {
    return this.isPhone ? `Phone ${text[0].toLowerCase()}${text.slice(1)}` : text;
  }

  // what the lists ask of their place

  messages() {
    return store.messagesIn(this.channelId, this.personId);
  }

  holds(message) {
    return message.channel === this.channelId;
  }

  onRead() {
    const shown = this.checkVisibility?.() ?? true;
    if (shown && !document.hidden && this.#showsMessages && markRead(this.personId, this.channelId)) {
      this.#drawSoon();
    }
  }

  focusComposer() {
    this.composer.focus();
  }

  // what can be opened

  /** Act as another person; the channel stays open if they are a member. */
  actAs(personId) {
    this.#open({ personId, channelId: this.channelId, tab: this.tab });
  }

  /** Open a channel; `ts` is a message to scroll to, `thread` a thread to open, `tab` of the app. */
  openChannel(channelId, { ts = null, thread = null, tab = "messages" } = {}) {
    this.body.dataset.view = "channel";
    this.#open({ personId: this.personId, channelId, threadTs: thread, tab, ts });
    if (this.#showsMessages && !ts) this.composer.focus();
  }

  openThread(ts, write = false) {
    if (this.threadTs !== ts) this.#open({ ...this.#place, threadTs: ts });
    if (write) this.thread.composer.focus();
    else this.thread.list.scroller.focus();
  }

  closeThread() {
    this.#open({ ...this.#place, threadTs: null });
    this.composer.focus();
  }

  /** Open a message wherever it is; it may be a reply. Returns whether the person can see it. */
  show(channelId, ts) {
    const message = store.state.messages.get(`${channelId}:${ts}`);
    if (!message || !store.visible(this.personId, message) || !this.#mayOpen(channelId, this.personId)) return false;
    const thread = message.thread_ts && message.thread_ts !== ts ? message.thread_ts : null;
    this.openChannel(channelId, { ts, thread });
    return true;
  }

  // drawing

  #build() {
    this.classList.add("ws-workspace");
    this.channels = new ChannelList(this);
    this.list = new MessageList(this, this.named("Messages"));
    this.composer = new Composer(this, { label: this.named("Message"), send: this.isPhone ? "Send from the phone" : "Send" });
    this.thread = new Thread(this);
    this.team = el("strong", { class: "ws-team" });
    this.actor = el("select", { "aria-label": "Act as", onchange: () => this.actAs(this.actor.value) });
    const back = el("button", { type: "button", class: "ws-icon ws-back", "aria-label": this.named("Channel list"), onclick: () => this.#back() }, "‹");
    this.heading = el("h2", { class: "ws-title" });
    this.topic = el("span", { class: "ws-topic" });
    this.tabs = el("div", { class: "ws-app-tabs", role: "tablist", "aria-label": this.named("App"), hidden: true }, this.#tab("home", "Home"), this.#tab("messages", "Messages"));
    this.home = el("div", { class: "ws-home", hidden: true });
    this.closed = el("p", { class: "ws-closed", hidden: true });
    this.main = el("section", { class: "ws-main" }, el("header", { class: "ws-head" }, back, this.heading, this.topic), this.tabs, this.home, this.list.element, this.closed, this.composer.element);
    this.body = el("div", { class: "ws-body", "data-view": this.isPhone ? "list" : "channel" }, this.channels.element, this.main, this.thread.element);
    this.modals = el("modal-layer");
    const top = el("header", { class: "ws-top" }, this.team);
    if (!this.isPhone) top.append(el("label", { class: "ws-actor" }, el("span", { "aria-hidden": "true" }, "Act as "), this.actor), themeButton());
    this.append(top, this.body, this.modals);
  }

  #tab(id, text) {
    return el("button", { type: "button", role: "tab", "data-tab": id, onclick: () => this.openChannel(this.channelId, { tab: id }) }, text);
  }

  #back() {
    this.body.dataset.view = "list";
    this.channels.element.querySelector("[aria-current], button")?.focus();
  }

  /** Take up a new state of people and channels. */
  #begin() {
    if (!store.state) return;
    const people = [...store.state.people.values()].filter((one) => !one.is_bot);
    this.team.textContent = store.state.team.name;
    this.actor.replaceChildren(...people.map((one) => el("option", { value: one.id }, [fullName(one), one.title].filter(Boolean).join(", "))));
    const at = this.#address();
    const asked = this.isPhone ? this.getAttribute("person") : at.as || this.personId;
    const person = store.person(asked) ?? operator(people);
    if (!person) return;
    const channelId = (!this.isPhone && at.channel) || this.channelId;
    this.#open({ personId: person.id, channelId, threadTs: at.thread || this.threadTs, tab: at.tab || this.tab, ts: at.ts });
    this.#fillIn();
  }

  /** Channels changed: what is open stays as it is while the person may see it. */
  #refresh() {
    if (!this.#mayOpen(this.channelId, this.personId)) return this.#begin();
    this.#drawHead();
    this.channels.draw();
  }

  get #place() {
    const { personId, channelId, threadTs, tab } = this;
    return { personId, channelId, threadTs, tab };
  }

  get #showsMessages() {
    return !this.#isApp || this.tab === "messages";
  }

  get #isApp() {
    return this.channelId === store.directOf(this.personId);
  }

  #mayOpen(channelId, personId) {
    return channelId === store.directOf(personId) || store.channel(channelId)?.members.includes(personId);
  }

  #open({ personId, channelId, threadTs = null, tab = "messages", ts = null }) {
    const wasApp = channelId && channelId === store.directOf(this.personId);
    this.personId = personId;
    if (wasApp) this.channelId = store.directOf(personId);
    else if (this.#mayOpen(channelId, personId)) this.channelId = channelId;
    else this.channelId = store.channelsOf(personId)[0]?.id ?? store.directOf(personId);
    this.threadTs = this.channelId === channelId ? (threadTs ?? null) : null;
    this.tab = tab;
    const isUnread = unread(this.personId, this.channelId).messages > 0;
    this.unreadFrom = isUnread ? readUpTo(this.personId, this.channelId) : null;
    this.#draw();
    this.#writeAddress();
    if (ts) (this.threadTs && this.threadTs !== ts ? this.thread.list : this.list).reveal(ts);
  }

  #draw() {
    this.#drawHead();
    this.actor.value = this.personId;
    this.body.toggleAttribute("data-thread", Boolean(this.threadTs));
    if (this.modals.getAttribute("person") !== this.personId) this.modals.setAttribute("person", this.personId);
    this.#drawHome();
    this.list.show();
    this.composer.show();
    this.thread.draw();
    this.channels.draw();
    this.#title();
  }

  #drawHead() {
    const channel = store.channel(this.channelId);
    this.heading.textContent = channelName(this.channelId);
    this.topic.textContent = channel?.is_ext_shared ? "Shared with another company" : (channel?.topic ?? "");
    this.tabs.hidden = !this.#isApp;
    for (const tab of this.tabs.children) tab.setAttribute("aria-selected", String(tab.dataset.tab === this.tab));
    this.home.hidden = this.#showsMessages;
    this.list.element.hidden = !this.#showsMessages;
    this.list.intro.textContent = this.#isApp
      ? `Direct messages between you and ${store.state.app.name}.`
      : `This is the beginning of ${channelName(this.channelId)}.`;
    const why = channel?.is_archived
      ? "This channel is archived."
      : this.#isApp && store.state.app.read_only
        ? "Sending messages to this app has been turned off."
        : "";
    this.closed.textContent = why;
    this.closed.hidden = !why || !this.#showsMessages;
    this.composer.element.hidden = Boolean(why) || !this.#showsMessages;
  }

  #drawHome() {
    const shown = this.home.firstChild;
    if (this.#showsMessages) this.home.replaceChildren();
    else if (!shown) this.home.append(el("home-tab", { person: this.personId }));
    else if (shown.getAttribute("person") !== this.personId) shown.setAttribute("person", this.personId);
  }

  /** Draw the marks of unread messages, once for all events of a moment. */
  #drawSoon() {
    if (this.#waiting) return;
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      if (!store.state || !this.personId) return;
      if (this.list.atBottom) this.onRead();
      this.channels.draw();
      this.#title();
    }, 30);
  }

  #title() {
    if (this.isPhone) return;
    const { mentions } = this.channels;
    document.title = `${mentions ? `(${mentions}) ` : ""}${channelName(this.channelId)} – ${store.state.team.name}`;
  }

  // the address

  #onAddress = () => {
    const at = this.#address();
    if (!store.state || location.hash === this.#written) return;
    const personId = store.person(at.as)?.id ?? this.personId;
    this.#open({ personId, channelId: at.channel ?? this.channelId, threadTs: at.thread, tab: at.tab, ts: at.ts });
  };

  #written = "";

  #address() {
    return this.isPhone ? {} : Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  }

  #writeAddress() {
    if (this.isPhone) return;
    const at = new URLSearchParams({ as: this.personId, channel: this.channelId });
    if (this.threadTs) at.set("thread", this.threadTs);
    if (!this.#showsMessages) at.set("tab", this.tab);
    const hash = `#${at}`;
    if (location.hash === hash) return;
    this.#written = hash;
    const change = location.hash ? "pushState" : "replaceState";
    history[change](null, "", hash);
  }

  /** Put the tour's command into the operator's composer, unless they write something else. */
  #fillIn() {
    const prefill = store.state?.tour?.prefill ?? "";
    const isOperator = this.personId === operator([...store.state.people.values()])?.id;
    if (this.isPhone || prefill === this.#prefill || !isOperator) return;
    if (!this.composer.text || this.composer.text === this.#prefill) this.composer.text = prefill;
    this.#prefill = prefill;
  }
}

/** The person whom the demo begins with. */
function operator(people) {
  const able = people.filter((one) => !one.is_bot);
  return able.find((one) => /^operator/i.test(one.title ?? "")) ?? able.find((one) => !one.phone) ?? able[0];
}
