/** The panes: one at a time in a narrow window, and the keys that go from one to the next. */

const NAMES = ["workspace", "phone", "world"];

const tab = (name) => document.getElementById(`tab-${name}`);
const pane = (name) => document.getElementById(`pane-${name}`);

/** Show a pane in a narrow window; in a wide one all are shown. */
export function showPane(name) {
  document.body.dataset.pane = name;
  for (const one of NAMES) {
    tab(one).setAttribute("aria-selected", String(one === name));
    tab(one).tabIndex = one === name ? 0 : -1;
  }
}

function focusPane(name) {
  showPane(name);
  const inside = pane(name).querySelector("textarea, select, button, a[href], [tabindex='0']");
  const field = [...pane(name).querySelectorAll("textarea")].find((one) => one.checkVisibility?.());
  (field ?? (inside?.checkVisibility?.() ? inside : pane(name))).focus();
}

/** F6 and Shift+F6 go through the panes, arrow keys through the tabs. */
export function connectPanes() {
  document.querySelector(".ws-skip").addEventListener("click", (event) => {
    // The fragment of the address says who acts.
    event.preventDefault();
    focusPane("workspace");
  });
  for (const name of NAMES) tab(name).addEventListener("click", () => showPane(name));
  document.querySelector(".ws-tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const to = NAMES.at((NAMES.indexOf(document.body.dataset.pane) + step) % NAMES.length);
    showPane(to);
    tab(to).focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const at = NAMES.findIndex((name) => pane(name).contains(document.activeElement));
    const step = event.shiftKey ? -1 : 1;
    focusPane(at < 0 ? NAMES[0] : NAMES.at((at + step) % NAMES.length));
  });
}
