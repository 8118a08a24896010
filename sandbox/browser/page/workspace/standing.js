/** How a message stands in its list, after the one before it. */

import { author } from "../people.js";
import { day } from "../times.js";

/** Messages of the same author within so many seconds are a group. */
const GROUP = 5 * 60;

/**
 * @param {object|null} before the message above
 * @param {string|null} unreadFrom the time up to which the person had read
 * @returns {{grouped: boolean, newDay: boolean, firstUnread: boolean}}
 */
export function standing(message, before, tz, unreadFrom) {
  const newDay = !before || day(before.ts, tz) !== day(message.ts, tz);
  const isUnread = unreadFrom !== null && message.ts > unreadFrom;
  const firstUnread = isUnread && (!before || before.ts <= unreadFrom);
  const alone = newDay || firstUnread || message.only_for || before.only_for;
  const near = !alone && Number(message.ts) - Number(before.ts) < GROUP;
  return { grouped: near && author(before).id === author(message).id, newDay, firstUnread };
}
