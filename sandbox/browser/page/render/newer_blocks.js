/** The newer blocks: alerts, cards, containers, data tables, charts, tasks. */

import { el, newId } from "../dom.js";
import { chart } from "./chart.js";
import { element, image } from "./elements.js";
import { link } from "./text/links.js";
import { textObject } from "./mrkdwn.js";
import { richText } from "./text/rich_text.js";
import { dataTable, scrolling } from "./table.js";

/** By type, functions of the block, the context and what draws blocks inside of it. */
export const NEWER_BLOCKS = {
  alert,
  card,
  carousel,
  container,
  context_actions: contextActions,
  data_table: dataTable,
  data_visualization: chart,
  file,
  plan,
  task_card: task,
  video,
};

const LEVELS = { info: "ℹ", warning: "⚠", error: "✕", success: "✓", default: "•" };

function alert(block, ctx) {
  const level = Object.hasOwn(LEVELS, block.level) ? block.level : "default";
  const text = el("div", { class: "blk-text" }, textObject(block.text, ctx));
  const kind = `blk-alert blk-alert-${level}`;
  return el("div", { class: kind, role: "note" }, sign(LEVELS[level], level), text);
}

function sign(character, label) {
  return el("span", { class: "blk-sign", role: "img", "aria-label": label }, character);
}

function file(block) {
  return el("div", { class: "blk-context" }, `📎 ${block.external_id ?? "A remote file"}`);
}

function card(block, ctx) {
  const actions = (block.actions ?? []).map((one) => element(one, block, ctx));
  return el(
    "div",
    { class: "blk-card" },
    block.hero_image && image(block.hero_image, "blk-card-hero"),
    heading(block, ctx),
    block.body && el("div", { class: "blk-text" }, textObject(block.body, ctx)),
    block.subtext && el("div", { class: "blk-subtitle" }, textObject(block.subtext, ctx)),
    actions.length ? el("div", { class: "blk-actions" }, ...actions) : null,
  );
}

/** Icon, title and subtitle of a card or a container. */
function heading(block, ctx) {
  const rich = block.rich_text_title;
  const title = rich ? richText(rich, ctx) : textObject(block.title, ctx);
  const subtitle = block.subtitle
    ? el("div", { class: "blk-subtitle" }, textObject(block.subtitle, ctx))
    : null;
  const texts = el("div", {}, el("div", { class: "blk-title" }, title), subtitle);
  return el("div", { class: "blk-heading" }, block.icon && image(block.icon, "blk-icon"), texts);
}

function carousel(block, ctx) {
  const cards = (block.elements ?? []).map((one) => card(one, ctx));
  const row = scrolling(el("div", { class: "blk-carousel" }, ...cards), "Cards");
  row.classList.add("blk-plain");
  return row;
}

function container(block, ctx, renderBlocks) {
  const children = el("div", { class: "blk-children", id: newId("container") });
  children.append(renderBlocks(block.child_blocks, ctx));
  const top = heading(block, ctx);
  const widths = ["narrow", "standard", "wide", "full"];
  const width = widths.includes(block.width) ? block.width : "standard";
  const divided = block.has_header_divider && !block.is_collapsible ? " blk-divided" : "";
  const whole = el("div", { class: `blk-container blk-${width}${divided}` }, top, children);
  if (block.is_collapsible) collapse(top, children, Boolean(block.default_collapsed));
  return whole;
}

function collapse(top, children, collapsed) {
  const attributes = { class: "blk-collapse", type: "button", "aria-controls": children.id };
  const button = el("button", attributes);
  const show = (open) => {
    children.hidden = !open;
    button.textContent = open ? "▾" : "▸";
    button.setAttribute("aria-label", open ? "Collapse" : "Expand");
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => show(children.hidden));
  show(!collapsed);
  top.prepend(button);
}

function contextActions(block, ctx) {
  const drawn = (block.elements ?? []).flatMap((one) => {
    if (one.type !== "feedback_buttons") return [element(one, block, ctx)];
    // Either button sends the action of both, with its own value.
    const both = [one.positive_button, one.negative_button].filter(Boolean);
    return both.map((button) =>
      element({ ...button, type: "button", action_id: one.action_id }, block, ctx),
    );
  });
  return el("div", { class: "blk-actions" }, ...drawn);
}

const TASKS = { pending: "○", in_progress: "◐", complete: "✓", error: "✕" };

function task(block, ctx) {
  const status = Object.hasOwn(TASKS, block.status) ? block.status : "pending";
  const title = el("div", { class: "blk-title" }, String(block.title ?? ""));
  const details = [block.details, block.output].filter(Boolean).map((one) => richText(one, ctx));
  const sources = (block.sources ?? []).flatMap((one) => [link(one.url, one.text || one.url), " "]);
  const links = el("div", { class: "blk-subtitle" }, ...sources);
  const icon = sign(TASKS[status], status.replace("_", " "));
  return el("div", { class: "blk-task" }, icon, el("div", {}, title, ...details, links));
}

function plan(block, ctx) {
  const tasks = (block.tasks ?? []).map((one) => task(one, ctx));
  const title = el("div", { class: "blk-title" }, String(block.title?.text ?? block.title ?? ""));
  return el("div", { class: "blk-container blk-standard" }, title, ...tasks);
}

function video(block, ctx) {
  const title = textObject(block.title, ctx);
  const address = block.title_url ?? block.video_url;
  const shown = address ? link(address, title) : title;
  const description = block.description ? textObject(block.description, ctx) : null;
  const still = block.thumbnail_url
    ? image({ image_url: block.thumbnail_url, alt_text: block.alt_text }, "blk-image")
    : null;
  return el("div", {}, el("div", { class: "blk-title" }, shown), description, still);
}
