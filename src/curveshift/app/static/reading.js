// What the further pages share: their finding, their trouble, their figures, and the state in their address.

import { get as once, Refused } from "./asking.js";
import { OPTIONS } from "./drawings.js";
import { make, number, place, tidy } from "./elements.js";

/** The finding is the title of the page and of its window. @param {string} text */
export const say = (text) => {
  place("finding").textContent = tidy(text);
  document.title = `${text} · curveshift`;
};

/** Ask, and ask again while the line in front of the model is full. @param {string} path @returns {Promise<any>} */
export const get = async (path) => {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await once(path);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 429 || attempt === 3) throw error;
      await new Promise((done) => setTimeout(done, 2000));
    }
  }
};

/** A sentence, or what went wrong. @param {any} error */
export const complain = (error) => {
  const told = error === null || typeof error === "string" ? error : error instanceof Refused ? `${error.message}.` : `The server cannot be reached (${error.message}).`;
  place("trouble").textContent = told ?? "";
  place("trouble").hidden = error === null;
};

/** Run what opens a page; what goes wrong is told on it. @param {() => Promise<void>} work */
export const open = async (work) => {
  try {
    await work();
    document.documentElement.dataset.ready = "yes";
  } catch (error) {
    complain(error);
  }
};

/** A term and what it is, for each that is there. @param {[string, any][]} pairs */
export const terms = (pairs) =>
  make(
    "dl",
    {},
    ...pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== "" && value.length !== 0)
      .flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, value instanceof Node ? value : tidy(String(value)))]),
  );

/** @param {any[]} lines */
export const list = (lines) => make("ul", {}, ...lines.map((line) => make("li", {}, line instanceof Node ? line : tidy(String(line)))));

/**
 * A table that scrolls inside itself; columns whose head begins with "#" hold numbers.
 * @param {string} caption @param {string[]} head @param {any[][]} rows
 */
export const table = (caption, head, rows) => {
  const numeric = head.map((text) => text.startsWith("#"));
  /** @param {any} value @param {number} i */
  const cell = (value, i) => {
    const inside = value instanceof Node ? value : tidy(String(value));
    const kind = numeric[i] ? "n" : /^\d{4}-\d\d-\d\d$/.test(String(value)) ? "day" : "";
    return i === 0 ? make("th", { scope: "row", class: kind }, inside) : make("td", { class: kind }, inside);
  };
  return make(
    "div",
    { class: "scroll", tabIndex: 0, role: "region", "aria-label": caption },
    make(
      "table",
      {},
      make("caption", {}, tidy(caption)),
      make("thead", {}, make("tr", {}, ...head.map((text, i) => make("th", { scope: "col", class: numeric[i] ? "n" : "" }, text.replace(/^#/, ""))))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell)))),
    ),
  );
};

/** A number, with a power of ten where words for its size end. @param {number | null} value */
export const amount = (value) =>
  value !== null && Math.abs(value) >= 1e15 ? value.toExponential(1).replace("e+", "e") : number(value);

/** A link to a source; other addresses than those of the web stay text. @param {string} text @param {string | null} url */
export const link = (text, url) =>
  url !== null && url !== undefined && /^https?:\/\//.test(url) ? make("a", { href: url, rel: "noreferrer" }, text) : text;

/** Sources, each on a line of its own. @param {any[]} sources */
export const sources = (sources) =>
  list(sources.map((s) => make("span", {}, link(s.cite, s.url), s.pages ? `, ${s.pages}` : "")));

/**
 * Draw a specification; its view can be given other data later.
 * @param {HTMLElement} where @param {any} spec @param {string} label
 */
export const draw = async (where, spec, label) => {
  where.setAttribute("role", "img");
  where.setAttribute("aria-label", label);
  const drawn = structuredClone(spec);
  drawn.config.legend = { ...drawn.config.legend, columns: Math.max(1, Math.min(5, Math.floor(where.clientWidth / 170))) };
  const made = await /** @type {any} */ (window).vegaEmbed(where, drawn, OPTIONS);
  where.dataset.drawn = String(Number(where.dataset.drawn ?? 0) + 1);
  return made.view;
};

/** The state in the address, each value as text. @param {Record<string, string>} standard @returns {Record<string, string>} */
export const state = (standard) => {
  const given = new URLSearchParams(location.hash.replace(/^#/, ""));
  return Object.fromEntries(Object.entries(standard).map(([key, value]) => [key, (given.get(key) ?? value).slice(0, 80)]));
};

/** Write a state into the address; what is as standard is left out. @param {Record<string, string>} now @param {Record<string, string>} standard */
export const keep = (now, standard) => {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(now)) if (value !== standard[key]) out.set(key, value);
  const text = out.toString();
  history.replaceState(null, "", text === "" ? location.pathname : `#${text}`);
};

/**
 * Work that a change begins again: only the newest is shown, with a word while it runs.
 * @param {string} doing @param {(current: () => boolean) => Promise<void>} work
 */
export const newest = (doing, work) => {
  let count = 0;
  return async () => {
    count += 1;
    const mine = count;
    const current = () => mine === count;
    place("busy").textContent = doing;
    try {
      await work(current);
    } catch (error) {
      if (current()) complain(error);
    } finally {
      if (current()) {
        place("busy").textContent = "";
        document.documentElement.dataset.shown = String(Number(document.documentElement.dataset.shown ?? 0) + 1);
      }
    }
  };
};
