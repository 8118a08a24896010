/**
 * Slack's date tokens, in the zone of the reader and by the 24-hour clock, a setting of theirs
 * (docs.slack.dev/messaging/formatting-message-text, .../reference/block-kit/block-elements/date-element).
 */

const HALF_A_YEAR = 182 * 24 * 3600;

/** @returns {number} UNIX seconds by the clock of the demo, which can run ahead of the machine's */
export function now(ctx) {
  return Date.now() / 1000 + (ctx.store?.state?.offset ?? 0);
}

/**
 * @param {number} ts UNIX seconds
 * @param {string} format e.g. `{date_short_pretty} {time_secs}`
 * @returns {string}
 * @throws {RangeError} where `ts` is no time
 */
export function formatDate(ts, format, ctx) {
  const at = new Date(ts * 1000);
  const parts = read(at, ctx);
  const near = Math.abs(now(ctx) - ts) < HALF_A_YEAR;
  const forms = tokens(parts, near, ts, ctx);
  return format.replace(/\{(\w+)\}/g, (token, name, position) => {
    const text = forms[name]?.();
    return text === undefined ? token : position === 0 ? capital(text) : text;
  });
}

/** @returns {string} `14:03`, as the message list shows it beside a name */
export function clock(ts, ctx) {
  const { hour, minute } = read(new Date(Number(ts) * 1000), ctx);
  return `${hour}:${minute}`;
}

function tokens(parts, near, ts, ctx) {
  const { year, month, day, weekday, hour, minute, second } = parts;
  const number = String(parts.monthNumber).padStart(2, "0");
  const padded = String(day).padStart(2, "0");
  const date = `${month} ${ordinal(day)}`;
  const short = `${month.slice(0, 3)} ${day}`;
  const withYear = (text) => (near ? text : `${text}, ${year}`);
  const long = withYear(`${weekday}, ${date}`);
  const pretty = (text) => relativeDay(ts, ctx) ?? text;
  const thisYear = year === read(new Date(now(ctx) * 1000), ctx).year;
  return {
    date_num: () => `${year}-${number}-${padded}`,
    date_slash: () => `${padded}/${number}/${year}`,
    date: () => withYear(date),
    date_short: () => withYear(short),
    date_long: () => long,
    date_long_full: () => `${month} ${day}, ${year}`,
    date_pretty: () => pretty(withYear(date)),
    date_short_pretty: () => pretty(withYear(short)),
    date_long_pretty: () => pretty(long),
    day_divider_pretty: () =>
      pretty(thisYear ? `${weekday}, ${date}` : `${weekday}, ${date}, ${year}`),
    time: () => `${hour}:${minute}`,
    time_secs: () => `${hour}:${minute}:${second}`,
    ago: () => ago(ts, now(ctx)),
  };
}

const FORMATS = new Map();

function read(at, ctx) {
  const zone = ctx.person?.tz || "UTC";
  if (!FORMATS.has(zone)) FORMATS.set(zone, makeFormat(zone));
  const found = Object.fromEntries(
    FORMATS.get(zone).formatToParts(at).map(({ type, value }) => [type, value]),
  );
  const monthNumber = MONTHS.indexOf(found.month) + 1;
  return { ...found, day: Number(found.day), monthNumber };
}

const MONTHS = [
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
];

function makeFormat(zone) {
  const form = {
    year: "numeric", month: "long", day: "numeric", weekday: "long",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  };
  try {
    return new Intl.DateTimeFormat("en-US", { ...form, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat("en-US", { ...form, timeZone: "UTC" });
  }
}

function relativeDay(ts, ctx) {
  const dayOf = (seconds) => {
    const { year, monthNumber, day } = read(new Date(seconds * 1000), ctx);
    return Date.UTC(year, monthNumber - 1, day) / 86_400_000;
  };
  const names = { 0: "today", 1: "tomorrow", [-1]: "yesterday" };
  return names[dayOf(ts) - dayOf(now(ctx))];
}

function ago(ts, present) {
  const seconds = Math.abs(Math.round(present - ts));
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, length] = units.find(([, size]) => seconds >= size) ?? units[3];
  const count = Math.floor(seconds / length);
  const text = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return ts > present ? `in ${text}` : `${text} ago`;
}

function ordinal(day) {
  const tens = day % 100;
  const suffix = tens > 10 && tens < 14 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[day % 10];
  return `${day}${suffix ?? "th"}`;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @returns {string} `2026-03-14T12:00` in the zone of the reader, as `datetime-local` takes it */
export function localTime(ts, ctx) {
  const { year, monthNumber, day, hour, minute } = read(new Date(Number(ts) * 1000), ctx);
  const two = (value) => String(value).padStart(2, "0");
  return `${year}-${two(monthNumber)}-${two(day)}T${hour}:${minute}`;
}

/** @returns {string} UNIX seconds of a value of `datetime-local`, in the zone of the reader, or "" */
export function toUnix(local, ctx) {
  if (!local) return "";
  const wanted = Date.parse(`${local}Z`) / 1000;
  const offset = (ts) => Date.parse(`${localTime(ts, ctx)}Z`) / 1000 - ts;
  // Twice, since the first guess may lie on the other side of a change of the clocks.
  const guess = wanted - offset(wanted);
  return String(wanted - offset(guess));
}
