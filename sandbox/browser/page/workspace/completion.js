/** The list of completions above a text field (the listbox pattern of ARIA). */

import { act } from "../api.js";
import { el, newId } from "../dom.js";
import { store } from "../store.js";

/** Milliseconds without a key before the bot's grammar is asked. */
const PAUSE = 60;
const SHOWN = 8;
const MENTION = /(?:^|[\s(])([@#])([\p{L}\d._-]*)$/u;

/**
 * Names that begin with what is typed after `@` or `#`.
 * @returns {{items: object[], from: number, to: number}|null} null where nothing of this is typed
 */
export function mentions(text, cursor, personId) {
  const found = MENTION.exec(text.slice(0, cursor));
  if (!found) return null;
  const [, sign, typed] = found;
  const items = sign === "@" ? named() : channels(personId);
  const low = typed.toLowerCase();
  const fits = ({ insert, also = "" }) =>
    [insert.slice(1), ...also.split(/\s+/)].some((word) => word.toLowerCase().startsWith(low));
  return { items: items.filter(fits).slice(0, SHOWN), from: cursor - typed.length - 1, to: cursor };
}

function named() {
  const { people, usergroups, app } = store.state;
  const persons = [...people.values()].map((one) => ({
    insert: `@${one.name}`,
    also: one.is_bot ? "" : one.real_name,
    hint: one.id === app.user_id ? "App" : [one.real_name, one.title].filter(Boolean).join(", "),
  }));
  const groups = [...usergroups.values()].map((one) => ({ insert: `@${one.handle}`, hint: "User group" }));
  return [...persons, ...groups].map((item) => ({ ...item, label: item.insert }));
}

function channels(personId) {
  return store.channelsOf(personId).map((one) => {
    const insert = `#${one.name}`;
    return { insert, label: insert, hint: one.topic ?? "" };
  });
}

/** Completions of a slash command: the command itself, then what the bot's grammar offers. */
async function commands(text, cursor, place) {
  const { command } = store.state.app;
  if (!text.includes(" ")) {
    const isBegun = command.startsWith(text) && command !== text;
    const item = { insert: `${command} `, label: command, hint: "" };
    return { items: isBegun ? [item] : [], from: 0, to: text.length };
  }
  if (!text.startsWith(`${command} `)) return null;
  const { personId, channelId } = place;
  try {
    return await act("complete", { person: personId, channel: channelId, text, cursor });
  } catch {
    // Without the bot there is nothing to offer; typing goes on.
    return null;
  }
}

export class Completion {
  #asked = 0;
  #found = null;
  /** The text that `#found` is for: what was typed since then makes it useless. */
  #text = "";
  /** Whether Tab was pressed before the answer for the present text had come. */
  #isAwaited = false;
  #active = -1;

  /** @param {HTMLTextAreaElement} input @param {object} place `personId`, `channelId` */
  constructor(input, place) {
    this.input = input;
    this.place = place;
    this.element = el("ul", { class: "ws-options", role: "listbox", id: newId("options"), hidden: true });
    this.element.setAttribute("aria-label", "Completions");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.element.id);
  }

  get open() {
    return !this.element.hidden;
  }

  /** Look for completions of what is typed now; the newest question alone is answered. */
  async look() {
    const { value: text, selectionStart: cursor } = this.input;
    this.#asked += 1;
    const asked = this.#asked;
    let found = mentions(text, cursor, this.place.personId);
    const isMention = Boolean(found);
    if (!found && text.startsWith("/")) {
      await new Promise((resume) => setTimeout(resume, PAUSE));
      if (asked !== this.#asked) return;
      found = await commands(text, cursor, this.place);
    }
    if (asked !== this.#asked) return;
    if (!found?.items.length) return this.close();
    this.#found = found;
    this.#text = text;
    const typed = text.slice(found.from, found.to);
    const complete = found.items.some((item) => item.insert.trim() === typed);
    if (isMention && complete) return this.close();
    this.#draw(isMention ? 0 : -1);
    if (this.#isAwaited) this.#accept(0);
  }

  close() {
    this.#asked += 1;
    this.#isAwaited = false;
    this.element.hidden = true;
    this.#active = -1;
    this.input.removeAttribute("aria-activedescendant");
  }

  /** Take a key while the list is open. Returns whether it was used. */
  key(event) {
    if (!this.open || event.isComposing) return false;
    if (event.key === "Escape") {
      this.close();
      return true;
    }
    if (this.input.value !== this.#text) {
      this.#isAwaited = event.key === "Tab" && !event.shiftKey;
      return this.#isAwaited;
    }
    const last = this.#found.items.length - 1;
    if (event.key === "ArrowDown") this.#choose(this.#active < last ? this.#active + 1 : 0);
    else if (event.key === "ArrowUp") this.#choose(this.#active > 0 ? this.#active - 1 : last);
    else if (event.key === "Tab" && !event.shiftKey) this.#accept(Math.max(this.#active, 0));
    else if (event.key === "Enter" && !event.shiftKey && this.#active >= 0) this.#accept(this.#active);
    else return false;
    return true;
  }

  #draw(active) {
    this.element.replaceChildren(
      ...this.#found.items.map((item, at) =>
        el(
          "li",
          {
            role: "option",
            id: `${this.element.id}-${at}`,
            "aria-selected": "false",
            onpointerdown: (event) => {
              // The text field keeps the focus.
              event.preventDefault();
              this.#accept(at);
            },
          },
          el("span", { class: "ws-option" }, item.label),
          el("span", { class: "ws-hint" }, item.hint ?? ""),
        ),
      ),
    );
    this.element.hidden = false;
    this.#choose(active);
  }

  #choose(at) {
    this.#active = at;
    [...this.element.children].forEach((option, index) =>
      option.setAttribute("aria-selected", String(index === at)));
    const option = this.element.children[at];
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  #accept(at) {
    const { items, from, to } = this.#found;
    const { insert } = items[at];
    const space = insert.endsWith(" ") || this.input.value[to] === " " ? "" : " ";
    this.input.setRangeText(insert + space, from, to, "end");
    this.close();
    this.input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}
