/** What each person has not read in this window; it survives a reload. */

import { store } from "../store.js";

const KEY = "read";
const EVERYBODY = /<!(channel|here|everyone)/;

function load() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

const saved = load();
saved.marks ??= {};

function save(changed) {
  Object.assign(saved, changed);
  sessionStorage.setItem(KEY, JSON.stringify(saved));
}

/** The time up to which the person has read the channel; at first, when the page was opened. */
export function readUpTo(personId, channelId) {
  if (saved.since === undefined) save({ since: store.loadedAt });
  return saved.marks[`${personId} ${channelId}`] ?? String(saved.since);
}

/** Note that the person has read all of the channel. Returns whether that is new. */
export function markRead(personId, channelId) {
  const [newest] = store.newestIn(channelId, personId);
  if (!newest || newest.ts <= readUpTo(personId, channelId)) return false;
  save({ marks: { ...saved.marks, [`${personId} ${channelId}`]: newest.ts } });
  return true;
}

/** How many messages the person has not read, and how many of them are addressed to them. */
export function unread(personId, channelId) {
  const read = readUpTo(personId, channelId);
  const count = { messages: 0, mentions: 0 };
  for (const message of store.newestIn(channelId, personId)) {
    if (message.ts <= read) break;
    if (message.user === personId && !message.only_for) continue;
    count.messages += 1;
    const direct = message.only_for || store.channel(channelId)?.kind === "im";
    if (direct || mentions(message, personId)) count.mentions += 1;
  }
  return count;
}

function mentions(message, personId) {
  const said = message.text + JSON.stringify(message.blocks);
  const groups = [...(store.state.usergroups?.values() ?? [])];
  return (
    said.includes(`<@${personId}>`) ||
    EVERYBODY.test(said) ||
    groups.some((group) => group.users?.includes(personId) && said.includes(`<!subteam^${group.id}`))
  );
}
