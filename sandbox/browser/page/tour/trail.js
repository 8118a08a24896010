/** The audit trail of the tour, an entry a line, and what its verification said. */

import { el } from "../dom.js";
import { store } from "../store.js";

const TIME = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "Europe/Berlin",
});

/** @param {Array<{number: number, at: number, text: string, wrong: boolean}>} trail @returns {HTMLElement} */
export function drawTrail(trail) {
  const lines = trail.map(({ number, at, text, wrong }) =>
    el(
      "tr",
      { class: wrong ? "tour-wrong" : null },
      el("td", {}, wrong ? `✕ ${number}` : number),
      el("td", {}, el("time", { datetime: new Date(at * 1000).toISOString() }, TIME.format(at * 1000))),
      el("td", {}, named(text), wrong && el("strong", {}, " This entry was altered.")),
    ),
  );
  const head = el("tr", {}, ...["Entry", "Time", "What happened"].map((name) => el("th", { scope: "col" }, name)));
  return el(
    "div",
    { class: "tour-trail", role: "region", "aria-label": "Audit trail", tabindex: "0" },
    el("table", {}, el("thead", {}, head), el("tbody", {}, ...lines)),
  );
}

/** Sentences of the bot mention people as Slack wants it. */
function named(text) {
  return text.replace(/<@(\w+)>/g, (mention, id) => {
    const name = store.person(id)?.name;
    return name ? `@${name}` : mention;
  });
}

/** The entry that was altered is shown, else the newest. */
export function scrollTrail(element) {
  const wrong = element.querySelector(".tour-wrong");
  element.scrollTop = wrong ? wrong.offsetTop - element.clientHeight / 2 : element.scrollHeight;
}
