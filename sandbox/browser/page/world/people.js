/** The people of the workspace, and a switch for each: active or away. */

import { tryTo } from "../api.js";
import { el } from "../dom.js";
import { drawPresence, fullName, presenceDot } from "../people.js";

export class People {
  constructor() {
    this.element = el("ul", { class: "wld-people", "aria-label": "People" });
    this.rows = new Map();
  }

  /** @param {Iterable<object>} people everybody of the workspace; apps are left out */
  show(people) {
    const shown = [...people].filter((one) => !one.is_bot);
    const known = shown.length === this.rows.size && shown.every((one) => this.rows.has(one.id));
    if (!known) this.build(shown);
    for (const person of shown) this.update(this.rows.get(person.id), person);
  }

  build(people) {
    this.rows = new Map(people.map((person) => [person.id, this.row(person)]));
    this.element.replaceChildren(...[...this.rows.values()].map((row) => el("li", {}, row.button)));
  }

  row({ id, ...person }) {
    const turn = () => {
      const presence = button.getAttribute("aria-checked") === "true" ? "away" : "active";
      return tryTo("presence", { person: id, presence });
    };
    const name = fullName(person);
    const dot = presenceDot();
    const state = el("span", { class: "wld-state", "aria-hidden": "true" });
    const named = { type: "button", class: "wld-switch wld-person", role: "switch", "aria-label": `${name} is active` };
    const knob = el("span", { class: "wld-knob", "aria-hidden": "true" });
    const button = el("button", { ...named, onclick: turn }, dot, el("span", {}, name), state, knob);
    dot.setAttribute("aria-hidden", "true");
    return { button, dot, state };
  }

  update({ button, dot, state }, person) {
    drawPresence(dot, person);
    state.textContent = person.presence;
    button.setAttribute("aria-checked", String(person.presence === "active"));
  }
}
