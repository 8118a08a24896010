/** The options of a select: given by the app, or the people and channels of the workspace. */

import { el } from "../../dom.js";
import { plainText } from "../mrkdwn.js";

/** @returns {{nodes: HTMLElement[], initial: string[]}} options or groups, and what is chosen */
export function optionGroups(object, ctx) {
  const kind = object.type.replace(/^multi_/, "").replace(/_select$/, "");
  const found = WORKSPACE[kind]?.(ctx, object.filter ?? {});
  if (found) {
    const one = object[`initial_${kind.replace(/s$/, "")}`] ?? current(object, ctx);
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
  channels: (ctx) => channels(ctx, {}),
  conversations: (ctx, filter) => [...channels(ctx, filter), ...(has(filter, "im") ? people(ctx) : [])],
};

/** Whether a filter lets conversations of this kind through: `public`, `private`, `im`. */
function has({ include }, kind) {
  return !include || include.includes(kind);
}

/** The conversation that the person looked at when the view was opened, if the menu begins there. */
function current(object, ctx) {
  return object.default_to_current_conversation ? ctx.viewed?.() : null;
}

function people(ctx) {
  const all = [...(ctx.store?.state?.people?.values() ?? [])].filter((person) => !person.is_bot);
  return all.map((person) => el("option", { value: person.id }, person.real_name || person.name));
}

function channels(ctx, filter) {
  const all = ctx.store?.channelsOf(ctx.person?.id) ?? [];
  const shown = all.filter(
    ({ kind, is_archived, is_ext_shared }) =>
      kind !== "im" &&
      !is_archived &&
      has(filter, kind === "private" ? "private" : "public") &&
      !(filter.exclude_external_shared_channels && is_ext_shared),
  );
  return shown.map((channel) => el("option", { value: channel.id }, `#${channel.name}`));
}
