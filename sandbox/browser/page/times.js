/** Days and times of messages, in the zone of the person who reads them. */

const FORMATS = new Map();
const DAY = 86_400;

function format(tz, name, options) {
  const key = `${tz} ${name}`;
  if (!FORMATS.has(key)) {
    FORMATS.set(key, new Intl.DateTimeFormat("en-US", { timeZone: tz || undefined, ...options }));
  }
  return FORMATS.get(key);
}

const date = (seconds) => new Date(Number(seconds) * 1000);

/** The day as a value to compare, e.g. `11/27/2026`. */
export function day(ts, tz) {
  return format(tz, "day", {}).format(date(ts));
}

/** `Today`, `Yesterday` or e.g. `Friday, November 27`. */
export function dayName(ts, tz, now) {
  const which = day(ts, tz);
  if (which === day(now, tz)) return "Today";
  if (which === day(now - DAY, tz)) return "Yesterday";
  return format(tz, "long", { weekday: "long", day: "numeric", month: "long" }).format(date(ts));
}
