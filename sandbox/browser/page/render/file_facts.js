/** What the name and the size of a file say. */

/** @returns {string} `512 bytes`, `12 KB`, `1.4 MB` */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`;
  return `${Number((bytes / 1_000_000).toFixed(1))} MB`;
}

/** @returns {string} `csv` of `Users.CSV`; "" where the name has none */
export function extension(name) {
  return /\.([^.]+)$/.exec(name ?? "")?.[1].toLowerCase() ?? "";
}
