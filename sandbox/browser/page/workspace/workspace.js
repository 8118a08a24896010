/** `<sandbox-workspace>`: Slack as one person sees it. */

import { withdrawConfirm } from "../modal/confirm.js";
import { isWritten, readAddress, writeAddress } from "../address.js";
import { drawAppTab, setPerson } from "./app_tab.js";
import { channelName } from "./channels.js";
import { el } from "../dom.js";
import { buildFrame, drawHead, drawMentions } from "./frame.js";
import { drawPresence, firstPerson, fullName } from "../people.js";
import { store } from "../store.js";
import { reportFailed } from "./shortcuts.js";
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

  connectedCallback() {
    if (!this.firstChild) Object.assign(this, buildFrame(this));
    this.list.connect();
    this.thread.list.connect();
    const soon = () => this.#drawSoon();
    this.off = [
      store.on("snapshot", () => this.#begin()),
      store.on("people", () => this.#begin()),
      store.on("channels", () => this.#begin()),
      store.on("message", soon),
      store.on("delivery", (delivery) => reportFailed(delivery, this.personId)),
      store.on("tour", () => this.#offer()),
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

  /** Whether the app is open, not a channel. */
  get isApp() {
    return this.channelId === store.directOf(this.personId);
  }

  get showsMessages() {
    return !this.isApp || this.tab === "messages";
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
    const isSeen = !document.hidden && this.list.element.checkVisibility();
    if (isSeen && markRead(this.personId, this.channelId)) this.#drawSoon();
  }

  focusComposer() {
    this.composer.focus();
  }

  // what can be opened

  /** Act as another person; the channel stays open if they are a member. */
  actAs(personId) {
    const channelId = this.isApp ? store.directOf(personId) : this.channelId;
    this.#open({ personId, channelId, tab: this.tab });
  }

  /** Open a channel; `ts` is a message to scroll to, `thread` a thread to open, `tab` of the app. */
  openChannel(channelId, { ts = null, thread = null, tab = "messages" } = {}) {
    this.body.dataset.view = "channel";
    this.#open({ personId: this.personId, channelId, threadTs: thread, tab, ts });
    if (this.showsMessages && !ts) this.composer.focus();
  }

  /** Put a text into the field of a person in a channel; they send it. */
  type(personId, channelId, text) {
    this.#open({ personId, channelId });
    this.composer.text = text;
    this.composer.focus();
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

  /** On a phone, go from the channel to the list of channels. */
  showChannels() {
    this.body.dataset.view = "list";
    this.channels.element.querySelector("[aria-current], button")?.focus();
  }

  /** Open a message wherever it is; it may be a reply. Returns whether the person can see it. */
  show(channelId, ts) {
    const message = store.state.messages.get(`${channelId}:${ts}`);
    const isSeen = message && store.visible(this.personId, message);
    if (!isSeen || !this.#mayOpen(channelId, this.personId)) return false;
    const thread = message.thread_ts && message.thread_ts !== ts ? message.thread_ts : null;
    this.openChannel(channelId, { ts, thread });
    return true;
  }

  // drawing

  /** Take up a new state. What is open stays as it is while the person may see it. */
  #begin() {
    if (!store.state) return;
    const people = [...store.state.people.values()].filter((one) => !one.is_bot);
    const named = (one) => [fullName(one), one.title].filter(Boolean).join(", ");
    const options = people.map((one) => el("option", { value: one.id }, named(one)));
    this.team.textContent = store.state.team.name;
    this.actor.replaceChildren(...options);
    const at = this.isPhone ? {} : readAddress();
    const asked = this.isPhone ? this.getAttribute("person") : at.as || this.personId;
    const personId = (store.person(asked) ?? firstPerson())?.id;
    if (!personId) return;
    if (personId === this.personId && this.#mayOpen(this.channelId, personId)) this.#refresh();
    else this.#open({ personId, channelId: at.channel, threadTs: at.thread, tab: at.tab, ts: at.ts });
  }

  #refresh() {
    this.actor.value = this.personId;
    drawPresence(this.presence, store.person(this.personId));
    drawHead(this);
    this.list.refresh();
    this.thread.list.refresh();
    this.channels.draw();
    this.#offer();
  }

  get #place() {
    const { personId, channelId, threadTs, tab } = this;
    return { personId, channelId, threadTs, tab };
  }

  #mayOpen(channelId, personId) {
    const members = store.channel(channelId)?.members ?? [];
    return channelId === store.directOf(personId) || members.includes(personId);
  }

  #open({ personId, channelId, threadTs = null, tab = "messages", ts = null }) {
    const first = () => store.channelsOf(personId)[0]?.id ?? store.directOf(personId);
    if (personId !== this.personId) withdrawConfirm(this);
    this.personId = personId;
    this.channelId = this.#mayOpen(channelId, personId) ? channelId : first();
    this.threadTs = this.channelId === channelId ? (threadTs ?? null) : null;
    this.tab = tab;
    const isUnread = unread(this.personId, this.channelId).messages > 0;
    this.unreadFrom = isUnread ? readUpTo(this.personId, this.channelId) : null;
    this.#draw();
    this.#offer();
    if (!this.isPhone) writeAddress(this.#place);
    if (ts) (this.threadTs && this.threadTs !== ts ? this.thread.list : this.list).reveal(ts);
  }

  #draw() {
    drawHead(this);
    this.actor.value = this.personId;
    drawPresence(this.presence, store.person(this.personId));
    this.body.toggleAttribute("data-thread", Boolean(this.threadTs));
    setPerson(this.modals, this.personId);
    drawAppTab(this);
    this.list.show();
    this.composer.show();
    this.thread.draw();
    this.channels.draw();
    this.#title();
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
    const { mentions } = this.channels;
    drawMentions(this, mentions);
    if (this.isPhone) return;
    const title = `${channelName(this.channelId)} – ${store.state.team.name}`;
    document.title = mentions ? `(${mentions}) ${title}` : title;
  }

  #onAddress = () => {
    if (!store.state || isWritten()) return;
    const at = readAddress();
    const personId = store.person(at.as)?.id ?? this.personId;
    const channelId = at.channel ?? this.channelId;
    this.#open({ personId, channelId, threadTs: at.thread, tab: at.tab, ts: at.ts });
  };

  /** Offer the tour's command, in the operator's first channel. */
  #offer() {
    const { id } = firstPerson() ?? {};
    if (this.isPhone || this.personId !== id || this.channelId !== store.channelsOf(id)[0]?.id) return;
    this.composer.offer(store.state.tour?.prefill ?? "");
  }
}
