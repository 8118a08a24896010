/** `<world-pane>`: who can read mail, the API's log, pagers, people, switches, the clock and the bot's process. */

import { tryTo } from "../api.js";
import { el } from "../dom.js";
import { store } from "../store.js";
import { Chart, MINUTES } from "./chart.js";
import { KINDS, count } from "./kinds.js";
import { Log } from "./log.js";
import { Pagers } from "./pagers.js";
import { People } from "./people.js";
import { Switches } from "./switches.js";

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "Europe/Berlin",
});
const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
const STATES = { starting: "The bot is starting", ready: "The bot runs", disconnected: "The bot is not connected to Slack", killed: "The bot was killed", stopped: "The bot is stopped" };

class WorldPane extends HTMLElement {
  connectedCallback() {
    this.build();
    this.chart.start();
    this.timer = setInterval(() => this.showTime(), 1000);
    this.unsubscribe = [
      store.on("snapshot", (state) => this.showAll(state)),
      store.on("world", (world) => this.showWorld(world)),
      store.on("api", (call) => this.log.show(call)),
      store.on("switches", (switches) => this.switches.show([...switches])),
      store.on("bot", (bot) => this.showBot(bot)),
      store.on("pagers", (incidents) => this.pagers.show(incidents)),
      store.on("people", (people) => this.people.show(people.values())),
      store.on("clock", () => this.showTime()),
    ];
    if (store.state) this.showAll(store.state);
  }

  disconnectedCallback() {
    this.chart.stop();
    clearInterval(this.timer);
    for (const end of this.unsubscribe) end();
  }

  build() {
    this.chart = new Chart(() => store.now());
    this.log = new Log();
    this.pagers = new Pagers();
    this.people = new People();
    this.switches = new Switches();
    this.time = el("time", { class: "wld-time" });
    this.who = el("p", { class: "wld-who" });
    this.parts = Object.fromEntries(
      KINDS.map((kind) => [kind.key, el("span", { class: `wld-part wld-fill-${kind.key} wld-is-${kind.key}` })]),
    );
    this.numbers = Object.fromEntries(KINDS.map((kind) => [kind.key, el("b", {})]));
    this.writes = el("p", { class: "wld-writes" });
    this.bot = el("span", { role: "status" });
    this.botWhy = el("p", { class: "wld-why" });
    this.botButton = el("button", { type: "button", class: "wld-button", onclick: () => this.actOnBot() });
    this.replaceChildren(
      el(
        "section",
        { class: "wld-pane", "aria-label": "World" },
        el("header", { class: "wld-head" }, el("h2", {}, "The world"), this.time),
        el(
          "div",
          { class: "wld-clock", role: "group", "aria-label": "Clock" },
          this.skipButton("Skip 5 minutes", { seconds: 5 * MINUTE }),
          this.skipButton("Skip 30 minutes", { seconds: 30 * MINUTE }),
          this.skipButton("Skip 1 hour", { seconds: 60 * MINUTE }),
          this.skipButton("Skip 1 day", { seconds: DAY }),
          this.skipButton("Skip to Monday", { to: "monday" }),
        ),
        el("h3", {}, "Who can read mail"),
        this.who,
        el("div", { class: "wld-bar", "aria-hidden": "true" }, ...Object.values(this.parts)),
        el("ul", { class: "wld-legend" }, ...KINDS.map((kind) => this.legend(kind))),
        this.chart.element,
        el("div", { class: "wld-axis" }, el("span", {}, `${MINUTES} minutes ago`), el("span", {}, "now")),
        el("h3", {}, "The API’s log"),
        this.log.element,
        this.writes,
        el("h3", {}, "The bot’s process"),
        el("div", { class: "wld-bot" }, this.bot, this.botButton, this.botWhy),
        this.pagers.element,
        el("h3", {}, "People"),
        this.people.element,
        el("h3", {}, "Break it"),
        this.switches.element,
      ),
    );
  }

  legend({ key, mark, label }) {
    const swatch = el("span", { class: `wld-swatch wld-fill-${key} wld-is-${key}`, "aria-hidden": "true" }, mark);
    return el("li", {}, swatch, el("span", {}, label), this.numbers[key]);
  }

  skipButton(label, body) {
    return el("button", { type: "button", class: "wld-button", onclick: () => tryTo("skip", body) }, label);
  }

  showAll(state) {
    if (state.world) this.showWorld(state.world);
    this.log.showAll(state.api?.values() ?? []);
    this.switches.show([...(state.switches ?? [])]);
    if (state.bot) this.showBot(state.bot);
    this.pagers.show(state.pagers);
    this.people.show(state.people.values());
    this.showTime();
  }

  showWorld(world) {
    this.who.textContent = `${world.name || "Customer"} (${world.customer}), ${count(world.users)} people`;
    for (const { key } of KINDS) {
      this.parts[key].style.setProperty("flex-grow", String(world[key]));
      this.parts[key].hidden = world[key] === 0;
      this.numbers[key].textContent = count(world[key]);
    }
    const writes = `${count(world.writes)} ${world.writes === 1 ? "write" : "writes"}`;
    this.writes.textContent = `The API applied ${writes}, ${world.doubled ? count(world.doubled) : "none"} twice.`;
    this.chart.show(world);
  }

  /** `why` says why the process ended by itself. */
  showBot({ state, pid, why }) {
    this.botWhy.textContent = why ?? "";
    this.botWhy.hidden = !why;
    this.runs = state !== "killed" && state !== "stopped";
    this.bot.textContent = this.runs && pid ? `${STATES[state]}, process ${pid}` : STATES[state];
    this.bot.className = this.runs ? "wld-runs" : "wld-ended";
    this.botButton.textContent = this.runs ? "Kill the bot" : "Start the bot";
    this.botButton.classList.toggle("wld-danger", this.runs);
  }

  async actOnBot() {
    this.botButton.disabled = true;
    await tryTo("bot", { do: this.runs ? "kill" : "start" });
    this.botButton.disabled = false;
  }

  showTime() {
    const now = new Date(store.now() * 1000);
    this.time.textContent = CLOCK.format(now);
    this.time.dateTime = now.toISOString();
    this.time.title = `Europe/Berlin, ${now.toISOString().slice(0, 10)}`;
    this.chart.draw();
  }
}

customElements.define("world-pane", WorldPane);
