/** The three things that a user's mail can be, in the order of bar, legend and chart. */
export const KINDS = [
  { key: "normal", mark: "●", label: "Normal mail" },
  { key: "readable", mark: "✓", label: "Webmail, can read it" },
  { key: "locked", mark: "✕", label: "Webmail, cannot read it" },
];

const NUMBER = new Intl.NumberFormat("en-US");

/** @param {number} value @returns {string} e.g. `1,284` */
export function count(value) {
  return NUMBER.format(value);
}
