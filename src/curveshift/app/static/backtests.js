// Misses and limits: forecasts from the past beside what came, misses first, and what the model leaves out.

import { make, number, place, share, tidy } from "./elements.js";
import { amount, draw, get, keep, list, open, say, state, table } from "./reading.js";

const STANDARD = { series: "", policy: "frozen" };

/** @param {any} f */
const called = (f) => (f.item === "" ? f.series : `${f.series}, ${f.item}`);

/** @param {number | null} value */
const signed = (value) => (value === null ? "–" : `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}`);

/** @param {any[]} misses @param {Record<string, string>} policies */
const misses = (misses, policies) =>
  Object.entries(policies).map(([policy, words]) => {
    const own = misses.filter((f) => f.policy === policy);
    return make(
      "details",
      { open: policy === STANDARD.policy },
      make("summary", {}, tidy(`${own.length} misses, ${words}`)),
      table(
        `Values that came outside their 90 % intervals, ${words}`,
        ["series", "seen from", "for the quarter to", "#forecast, median", "#90 % interval", "#came", "it lay"],
        own.map((f) => [called(f), f.origin, f.target, amount(f.median), `${amount(f.low)} to ${amount(f.high)}`, `${amount(f.came)} ${f.unit}`, f.side]),
      ),
    );
  });

/** @param {any} page @param {string} policy */
const scores = (page, policy) =>
  table(
    `Scores, ${page.policies[policy]}`,
    ["series", "what", "#forecasts", "#in 90 % intervals", "#(as independent trials)", "#skill", "#(90 % of samples of origins)", "best naive", "fails on"],
    [...page.series, { name: "all", title: "All series", scores: page.whole }].map((row) => {
      const s = row.scores[policy];
      const [held, low, high] = s.coverage["0.9"];
      const fails = [s.fails_on_coverage ? "✗ coverage" : "", s.fails_on_skill ? "✗ skill" : ""].filter(Boolean).join(", ");
      return [
        row.name, row.title, s.forecasts, share(held), `${share(low)} to ${share(high)}`, signed(s.skill),
        s.skill_range === null ? "–" : `${signed(s.skill_range[0])} to ${signed(s.skill_range[1])}`, s.best || "best of each", fails || "–",
      ];
    }),
  );

open(async () => {
  const page = await get("/backtests");
  say(page.title);
  place("lead").textContent = tidy(page.lead);
  place("basis").textContent = page.basis;
  place("misses").replaceChildren(...misses(page.misses, page.policies));
  place("failure").replaceChildren(list(page.failure));
  place("limits").replaceChildren(list(page.limits));
  place("not-modelled").replaceChildren(list(page.not_modelled));
  place("waiting").replaceChildren(
    table(
      "Forecasts that wait for what is not known yet, rules of the day kept. They are of their day, and not this project's present view",
      ["series", "seen from", "for the quarter to", "#median", "#90 % interval", "unit"],
      page.waiting.filter((/** @type {any} */ f) => f.policy === "frozen").map((/** @type {any} */ f) => [called(f), f.origin, f.target, amount(f.median), `${amount(f.low)} to ${amount(f.high)}`, f.unit]),
    ),
  );
  place("scores").replaceChildren(
    ...Object.keys(page.policies).map((policy) => make("details", { open: policy === STANDARD.policy }, make("summary", {}, `Scores, ${page.policies[policy]}`), scores(page, policy))),
  );

  const drawn = page.figures.forecasts;
  const names = [...new Set(drawn.map((/** @type {any} */ f) => called(f)))];
  const standard = { ...STANDARD, series: names[0] };
  let now = state(standard);
  for (const name of names) {
    const one = drawn.find((/** @type {any} */ f) => called(f) === name);
    place("series").append(make("option", { value: name }, one.called));
  }
  for (const [policy, words] of Object.entries(page.policies)) place("policy").append(make("option", { value: policy }, words));
  const show = async () => {
    if (!names.includes(now.series)) now.series = standard.series;
    if (!(now.policy in page.policies)) now.policy = standard.policy;
    keep(now, standard);
    place("series").value = now.series;
    place("policy").value = now.policy;
    const one = drawn.find((/** @type {any} */ f) => called(f) === now.series && f.policy === now.policy);
    place("forecast-title").textContent = tidy(one.title);
    await draw(place("forecast"), one.spec, one.title);
  };
  for (const key of /** @type {const} */ (["series", "policy"])) {
    place(key).addEventListener("change", () => {
      now = { ...now, [key]: place(key).value };
      show();
    });
  }
  window.addEventListener("hashchange", () => {
    now = state(standard);
    show();
  });
  await draw(place("coverage"), page.figures.coverage, "Share of values in their 90 % intervals, by series, with its uncertainty: the table below has the numbers");
  await draw(place("skill"), page.figures.skill, "Skill against the best naive forecast, by series, with its uncertainty: the table below has the numbers");
  await show();
  const limits = await get("/limits");
  place("weak").replaceChildren(
    make("p", {}, tidy(limits.sentence)),
    table(
      "Parameters of the joint model of scores, those that the record says least about first",
      ["parameter", "meaning", "#before, 90 %", "#after, median", "#after, 90 %", "#width left", "said"],
      limits.parameters.map((/** @type {any} */ p) => [
        p.name, p.meaning, p.prior.map(number).join(" to "), number(p.median), `${p.interval.map(number).join(" to ")} ${p.unit}`, share(p.width_left), p.weak ? "✗ little" : "✓ enough to narrow it",
      ]),
    ),
    make("p", {}, tidy(limits.curve.sentence)),
  );
});
