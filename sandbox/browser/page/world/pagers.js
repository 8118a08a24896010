/** The incidents of the simulated pagers: their state with a word and a sign, the change, and when. */

import { el } from "../dom.js";

const SIGNS = { triggered: "●", acknowledged: "◐", resolved: "✓" };
const TIME = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "Europe/Berlin",
});

export class Pagers {
  constructor() {
    this.list = el("ul", { class: "wld-incidents", "aria-label": "Incidents of the pager" });
    this.empty = el("p", { class: "wld-none" }, "No incident yet.");
    this.element = el("section", { "aria-label": "Pager" }, el("h3", {}, "Pager"), this.empty, this.list);
  }

  /** @param {Array<object>|null} incidents null where no pager is simulated */
  show(incidents) {
    this.element.hidden = !incidents;
    this.empty.hidden = Boolean(incidents?.length);
    const newest = [...(incidents ?? [])].sort((one, other) => latest(other) - latest(one));
    this.list.replaceChildren(...newest.map(item));
  }
}

function latest({ times }) {
  return Math.max(...Object.values(times));
}

function item({ pager, summary, state, change, times }) {
  const sign = el("span", { "aria-hidden": "true" }, `${SIGNS[state] ?? "●"} `);
  const steps = Object.entries(times).sort(([, one], [, other]) => one - other);
  const when = steps.map(([name, at]) => `${name} ${TIME.format(at * 1000)}`).join(", ");
  return el(
    "li",
    { class: `wld-incident wld-is-${state}` },
    el("p", {}, el("b", { class: "wld-incident-state" }, sign, state), ` ${summary}`),
    el("p", { class: "wld-none" }, [pager, change, when].filter(Boolean).join(" · ")),
  );
}
