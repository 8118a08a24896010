/** The fragment of the page's address: who acts and what is open, so that each window is a person. */

let written = "";

/** `as`, `channel`, `thread`, `ts` and `tab`, where they are given. */
export function readAddress() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

/** Whether the address is as it was written last. */
export function isWritten() {
  return location.hash === written;
}

/** Write what is open, as a step that the browser can go back. */
export function writeAddress({ personId, channelId, threadTs, tab }) {
  const at = new URLSearchParams({ as: personId, channel: channelId });
  if (threadTs) at.set("thread", threadTs);
  if (tab !== "messages") at.set("tab", tab);
  written = `#${at}`;
  if (location.hash === written) return;
  history[location.hash ? "pushState" : "replaceState"](null, "", written);
}
