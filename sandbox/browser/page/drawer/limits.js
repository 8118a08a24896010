/** How much of Slack's limits a message or a view uses (docs.slack.dev/reference/block-kit). */

export const LIMITS = {
  blocks: 50,
  viewBlocks: 100,
  allText: 12_000,
  // docs.slack.dev/reference/methods/chat.update refuses more; for a post it is advised.
  text: 4_000,
  sectionText: 3_000,
  fields: 10,
  fieldText: 2_000,
  header: 150,
  contextElements: 10,
  actionsElements: 25,
  buttonText: 75,
  buttonValue: 2_000,
  options: 100,
  optionText: 75,
  confirmText: 300,
  label: 2_000,
  id: 255,
  tableRows: 100,
  viewTitle: 24,
  metadata: 3_000,
};

/** The sandbox and Slack count characters, JavaScript counts UTF-16 units. */
const size = (text) => [...String(text ?? "")].length;

/**
 * @param {{text: string, blocks: object[]}} message or one revision of it
 * @returns {{what: string, count: number, limit: number}[]} the largest of each; what does not occur is
 *   left out
 */
export function messageLimits({ text, blocks }) {
  const found = new Largest();
  found.note("Blocks", blocks.length, LIMITS.blocks);
  found.note("Characters of all text", charactersOf(blocks), LIMITS.allText);
  found.note("Notification text", size(text), LIMITS.text);
  for (const block of blocks) noteBlock(found, block);
  return found.lines;
}

/** The same of a modal as the app sent it. */
export function viewLimits(view) {
  const found = new Largest();
  found.note("Blocks", view.blocks.length, LIMITS.viewBlocks);
  found.note("Title", size(view.title?.text), LIMITS.viewTitle);
  found.note("Private metadata", size(view.private_metadata), LIMITS.metadata);
  for (const block of view.blocks) noteBlock(found, block);
  return found.lines;
}

class Largest {
  #found = new Map();

  note(what, count, limit) {
    const before = this.#found.get(what);
    if (!before || before.count < count) this.#found.set(what, { what, count, limit });
  }

  get lines() {
    return [...this.#found.values()];
  }
}

function noteBlock(found, block) {
  const { type, elements, accessory, element } = block;
  found.note("Longest id", size(block.block_id), LIMITS.id);
  if (type === "header") found.note("Header", size(block.text.text), LIMITS.header);
  if (type === "section") noteSection(found, block);
  if (type === "context") found.note("Elements of a context", elements.length, LIMITS.contextElements);
  if (type === "actions") found.note("Elements of an actions block", elements.length, LIMITS.actionsElements);
  if (type === "table") found.note("Rows of a table", block.rows.length, LIMITS.tableRows);
  if (type === "input") found.note("Longest label", size(block.label.text), LIMITS.label);
  const used = [...(type === "actions" ? elements : []), accessory, element];
  for (const one of used.filter(Boolean)) noteElement(found, one);
}

function noteSection(found, { text, fields }) {
  if (text) found.note("Longest section", size(text.text), LIMITS.sectionText);
  if (!fields) return;
  found.note("Fields of a section", fields.length, LIMITS.fields);
  for (const field of fields) found.note("Longest field", size(field.text), LIMITS.fieldText);
}

function noteElement(found, element) {
  found.note("Longest id", size(element.action_id), LIMITS.id);
  if (element.type === "button") {
    found.note("Longest text of a button", size(element.text.text), LIMITS.buttonText);
    found.note("Longest value of a button", size(element.value), LIMITS.buttonValue);
  }
  const { options, confirm } = element;
  if (options) found.note("Options", options.length, LIMITS.options);
  for (const { text } of options ?? []) found.note("Longest option", size(text.text), LIMITS.optionText);
  if (confirm) found.note("Longest confirmation", size(confirm.text.text), LIMITS.confirmText);
}

/** @returns {number} characters of every text object and of tables and rich text */
function charactersOf(value) {
  if (Array.isArray(value)) return value.reduce((sum, item) => sum + charactersOf(item), 0);
  if (!value || typeof value !== "object") return 0;
  const own = typeof value.text === "string" ? size(value.text) : 0;
  return own + Object.values(value).reduce((sum, item) => sum + charactersOf(item), 0);
}
