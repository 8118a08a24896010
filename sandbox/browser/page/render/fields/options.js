/** The options of a select: given by the app, or the people and channels of the workspace. */

import { el } from "../../dom.js";
import { plainText } from "../mrkdwn.js";

/** @returns {{nodes: HTMLElement[], initial: string[]}} options or groups, and what is chosen */
export function optionGroups(object, ctx) {
  const kind = object.type.replace(/^multi_/, "").replace(/_select$/, "");
  const found = WORKSPACE[kind]?.(ctx);
  if (found) {
    const one = object[`initial_${kind.replace(/s$/, "")}`];
    return { nodes: found, initial: object[`initial_${kind}`] ?? (one ? [one] : []) };
  }
  const chosen = [...(object.initial_options ?? []), object.initial_option].filter(Boolean);
  const nodes = object.option_groups
    ? object.option_groups.map((group) =>
        el("optgroup", { label: plainText(group.label) }, ...group.options.map(given)),
      )
    : (object.options ?? []).map(given);
  return { nodes, initial: chosen.map((option) => option.value) };
}

function given(option) {
  return el("option", { value: option.value }, plainText(option.text));
}

const WORKSPACE = {
  users: people,
  channels: (ctx) => channels(ctx),
  conversations: (ctx) => [...channels(ctx), ...people(ctx)],
};

function people(ctx) {
  const all = [...(ctx.store?.state?.people?.values() ?? [])].filter((person) => !person.is_bot);
  return all.map((person) => el("option", { value: person.id }, person.real_name || person.name));
}

function channels(ctx) {
  const all = ctx.store?.channelsOf(ctx.person?.id) ?? [];
  const shown = all.filter((channel) => channel.kind !== "im" && !channel.is_archived);
  return shown.map((channel) => el("option", { value: channel.id }, `#${channel.name}`));
}
