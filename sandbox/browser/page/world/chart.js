/** Users over the last minutes of the demo's clock, as stacked areas. */

import { KINDS, count } from "./kinds.js";

const SVG = "http://www.w3.org/2000/svg";
export const MINUTES = 3;
const WINDOW_SECONDS = MINUTES * 60;
const HEIGHT = 84;
const REDRAW_MILLISECONDS = 1000;

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** The patterns that tell the kinds apart without their colours. */
function patterns() {
  const stripe = svg("path", { d: "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", class: "wld-hatch" });
  const dot = svg("circle", { cx: 3, cy: 3, r: 1.2, class: "wld-dot" });
  const box = { width: 6, height: 6, patternUnits: "userSpaceOnUse" };
  return svg(
    "defs",
    {},
    svg("pattern", { id: "wld-pattern-readable", ...box }, stripe),
    svg("pattern", { id: "wld-pattern-locked", ...box }, dot),
  );
}

export class Chart {
  /** @param {() => number} now UNIX seconds of the demo's clock */
  constructor(now) {
    this.now = now;
    this.world = null;
    this.areas = svg("g", {});
    this.element = svg("svg", { class: "wld-chart", role: "img", height: HEIGHT }, patterns(), this.areas);
    this.resized = new ResizeObserver(() => this.draw());
  }

  start() {
    this.resized.observe(this.element);
    this.timer = setInterval(() => this.draw(), REDRAW_MILLISECONDS);
  }

  stop() {
    this.resized.disconnect();
    clearInterval(this.timer);
  }

  /** @param {object} world the part `world` of the snapshot */
  show(world) {
    this.world = world;
    const now = KINDS.map((kind) => `${kind.label}: ${count(world[kind.key])}`).join(", ");
    this.element.setAttribute("aria-label", `Users over the last ${MINUTES} minutes. Now: ${now}.`);
    this.draw();
  }

  draw() {
    if (!this.world || document.hidden) return;
    const width = this.element.clientWidth || 300;
    const steps = visibleSteps(this.world.points, this.now());
    const most = Math.max(1, ...steps.map((step) => step.sums.at(-1)));
    const place = (seconds) => ((seconds * width) / WINDOW_SECONDS).toFixed(1);
    const level = (value) => (HEIGHT - (value * HEIGHT) / most).toFixed(1);
    const areas = KINDS.flatMap((kind, index) => {
      const top = outline(steps, (step) => `${place(step.from)},${level(step.sums[index + 1])}`,
        (step) => `${place(step.to)},${level(step.sums[index + 1])}`);
      const bottom = outline(steps, (step) => `${place(step.from)},${level(step.sums[index])}`,
        (step) => `${place(step.to)},${level(step.sums[index])}`);
      const shape = { points: [...top, ...bottom.reverse()].join(" ") };
      const area = svg("polygon", { ...shape, class: `wld-area wld-fill-${kind.key}` });
      if (kind.key === "normal") return [area];
      return [area, svg("polygon", { ...shape, fill: `url(#wld-pattern-${kind.key})` })];
    });
    this.areas.replaceChildren(...areas);
  }
}

function outline(steps, from, to) {
  return steps.flatMap((step) => [from(step), to(step)]);
}

/** The points that show now, each with its begin and end in seconds of the window, and the sums of its values. */
function visibleSteps(points, now) {
  const begin = now - WINDOW_SECONDS;
  const steps = points.map(([at, ...values], index) => ({
    // What was before the first point is not known to have been different.
    from: index === 0 ? 0 : Math.max(0, at - begin),
    to: Math.max(0, (points[index + 1]?.[0] ?? now) - begin),
    sums: values.reduce((sums, value) => [...sums, sums.at(-1) + value], [0]),
  }));
  const seen = steps.filter((step, index) => step.to > 0 || index === steps.length - 1);
  for (const step of seen) step.to = Math.min(WINDOW_SECONDS, Math.max(step.from, step.to));
  return seen;
}
