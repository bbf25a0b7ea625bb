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

/** @param {string} id @returns {any} */
export const place = (id) => document.getElementById(id);

/** @param {any[]} sources @returns {string} */
export const cited = (sources) => sources.map((s) => [s.cite, s.pages, s.url].filter(Boolean).join(", ")).join("; ");

/** A number stays with its sign at the end of a line. @param {string} text */
export const tidy = (text) => text.replaceAll(" %", "\u00a0%");

const digits = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3, notation: "compact" });
const percent = new Intl.NumberFormat("en-GB", { style: "percent", maximumFractionDigits: 1 });

/** @param {number | null} value */
export const number = (value) => (value === null || value === undefined ? "–" : digits.format(value));

/** @param {number | null} value */
export const share = (value) => (value === null || value === undefined ? "–" : percent.format(value));

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** A decimal year as a month; nothing when it never comes. @param {number | null} value */
export const when = (value) => {
  if (value === null || value === undefined) return "never";
  const whole = Math.floor(value);
  return `${MONTHS[Math.min(11, Math.floor((value - whole) * 12 + 1e-9))]} ${whole}`;
};
