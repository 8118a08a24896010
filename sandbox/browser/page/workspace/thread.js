/** A thread in the pane at the side: the message, its replies and a composer of its own. */

import { channelName } from "./channels.js";
import { Composer } from "./composer.js";
import { el } from "../dom.js";
import { MessageList } from "./message_list.js";
import { store } from "../store.js";

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
    const label = workspace.named("Close thread");
    const named = { type: "button", class: "ws-icon", "aria-label": label, title: label };
    const close = el("button", { ...named, onclick: () => workspace.closeThread() }, "✕");
    this.element = el(
      "section",
      { class: "ws-thread", "aria-label": workspace.named("Thread"), hidden: true },
      el("header", { class: "ws-head" }, el("h2", { class: "ws-title" }, "Thread"), this.where, close),
      this.list.element,
      this.composer.element,
    );
    this.element.addEventListener("keydown", (event) => {
      const isWriting = event.target === this.composer.input;
      if (event.key === "Escape" && !event.defaultPrevented && !isWriting) workspace.closeThread();
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
