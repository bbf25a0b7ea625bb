// What can be chosen, as the server knows it from the records.

import { get } from "./asking.js";

/** @param {any[]} records */
const byName = (records) => new Map(records.map((record) => [record.name, record]));

/** @returns {Promise<{known: import("./state.js").Catalogue, figures: Record<string, any>}>} */
export const load = async () => {
  const [policies, levers, assumptions, views, about, figures] = await Promise.all(
    ["/policies", "/levers", "/assumptions", "/views", "/about", "/figures"].map(get),
  );
  const known = {
    policies: byName(policies.policies),
    levers: byName(levers.levers),
    thresholds: byName(levers.thresholds),
    stances: Object.keys(levers.stances),
    assumptions: byName(assumptions.assumptions),
    views: byName(views.views),
    units: Object.keys(about.units),
    windows: about.windows,
    levels: about.levels,
    about,
    from: levers.from,
    comparisons: policies.comparisons,
  };
  return { known, figures: figures.figures };
};
