// Elements from plain values: text is always text, never HTML.

/**
 * @param {string} tag @param {Record<string, any>} [given] @param {...(Node | string | null)} inside
 * @returns {any}
 */
export const make = (tag, given = {}, ...inside) => {
  const found = document.createElement(tag);
  for (const [key, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) found.addEventListener(key.slice(2), value);
    else if (key === "class") found.className = value;
    else if (key in found && key !== "for" && key !== "list") /** @type {any} */ (found)[key] = value;
    else found.setAttribute(key === "for" ? "for" : key, String(value));
  }
  found.append(...inside.filter((node) => node !== null));
  return found;
};

export const LETTERS = ["A", "B", "C", "D"];

/** The letter of a policy in its colour. @param {number} i */
export const badge = (i) => make("span", { class: `letter letter-${LETTERS[i]}` }, LETTERS[i]);

/** @param {string} id @returns {any} */
export const place = (id) => document.getElementById(id);

/** @param {any[]} sources @returns {string} */
export const cited = (sources) => sources.map((s) => [s.cite, s.pages, s.url].filter(Boolean).join(", ")).join("; ");

/** Sources as links, where they have an address. @param {any[]} sources @returns {(Node | string)[]} */
export const linked = (sources) =>
  sources.flatMap((s, i) => {
    const text = [s.cite, s.pages].filter(Boolean).join(", ");
    // Only the web: an address of another kind would be run by the browser.
    const shown = /^https?:\/\//.test(s.url ?? "") ? make("a", { href: s.url, rel: "noreferrer" }, text) : text;
    return i === 0 ? [shown] : ["; ", shown];
  });

/** The name of a lever or an assumption as words: "legal.cap_factor" as "legal: cap factor". @param {string} name */
export const said = (name) => name.replaceAll(".", ": ").replaceAll("_", " ");

/** A number stays with its sign at the end of a line. @param {string} text */
export const tidy = (text) => text.replaceAll(" %", "\u00a0%");

const digits = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3, notation: "compact" });

/** @param {number | null} value */
export const number = (value) => (value === null || value === undefined ? "–" : digits.format(value));

const long = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 2, notation: "compact", compactDisplay: "long" });

/** An amount with the word for its size, as the server's sentences write it. @param {number} value */
export const amount = (value) => long.format(value);

/** A share in per cent, as the server's sentences write it: no false digits at either end. @param {number | null} value */
export const share = (value) => {
  if (value === null || value === undefined) return "–";
  const found = 100 * value;
  if (found === 0 || found === 100) return `${found}\u00a0%`;
  if (found < 0.1) return "under 0.1\u00a0%";
  if (found > 99.9) return "over 99.9\u00a0%";
  return `${found.toFixed(found < 1 || found > 99 ? 1 : 0)}\u00a0%`;
};

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** A decimal year as a month; nothing when it never comes. @param {number | null} value */
export const when = (value) => {
  if (value === null || value === undefined) return "never";
  const whole = Math.floor(value);
  return `${MONTHS[Math.min(11, Math.floor((value - whole) * 12 + 1e-9))]} ${whole}`;
};
