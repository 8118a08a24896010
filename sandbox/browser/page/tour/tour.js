/** `<demo-tour>`: what happened and what to do, in five steps that can be left and resumed, and more to try. */

import { ActionError, toast, tryTo } from "../api.js";
import { el, newId } from "../dom.js";
import { store } from "../store.js";
import { openInstallation } from "./install.js";
import { drawHints } from "./hints.js";
import { drawTrail, scrollTrail } from "./trail.js";

const LAST = 5;
const SUMMARY = LAST + 1;
const MORE = LAST + 2;
const SIGNS = { done: "✓", skipped: "–" };

class DemoTour extends HTMLElement {
  /** The step that somebody chose to look at, or null for the one that is due. */
  #chosen = null;
  #isOpen = true;
  #tour = null;

  connectedCallback() {
    this.body = newId("tour-body");
    this.announced = el("p", { class: "tour-announced", role: "status" });
    this.content = el("div", {});
    this.replaceChildren(el("section", { class: "tour", "aria-label": "Tour" }, this.announced, this.content));
    this.unsubscribe = [
      store.on("snapshot", (state) => this.show(state.tour)),
      store.on("tour", (tour) => this.show(tour)),
    ];
    if (store.state) this.show(store.state.tour);
  }

  disconnectedCallback() {
    for (const end of this.unsubscribe) end();
  }

  show(tour) {
    this.hidden = !tour?.steps?.length;
    if (this.hidden) return;
    if (this.#tour && this.#tour.step !== tour.step) this.#chosen = null;
    this.#announce(tour);
    this.#tour = tour;
    this.#draw();
  }

  /** Say what is due now, where that changed. */
  #announce(tour) {
    const step = tour.steps[tour.step - 1];
    const task = step?.tasks.find((one) => !one.done);
    const sentence = step ? `Step ${step.number}, ${step.title}. ${task?.text ?? ""}` : tour.summary?.text ?? "";
    if (this.announced.textContent !== sentence) this.announced.textContent = sentence;
  }

  #draw() {
    const focused = this.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    const scrolled = this.querySelector(".tour-trail")?.scrollTop;
    const isSame = scrolled !== undefined && this.wrongBefore === this.#wrong();
    this.content.replaceChildren(
      this.#head(),
      el("div", { id: this.body, class: "tour-body", hidden: !this.#isOpen }, this.#chips(), ...this.#shown()),
    );
    const trail = this.querySelector(".tour-trail");
    if (trail && isSame) trail.scrollTop = scrolled;
    else if (trail) scrollTrail(trail);
    this.wrongBefore = this.#wrong();
    if (focused) this.#focus(focused);
  }

  #wrong() {
    return this.#tour.trail?.find((one) => one.wrong)?.number ?? null;
  }

