/** The switches that break the simulated API and the simulated Slack. */

import { tryTo } from "../api.js";
import { el } from "../dom.js";

export class Switches {
  constructor() {
    this.element = el("div", { class: "wld-switches" });
    this.buttons = new Map();
  }

  /** @param {Array<{id: string, group: string, label: string, hint: string, on: boolean}>} switches */
  show(switches) {
    const known = switches.length === this.buttons.size && switches.every((one) => this.buttons.has(one.id));
    if (!known) this.build(switches);
    for (const one of switches) this.buttons.get(one.id).setAttribute("aria-checked", String(one.on));
  }

  build(switches) {
    this.buttons.clear();
    const groups = [...new Set(switches.map((one) => one.group))];
    this.element.replaceChildren(
      ...groups.map((group) =>
        el(
          "fieldset",
          { class: "wld-group" },
          el("legend", {}, group),
          ...switches.filter((one) => one.group === group).map((one) => this.row(one)),
        ),
      ),
    );
  }

  row({ id, label, hint }) {
    const button = el(
      "button",
      {
        type: "button",
        class: "wld-switch",
        role: "switch",
        "aria-checked": "false",
        "aria-describedby": hint ? `wld-hint-${id}` : null,
        onclick: () => tryTo("switch", { id, on: button.getAttribute("aria-checked") !== "true" }),
      },
      el("span", { class: "wld-knob", "aria-hidden": "true" }),
      label,
    );
    this.buttons.set(id, button);
    return el("div", { class: "wld-switchrow" }, button, hint && el("p", { id: `wld-hint-${id}` }, hint));
  }
}
