// One model on the cost curve: the verdict, the drawing, and the reckoning that a sceptic can check.

import { make, number, place, tidy } from "./elements.js";
import { complain, draw, get, keep, list, newest, open, say, state, table } from "./reading.js";

/** @param {string} text @param {any} one */
const matches = (text, one) => text.toLowerCase().split(/\s+/).every((word) => `${one.name} ${one.developer ?? ""} ${one.bloc} ${one.released}`.toLowerCase().includes(word));

/** Three numbers as a median with its interval. @param {number[]} q */
const span = (q) => `${number(q[1])} (90 %: ${number(q[0])} to ${number(q[2])})`;

const fields = { model: place("model"), definition: place("definition"), against: place("against"), known_by: place("known-by") };

/** @param {any} answer */
const numbers = (answer) =>
  table(
    "The answer in numbers",
    ["quantity", "#median or value", "#90 % interval"],
    [
      ["expected cost, USD", number(answer.expected_usd[1]), `${number(answer.expected_usd[0])} to ${number(answer.expected_usd[2])}`],
      ["what it cost, USD", number(answer.actual_usd), answer.page.cost === null ? "–" : `${number(answer.page.cost.low)} to ${number(answer.page.cost.high)}`],
      ["percentile among what is expected", answer.percentile === null ? "–" : `${Math.round(100 * answer.percentile)} %`, "–"],
      ["percentile of its compute", answer.compute_percentile === null ? "–" : `${Math.round(100 * answer.compute_percentile)} %`, "–"],
      ...[["expected over actual cost", "expected_over_actual"], ["months ahead of the cost curve", "months_ahead"], ["months since another US model had its capability", "months_behind_us_frontier"]].map(([said, key]) => {
        const q = answer[key];
        return [said, q === null ? "–" : number(q[1]), q === null ? "–" : `${number(q[0])} to ${number(q[2])}`];
      }),
    ],
  );

/** @param {any} answer */
const show = async (answer) => {
  const page = answer.page;
  say(page.title);
  const parts = [`Cost counts ${fields.definition.selectedOptions[0].textContent}.`];
  if (answer.expected_over_actual !== null) {
    parts.push(`It cost less than expected by a factor of ${span(answer.expected_over_actual)}, which is ${span(answer.months_ahead)} months ahead of the cost curve (negative: behind).`);
  }
  place("lead").textContent = tidy(parts.join(" "));
  place("numbers").replaceChildren(numbers(answer));
  place("claim").hidden = page.claim === null;
  place("claim-told").textContent = page.claim === null ? "" : tidy(`The claim that DeepSeek-V3 is an expected point: ${page.claim.told}. ${page.claim.found}`);
  place("steps").replaceChildren(table("Step by step: medians with 90 % intervals", ["step", "what it gives"], page.steps));
  place("cost").replaceChildren(page.cost === null ? make("p", {}, "What it cost is not published, and the tables hold no compute to reckon it from.") : table(`How its cost is known: ${page.cost.basis}`, ["step", "#number"], page.cost.steps));
  place("rivals").replaceChildren(table("Rivals: months older, their capability and their expected cost over its own, medians with 90 % intervals", ["model", "#months older", "capability, times the compute", "expected cost, times"], page.rivals));
  place("essay").hidden = page.essay.length === 0;
  place("essay-lines").replaceChildren(table("The essay's arithmetic, and the same steps from the record (90 % intervals)", ["step", "essay", "record"], page.essay));
  place("notes").replaceChildren(list(page.notes));
  place("command").textContent = page.command;
  place("tables").textContent = `Tables and works: ${page.sources.join(", ")}.`;
  place("density-figure").hidden = !("density" in page.figures);
  await draw(place("main"), page.figures.main, page.title);
  await draw(place("rivals-drawn"), page.figures.rivals, `${answer.candidate.name} beside its rivals: what is expected of each, and what it cost where that is known`);
  if ("density" in page.figures) await draw(place("density"), page.figures.density, `Density of the expected cost of ${answer.candidate.name}; the line is what it cost`);
};

open(async () => {
  const known = await get("/models");
  const standard = { model: known.first, definition: "final_run_rental", against: "us", known_by: "latest" };
  let now = state(standard);
  fields.definition.append(...Object.entries(known.definitions).map(([value, text]) => make("option", { value }, text)));
  fields.against.append(...Object.entries(known.against).map(([value, text]) => make("option", { value }, text)));
  fields.known_by.append(...known.known_by.map((/** @type {string} */ value) => make("option", { value }, value === "latest" ? "all that is known now" : value)));

  const fill = () => {
    const found = known.models.filter((/** @type {any} */ one) => matches(place("search").value, one));
    const own = known.models.filter((/** @type {any} */ one) => one.name === now.model && !found.includes(one));
    fields.model.replaceChildren(...[...own, ...found].map((one) => make("option", { value: one.name }, `${one.name} (${one.released}, ${one.bloc})`)));
    fields.model.value = now.model;
    place("found").textContent = place("search").value === "" ? "" : `${found.length} found`;
    return found;
  };

  const go = newest("Reckoning …", async (current) => {
    keep(now, standard);
    for (const [key, field] of Object.entries(fields)) field.value = /** @type {any} */ (now)[key];
    const { model, ...more } = now;
    const answer = await get(`/trend/${encodeURIComponent(model)}?${new URLSearchParams(more)}`);
    if (!current()) return;
    complain(null);
    await show(answer);
  });

  for (const [key, field] of Object.entries(fields)) {
    field.addEventListener("change", () => {
      now = { ...now, [key]: field.value };
      go();
    });
  }
  place("search").addEventListener("input", fill);
  place("search").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter") return;
    const [first] = fill();
    if (first === undefined) return;
    now = { ...now, model: first.name };
    go();
  });
  window.addEventListener("hashchange", () => {
    now = state(standard);
    fill();
    go();
  });
  fill();
  await go();
});
