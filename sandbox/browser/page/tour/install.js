/** The dialog "Install in my workspace": the commands, and the manifest of the app. */

import { act, toast } from "../api.js";
import { el, newId } from "../dom.js";

/** Open the dialog. It is removed when it is closed. */
export async function openInstallation() {
  const { install } = await act("tour", { do: "install" });
  const title = newId("tour-install");
  const close = () => dialog.close();
  const dialog = el(
    "dialog",
    { class: "tour-dialog", "aria-labelledby": title, onclose: () => dialog.remove() },
    el("h2", { id: title }, "Install in my workspace"),
    el("p", {}, "The commands run in the folder of this project. Its README explains each: “In your workspace”."),
    el("ol", {}, ...install.steps.map((step) => el("li", {}, step.text, step.commands && code(step.commands)))),
    el("h3", {}, "manifest.yml"),
    code(install.manifest),
    el(
      "div",
      { class: "tour-actions" },
      el("button", { type: "button", class: "tour-button", onclick: () => copy(install.manifest) }, "Copy the manifest"),
      el("button", { type: "button", class: "tour-button tour-primary", onclick: close }, "Close"),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

function code(text) {
  return el("pre", { tabindex: "0" }, el("code", {}, text.trim()));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("The manifest is copied.");
  } catch {
    toast("The browser did not allow to copy. Select the text instead.");
  }
}
