/** More to try: what there is to see, and a button that types the command for whoever may send it. */

import { el } from "../dom.js";
import { showPane } from "../panes.js";
import { fullName } from "../people.js";
import { store } from "../store.js";

/** @param {{title: string, text: string, command: string, person: string, channel: string}[]} hints */
export function drawHints(hints) {
  return el("ul", { class: "tour-hints", "aria-label": "More to try" }, ...hints.map(row));
}

function row(hint, at) {
  const { title, text, command, person, channel } = hint;
  const who = fullName(store.person(person) ?? { name: person });
  const where = store.channel(channel)?.name ?? channel;
  const label = `Type it: ${title}`;
  const named = { type: "button", class: "tour-button", "aria-label": label, title: command, "data-focus": `hint-${at}` };
  return el(
    "li",
    {},
    el("button", { ...named, onclick: () => type(hint) }, "Type it"),
    el("span", {}, el("strong", {}, title), ` ${text} `, el("span", { class: "tour-who" }, `${who}, #${where}`)),
  );
}

function type({ person, channel, command }) {
  showPane("workspace");
  document.querySelector("#pane-workspace sandbox-workspace").type(person, channel, command);
}
