/** The overflow menu: a button with three dots and a list of options. */

import { menuButton } from "../menu.js";
import { textObject } from "./mrkdwn.js";

/**
 * @param {object} object the element
 * @param {(option: object) => void} choose gets the option
 * @returns {HTMLElement}
 */
export function overflow(object, ctx, choose) {
  const button = { label: "More actions", sign: "⋯", kind: "blk-button blk-overflow-button", busy: ctx.busy };
  return menuButton(button, () =>
    (object.options ?? []).map((option) => ({
      content: textObject(option.text, ctx),
      choose: () => choose(option),
    })),
  );
}
