/** One modal: what is drawn, typed and submitted (docs.slack.dev/surfaces/modals). */

import { act } from "../api.js";
import { asking } from "./asking.js";
import { confirmDialog } from "./confirm.js";
import { el, newId } from "../dom.js";
import { keepInside, reachable } from "./focus_trap.js";
import { blockIn, redraw, typedIn } from "./redraw.js";
import { problemsOf, readValues, showErrors } from "../render/inputs.js";
import { store } from "../store.js";

/** What Slack shows for an acknowledgement that is late, missing or wrong. */
export const TROUBLE = "We had some trouble connecting. Try again?";

export class ModalView {
  /** JSON of the blocks as they are drawn. */
  #source = "";
  /** What Slack says instead of submitting, by block id. */
  #incomplete = {};
  #trouble = "";
  #busy = false;

  constructor(view, layer) {
    this.layer = layer;
    this.cover = el("div", { class: "mod-cover" });
    this.#build();
    this.update(view);
  }

  /** Draw the view as it is now. Inputs that are still there keep what was typed. */
  update(view) {
    const known = JSON.stringify(this.view?.errors);
    this.view = view;
    this.#draw();
    const wrong = Object.keys(view.errors ?? {})[0];
    if (wrong && known !== JSON.stringify(view.errors) && this.box.contains(document.activeElement)) {
      this.#focusBlock(wrong);
    }
  }

  /** The app answered a submission, or did not. */
  settle(delivery) {
    this.#trouble = delivery.problem ? TROUBLE : "";
    this.#setBusy(false);
    this.#drawFrame();
  }

  focusFirst() {
    const wanted = this.body.querySelector("[autofocus]");
    const inputs = reachable(this.body).filter((one) => one.matches("input, textarea, select"));
    const first = wanted ?? inputs[0] ?? (this.submit.hidden ? this.close : this.submit);
    first.focus();
  }

  #build() {
    const title = newId("modal");
    const button = (name, mark, onclick) =>
      el("button", { class: "mod-icon", type: "button", "aria-label": name, onclick }, mark);
    const close = () => this.#close();
    this.title = el("h2", { class: "mod-title", id: title });
    this.back = button("Previous view", "←", close);
    this.problem = el("div", { class: "mod-problem", role: "alert" });
    this.body = el("div", { class: "mod-body" });
    this.close = el("button", { class: "mod-button", type: "button", onclick: close });
    this.label = el("span");
    this.submit = el(
      "button",
      { class: "mod-button mod-primary", type: "submit" },
      el("span", { class: "mod-spinner", "aria-hidden": "true" }),
      this.label,
    );
    const dismiss = button("Dismiss", "✕", () => this.#closeAll());
    const head = el("div", { class: "mod-head" }, this.back, this.title, dismiss);
    const onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    const inspect = button("Inspect", "🔍", () => {
      const detail = { view_id: this.view.id };
      this.cover.dispatchEvent(new CustomEvent("inspect", { bubbles: true, detail }));
    });
    inspect.classList.add("mod-inspect");
    const foot = el("div", { class: "mod-foot" }, inspect, this.close, this.submit);
    const parts = [head, this.problem, this.body, foot];
    const form = el("form", { class: "mod-form", novalidate: true, onsubmit }, ...parts);
    const onkeydown = (event) => this.#key(event);
    const names = { open: true, "aria-modal": "true", "aria-labelledby": title };
    this.box = el("dialog", { class: "mod-box", onkeydown, ...names }, form);
    this.cover.append(this.box);
  }

  #key(event) {
    keepInside(this.box, event);
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    this.#close();
  }

  #drawFrame() {
    const { title, submit, close } = this.view.view;
    this.title.textContent = title.text;
    this.back.hidden = !this.view.previous_id;
    this.label.textContent = submit?.text ?? "";
    this.submit.hidden = !submit;
    this.close.textContent = close?.text ?? (submit ? "Cancel" : "Close");
    const whole = this.view.errors?.[""] ?? this.#trouble;
    // A code, such as `operation_timeout`, is for the developer drawer.
    this.problem.textContent = /^[a-z_]+$/.test(whole) ? TROUBLE : whole;
    this.problem.hidden = !whole;
  }

  #draw() {
    this.#drawFrame();
    const source = JSON.stringify(this.view.view.blocks);
    if (source !== this.#source) redraw(this.body, this.view.view.blocks, this.#context());
    this.#source = source;
    showErrors(this.body, { ...this.#incomplete, ...this.view.errors });
  }

  #context() {
    const person = store.person(this.view.user);
    const ctx = { person, store, surface: "modal", errors: {}, busy: false };
    Object.assign(ctx, asking(this.view.user, () => this.view));
    ctx.confirm = (dialog) => confirmDialog(dialog, { ...ctx, host: this.layer });
    ctx.onAction = async (block_id, action_id, element, value) => {
      const values = await typedIn(this.body);
      await this.#act("view_click", { block_id, action_id, value, values });
    };
    return ctx;
  }

  async #submit() {
    // Enter in a text submits also where there is no button for it.
    if (this.#busy || this.submit.hidden) return;
    this.#trouble = "";
    this.#incomplete = problemsOf(this.body);
    const wrong = Object.keys(this.#incomplete)[0];
    this.view = { ...this.view, errors: {} };
    this.#draw();
    if (wrong !== undefined) {
      this.#focusBlock(wrong);
      return;
    }
    this.#setBusy(true);
    await this.#act("submit", { values: await readValues(this.body) });
  }

  #focusBlock(id) {
    const around = blockIn(this.body, id);
    if (around) reachable(around)[0]?.focus();
  }

  async #act(name, more) {
    try {
      await act(name, { person: this.view.user, view_id: this.view.id, ...more });
    } catch (error) {
      this.#trouble = error.message;
      this.#setBusy(false);
      this.#drawFrame();
    }
  }

  #close() {
    return this.#act("close_view", {});
  }

  /** Close the view and the ones below it, newest first. */
  async #closeAll() {
    const { root_id } = this.view;
    const open = [...store.state.views.values()].filter((view) => view.state === "open");
    const stack = open.filter((view) => view.root_id === root_id);
    for (const { id } of stack.reverse()) await this.#act("close_view", { view_id: id });
  }

  #setBusy(busy) {
    this.#busy = busy;
    // A disabled button would lose the focus.
    this.submit.setAttribute("aria-disabled", String(busy));
    this.box.setAttribute("aria-busy", String(busy));
  }
}
