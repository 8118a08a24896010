/** The files of a message: to look at and to download. */

import { el, newId } from "../dom.js";
import { csvRows } from "./csv.js";
import { extension, size } from "./file_facts.js";
import { cell, scrolling, tableOf } from "./table.js";

const SHOWN_ROWS = 20;
const SHOWN_CHARACTERS = 20_000;
const IMAGE_BYTES = 2_000_000;
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const PDF = "application/pdf";
const SEPARATORS = { csv: ",", tsv: "\t" };

/** @returns {HTMLElement|null} null where there are none */
export function renderFiles(files, ctx) {
  if (!files?.length) return null;
  return el("div", { class: "blk blk-files" }, ...files.map((file) => renderFile(file, ctx)));
}

function renderFile(file, ctx) {
  const name = file.title || file.name || file.id;
  if (file.state === "deleted") {
    return el("div", { class: "blk-file blk-file-gone" }, `${name}: this file was deleted.`);
  }
  const kind = extension(file.name).toUpperCase() || "File";
  const about = el(
    "div",
    { class: "blk-file-about" },
    el("div", { class: "blk-title" }, name),
    el("div", { class: "blk-subtitle" }, `${kind} · ${size(file.size)}`),
  );
  const picture = isImage(file) ? "🖼" : "📄";
  const icon = el("span", { class: "blk-file-icon", "aria-hidden": "true" }, picture);
  const href = `files/${encodeURIComponent(file.id)}`;
  const shown = el("div", { class: "blk-file-shown", id: newId("file"), hidden: true });
  const look = file.mimetype === PDF ? pageOf(href, name) : lookAt(name, shown, file, ctx);
  const names = { download: file.name, "aria-label": `Download ${name}` };
  const download = el("a", { class: "blk-button", href, ...names }, "Download");
  const head = el("div", { class: "blk-file-head" }, icon, about, look, download);
  return el("div", { class: "blk-file" }, head, shown);
}

function lookAt(name, shown, file, ctx) {
  const controls = { "aria-label": `Look at ${name}`, "aria-controls": shown.id, "aria-expanded": "false" };
  const look = el("button", { class: "blk-button", type: "button", ...controls }, "Look at");
  look.addEventListener("click", () => toggle(look, shown, file, ctx));
  return look;
}

/** A document that the browser shows in a tab of its own. */
function pageOf(href, name) {
  const names = { target: "_blank", rel: "noopener noreferrer", "aria-label": `Open ${name} in a new tab` };
  return el("a", { class: "blk-button", href: `${href}?show`, ...names }, "Open");
}

async function toggle(look, shown, file, ctx) {
  const open = shown.hidden;
  shown.hidden = !open;
  look.textContent = open ? "Hide" : "Look at";
  look.setAttribute("aria-expanded", String(open));
  if (!open) return;
  shown.replaceChildren(el("div", { class: "blk-hint" }, "It is being read …"));
  shown.replaceChildren(await content(file, ctx));
}

async function content(file, ctx) {
  const picture = isImage(file);
  const address = `files/${encodeURIComponent(file.id)}${picture ? "" : "?show"}`;
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`The file cannot be read: ${answer.status}.`);
    if (!picture) return text(await answer.text(), file, ctx);
    const src = URL.createObjectURL(await answer.blob());
    return el("img", { class: "blk-image", src, alt: file.title || file.name });
  } catch (error) {
    return el("div", { class: "blk-error", role: "alert" }, error.message);
  }
}

function text(whole, file, ctx) {
  const separator = SEPARATORS[extension(file.name)];
  if (separator) return rowsOf(whole, separator, file, ctx);
  return lines(extension(file.name) === "json" ? indented(whole) : whole);
}

function rowsOf(whole, separator, file, ctx) {
  const rows = csvRows(whole.replace(/^\uFEFF/, ""), separator);
  const drawn = rows.slice(0, SHOWN_ROWS + 1).map((row, number) =>
    row.map((one) => cell({ text: one }, { isHeader: number === 0 }, ctx)),
  );
  if (!drawn.length) return el("div", { class: "blk-hint" }, "The file is empty.");
  const shown = el("div", {}, scrolling(tableOf(drawn), `Rows of ${file.name}`));
  const more = rows.length - drawn.length;
  const note = `… and ${more.toLocaleString("en-US")} more rows`;
  if (more > 0) shown.append(el("div", { class: "blk-hint" }, note));
  return shown;
}

/** JSON with an entry in each line; what is none stays as it is. */
function indented(whole) {
  try {
    return JSON.stringify(JSON.parse(whole), null, 2);
  } catch {
    return whole;
  }
}

function lines(whole) {
  const cut = whole.length > SHOWN_CHARACTERS ? `${whole.slice(0, SHOWN_CHARACTERS)}…` : whole;
  return el("pre", { class: "blk-pre blk-file-text", tabindex: "0" }, cut || "The file is empty.");
}

function isImage(file) {
  return IMAGES.includes(file.mimetype) && file.size <= IMAGE_BYTES;
}
