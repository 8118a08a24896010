/** What a person does on the page, handed to the server. */

/** The server's sentence about what cannot be done. */
export class ActionError extends Error {}

const NO_ANSWER = "The demo does not answer. Is it still running?";

/** Do something, e.g. `act("send", {person, channel, text})`. Throws ActionError. */
export async function act(name, body = {}) {
  let answer;
  try {
    const response = await fetch(`do/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    answer = await response.json();
  } catch {
    throw new ActionError(NO_ANSWER);
  }
  if (!answer.ok) throw new ActionError(answer.error || NO_ANSWER);
  return answer;
}

/** Show a sentence for some seconds; a screen reader reads it. */
export function toast(sentence) {
  const line = document.createElement("div");
  line.className = "ws-toast";
  line.textContent = sentence;
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), 6000);
}

/** Do something and show the sentence when it cannot be done. Returns null then. */
export async function tryTo(name, body) {
  try {
    return await act(name, body);
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    toast(error.message);
    return null;
  }
}
