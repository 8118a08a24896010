/** Slack's confirmation dialog: docs.slack.dev/reference/block-kit/composition-objects. */

import { el, newId } from "../dom.js";
import { keepInside } from "./focus_trap.js";
import { textObject } from "../render/mrkdwn.js";

/**
 * Ask the person. The dialog covers the workspace in which the pressed button is, no more of the page.
 *
 * @param {{title: object, text: object, confirm: object, deny: object, style?: string}} dialog
 * @param {{person: object, host?: Element}} ctx of `renderBlocks`
 * @returns {Promise<boolean>} false for deny and Escape, and once it is withdrawn
 */
export function confirmDialog(dialog, ctx) {
  const opener = document.activeElement;
  const host = ctx.host ?? opener?.closest("sandbox-workspace") ?? document.body;
  return new Promise((resolve) => {
    const answer = (yes) => {
      cover.remove();
      if (opener?.isConnected) opener.focus();
      resolve(yes);
    };
    const cover = draw(dialog, ctx, answer);
    cover.addEventListener("withdraw", () => {
      cover.remove();
      resolve(false);
    });
    host.append(cover);
    cover.querySelector(".mod-confirm-yes").focus();
  });
}

/** Close what is asked in this element, unanswered: whoever was asked is no longer there. */
export function withdrawConfirm(host) {
  for (const cover of host.querySelectorAll(".mod-cover-confirm")) cover.dispatchEvent(new Event("withdraw"));
}

function draw(dialog, ctx, answer) {
  const title = newId("confirm");
  const text = newId("confirm");
  const danger = dialog.style === "danger";
  const box = el(
    "dialog",
    {
      class: "mod-box mod-confirm",
      open: true,
      "aria-modal": "true",
      "aria-labelledby": title,
      "aria-describedby": text,
      onkeydown: (event) => {
        keepInside(box, event);
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        answer(false);
      },
    },
    el("h2", { class: "mod-title", id: title }, dialog.title.text),
    el("div", { class: "mod-confirm-text", id: text }, textObject(dialog.text, ctx)),
    el(
      "div",
      { class: "mod-foot" },
      el("button", { class: "mod-button", type: "button", onclick: () => answer(false) }, dialog.deny.text),
      el(
        "button",
        {
          class: `mod-button mod-confirm-yes ${danger ? "mod-danger" : "mod-primary"}`,
          type: "button",
          onclick: () => answer(true),
        },
        dialog.confirm.text,
      ),
    ),
  );
  return el("div", { class: "mod-cover mod-cover-confirm" }, box);
}
