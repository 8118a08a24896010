/** The app's shortcuts: global ones at the composer, those of a message in its toolbar. */

import { toast, tryTo } from "../api.js";
import { menuButton } from "../menu.js";
import { store } from "../store.js";

/** The menu of global shortcuts; `draw` hides it from those who have none. */
export class GlobalShortcuts {
  /** @param {object} place `personId`, `channelId` */
  constructor(place) {
    this.place = place;
    const button = { label: place.named("Shortcuts"), sign: "⚡", kind: "ws-send" };
    this.element = menuButton(button, () => this.#items());
    this.element.classList.add("ws-shortcuts");
  }

  draw() {
    this.element.hidden = !shortcuts("global", this.place.personId).length;
  }

  #items() {
    const { personId: person, channelId: channel } = this.place;
    return shortcuts("global", person).map(({ callback_id, name, description }) => ({
      content: name,
      hint: description,
      choose: () => tryTo("shortcut", { person, channel, callback_id }),
    }));
  }
}

/**
 * The menu of a message's shortcuts.
 * @param {() => {message: object, person: string}} at what it is for when it is opened
 */
export function messageShortcuts(at) {
  return menuButton({ label: "More message actions", sign: "⋮" }, () => {
    const { message, person } = at();
    const { channel, ts } = message;
    return shortcuts("message", person).map(({ callback_id, name, description }) => ({
      content: name,
      hint: description,
      choose: () => tryTo("message_shortcut", { person, channel, ts, callback_id }),
    }));
  });
}

/** @returns {object[]} those of this type that the person has: another company has none */
export function shortcuts(type, personId) {
  if (store.person(personId)?.is_stranger) return [];
  return (store.state?.app.shortcuts ?? []).filter((one) => one.type === type);
}

/** Say that a global shortcut failed: no channel has a place for it. */
export function reportFailed(delivery, personId) {
  const { kind, channel, user, pending, problem } = delivery;
  if (kind !== "shortcut" || channel || user !== personId || pending || !problem) return;
  toast(`${store.state.app.name} did not take the shortcut (${problem}).`);
}
