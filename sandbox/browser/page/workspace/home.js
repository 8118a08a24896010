/** `<home-tab person>`: the App Home of one person (docs.slack.dev/surfaces/app-home). */

import { tryTo } from "../api.js";
import { asking } from "../modal/asking.js";
import { confirmDialog } from "../modal/confirm.js";
import { el } from "../dom.js";
import { redraw, typedIn } from "../modal/redraw.js";
import { TROUBLE } from "../modal/view.js";
import { store } from "../store.js";

const NO_HOME = "This app has no Home tab: its Messages tab is where it writes to you.";
const NOT_YET = "The app has not published your Home tab yet.";

class HomeTab extends HTMLElement {
  static observedAttributes = ["person"];
  #unsubscribe = [];

  connectedCallback() {
    this.#unsubscribe = [
      store.on("snapshot", () => this.#draw()),
      store.on("home", (home) => {
        if (home.user === this.getAttribute("person")) this.#draw();
      }),
    ];
    this.#open();
  }

  disconnectedCallback() {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#open();
  }

  /** Opening the tab is an event for the app, which may publish the Home then. */
  #open() {
    this.#draw();
    const person = this.getAttribute("person");
    if (person) tryTo("open_home", { person, tab: "home" });
  }

  #draw() {
    const user = this.getAttribute("person");
    const home = store.state?.homes.get(user);
    if (!home) {
      const why = store.state?.app.home_tab ? NOT_YET : NO_HOME;
      this.replaceChildren(el("p", { class: "mod-no-home" }, why));
      return;
    }
    if (this.user !== user || !this.body?.isConnected) this.#build(user);
    this.problem.hidden = !home.errors[""];
    this.problem.textContent = home.errors[""] ? TROUBLE : "";
    redraw(this.body, home.view.blocks, this.#context(user, home.id));
  }

  #build(user) {
    this.user = user;
    this.problem = el("div", { class: "mod-problem", role: "alert" });
    this.body = el("div", { class: "mod-home" });
    this.replaceChildren(this.problem, this.body);
  }

  #context(user, view_id) {
    const ctx = { person: store.person(user), store, surface: "home", errors: {}, busy: false };
    Object.assign(ctx, asking(user, () => store.state.homes.get(user)));
    ctx.confirm = (dialog) => confirmDialog(dialog, ctx);
    ctx.onAction = async (block_id, action_id, element, value) => {
      const values = await typedIn(this.body);
      await tryTo("view_click", { person: user, view_id, block_id, action_id, value, values });
    };
    return ctx;
  }
}

customElements.define("home-tab", HomeTab);
