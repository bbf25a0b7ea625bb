// What the model rests on, in short: whether DeepSeek-V3 was an expected point, and the claims with their verdicts.

import { get } from "./asking.js";
import { OPTIONS } from "./drawings.js";
import { make, place, tidy } from "./elements.js";
import { forms, save } from "./saving.js";

const MODEL = "DeepSeek-V3";

/** The rows that a drawing brings with it, by number. @param {any} spec @returns {Record<string, any[]>} */
const inside = (spec) => {
  /** @type {any[][]} */
  const found = Object.values(spec.datasets ?? {});
  /** @param {any} node */
  const walk = (node) => {
    if (Array.isArray(node.data?.values)) found.push(node.data.values);
    for (const part of [...(node.layer ?? []), ...(node.hconcat ?? []), ...(node.vconcat ?? [])]) walk(part);
  };
  walk(spec);
  // Layers that draw the same rows bring them once each.
  const once = found.filter((rows, i) => found.findIndex((other) => JSON.stringify(other) === JSON.stringify(rows)) === i);
  return Object.fromEntries(once.map((rows, i) => [`table ${i + 1}`, rows]));
};

/** @param {any} about */
const curve = async (about) => {
  const { page } = await get(`/trend/${MODEL}`);
  const spec = page.figures.main;
  const drawing = make("div", { class: "drawing", role: "img", id: "drawing-curve", "aria-label": page.title });
  const told = [page.title, `curveshift ${about.version}; record to ${about.as_of}; facts ${about.facts_sha256.slice(0, 16)}. Made at ${location.origin}/trend`];
  place("curve").replaceChildren(
    make(
      "figure",
      {},
      make("h3", {}, tidy(page.title)),
      drawing,
      make("figcaption", { class: "saves" }, ...forms("curve", (form) => save(form, "curve", spec, inside(spec), told))),
      make("p", {}, make("a", { href: "/trend" }, "How that is reckoned, step by step, and any other model")),
    ),
  );
  const drawn = structuredClone(spec);
  drawn.config.legend = { ...drawn.config.legend, columns: Math.max(1, Math.min(5, Math.floor(drawing.clientWidth / 170))) };
  await /** @type {any} */ (window).vegaEmbed(drawing, drawn, OPTIONS);
  drawing.dataset.drawn = "1";
};

const claims = async () => {
  const found = await get("/claims");
  /** @param {any} claim */
  const line = (claim) => {
    const verdict = found.verdicts[claim.name].verdict;
    return make("li", {}, make("span", { "aria-hidden": "true" }, `${found.marks[verdict]} `), `${verdict}: `, make("a", { href: `/claims#claim=${encodeURIComponent(claim.name)}` }, tidy(claim.sentence)));
  };
  place("claims").replaceChildren(
    make("h3", {}, tidy(found.title)),
    ...(found.verdicts === null ? [] : [make("ul", { class: "verdicts" }, ...found.claims.map(line))]),
    make("p", {}, make("a", { href: "/claims" }, "Every claim with its rule, its numbers and what would turn it")),
  );
};

/** Fetch both when they come into sight. @param {any} about @param {(error: any) => void} complain */
export const whenSeen = (about, complain) => {
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    curve(about).catch(complain);
    claims().catch(complain);
  }, { rootMargin: "300px" });
  watch.observe(place("argument"));
};
