/** What stands between `<` and `>` in mrkdwn: mentions, channels, links, dates. */

import { formatDate } from "./dates.js";
import { el } from "../../dom.js";
import { fragment, link, safeUrl } from "./links.js";

/** @returns {string} text with Slack's three escapes undone */
export function unescape(text) {
  return text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);
}

/**
 * @param {string} inside what stands between the angle brackets, still escaped
 * @param {(label: string) => Node} label draws a link's label, which may be formatted
 * @returns {Node}
 */
export function entity(inside, ctx, label) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const shown = bar < 0 ? "" : inside.slice(bar + 1);
  if (/^@[A-Z0-9]+$/.test(target)) return user(target.slice(1), unescape(shown), ctx);
  if (/^#[A-Z0-9]+$/.test(target)) return channel(target.slice(1), unescape(shown), ctx);
  if (target.startsWith("!")) return special(target.slice(1), unescape(shown), ctx);
  const address = unescape(target);
  if (safeUrl(address) === null) return fragment(unescape(`<${inside}>`));
  return link(address, shown ? label(shown) : address.replace(/^(mailto|tel):/, ""));
}

export function user(id, shown, ctx) {
  const person = ctx.store?.person(id);
  const name = person ? person.name || person.real_name : shown || id;
  const own = id === ctx.person?.id;
  return mention(`@${name}`, own);
}

export function channel(id, shown, ctx) {
  const found = ctx.store?.channel(id);
  if (!found && !shown) return mention("🔒 private channel", false);
  return mention(`#${found?.name || shown}`, false);
}

export function usergroup(id, shown, ctx) {
  const groups = ctx.store?.state?.usergroups ?? [];
  const list = groups instanceof Map ? [...groups.values()] : groups;
  const found = list.find((group) => group.id === id);
  const own = Boolean(found?.users?.includes(ctx.person?.id));
  return mention(`@${(found?.handle || shown || id).replace(/^@/, "")}`, own);
}

export function broadcast(range) {
  return mention(`@${range}`, true);
}

/** A date, or its fallback where it cannot be drawn; with a link where one is given. */
export function date(ts, format, address, fallback, ctx) {
  let text = fallback;
  try {
    text = formatDate(Number(ts), format, ctx);
  } catch {
    // A RangeError: the number is no time.
  }
  const time = el("time", { class: "blk-time", title: fallback || null }, text);
  return address ? link(address, time) : time;
}

function special(command, shown, ctx) {
  const [name, ...rest] = command.split("^");
  if (["here", "channel", "everyone"].includes(name)) return broadcast(name);
  if (name === "subteam") return usergroup(rest[0] ?? "", shown, ctx);
  if (name === "date" && rest.length >= 2) {
    return date(rest[0], unescape(rest[1]), unescape(rest[2] ?? ""), shown, ctx);
  }
  return fragment(shown || `<${name}>`);
}

function mention(text, highlighted) {
  const kind = highlighted ? "blk-mention blk-mention-own" : "blk-mention";
  return el("span", { class: kind }, text);
}
