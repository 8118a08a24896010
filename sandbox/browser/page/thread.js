/** A thread in the pane at the side: the message, its replies and a composer of its own. */

import { channelName } from "./channels.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { MessageList } from "./message_list.js";
import { store } from "./store.js";

export class Thread {
  /** @param {object} workspace the workspace whose `threadTs` is shown; null closes the pane */
  constructor(workspace) {
    this.workspace = workspace;
    const thread = this;
    const place = {
      inThread: true,
      unreadFrom: null,
      get personId() {
        return workspace.personId;
      },
      get channelId() {
        return workspace.channelId;
      },
      get threadTs() {
        return workspace.threadTs;
      },
      messages: () => store.thread(workspace.channelId, workspace.threadTs, workspace.personId),
      holds: (message) =>
        workspace.threadTs !== null &&
        message.channel === workspace.channelId &&
        [message.ts, message.thread_ts].includes(workspace.threadTs),
      openThread: () => {},
      focusComposer: () => thread.composer.focus(),
      onRead: () => {},
    };
    this.list = new MessageList(place, workspace.named("Thread messages"));
    this.composer = new Composer(place, {
      label: workspace.named("Reply"),
      send: workspace.named("Post reply"),
    });
    this.where = el("span", { class: "msg-muted" });
    const close = el("button", { type: "button", class: "ws-icon", "aria-label": "Close thread", title: "Close thread", onclick: () => workspace.closeThread() }, "✕");
    this.element = el(
      "section",
      { class: "ws-thread", "aria-label": workspace.named("Thread"), hidden: true },
      el("header", { class: "ws-head" }, el("h2", { class: "ws-title" }, "Thread"), this.where, close),
      this.list.element,
      this.composer.element,
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && event.target !== this.composer.input) workspace.closeThread();
    });
  }

  draw() {
    const { threadTs, channelId } = this.workspace;
    this.element.hidden = !threadTs;
    this.list.show();
    if (!threadTs) return;
    this.where.textContent = channelName(channelId);
    this.composer.show();
  }
}
