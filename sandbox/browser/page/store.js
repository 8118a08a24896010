/** The state of the demo, kept up to date by server-sent events; every window holds all of it. */

const DISMISSED = new Set();
const BY_ID = { people: "id", channels: "id", usergroups: "id", views: "id", homes: "user" };
const BY_NUMBER = ["deliveries", "refused", "notifications", "api"];
const ONE_OF = {
  view: "views",
  home: "homes",
  delivery: "deliveries",
  refused: "refused",
  notification: "notifications",
  api: "api",
};
const WHOLE = ["people", "channels", "switches", "world", "bot", "tour", "pagers"];
/** Seconds without a stream after which the demo counts as ended. */
const ENDED_AFTER = 3;

class Store {
  #listeners = new Map();
  /** Keys of root messages by channel, and of replies by the key of their root, by time. */
  #roots = new Map();
  #replies = new Map();
  #source = null;
  #lost = 0;

  constructor() {
    /** The snapshot; null until it arrived. */
    this.state = null;
    /** UNIX seconds of the demo's clock when this page was loaded. */
    this.loadedAt = 0;
    this.connection = { open: false, ended: false };
  }

  /** Call `listener(data, previous)` at each event of this name; returns what ends that. */
  on(name, listener) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(listener);
    return () => this.#listeners.get(name).delete(listener);
  }

  /** Open the stream. The browser opens it again when it is cut. */
  connect() {
    const source = new EventSource("events");
    this.#source = source;
    const listen = (name, take) =>
      source.addEventListener(name, (event) => take.call(this, JSON.parse(event.data)));
    listen("snapshot", this.#snapshot);
    listen("message", this.#message);
    listen("clock", (clock) => {
      Object.assign(this.state, clock);
      this.#readAt = performance.now();
      this.#emit("clock", clock);
    });
    for (const name of Object.keys(ONE_OF)) listen(name, (item) => this.#item(name, item));
    for (const name of WHOLE) listen(name, (part) => this.#part(name, part));
    source.addEventListener("error", () => this.#cut());
  }

  #readAt = 0;

  /** UNIX seconds of the demo's clock. */
  now() {
    if (!this.state) return Date.now() / 1000;
    return this.state.now + (performance.now() - this.#readAt) / 1000;
  }

  person(id) {
    return this.state?.people.get(id) ?? null;
  }

  channel(id) {
    return this.state?.channels.get(id) ?? null;
  }

  /** Whether this person sees the message now. Others' and earlier ephemeral ones are not seen. */
  visible(personId, message) {
    if (message.deleted && (message.only_for || !this.#replies.get(message.key)?.length)) return false;
    if (!message.only_for) return true;
    const since = Number(message.ts) >= this.loadedAt && !DISMISSED.has(message.key);
    return message.only_for === personId && since;
  }

  /** The channels that the person is a member of, without direct messages. */
  channelsOf(personId) {
    const all = [...(this.state?.channels.values() ?? [])];
    return all.filter((one) => one.kind !== "im" && one.members.includes(personId));
  }

  /** The id of the direct messages between the person and the app. */
  directOf(personId) {
    const all = [...(this.state?.channels.values() ?? [])];
    const found = all.find((one) => one.kind === "im" && one.members.includes(personId));
    return found?.id ?? `D${personId}`;
  }

  messagesIn(channelId, personId) {
    return this.#seen(this.#roots.get(channelId), personId);
  }

  /** The root of a thread and its replies; the root is missing when it is not known. */
  thread(channelId, ts, personId) {
    const key = `${channelId}:${ts}`;
    return this.#seen([key, ...(this.#replies.get(key) ?? [])], personId);
  }

  /** Replies to a root message, that the person sees. */
  replies(key, personId) {
    return this.#seen(this.#replies.get(key), personId).filter((reply) => !reply.deleted);
  }

  /** Hide an ephemeral message in this window. */
  dismiss(key) {
    DISMISSED.add(key);
    const message = this.state.messages.get(key);
    if (message) this.#emit("message", message, message);
  }

  /** The root messages that the person sees, the newest first. */
  *newestIn(channelId, personId) {
    const keys = this.#roots.get(channelId) ?? [];
    for (let at = keys.length - 1; at >= 0; at -= 1) {
      const message = this.state.messages.get(keys[at]);
      if (this.visible(personId, message)) yield message;
    }
  }

  #seen(keys, personId) {
    const messages = this.state?.messages;
    if (!keys || !messages) return [];
    const found = keys.map((key) => messages.get(key)).filter(Boolean);
    return found.filter((message) => this.visible(personId, message));
  }

  #snapshot(data) {
    const state = { ...data };
    for (const [name, id] of Object.entries(BY_ID)) {
      state[name] = new Map((data[name] ?? []).map((item) => [item[id], item]));
    }
    for (const name of BY_NUMBER) {
      state[name] = new Map((data[name] ?? []).map((item) => [item.number, item]));
    }
    state.messages = new Map();
    this.#roots.clear();
    this.#replies.clear();
    this.state = state;
    this.#readAt = performance.now();
    for (const message of data.messages ?? []) this.#keep(message);
    this.loadedAt ||= data.now;
    this.#setConnection({ open: true, ended: false });
    this.#emit("snapshot", state);
  }

  #message(message) {
    const previous = this.state.messages.get(message.key) ?? null;
    this.#keep(message);
    this.#emit("message", message, previous);
  }

  /** Put the message into the state, and a new one into its place by time. */
  #keep(message) {
    const known = this.state.messages.has(message.key);
    this.state.messages.set(message.key, message);
    if (known) return;
    const isReply = message.thread_ts && message.thread_ts !== message.ts;
    const index = isReply ? this.#replies : this.#roots;
    const of = isReply ? `${message.channel}:${message.thread_ts}` : message.channel;
    if (!index.has(of)) index.set(of, []);
    const keys = index.get(of);
    let at = keys.length;
    while (at > 0 && keys[at - 1] > message.key) at -= 1;
    keys.splice(at, 0, message.key);
  }

  #item(name, item) {
    const part = ONE_OF[name];
    const all = this.state[part];
    all.set(item[BY_ID[part] ?? "number"], item);
    this.#emit(name, item);
  }

  #part(name, part) {
    const id = BY_ID[name];
    this.state[name] = id ? new Map(part.map((item) => [item[id], item])) : part;
    this.#emit(name, this.state[name]);
  }

  #cut() {
    this.#lost ||= performance.now();
    const refused = this.#source.readyState === EventSource.CLOSED;
    const ended = refused || performance.now() - this.#lost > ENDED_AFTER * 1000;
    this.#setConnection({ open: false, ended });
  }

  #setConnection(connection) {
    if (connection.open) this.#lost = 0;
    this.connection = connection;
    this.#emit("connection", connection);
  }

  #emit(name, ...data) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(...data);
      } catch (error) {
        // One part of the page that fails must not stop the others.
        reportError(error);
      }
    }
  }
}

export const store = new Store();
