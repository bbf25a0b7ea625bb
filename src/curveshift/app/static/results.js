// The right side in words and tables: sentences, the comparison, what differs, and where the numbers come from.

import { badge, LETTERS, make, number, place, share, tidy, when } from "./elements.js";
import { names } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Catalogue} Catalogue */

const SHOWN_FIRST = new Set(["lag", "china_stock", "china_reaches"]);

/** @param {any} answer */
export const say = (answer) => {
  place("headline").textContent = tidy(answer.words.headline);
  document.title = `${answer.words.headline} · curveshift`;
  place("read").textContent = tidy(answer.words.read);
  const meta = answer.meta;
  place("basis").textContent =
    `${answer.policies.map((/** @type {any} */ p, /** @type {number} */ i) => `${LETTERS[i]}: ${p.name}`).join("; ")}. curveshift ${meta.curveshift}. ${answer.view === null ? "The shipped assumptions" : `World view ${answer.view}`}. ` +
    `${meta.draws} draws, seed ${meta.seed}, record to ${meta.as_of}, horizon ${meta.end}. ` +
    `Scenario ${meta.scenario_sha256.slice(0, 16)}, facts ${meta.facts_sha256.slice(0, 16)}.`;
  place("left-out").textContent =
    `Draws that had crossed by ${meta.as_of} are left out of the probabilities of worlds: ` +
    `${Object.entries(answer.policies[0].crossed_by_as_of).map(([name, value]) => `${share(/** @type {any} */ (value))} at ${name}`).join(", ")}.`;
  place("python").textContent = answer.reproduce.python;
  place("cli").textContent = answer.reproduce.cli;
  place("sources").textContent = answer.sources;
};

/** @param {any} answer @param {string[]} notModelled */
export const limits = (answer, notModelled) => {
  place("limits").replaceChildren(
    make("h3", {}, "Against the record"),
    make("ul", {}, ...answer.meta.notes.map((/** @type {string} */ note) => make("li", {}, note))),
    make("p", { class: "soft" }, "curveshift brief shows every check against the record."),
    make("h3", {}, "Not modelled"),
    make("ul", {}, ...notModelled.map((line) => make("li", {}, line))),
  );
};

/** @param {any} row */
const difference = (row) =>
  make(
    "tr",
    {},
    make("th", { scope: "row" }, row.quantity.replaceAll("_", " ")),
    make("td", {}, row.when),
    make("td", {}, row.unit === "year" ? "years" : row.unit),
    ...[row.unit === "year" ? when(row.there) : number(row.there), row.unit === "year" ? when(row.here) : number(row.here), `${number(row.median)} (${number(row.low)} to ${number(row.high)})`, share(row.above[0]), share(row.below[0])].map((text) =>
      make("td", { class: "n" }, text),
    ),
  );

/** @param {any[]} rows @param {string} name @param {string} base */
const table = (rows, name, base) =>
  make(
    "div",
    { class: "scroll", tabIndex: 0, role: "region", "aria-label": `${name} less ${base}, ${rows.map((row) => row.quantity).filter((q, i, all) => all.indexOf(q) === i).join(", ").replaceAll("_", " ")}` },
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...["quantity", "when", "unit", base, name, "difference (90 %)", "P(more)", "P(less)"].map((text, i) => make("th", { scope: "col", class: i > 2 ? "n" : "" }, text)))),
      make("tbody", {}, ...rows.map(difference)),
    ),
  );

/** @param {any} against */
export const compare = (against) => {
  place("answer").textContent = against === null ? "" : tidy(against.answer);
  if (against === null) {
    place("compare").replaceChildren(make("p", { class: "soft" }, "Add a second policy to compare."));
    return;
  }
  place("compare").replaceChildren(
    ...against.policies.flatMap((/** @type {any} */ p, /** @type {number} */ i) => {
      const first = p.differences.filter((/** @type {any} */ d) => SHOWN_FIRST.has(d.quantity));
      const rest = p.differences.filter((/** @type {any} */ d) => !SHOWN_FIRST.has(d.quantity));
      return [
        make("h3", {}, badge(i + 1), `${p.name} less ${against.base}`),
        make("p", {}, tidy(p.sentence)),
        make("details", {}, make("summary", {}, "China's lag and chips by year"), table(first, p.name, against.base)),
        make("details", {}, make("summary", {}, "Chips by flow, and US vendors' revenue"), table(rest, p.name, against.base)),
      ];
    }),
  );
};

/** Everything that differs from the baseline policy, and from the assumptions as shipped. @param {State} state @param {Catalogue} known */
export const changed = (state, known) => {
  const called = names(state);
  const [base] = state.policies;
  const lines = state.policies.flatMap((choice, i) => {
    const found = [];
    if (i > 0 && choice.base !== base.base) found.push(`preset ${choice.base}, not ${base.base}`);
    if (i > 0 && choice.stance !== base.stance) found.push(`Beijing ${choice.stance ?? "as in the preset"}, not ${base.stance ?? "as in the preset"}`);
    const keys = new Set([...Object.keys({ ...choice.levers, ...choice.thresholds }), ...(i > 0 ? Object.keys({ ...base.levers, ...base.thresholds }) : [])]);
    for (const key of keys) {
      const mine = choice.levers[key] ?? choice.thresholds[key];
      const theirs = i === 0 ? undefined : (base.levers[key] ?? base.thresholds[key]);
      if (mine !== theirs) found.push(`${key}: ${mine ?? "as in the preset"}${i === 0 ? "" : `, not ${theirs ?? "as in the preset"}`}`);
    }
    return found.map((text) => make("li", {}, badge(i), `${called[i]}: ${text}`));
  });
  const view = known.views.get(state.view ?? "");
  if (view !== undefined) {
    const own = Object.entries(view.assumptions).filter(([key]) => state.assumptions[key] === undefined);
    const each = own.map(([key, one]) => make("li", {}, `${key} is ${/** @type {any} */ (one).value} (as shipped: ${known.assumptions.get(key).value})`));
    lines.push(
      make("li", {}, `Every policy: the world view ${view.name} (${view.title}); AI's help to AI research ${view.feedback}, level ${view.threshold}, ${own.length} assumptions`, own.length > 0 ? make("details", {}, make("summary", {}, "which"), make("ul", {}, ...each)) : null),
    );
  }
  for (const [key, value] of Object.entries(state.assumptions)) {
    const instead = view?.assumptions[key] === undefined ? "" : `, in the view: ${view.assumptions[key].value}`;
    lines.push(make("li", {}, `Every policy: ${key} is ${value} (as shipped: ${known.assumptions.get(key).value}${instead})`));
  }
  if (state.feedback !== null) lines.push(make("li", {}, `Every policy: AI's help to AI research is ${state.feedback} (${view === undefined ? "as shipped: default" : `in the view: ${view.feedback}`})`));
  place("changed").replaceChildren(lines.length > 0 ? make("ul", {}, ...lines) : make("p", { class: "soft" }, "Nothing."));
};
