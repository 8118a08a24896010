/** Rows of a CSV file (RFC 4180). */

/**
 * @param {string} text
 * @param {string} separator
 * @returns {string[][]} without empty lines
 */
export function csvRows(text, separator) {
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    if (row.length > 1 || row[0]) rows.push(row);
    [row, cell] = [[], ""];
  };
  for (let at = 0; at < text.length; at += 1) {
    const here = text[at];
    if (quoted) {
      if (here !== '"') cell += here;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (here === '"' && !cell) quoted = true;
    else if (here === separator) {
      row.push(cell);
      cell = "";
    } else if (here === "\n") endRow();
    else if (here !== "\r") cell += here;
  }
  if (cell || row.length) endRow();
  return rows;
}
