// The page's words: one table, two languages, picked by the browser and changed by the switch.

const TABLE = await (await fetch(new URL("texts.json", import.meta.url))).json();
const LANGUAGES = ["en", "ru"];
const STORED = "linezero.language";

let current = LANGUAGES.includes(localStorage.getItem(STORED))
  ? localStorage.getItem(STORED)
  : (navigator.language || "en").toLowerCase().startsWith("ru")
    ? "ru"
    : "en";
document.documentElement.lang = current;

/** The language of the page now, "en" or "ru". */
export function language() {
  return current;
}

/** Changes the language and remembers it; the caller draws everything again. */
export function setLanguage(code) {
  current = code;
  localStorage.setItem(STORED, code);
  document.documentElement.lang = code;
}

/**
 * The text called `key`, its `{names}` replaced by `values`.
 * An entry with plural forms chooses by `values.n`.
 */
export function t(key, values = {}) {
  let text = TABLE[key][current];
  if (typeof text === "object") text = text[new Intl.PluralRules(current).select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Hours and minutes of a Unix time, as the reader's language writes them. */
export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString(current, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

/** When something was, for a list: the time today, the day before. */
export function moment(seconds) {
  const at = new Date(seconds * 1000);
  return at.toDateString() === new Date().toDateString()
    ? clock(seconds)
    : at.toLocaleDateString(current, { day: "numeric", month: "short" });
}

/** A size in bytes, in words. */
export function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  const [value, unit] =
    bytes < 1024
      ? [bytes, "byte"]
      : bytes < 1048576
        ? [bytes / 1024, "kilobyte"]
        : [bytes / 1048576, "megabyte"];
  return new Intl.NumberFormat(current, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: 1,
  }).format(value);
}
