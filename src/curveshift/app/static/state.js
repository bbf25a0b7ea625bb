// The whole state of the page, how it is written in its address, and its history.

/**
 * @typedef {{base: string, stance: string | null, levers: Record<string, number>, thresholds: Record<string, number>}} Choice
 * @typedef {{policies: Choice[], assumptions: Record<string, string | number>, draws: number, feedback: string,
 *   unit: string, window: number, threshold: string, focus: number}} State
 * @typedef {{policies: Map<string, any>, levers: Map<string, any>, thresholds: Map<string, any>, stances: string[],
 *   assumptions: Map<string, any>, units: string[], windows: number[], about: any, from: string, comparisons: any[]}} Catalogue
 */

export const LETTERS = ["A", "B", "C", "D"];
export const DRAWS = [256, 2048];
export const FEEDBACK = ["off", "default", "strong"];

/** @param {string} base @returns {Choice} */
export const plain = (base) => ({ base, stance: null, levers: {}, thresholds: {} });

/** @returns {State} */
export const initial = () => ({
  policies: [plain("status-quo"), plain("january-2026")],
  assumptions: {},
  draws: 256,
  feedback: "default",
  unit: "h100e_16bit",
  window: 12,
  threshold: "essay-2025",
  focus: 1,
});

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
  for (const key of /** @type {const} */ (["draws", "feedback", "unit", "window", "threshold", "focus"])) {
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
  const policies = given.getAll("policy").slice(0, LETTERS.length).flatMap((one) => policy(one, known, warnings));
  if (given.getAll("policy").length > LETTERS.length) warnings.push("Only four policies are shown.");
  if (policies.length > 0) state.policies = policies;
  for (const one of given.getAll("assume").slice(0, known.assumptions.size)) {
    const at = one.indexOf("=");
    const key = one.slice(0, at);
    const value = one.slice(at + 1);
    if (!known.assumptions.has(key)) warnings.push(`There is no assumption ${key.slice(0, 80)}.`);
    else if (/^'.{1,80}'$/.test(value)) state.assumptions[key] = value.slice(1, -1);
    else if (value !== "" && Number.isFinite(Number(value))) state.assumptions[key] = Number(value);
    else warnings.push(`The value of ${key} cannot be read.`);
  }
  /** @type {[keyof State, (string | number)[]][]} */
  const choices = [
    ["draws", DRAWS],
    ["feedback", FEEDBACK],
    ["unit", known.units],
    ["window", known.windows],
    ["focus", state.policies.map((_, i) => i)],
  ];
  for (const [key, allowed] of choices) {
    const asked = given.get(key);
    if (asked === null) continue;
    const found = allowed.find((value) => String(value) === asked);
    if (found === undefined) warnings.push(`${key} cannot be ${asked.slice(0, 40)}.`);
    else Object.assign(state, { [key]: found });
  }
  if (/^[a-z0-9-]{1,30}$/.test(given.get("threshold") ?? "")) state.threshold = given.get("threshold") ?? state.threshold;
  state.focus = Math.min(state.focus, state.policies.length - 1);
  return { state, warnings };
};

/** @param {string} text @param {Catalogue} known @param {string[]} warnings @returns {Choice[]} */
const policy = (text, known, warnings) => {
  const [base, ...parts] = text.split(";");
  if (!known.policies.has(base)) {
    warnings.push(`There is no policy ${base.slice(0, 80)}.`);
    return [];
  }
  const choice = plain(base);
  for (const part of parts) {
    const at = part.indexOf("=");
    const key = part.slice(0, at);
    const value = part.slice(at + 1);
    const record = known.levers.get(key) ?? known.thresholds.get(key);
    const number = Number(value);
    if (key === "stance" && known.stances.includes(value)) choice.stance = value;
    else if (record === undefined) warnings.push(`There is no lever ${key.slice(0, 80)}.`);
    else if (value === "" || !(number >= record.low && number <= record.high)) {
      warnings.push(`${key} must lie between ${record.low} and ${record.high}.`);
    } else if (known.levers.has(key)) choice.levers[key] = number;
    else choice.thresholds[key] = number;
  }
  return [choice];
};

/** Undo and redo. */
export class History {
  /** @param {State} first */
  constructor(first) {
    this.states = [JSON.stringify(first)];
    this.at = 0;
  }

  /** @returns {State} */
  get current() {
    return JSON.parse(this.states[this.at]);
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.states.length - 1;
  }

  /** @param {State} state */
  push(state) {
    const text = JSON.stringify(state);
    if (text === this.states[this.at]) return;
    this.states = [...this.states.slice(Math.max(0, this.at - 98), this.at + 1), text];
    this.at = this.states.length - 1;
  }

  /** @param {-1 | 1} by @returns {State} */
  go(by) {
    this.at = Math.min(Math.max(this.at + by, 0), this.states.length - 1);
    return this.current;
  }
}
