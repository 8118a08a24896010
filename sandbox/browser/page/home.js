/** `<home-tab person>`: the App Home of one person (docs.slack.dev/surfaces/app-home). */

import { act, toast } from "./api.js";
import { confirmDialog } from "./confirm.js";
import { el } from "./dom.js";
import { TROUBLE, typedIn } from "./modal/view.js";
import { renderBlocks } from "./render/blocks.js";
import { store } from "./store.js";

const NO_HOME = "This app has no Home tab: its Messages tab is where it writes to you.";

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
    if (person) this.#act("open_home", { person });
  }

  #draw() {
    const user = this.getAttribute("person");
    const home = store.state?.homes.get(user);
    if (!home) {
      this.replaceChildren(el("p", { class: "mod-no-home" }, NO_HOME));
      return;
    }
    const ctx = { person: store.person(user), store, surface: "home", errors: {}, busy: false };
    ctx.confirm = (dialog) => confirmDialog(dialog, { ...ctx, host: this });
    ctx.onAction = async (block_id, action_id, element, value) => {
      const values = await typedIn(this);
      await this.#act("view_click", { person: user, view_id: home.id, block_id, action_id, value, values });
    };
    const problem = home.errors?.[""] ? el("div", { class: "mod-problem", role: "alert" }, TROUBLE) : null;
    this.replaceChildren(el("div", { class: "mod-home" }, problem, renderBlocks(home.view.blocks, ctx)));
  }

  async #act(name, body) {
    try {
      await act(name, body);
    } catch (error) {
      toast(error.message);
    }
  }
}

customElements.define("home-tab", HomeTab);
