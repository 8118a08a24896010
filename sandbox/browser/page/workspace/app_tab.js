/** The tabs of the app: its Home is drawn, and that its Messages were opened is told to the app. */

import { tryTo } from "../api.js";
import { el } from "../dom.js";

/** Whose Messages tab of the app is open in a workspace, or nobody's. */
const READERS = new WeakMap();

/** Draw what is open of the app. Opening a tab of it is an event; `home-tab` sends that of the Home. */
export function drawAppTab(workspace) {
  const { home, personId, isApp, showsMessages } = workspace;
  if (showsMessages) home.replaceChildren();
  else if (home.firstChild) setPerson(home.firstChild, personId);
  else home.append(el("home-tab", { person: personId }));
  const reader = isApp && showsMessages ? personId : "";
  if (reader && reader !== READERS.get(workspace)) tryTo("open_home", { person: reader, tab: "messages" });
  READERS.set(workspace, reader);
}

/** Tell an element whose it is; it draws itself again only for another person. */
export function setPerson(element, personId) {
  if (element.getAttribute("person") !== personId) element.setAttribute("person", personId);
}
