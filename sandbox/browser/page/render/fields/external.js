/** Menus whose options the app is asked for while a person types (the combobox pattern of ARIA). */

import { el, newId } from "../../dom.js";
import { plainText } from "../mrkdwn.js";

/** Milliseconds without a key before the app is asked. */
const PAUSE = 150;
// docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
const FEWEST_CHARACTERS = 3;
const NOTHING = "No results";

/** A menu of which one option is chosen. @returns {Field} see fields.js */
export function externalSelect(object, ctx, changed, block) {
  return new External(object, ctx, changed, block).field();
}

class External {
  #asked = 0;
  #active = -1;
  #options = [];
  /** Options of which the text is known, by value. */
  #known = new Map();
  #chosen = [];

  constructor(object, ctx, changed, block) {
    Object.assign(this, { object, ctx, changed, block });
    this.several = object.type.startsWith("multi_");
    this.most = this.several ? (object.max_selected_items ?? Infinity) : 1;
    this.#build();
    const first = [...(object.initial_options ?? []), object.initial_option].filter(Boolean);
    const offered = ctx.offered?.(block.block_id, object.action_id) ?? [];
    for (const option of [...first, ...offered]) this.#known.set(option.value, option);
    this.#set(first.map((option) => option.value));
  }

  field() {
    const value = () => this.#chosen.join(",");
    const set = (text) => this.#set(text.split(","));
    return { node: this.node, target: this.input, value, set, check: () => "" };
  }

  #build() {
    const id = newId("suggestions");
    const name = this.object.placeholder?.text ?? (this.several ? "Choose options" : "Choose an option");
    this.list = el("div", { class: "blk-listbox", role: "listbox", id, hidden: true, "aria-label": name });
    this.said = el("div", { class: "blk-hint", role: "status" });
    this.input = el("input", {
      class: "blk-input",
      type: "text",
      role: "combobox",
      autocomplete: "off",
      placeholder: name,
      autofocus: Boolean(this.object.focus_on_load),
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": id,
      oninput: () => this.#look(PAUSE),
      onclick: () => this.list.hidden && this.#look(0),
      onkeydown: (event) => this.#key(event),
      onblur: () => this.#leave(),
    });
    this.chips = el("ul", { class: "blk-chosen", hidden: true });
    this.node = el("div", { class: "blk-external" }, this.chips, this.input, this.list, this.said);
  }

  /** Ask the app for what is typed; the newest question alone is answered. */
  async #look(pause) {
    this.#asked += 1;
    const asked = this.#asked;
    const isChosen = !this.several && this.input.value === this.#nameOf(this.#chosen[0]);
    const typed = isChosen ? "" : this.input.value;
    const fewest = this.object.min_query_length ?? FEWEST_CHARACTERS;
    this.#show([]);
    this.said.textContent = typed.length < fewest ? `Type ${fewest} characters or more.` : "";
    if (typed.length < fewest) return;
    if (pause) await new Promise((resume) => setTimeout(resume, pause));
    if (asked !== this.#asked) return;
    const { groups, problem } = await this.#ask(typed);
    if (asked !== this.#asked) return;
    this.#show(groups);
    this.list.scrollIntoView({ block: "nearest" });
    // Slack says the same of an answer without options and of none; the code is for developers.
    this.said.textContent = this.#options.length ? "" : NOTHING + (problem ? ` (${problem})` : "");
  }

  async #ask(typed) {
    try {
      return await this.ctx.suggest(this.block.block_id, this.object.action_id, typed);
    } catch (error) {
      return { groups: [], problem: error.message };
    }
  }

  #show(groups) {
    this.#options = groups.flatMap((group) => group.options);
    for (const option of this.#options) this.#known.set(option.value, option);
    let at = 0;
    const drawn = groups.map(({ label, options }) => {
      const rows = options.map((option) => this.#row(option, at++));
      if (!label) return rows;
      const title = el("div", { class: "blk-listbox-label", "aria-hidden": "true" }, label);
      return [el("div", { role: "group", "aria-label": label }, title, ...rows)];
    });
    this.list.replaceChildren(...drawn.flat());
    this.list.hidden = this.#options.length === 0;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.#activate(this.#options.length ? 0 : -1);
  }

  #row(option, at) {
    const about = option.description ? el("span", { class: "blk-option-about" }, plainText(option.description)) : null;
    return el(
      "div",
      {
        role: "option",
        id: `${this.list.id}-${at}`,
        "aria-selected": "false",
        onpointerdown: (event) => {
          // The text field keeps the focus.
          event.preventDefault();
          this.#choose(at);
        },
      },
      plainText(option.text),
      about,
    );
  }

  #rows() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  #activate(at) {
    this.#active = at;
    this.#rows().forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    const row = this.#rows()[at];
    if (row) this.input.setAttribute("aria-activedescendant", row.id);
    else this.input.removeAttribute("aria-activedescendant");
    row?.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const last = this.#options.length - 1;
    if (event.isComposing) return;
    if (this.list.hidden) {
      if (event.key !== "ArrowDown") return;
      this.#look(0);
    } else if (event.key === "ArrowDown") this.#activate(this.#active < last ? this.#active + 1 : 0);
    else if (event.key === "ArrowUp") this.#activate(this.#active > 0 ? this.#active - 1 : last);
    else if (event.key === "Enter") this.#choose(this.#active);
    else if (event.key === "Escape") this.#show([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #choose(at) {
    const { value } = this.#options[at];
    const others = this.several ? this.#chosen.filter((one) => one !== value) : [];
    this.#asked += 1;
    this.#show([]);
    this.#set([...others, value]);
    this.changed(this.#chosen.join(","));
  }

  /** What was typed and not chosen is gone; an empty field takes the choice back. */
  #leave() {
    this.#asked += 1;
    this.#show([]);
    this.said.textContent = "";
    // Drawn anew, a chip would lose the press that took the focus.
    if (this.several) this.input.value = "";
    else if (this.input.value || !this.#chosen.length) this.#set(this.#chosen);
    else this.#clear();
  }

  #clear() {
    this.#set([]);
    this.changed("");
  }

  #set(values) {
    this.#chosen = values.filter((value) => this.#known.has(value)).slice(0, this.most);
    this.input.value = this.several ? "" : this.#nameOf(this.#chosen[0]);
    this.input.disabled = this.several && this.#chosen.length >= this.most;
    this.chips.replaceChildren(...(this.several ? this.#chosen.map((value) => this.#chip(value)) : []));
    this.chips.hidden = !this.chips.childElementCount;
  }

  #chip(value) {
    const name = this.#nameOf(value);
    const remove = () => {
      this.#set(this.#chosen.filter((one) => one !== value));
      this.input.focus();
      this.changed(this.#chosen.join(","));
    };
    const named = { class: "blk-chip-remove", type: "button", "aria-label": `Remove ${name}`, onclick: remove };
    return el("li", { class: "blk-chip" }, name, el("button", named, "✕"));
  }

  #nameOf(value) {
    const option = this.#known.get(value);
    return option ? plainText(option.text) : "";
  }
}
