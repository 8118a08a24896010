/** Starts the page: its elements, panes and the stream of events. */

import "./drawer/drawer.js";
import "./workspace/home.js";
import "./modal/modal.js";
import "./phone.js";
import "./tour/tour.js";
import "./world/world.js";
import { toast } from "./api.js";
import { connectPanes } from "./panes.js";
import { store } from "./store.js";
import { applyTheme } from "./theme.js";
import { SandboxWorkspace } from "./workspace/workspace.js";

const PERMALINK = /^http:\/\/127\.0\.0\.1:\d+\/archives\/(\w+)\/p(\d{10})(\d{6})/;

applyTheme();
customElements.define("sandbox-workspace", SandboxWorkspace);
connectPanes();

const banner = document.getElementById("banner");
store.on("connection", ({ open, ended }) => {
  banner.hidden = open;
  banner.textContent = ended
    ? "The demo has ended. Start it again with `make demo`."
    : "Reconnecting…";
});

/** A link to a message of the simulated Slack opens it in the page. */
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const found = link && PERMALINK.exec(link.href);
  if (!found) return;
  event.preventDefault();
  const workspace = link.closest("sandbox-workspace") ?? document.querySelector("sandbox-workspace");
  const [, channel, seconds, rest] = found;
  if (!workspace.show(channel, `${seconds}.${rest}`)) {
    toast("You cannot see this message.");
  }
});

store.connect();
