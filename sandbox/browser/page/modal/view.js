/** One modal: what is drawn, typed and submitted (docs.slack.dev/surfaces/modals). */

import { act } from "../api.js";
import { confirmDialog } from "../confirm.js";
import { el, newId } from "../dom.js";
import { keepInside, reachable } from "./focus_trap.js";
import { missing, withTyped } from "./values.js";
import { renderBlocks } from "../render/blocks.js";
import { readValues } from "../render/inputs.js";
import { store } from "../store.js";

/** What Slack shows for an acknowledgement that is late, missing or wrong. */
const TROUBLE = "We had some trouble connecting. Try again?";

export class ModalView {
  /** @type {Map<string, {source: string, holder: HTMLElement}>} by block id, as drawn */
  #drawn = new Map();
  #incomplete = {};
  #trouble = "";
  #busy = false;
  #working = Promise.resolve();

  constructor(view, layer) {
    this.layer = layer;
    this.cover = el("div", { class: "mod-cover" });
    this.#build();
    this.update(view);
  }

  /** Draw the view as it is now. Inputs that are still there keep what was typed. */
  update(view) {
    this.view = view;
    this.#working = this.#working.then(() => this.#draw());
  }

  /** The app answered a submission, or did not. */
  settle(delivery) {
    const accepted = delivery.status >= 200 && delivery.status < 300;
    const failed = delivery.problem || delivery.timed_out || !accepted;
    this.#trouble = failed ? TROUBLE : "";
    this.#setBusy(false);
    this.#drawFrame();
  }

  focusFirst() {
    this.#working = this.#working.then(() => {
      const wanted = this.body.querySelector("[autofocus]");
      const inputs = reachable(this.body).filter((one) => one.matches("input, textarea, select"));
      const first = wanted ?? inputs[0] ?? (this.submit.hidden ? this.close : this.submit);
      first.focus();
    });
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
    const head = el("div", { class: "mod-head" }, this.back, this.title, button("Dismiss", "✕", () => this.#closeAll()));
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
    this.form = el("form", { class: "mod-form", novalidate: true, onsubmit }, head, this.problem, this.body, foot);
    const onkeydown = (event) => this.#key(event);
    const names = { open: true, "aria-modal": "true", "aria-labelledby": title };
    this.box = el("dialog", { class: "mod-box", onkeydown, ...names }, this.form);
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

  async #draw() {
    this.#drawFrame();
    const focus = place(this.body);
    const holders = [];
    for (const block of this.view.view.blocks) holders.push(await this.#holder(block));
    const kept = new Set(holders);
    for (const old of [...this.body.children]) if (!kept.has(old)) old.remove();
    holders.forEach((holder, at) => {
      if (this.body.children[at] !== holder) this.body.insertBefore(holder, this.body.children[at] ?? null);
    });
    this.#drawn = new Map(holders.map((holder) => [holder.dataset.block, { source: holder.source, holder }]));
    restore(this.body, focus);
  }

  /** A block that did not change stays the same element, with what was typed into it. */
  async #holder(block) {
    const errors = { ...this.view.errors, ...this.#incomplete };
    const source = JSON.stringify([block, errors[block.block_id] ?? ""]);
    const old = this.#drawn.get(block.block_id);
    if (old?.source === source) return old.holder;
    const typed = old ? await withTyped(block, old.holder) : block;
    const holder = el("div", { class: "mod-block", "data-block": block.block_id });
    holder.source = source;
    holder.append(renderBlocks([typed], this.#context(errors)));
    const files = old?.holder.querySelector("input[type=file]")?.files;
    const input = holder.querySelector("input[type=file]");
    if (files?.length && input) {
      input.files = files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    return holder;
  }

  #context(errors) {
    const person = store.person(this.view.user);
    const ctx = { person, store, surface: "modal", errors, busy: false };
    ctx.confirm = (dialog) => confirmDialog(dialog, { ...ctx, host: this.layer });
    ctx.onAction = (block_id, action_id, element, value) =>
      this.#act("view_click", { block_id, action_id, value });
    return ctx;
  }

  async #submit() {
    if (this.#busy) return;
    this.#trouble = "";
    this.#setBusy(true);
    const values = await readValues(this.body);
    this.#incomplete = missing(this.view.view.blocks, values);
    const wrong = Object.keys(this.#incomplete)[0];
    if (wrong === undefined) await this.#act("submit", { values });
    else this.#setBusy(false);
    this.update(this.view);
    await this.#working;
    if (wrong !== undefined) reachable(this.#drawn.get(wrong).holder)[0]?.focus();
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
    const stack = [...store.state.views.values()].filter((view) => view.root_id === this.view.root_id);
    for (const view of stack.reverse()) {
      if (view.state === "open") await act("close_view", { person: view.user, view_id: view.id });
    }
  }

  #setBusy(busy) {
    this.#busy = busy;
    this.submit.disabled = busy;
    this.box.toggleAttribute("aria-busy", busy);
    if (busy) this.box.setAttribute("aria-busy", "true");
  }
}

/** @returns {{block: string, at: number, from: number|null, to: number|null}|null} where the focus is */
function place(body) {
  const active = document.activeElement;
  const holder = active?.closest(".mod-block");
  if (!holder || !body.contains(holder)) return null;
  const text = active.matches("textarea, input[type=text], input:not([type])");
  const [from, to] = text ? [active.selectionStart, active.selectionEnd] : [null, null];
  return { block: holder.dataset.block, at: reachable(holder).indexOf(active), from, to };
}

function restore(body, focus) {
  if (!focus || body.contains(document.activeElement)) return;
  const holder = [...body.children].find((one) => one.dataset.block === focus.block);
  const element = holder && reachable(holder)[focus.at];
  element?.focus();
  if (element && focus.from !== null) element.setSelectionRange(focus.from, focus.to);
}
