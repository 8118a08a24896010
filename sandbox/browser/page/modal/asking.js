/** What the external selects of a view ask the app for. */

import { act } from "../api.js";

/**
 * @param {string} person
 * @param {() => object} view as it is now
 * @returns {object} the part of the context of `renderBlocks` for these fields
 */
export function asking(person, view) {
  return {
    suggest: (block_id, action_id, value) =>
      act("suggest", { person, view_id: view().id, block_id, action_id, value }),
    offered: (block_id, action_id) => view().offered?.[block_id]?.[action_id] ?? [],
    viewed: () => view().channel,
  };
}
