// The claims: by part of the argument, each with its verdict, its numbers and its rule.

import { make, place, tidy } from "./elements.js";
import { complain, get, keep, open, say, state, table, terms } from "./reading.js";

const STANDARD = { verdict: "all", claim: "" };

/** @param {any} claim @param {any} page */
const card = (claim, page) => {
  const judged = page.verdicts?.[claim.name] ?? null;
  const cuts = Object.entries(claim.cuts).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`);
  const more = make(
    "details",
    {},
    make("summary", {}, "Numbers, rule, and what would turn it"),
    judged !== null && judged.figures.length > 0
      ? table(
          `Numbers behind the verdict on: ${claim.sentence}`,
          ["number", "#value", "#90 % interval", "unit"],
          judged.figures.map((/** @type {any} */ f) => [f.label, f.shown, f.interval || "–", f.unit || "–"]),
        )
      : null,
    terms([
      ["Rule", claim.rule],
      ["Its cuts", cuts.join("; ")],
      ["Judged by", { record: "the record", simulation: "the simulation", none: "nothing yet: the facts cannot carry it" }[/** @type {string} */ (claim.basis)]],
      ["Hinges on", claim.hinge],
      ["Turned by", judged?.flip ?? ""],
      ["Settled by", claim.settled_by],
      ["Regenerate", make("code", {}, claim.regenerate)],
      ["See also", make("code", {}, claim.command)],
    ]),
  );
  const found = make(
    "article",
    { class: "card", id: claim.name },
    make("h3", {}, tidy(claim.sentence)),
    judged === null
      ? make("p", { class: "verdict" }, "Not judged here")
      : make("p", { class: "verdict" }, make("span", { class: "mark", "aria-hidden": "true" }, page.marks[judged.verdict]), tidy(judged.told)),
    judged === null ? null : make("p", {}, tidy(judged.found)),
    more,
  );
  return { claim, element: found, more, verdict: judged?.verdict ?? "" };
};

open(async () => {
  const page = await get("/claims");
  say(page.title);
  place("lead").textContent = page.lead;
  place("source").textContent = `The argument: ${page.source}. Its sentences are in our words.`;
  place("basis").textContent = page.basis;
  const cards = page.claims.map((/** @type {any} */ claim) => card(claim, page));
  const sections = page.parts.map((/** @type {any} */ part) =>
    make(
      "section",
      { "aria-labelledby": `part-${part.part}` },
      make("h2", { id: `part-${part.part}` }, `${part.part}. ${part.title}`),
      ...cards.filter((/** @type {any} */ c) => c.claim.part === part.part).map((/** @type {any} */ c) => c.element),
    ),
  );
  place("claims").replaceChildren(...sections);

  let now = state(STANDARD);
  const buttons = [["all", `all ${cards.length}`], ...Object.entries(page.counts).map(([verdict, count]) => [verdict, `${page.marks[verdict]} ${verdict} (${count})`])].map(
    ([verdict, text]) => {
      const button = make("button", { type: "button" }, tidy(text));
      button.dataset.verdict = verdict;
      button.addEventListener("click", () => {
        now = { ...now, verdict };
        show();
      });
      return button;
    },
  );
  place("filter").replaceChildren(...buttons);
  place("filter").hidden = page.verdicts === null;

  const show = () => {
    if (!buttons.some((button) => button.dataset.verdict === now.verdict)) now.verdict = STANDARD.verdict;
    keep(now, STANDARD);
    let count = 0;
    for (const one of cards) {
      one.element.hidden = now.verdict !== "all" && one.verdict !== now.verdict;
      count += one.element.hidden ? 0 : 1;
    }
    for (const section of sections) section.hidden = [...section.querySelectorAll("article")].every((article) => article.hidden);
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.verdict === now.verdict));
    place("shown").textContent = now.verdict === "all" ? "" : `${count} of ${cards.length} shown`;
  };

  const reach = () => {
    const one = cards.find((/** @type {any} */ c) => c.claim.name === now.claim);
    complain(null);
    if (now.claim === "") return;
    if (one === undefined) {
      complain(`There is no claim ${now.claim}.`);
      return;
    }
    one.more.open = true;
    one.element.scrollIntoView();
  };
  for (const one of cards) {
    one.more.addEventListener("toggle", () => {
      if (one.more.open && now.claim !== one.claim.name) {
        now = { ...now, claim: one.claim.name };
        keep(now, STANDARD);
      }
    });
  }
  window.addEventListener("hashchange", () => {
    now = state(STANDARD);
    show();
    reach();
  });
  show();
  reach();
});
