// The whole state of the page, how it is written in its address, and its history.

import { LETTERS } from "./elements.js";

/**
 * @typedef {{base: string, stance: string | null, levers: Record<string, number>, thresholds: Record<string, number>}} Choice
 * @typedef {{policies: Choice[], view: string | null, assumptions: Record<string, string | number>, draws: number,
 *   feedback: string | null, unit: string, window: number, threshold: string | null, focus: number}} State
 * `feedback` and `threshold` are null while they are those of the view, or as shipped without one.
 * @typedef {{policies: Map<string, any>, levers: Map<string, any>, thresholds: Map<string, any>, stances: string[],
 *   assumptions: Map<string, any>, views: Map<string, any>, units: string[], windows: number[], levels: string[],
 *   about: any, from: string, comparisons: any[]}} Catalogue
 */

export { LETTERS };
export const DRAWS = [256, 2048];
export const FEEDBACK = ["off", "default", "strong"];

/** @param {string} base @returns {Choice} */
export const plain = (base) => ({ base, stance: null, levers: {}, thresholds: {} });

/** @returns {State} */
export const initial = () => ({
  policies: [plain("status-quo"), plain("b30a-allowed")],
  view: null,
  assumptions: {},
  draws: 256,
  feedback: null,
  unit: "h100e_16bit",
  window: 12,
  threshold: null,
  focus: 1,
});

export const LEVEL = "essay-2025";

/** The level by which worlds are read: the visitor's, or the view's. @param {State} state @param {Catalogue} known @param {string[]} there */
export const level = (state, known, there) => {
  const wanted = state.threshold ?? known.views.get(state.view ?? "")?.threshold ?? LEVEL;
  return there.includes(wanted) ? wanted : there[0];
};

