/** Names and avatars of people, the app and Slackbot. */

import { el } from "./dom.js";
import { store } from "./store.js";

const HUES = 12;
export const SLACKBOT = { id: "USLACKBOT", name: "Slackbot", real_name: "Slackbot", is_bot: true };

/** The person, app or Slackbot who wrote a message. */
export function author(message) {
  if (message.only_for && message.via === "slack") return SLACKBOT;
  const { app } = store.state;
  const wrote = message.only_for ? app.user_id : message.user;
  const known = store.person(wrote);
  if (wrote === app.user_id) return { id: wrote, name: app.name, real_name: app.name, is_bot: true };
  return known ?? { id: wrote, name: wrote };
}

/** The person whom the demo begins with: the operator, or who is the first in the workspace. */
export function firstPerson() {
  const people = [...store.state.people.values()].filter((one) => !one.is_bot);
  return people.find((one) => /^operator/i.test(one.title ?? "")) ?? people[0] ?? null;
}

export function fullName(person) {
  return person.real_name || person.name;
}

/** A square with the initials, on a colour derived from the id. */
export function avatar(person) {
  const words = fullName(person).split(/[\s._-]+/).filter(Boolean);
  const initials = words.slice(0, 2).map((word) => word[0].toUpperCase()).join("");
  let sum = 0;
  for (const letter of person.id) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return el("span", { class: "msg-avatar", "data-hue": sum % HUES, "aria-hidden": "true" }, initials);
}

/** A dot that is filled for who is active, and a ring for who is away; `drawPresence` says which. */
export function presenceDot() {
  return el("span", { class: "ws-presence", role: "img" });
}

/** Show and name the presence of a person in their dot. */
export function drawPresence(dot, person) {
  const presence = person?.presence ?? "away";
  dot.dataset.presence = presence;
  dot.title = presence;
  dot.setAttribute("aria-label", presence);
}
