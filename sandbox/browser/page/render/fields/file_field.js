/** The field for files that a person attaches. */

import { el } from "../../dom.js";
import { extension, size } from "../file_facts.js";

// docs.slack.dev/reference/block-kit/block-elements/file-input-element
const MOST_FILES = 10;
const MOST_BYTES = 10_000_000;

/** @returns {Field} see fields.js; its value is a list of files */
export function fileField(object) {
  const kinds = object.filetypes ?? [];
  const most = object.max_files ?? MOST_FILES;
  const input = el("input", {
    class: "blk-file-input",
    type: "file",
    accept: kinds.map((kind) => `.${kind}`).join(",") || null,
    multiple: most > 1,
  });
  const list = el("ul", { class: "blk-file-list", hidden: true });
  const accepted = kinds.length
    ? el("div", { class: "blk-hint" }, `Files of these kinds: ${kinds.join(", ")}.`)
    : null;
  input.addEventListener("change", () => {
    const names = [...input.files].map((file) => `${file.name} · ${size(file.size)}`);
    list.replaceChildren(...names.map((name) => el("li", {}, name)));
    list.hidden = input.files.length === 0;
  });
  const node = el("div", { class: "blk-file-field" }, input, list, accepted);
  const value = () => [...input.files];
  const set = (files) => {
    const held = new DataTransfer();
    for (const file of files) held.items.add(file);
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  return { node, target: input, value, set, check: () => problem(value(), kinds, most) };
}

function problem(files, kinds, most) {
  if (files.length > most) return `Attach ${most} ${most === 1 ? "file" : "files"} at most.`;
  const foreign = files.find((file) => kinds.length && !kinds.includes(extension(file.name)));
  if (foreign) {
    return `${foreign.name} is of another kind. Attach a file of these kinds: ${kinds.join(", ")}.`;
  }
  const large = files.find((file) => file.size > MOST_BYTES);
  return large ? `${large.name} is too large: a file has ${size(MOST_BYTES)} at most.` : "";
}

/** @returns {Promise<string>} the bytes of a file in base64 */
export function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
