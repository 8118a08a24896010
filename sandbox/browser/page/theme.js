/** Light, dark, or as the system is. */

import { el } from "./dom.js";

const SIGNS = { system: "◐", light: "☀", dark: "☾" };
const THEMES = Object.keys(SIGNS);
const KEY = "theme";

function saved() {
  const theme = localStorage.getItem(KEY);
  return THEMES.includes(theme) ? theme : "system";
}

export function applyTheme(theme = saved()) {
  if (theme === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset.theme = theme;
}

/** A button that goes from one theme to the next. */
export function themeButton() {
  const button = el("button", { type: "button", class: "ws-icon", onclick: () => choose(next()) });
  const next = () => THEMES[(THEMES.indexOf(saved()) + 1) % THEMES.length];
  const show = (theme) => {
    button.textContent = SIGNS[theme];
    button.title = `Theme: ${theme}`;
    button.setAttribute("aria-label", button.title);
  };
  const choose = (theme) => {
    localStorage.setItem(KEY, theme);
    applyTheme(theme);
    show(theme);
  };
  show(saved());
  return button;
}