/** Names of the policies, each once: the server makes the same ones. @param {State} state @returns {string[]} */
export const names = (state) => {
  const seen = new Map();
  return state.policies.map((choice) => {
    const stance = choice.stance === null ? choice.base : `${choice.base}+${choice.stance}`;
    const own = Object.keys(choice.levers).length + Object.keys(choice.thresholds).length > 0;
    const name = own ? `${stance}, changed` : stance;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
};

/** What is sent to the server. @param {State} state @param {number} draws */
export const question = (state, draws) => {
  const called = names(state);
  return {
    policies: state.policies.map((choice, i) => {
      const unnamed = names({ ...state, policies: [choice] })[0];
      return { ...choice, name: called[i] === unnamed ? null : called[i] };
    }),
    view: state.view,
    assumptions: state.assumptions,
    draws,
    feedback: state.feedback,
    unit: state.unit,
    window_months: state.window,
  };
};

/** The address after its #. @param {State} state @param {any} about @returns {string} */
export const written = (state, about) => {
  const out = new URLSearchParams();
  out.set("version", about.version);
  out.set("facts", about.facts_sha256.slice(0, 12));
  for (const choice of state.policies) {
    const parts = [choice.base];
    if (choice.stance !== null) parts.push(`stance=${choice.stance}`);
    for (const [key, value] of Object.entries({ ...choice.levers, ...choice.thresholds })) parts.push(`${key}=${value}`);
    out.append("policy", parts.join(";"));
  }
  for (const [key, value] of Object.entries(state.assumptions)) {
    out.append("assume", `${key}=${typeof value === "number" ? value : `'${value}'`}`);
  }
  const standard = initial();
  for (const key of /** @type {const} */ (["view", "draws", "feedback", "unit", "window", "threshold", "focus"])) {
    if (state[key] !== standard[key]) out.set(key, String(state[key]));
  }
  return out.toString();
};

/**
 * Read an address. What is unknown or out of range is left out and named.
 * @param {string} hash @param {Catalogue} known @returns {{state: State, warnings: string[]}}
 */
export const read = (hash, known) => {
  const state = initial();
  const text = hash.replace(/^#/, "");
  if (text === "") return { state, warnings: [] };
  const warnings = [];
  const given = new URLSearchParams(text);
  const about = known.about;
  if (given.has("version") && given.get("version") !== about.version) {
    warnings.push(`This link was made with version ${given.get("version")}; here runs ${about.version}, so its numbers may differ.`);
  } else if (given.has("facts") && !about.facts_sha256.startsWith(given.get("facts") || "-")) {
    warnings.push("This link was made with other fact tables, so its numbers may differ.");
  }
  for (const key of new Set(given.keys())) {
    if (!KEYS.has(key)) warnings.push(`There is no setting ${short(key)}.`);
    else if (!SEVERAL.has(key) && given.getAll(key).length > 1) warnings.push(`${key} is given more than once: the first counts.`);
  }
  const asked = given.getAll("policy");
  const policies = asked.slice(0, LETTERS.length).flatMap((one) => policy(one, known, warnings));
  for (const one of asked.slice(LETTERS.length)) warnings.push(`Only four policies are shown, without ${short(one)}.`);
  if (policies.length > 0) state.policies = policies;
  for (const one of given.getAll("assume")) {
    const [key, value] = pair(one);
    if (!known.assumptions.has(key)) warnings.push(`There is no assumption ${short(key)}.`);
    else if (Object.hasOwn(state.assumptions, key)) warnings.push(`${key} is given more than once: the first counts, not ${short(value)}.`);
    else if (/^'[^']{1,80}'$/.test(value)) state.assumptions[key] = value.slice(1, -1);
    else if (value.trim() !== "" && Number.isFinite(Number(value))) state.assumptions[key] = Number(value);
    else warnings.push(`The value ${short(value)} of ${key} cannot be read.`);
  }
  /** @type {[keyof State, (string | number)[]][]} */
  const choices = [
    ["view", [...known.views.keys()]],
    ["draws", DRAWS],
    ["feedback", FEEDBACK],
    ["unit", known.units],
    ["window", known.windows],
    ["threshold", known.levels],
    ["focus", state.policies.map((_, i) => i)],
  ];
  for (const [key, allowed] of choices) {
    const value = given.get(key);
    if (value === null) continue;
    const found = allowed.find((one) => String(one) === value);
    if (found === undefined) warnings.push(`${key} cannot be ${short(value)}.`);
    else Object.assign(state, { [key]: found });
  }
  state.focus = Math.min(state.focus, state.policies.length - 1);
  return { state, warnings };
};

const SEVERAL = new Set(["policy", "assume"]);
const KEYS = new Set([...SEVERAL, "version", "facts", "view", "draws", "feedback", "unit", "window", "threshold", "focus"]);

/** What a link says, short enough to be shown. @param {string} text */
const short = (text) => (text === "" ? "(nothing)" : text.slice(0, 80));

/** @param {string} text @returns {[string, string]} */
const pair = (text) => {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
};

/** @param {string} text @param {Catalogue} known @param {string[]} warnings @returns {Choice[]} */
const policy = (text, known, warnings) => {
  const [base, ...parts] = text.split(";");
  if (!known.policies.has(base)) {
    warnings.push(`There is no policy ${short(base)}${parts.length > 0 ? ` (${short(parts.join(";"))})` : ""}.`);
    return [];
  }
  const choice = plain(base);
  const seen = new Set();
  for (const part of parts) {
    const [key, value] = pair(part);
    const record = known.levers.get(key) ?? known.thresholds.get(key);
    const number = Number(value);
    if (seen.has(key)) warnings.push(`${short(key)} is given more than once: the first counts, not ${short(value)}.`);
    else if (key === "stance") {
      if (known.stances.includes(value)) choice.stance = value;
      else warnings.push(`Beijing's stance cannot be ${short(value)}.`);
    } else if (record === undefined) warnings.push(`There is no lever ${short(key)}.`);
    else if (value.trim() === "" || !(number >= record.low && number <= record.high)) {
      warnings.push(`${key} must lie between ${record.low} and ${record.high}, not at ${short(value)}.`);
    } else if (known.levers.has(key)) choice.levers[key] = number;
    else choice.thresholds[key] = number;
    seen.add(key);
  }
  return [choice];
};
