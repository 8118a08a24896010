/** A data visualization block: a chart in SVG, and its figures as a table. */

import { el } from "../dom.js";
import { cell, scrolling, tableOf } from "./table.js";

const WIDTH = 560;
const HEIGHT = 200;
// Room for the labels at the left and at the bottom.
const LEFT = 48;
const BOTTOM = 24;

/** @returns {HTMLElement} */
export function chart(block, ctx) {
  const object = block.chart ?? {};
  const title = String(block.title ?? "");
  const isPie = object.type === "pie";
  const { segments = [], series = [] } = object;
  const picture = isPie ? pie(segments) : plot(object, series);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", `${object.type} chart: ${title}`);
  // On a phone a plot is wider than the message, since its labels could not be read else.
  const shown = isPie ? picture : scrolling(picture, `Chart: ${title}`);
  shown.classList.add("blk-plain");
  const names = isPie ? segments.map((one) => one.label) : series.map((one) => one.name);
  return el(
    "figure",
    { class: "blk-figure blk-chart" },
    el("figcaption", { class: "blk-title" }, title),
    shown,
    legend(names),
    figures(object, ctx),
  );
}

function legend(names) {
  const items = names.map((name, at) => {
    const key = el("span", { class: `blk-key blk-hue-${at % 12}`, "aria-hidden": "true" });
    return el("li", {}, key, String(name));
  });
  return el("ul", { class: "blk-legend" }, ...items);
}

function figures({ type, segments = [], series = [], ...object }, ctx) {
  const slices = [["", "Value"], ...segments.map((one) => [one.label, one.value])];
  const valuesOf = (name) => series.map((one) => valueAt(one, name) ?? "");
  const points = [
    ["", ...series.map((one) => one.name)],
    ...categories(object, series).map((name) => [name, ...valuesOf(name)]),
  ];
  const cells = (type === "pie" ? slices : points).map((row, number) =>
    row.map((text) => cell({ text: String(text) }, { isHeader: number === 0 }, ctx)),
  );
  const summary = el("summary", { class: "blk-more" }, "Figures");
  return el("details", {}, summary, scrolling(tableOf(cells), "Figures"));
}

function categories(object, series) {
  return object.axis_config?.categories ?? (series[0]?.data ?? []).map((one) => one.label);
}

function valueAt(one, label) {
  return (one.data ?? []).find((point) => point.label === label)?.value;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

function label(text, x, y, anchor) {
  return svg("text", { x, y, class: "blk-axis", "text-anchor": anchor }, text);
}

function plot(object, series) {
  const labels = categories(object, series);
  const values = series.flatMap((one) => labels.map((name) => Number(valueAt(one, name) ?? 0)));
  const top = Math.max(1, ...values);
  const low = Math.min(0, ...values);
  const step = (WIDTH - LEFT) / Math.max(labels.length, 1);
  const y = (value) => (HEIGHT - BOTTOM) * (1 - (value - low) / (top - low)) + 6;
  const middle = (at) => LEFT + step * (at + 0.5);
  const picture = svg("svg", { viewBox: `0 -16 ${WIDTH} ${HEIGHT + 42}`, class: "blk-plot" });
  const { x_label: below, y_label: above } = object.axis_config ?? {};
  if (above) picture.append(label(String(above), 0, -4, "start"));
  if (below) picture.append(label(String(below), (LEFT + WIDTH) / 2, HEIGHT + 20, "middle"));
  for (const value of new Set([low, (low + top) / 2, top])) {
    const line = { x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value), class: "blk-grid" };
    const text = value.toLocaleString("en-US");
    picture.append(svg("line", line), label(text, LEFT - 6, y(value) + 4, "end"));
  }
  // No more labels than fit beside each other.
  const every = Math.ceil(labels.length / 8);
  labels.forEach((name, at) => {
    if (at % every === 0) picture.append(label(String(name), middle(at), HEIGHT + 4, "middle"));
  });
  series.forEach((one, number) => {
    const points = labels.map((name, at) => [middle(at), y(Number(valueAt(one, name) ?? 0))]);
    const form = { number, of: series.length, step, base: y(Math.max(low, 0)) };
    picture.append(...SHAPES[object.type]?.(points, form) ?? []);
  });
  return picture;
}

function bars(points, { number, of, step, base }) {
  const width = (step * 0.7) / of;
  return points.map(([x, y]) =>
    svg("rect", {
      x: x - step * 0.35 + number * width, y: Math.min(y, base), width, height: Math.abs(base - y),
      class: `blk-shape blk-hue-${number % 12}`,
    }),
  );
}

function line(points, { number }) {
  const path = points.map((point) => point.join(",")).join(" ");
  return [svg("polyline", { points: path, class: `blk-line blk-hue-${number % 12}` })];
}

function area(points, { number, base }) {
  if (!points.length) return [];
  const closed = [[points[0][0], base], ...points, [points.at(-1)[0], base]];
  const path = closed.map((point) => point.join(",")).join(" ");
  const kind = `blk-area blk-shape blk-hue-${number % 12}`;
  return [svg("polygon", { points: path, class: kind }), ...line(points, { number })];
}

const SHAPES = { bar: bars, line, area };

function pie(segments) {
  const total = segments.reduce((sum, one) => sum + Math.max(0, Number(one.value)), 0) || 1;
  const picture = svg("svg", { viewBox: "-102 -102 204 204", class: "blk-pie" });
  let from = 0;
  segments.forEach((one, number) => {
    const part = Math.max(0, Number(one.value)) / total;
    const kind = `blk-slice blk-shape blk-hue-${number % 12}`;
    const isLarge = part > 0.5 ? 1 : 0;
    const d = `M0 0L${onCircle(from)}A100 100 0 ${isLarge} 1 ${onCircle(from + part)}Z`;
    // An arc of a whole turn has no length.
    const [tag, form] = part > 0.9999 ? ["circle", { r: 100 }] : ["path", { d }];
    picture.append(svg(tag, { ...form, class: kind }));
    from += part;
  });
  return picture;
}

/** @returns {string} the point of the circle after this part of a turn from the top */
function onCircle(turn) {
  return `${100 * Math.sin(turn * 2 * Math.PI)} ${-100 * Math.cos(turn * 2 * Math.PI)}`;
}
