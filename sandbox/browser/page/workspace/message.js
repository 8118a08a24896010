/** One message in a list: its author, time, content, thread and what went wrong with a click. */

import { tryTo } from "../api.js";
import { confirmDialog } from "../modal/confirm.js";
import { el } from "../dom.js";
import { author, avatar, fullName, SLACKBOT } from "../people.js";
import { clock } from "../render/text/dates.js";
import { renderMessage } from "../render/message_body.js";
import { store } from "../store.js";
import { dayName } from "../times.js";

/** A message of the list; `place` is the workspace with `personId`, and `inThread`. */
export class MessageRow {
  #drawn = "";

  constructor(message, place) {
    this.place = place;
    this.message = message;
    this.body = el("div", { class: "msg-body" });
    this.footer = el("div", { class: "msg-footer" });
    this.problem = el("div", { class: "msg-problem", role: "alert", hidden: true });
    this.head = el("div", { class: "msg-head" });
    this.gutter = el("div", { class: "msg-gutter" });
    const content = el("div", { class: "msg-content" }, this.head, this.body, this.problem, this.footer);
    this.main = el("div", { class: "msg-main" }, this.gutter, content);
    const row = { class: "msg-row", role: "article", tabindex: "-1", "data-key": message.key };
    this.element = el("div", row, this.main);
    this.update(message);
  }

  get person() {
    return store.person(this.place.personId);
  }

  /** Draw a newer revision. What is the same stays, and with it the focus. */
  update(message) {
    this.message = message;
    const shown = JSON.stringify([message.text, message.blocks, message.files, message.deleted]);
    if (shown !== this.#drawn) {
      this.#drawn = shown;
      this.#drawBody();
    }
    this.drawFooter();
  }

  #drawBody() {
    const focus = focused(this.body);
    this.body.replaceChildren();
    if (this.message.deleted) {
      this.body.append(el("em", { class: "msg-muted" }, "This message was deleted."));
    } else {
      this.body.append(renderMessage(this.message, this.#context()));
      if (this.message.edited && !author(this.message).is_bot) {
        this.body.append(el("span", { class: "msg-muted" }, " (edited)"));
      }
    }
    if (focus) refocus(this.body, focus, this.element);
  }

  #context() {
    const { message, person } = this;
    const { channel, ts } = message;
    return {
      person,
      store,
      surface: "message",
      errors: {},
      busy: false,
      confirm: (dialog) => confirmDialog(dialog, { person, store }),
      onAction: (block_id, action_id, element, value) =>
        tryTo("click", { person: person.id, channel, ts, block_id, action_id, value }),
    };
  }

  /** Say who wrote it; `grouped` messages follow one of the same author. */
  decorate({ grouped, newDay, firstUnread }) {
    const { message, person } = this;
    const wrote = author(message);
    const time = clock(message.ts, { person });
    const stamp = el("time", { class: "msg-time" }, time);
    this.element.classList.toggle("msg-grouped", grouped);
    this.element.classList.toggle("msg-only", Boolean(message.only_for));
    this.element.setAttribute("aria-label", `${fullName(wrote)}, ${time}`);
    this.gutter.replaceChildren(grouped ? stamp : avatar(wrote));
    this.head.replaceChildren(
      ...(message.only_for ? [this.#onlyVisible()] : []),
      ...(grouped ? [] : [this.#byline(wrote), stamp]),
    );
    this.element.querySelectorAll(":scope > .msg-line").forEach((line) => line.remove());
    if (firstUnread) this.element.prepend(divider("New", "msg-unread"));
    if (newDay) this.element.prepend(divider(dayName(message.ts, person.tz, store.now()), "msg-day"));
  }

  #byline(wrote) {
    const name = el("span", { class: "msg-author" }, fullName(wrote));
    if (wrote.is_bot && wrote !== SLACKBOT) name.append(el("span", { class: "msg-badge" }, "APP"));
    return name;
  }

  #onlyVisible() {
    const dismiss = () => store.dismiss(this.message.key);
    return el(
      "div",
      { class: "msg-visible" },
      "Only visible to you · ",
      el("button", { type: "button", class: "ws-link", onclick: dismiss }, "Dismiss message"),
    );
  }

  /** The summary of the thread, which opens it. */
  drawFooter() {
    const { message, place, person } = this;
    const replies = place.inThread ? [] : store.replies(message.key, person.id);
    if (!replies.length) return this.footer.replaceChildren();
    const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
    const last = replies.at(-1);
    const when = dayName(last.ts, person.tz, store.now()).replace(/^Today|^Yesterday/, (name) => name.toLowerCase());
    const authors = new Map(replies.map((reply) => [author(reply).id, author(reply)]));
    const open = el(
      "button",
      { type: "button", class: "msg-thread", onclick: () => place.openThread(message.ts) },
      ...[...authors.values()].slice(0, 4).map(avatar),
      el(
        "span",
        {},
        el("span", { class: "ws-link" }, count),
        el("span", { class: "msg-muted" }, `, last reply ${when} at ${clock(last.ts, { person })}`),
      ),
    );
    const hadFocus = this.footer.contains(document.activeElement);
    this.footer.replaceChildren(open);
    if (hadFocus) open.focus();
  }

  /** Show how the delivery of a click went. */
  showDelivery({ pending, timed_out, status }) {
    this.element.classList.toggle("msg-pending", Boolean(pending));
    const failed = !pending && (timed_out || status !== 200);
    const code = timed_out ? "operation_timeout" : "dispatch_failed";
    const what = timed_out ? "did not respond in time" : "could not be reached";
    this.problem.hidden = !failed;
    this.problem.textContent = failed ? `⚠ ${store.state.app.name} ${what} (${code}).` : "";
  }
}

function divider(text, name) {
  const named = { class: `msg-line ${name}`, role: "separator", "aria-label": text };
  return el("div", named, el("span", {}, text));
}

const CONTROLS = "button, a, input, select, textarea";

/** Which control of the body has the focus, to give it back after drawing again. */
function focused(body) {
  const active = document.activeElement;
  if (!body.contains(active)) return null;
  return { text: active.textContent, at: [...body.querySelectorAll(CONTROLS)].indexOf(active) };
}

function refocus(body, { text, at }, row) {
  const controls = [...body.querySelectorAll(CONTROLS)];
  const same = controls[at]?.textContent === text ? controls[at] : null;
  (same ?? controls.find((control) => control.textContent === text) ?? row).focus();
}