  /** Put the focus where it was, or on the step where that button is gone. */
  #focus(name) {
    const found = this.querySelector(`[data-focus="${name}"]`);
    (found ?? this.querySelector('[aria-current="step"]') ?? this.querySelector("button")).focus();
  }

  #head() {
    const toggle = () => {
      this.#isOpen = !this.#isOpen;
      this.#draw();
    };
    return el(
      "div",
      { class: "tour-head" },
      el("h1", { class: "tour-title" }, this.#tour.title),
      button("Start over", "start-over", () => this.#do({ do: "start_over" }), "tour-quiet"),
      el(
        "button",
        {
          type: "button",
          class: "tour-button tour-quiet",
          "data-focus": "toggle",
          "aria-expanded": String(this.#isOpen),
          "aria-controls": this.body,
          onclick: toggle,
        },
        this.#isOpen ? "Hide the steps" : "Show the steps",
      ),
    );
  }

  #chips() {
    const { steps, step: now, summary, hints } = this.#tour;
    const shown = this.#number();
    const chips = steps.map((step) => this.#chip(step.number, step.title, step.state, shown));
    if (summary) chips.push(this.#chip(SUMMARY, "What was run", now > LAST ? "now" : "later", shown));
    if (hints?.length) chips.push(this.#chip(MORE, "More to try", "later", shown));
    return el("ol", { class: "tour-steps", "aria-label": "Steps" }, ...chips);
  }

  #chip(number, label, state, shown) {
    const choose = () => {
      this.#chosen = number;
      this.#draw();
    };
    const sign = SIGNS[state];
    return el(
      "li",
      {},
      el(
        "button",
        {
          type: "button",
          class: `tour-chip tour-is-${state} ${number <= LAST ? "tour-numbered" : ""}`,
          "data-focus": `chip-${number}`,
          "aria-current": number === shown ? "step" : null,
          onclick: choose,
        },
        number <= LAST && `${number} `,
        el("span", { class: "tour-chiptitle" }, label),
        sign && el("span", { "aria-hidden": "true" }, ` ${sign}`),
        sign && el("span", { class: "tour-announced" }, ` (${state})`),
      ),
    );
  }

  #number() {
    return this.#chosen ?? this.#tour.step;
  }

  #shown() {
    const number = this.#number();
    if (number === MORE) return [drawHints(this.#tour.hints)];
    if (number > LAST) return [this.#summary()];
    const step = this.#tour.steps[number - 1];
    const { trail, verification } = this.#tour;
    const isAudit = number === LAST;
    return [
      this.#step(step, isAudit ? verification : null),
      isAudit && trail ? drawTrail(trail) : null,
    ].filter(Boolean);
  }

  #step(step, verification) {
    const next = step.tasks.findIndex((task) => !task.done);
    const isOpen = step.state === "now" || step.state === "later";
    const isWrong = verification && !verification.ok;
    const result = verification?.text ?? (step.state === "done" || step.state === "skipped" ? step.result : "");
    return el(
      "div",
      { class: "tour-step" },
      el("p", { class: "tour-text" }, this.#before(step.number), el("span", { class: "tour-what" }, step.text)),
      el("ol", { class: "tour-tasks" }, ...step.tasks.map((task, at) => taskLine(task, isOpen && at === next))),
      result && el("p", { class: isWrong ? "tour-result tour-bad" : "tour-result" }, result),
      el(
        "div",
        { class: "tour-actions" },
        ...step.actions.map(({ id, label }, at) =>
          button(label, id, () => this.#do({ do: id }), at === 0 && isOpen ? "tour-primary" : ""),
        ),
        isOpen && button("Skip", "skip", () => this.#do({ do: "skip", step: step.number }), "tour-quiet"),
      ),
    );
  }

  /** What the step before came to, at the one that is due, until something of that is done. */
  #before(number) {
    const before = this.#tour.steps[number - 2];
    const isBegun = this.#tour.steps[number - 1]?.tasks.some((task) => task.done);
    const isShown = number === this.#tour.step && before?.state === "done" && before.result && !isBegun;
    return isShown ? el("strong", { class: "tour-before" }, `${before.result} `) : null;
  }

  #summary() {
    const { text, runs } = this.#tour.summary;
    const rows = runs.map(({ command, outcome, writes }) =>
      el("tr", {}, el("td", {}, el("code", {}, command)), el("td", {}, outcome), el("td", {}, writes)),
    );
    const head = ["What was run", "Outcome", "Writes to the API"].map((name) => el("th", { scope: "col" }, name));
    return el(
      "div",
      { class: "tour-step" },
      el("p", { class: "tour-result" }, this.#before(SUMMARY), text),
      el(
        "div",
        { class: "tour-actions" },
        button("Install in my workspace", "install", () => this.#install(), "tour-primary"),
      ),
      rows.length > 0 && el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)),
    );
  }

  async #do(body) {
    this.#chosen = null;
    await tryTo("tour", body);
  }

  async #install() {
    try {
      await openInstallation();
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      toast(error.message);
    }
  }
}

function button(label, focus, onclick, kind = "") {
  return el("button", { type: "button", class: `tour-button ${kind}`, "data-focus": focus, onclick }, label);
}

function taskLine({ text, done }, isNext) {
  const kind = done ? "done" : isNext ? "next" : "later";
  return el(
    "li",
    { class: `tour-task tour-task-${kind}` },
    el("span", { class: "tour-sign", "aria-hidden": "true" }, { done: "✓", next: "→", later: "○" }[kind]),
    el("span", {}, text, done && el("span", { class: "tour-announced" }, " Done.")),
  );
}

customElements.define("demo-tour", DemoTour);
