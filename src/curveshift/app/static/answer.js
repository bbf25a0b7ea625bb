// The answer in one table: a row for each policy, and what it is made of in words.

import { amount, badge, make, place, share, tidy } from "./elements.js";
import { level } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Catalogue} Catalogue */

const DAY = "2028-12-31";
const WORLD = { "unipolar-us": "only the US", "unipolar-china": "only China", bipolar: "both", "not-yet": "neither by the horizon", undecided: "too late to tell" };

/** Whole months, as the headline has them. @param {number} value */
const months = (value) => String(Math.round(value));

/** @param {number} value */
const change = (value) => (Math.abs(value) < 0.05 ? "0.0" : `${value > 0 ? "+" : "-"}${Math.abs(value).toFixed(1)}`);

/** @param {any} d */
const moved = (d) => {
  const [middle, low, high] = [d.median, d.low, d.high].map(change);
  return low === "0.0" && high === "0.0" ? "under 0.1 either way" : `${middle} (${low} to ${high})`;
};

/** @param {any} policy @param {string} threshold @param {number} at */
const world = (policy, threshold, at) => {
  const table = policy.worlds.thresholds[threshold];
  const shares = table.shares[at];
  const most = shares.reduce((/** @type {number} */ best, /** @type {number | null} */ value, /** @type {number} */ i) => ((value ?? -1) > (shares[best] ?? -1) ? i : best));
  if (shares[most] === null) return "all had crossed before";
  const name = policy.worlds.names[most];
  return `${/** @type {any} */ (WORLD)[name]} (${name}): ${share(shares[most])} ± ${share(table.errors[at][most])}`;
};

/**
 * @param {any} answer @param {any} against differences from A, or null while they are not there
 * @param {State} state @param {Catalogue} known
 */
export const table = (answer, against, state, known) => {
  const at = answer.quarters.indexOf(DAY);
  /** @param {any} policy @param {string} key @param {(value: number) => string} show */
  const range = (policy, key, show) => {
    const [middle, low, high] = [0.5, 0.1, 0.9].map((q) => show(policy.bands[key][answer.quantiles.indexOf(q)][at]));
    // The word for the size is said once where it is the same.
    const size = (/** @type {string} */ text) => text.split(" ")[1] ?? "";
    const once = size(low) === size(high) ? low.split(" ")[0] : low;
    return `${middle} (${once} to ${high})`;
  };
  const threshold = level(state, known, Object.keys(answer.words.worlds));
  const window = answer.windows.indexOf(state.window);
  const heads = ["Policy", "US ahead", "China trails by, months", "Change from A, months", "Lag longer / shorter than under A", `China owns, ${answer.words.unit}`, `Who crosses ${threshold} within ${state.window} months`];
  const rows = answer.policies.map((/** @type {any} */ policy, /** @type {number} */ i) => {
    const d = against?.policies.find((/** @type {any} */ p) => p.name === policy.name)?.differences.find((/** @type {any} */ x) => x.quantity === "lag" && x.when === DAY);
    const later = i === 0 ? "baseline" : "…";
    return [
      null,
      share(policy.us_leads[0]),
      range(policy, "lag_months", months),
      d === undefined ? later : moved(d),
      d === undefined ? later : `${share(d.above[0])} / ${share(d.below[0])}`,
      range(policy, "china_stock", amount),
      world(policy, threshold, window),
    ];
  });
  // The roles are said, since on a phone each row is laid out as a card and would lose them.
  const cell = (/** @type {string} */ text, /** @type {number} */ k) => make("td", { role: "cell", "data-label": heads[k] }, tidy(text));
  place("sentences").replaceChildren(
    make(
      "table",
      { class: "answer", role: "table" },
      make("caption", {}, tidy(`At the end of 2028: medians with 80 % intervals, changes with 90 %. ± is the error of the draws.`)),
      make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads.map((text) => make("th", { scope: "col", role: "columnheader" }, text)))),
      make(
        "tbody",
        { role: "rowgroup" },
        ...rows.map((/** @type {string[]} */ row, /** @type {number} */ i) =>
          make(
            "tr",
            { role: "row" },
            make("th", { scope: "row", role: "rowheader" }, badge(i), `${answer.policies[i].name} `, make("span", { class: "soft" }, answer.policies[i].kind === "intervention" ? `${answer.policies[i].title} (an intervention, no policy)` : answer.policies[i].title)),
            ...row.slice(1).map((text, k) => cell(text, k + 1)),
          ),
        ),
      ),
    ),
  );
};

/** What the words mean. @param {Record<string, string>} words */
export const glossary = (words) => {
  place("glossary").replaceChildren(...Object.entries(words).flatMap(([word, meaning]) => [make("dt", {}, word), make("dd", {}, meaning)]));
};
