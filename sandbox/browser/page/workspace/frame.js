/** The parts of a workspace as elements: the bar on top, channels, messages, thread and modals. */

import { ChannelList, channelName } from "./channels.js";
import { Composer } from "./composer.js";
import { el } from "../dom.js";
import { MessageList } from "./message_list.js";
import { presenceDot } from "../people.js";
import { store } from "../store.js";
import { themeButton } from "../theme.js";
import { Thread } from "./thread.js";

/**
 * Build the parts and put them into the workspace.
 * @returns {object} the parts that change, which become the workspace's own
 */
export function buildFrame(workspace) {
  const { isPhone } = workspace;
  const named = (text) => workspace.named(text);
  const send = isPhone ? "Send from the phone" : "Send";
  const parts = {
    channels: new ChannelList(workspace),
    list: new MessageList(workspace, named("Messages")),
    composer: new Composer(workspace, { label: named("Message"), send }),
    thread: new Thread(workspace),
    team: el("strong", { class: "ws-team" }),
    actor: el("select", { "aria-label": "Act as", onchange: (event) => workspace.actAs(event.target.value) }),
    presence: presenceDot(),
    back: backButton(workspace),
    heading: el("h2", { class: "ws-title" }),
    topic: el("span", { class: "ws-topic" }),
    tabs: appTabs(workspace),
    home: el("div", { class: "ws-home", hidden: true }),
    closed: el("p", { class: "ws-closed", hidden: true }),
    modals: el("modal-layer"),
  };
  const { channels, list, composer, thread, back, heading, topic, tabs, home, closed, modals } = parts;
  const head = el("header", { class: "ws-head" }, back, heading, topic);
  const main = el("section", { class: "ws-main" }, head, tabs, home, list.element, closed, composer.element);
  const view = { class: "ws-body", "data-view": isPhone ? "list" : "channel" };
  parts.body = el("div", view, channels.element, main, thread.element);
  workspace.append(topBar(parts, isPhone), parts.body);
  // Who acts can be changed while a modal is open; a phone has nothing but the modal.
  (isPhone ? workspace : parts.body).append(modals);
  return parts;
}

/** Draw what is said about the open channel, and show of the parts what it has. */
export function drawHead(workspace) {
  const { channelId, isApp, showsMessages, tab, tabs, topic, list } = workspace;
  const channel = store.channel(channelId);
  const name = channelName(channelId);
  const why = closedBecause(channel, isApp);
  workspace.heading.textContent = name;
  topic.textContent = channel?.is_ext_shared ? "Shared with another company" : (channel?.topic ?? "");
  tabs.hidden = !isApp;
  for (const one of tabs.children) one.setAttribute("aria-selected", String(one.dataset.tab === tab));
  list.intro.textContent = isApp ? `Direct messages between you and ${name}.` : `This is the beginning of ${name}.`;
  workspace.home.hidden = showsMessages;
  list.element.hidden = !showsMessages;
  workspace.closed.textContent = why;
  workspace.closed.hidden = !why || !showsMessages;
  workspace.composer.element.hidden = Boolean(why) || !showsMessages;
}

/** Why nobody can write here, or nothing. */
function closedBecause(channel, isApp) {
  if (channel?.is_archived) return "This channel is archived.";
  return isApp && store.state.app.read_only ? "Sending messages to this app has been turned off." : "";
}

function topBar({ team, actor, presence }, isPhone) {
  const label = el("span", { "aria-hidden": "true" }, "Act as ");
  const own = isPhone ? [] : [presence, el("label", { class: "ws-actor" }, label, actor), themeButton()];
  return el("header", { class: "ws-top" }, team, ...own);
}

function backButton(workspace) {
  const named = { type: "button", class: "ws-icon ws-back", "aria-label": workspace.named("Channel list") };
  const count = el("span", { class: "ws-badge", hidden: true });
  return el("button", { ...named, onclick: () => workspace.showChannels() }, "‹", count);
}

/** Say on the way back to the list of channels what is unread there for the person. */
export function drawMentions(workspace, mentions) {
  const { back } = workspace;
  const unread = mentions ? `, ${mentions} unread for you` : "";
  back.setAttribute("aria-label", workspace.named(`Channel list${unread}`));
  back.lastChild.textContent = String(mentions);
  back.lastChild.hidden = !mentions;
}

function appTabs(workspace) {
  const open = (tab) => () => workspace.openChannel(workspace.channelId, { tab });
  const tab = (id, text) =>
    el("button", { type: "button", role: "tab", "data-tab": id, onclick: open(id) }, text);
  const named = { class: "ws-app-tabs", role: "tablist", "aria-label": workspace.named("App"), hidden: true };
  return el("div", named, tab("home", "Home"), tab("messages", "Messages"));
}
