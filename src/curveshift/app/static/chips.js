// The classifier: a question on the left, its answer, every chip between the lines of the day, and the status over time.

import { make, place, tidy } from "./elements.js";
import { complain, draw, get, keep, newest, open, say, sources, state, table, terms } from "./reading.js";

/** Two lists of fields, for the address and for the server. */
const ASKED = ["chip", "to", "on", "headquarters", "buyer"];

/** @param {any} page */
const answer = (page) => {
  say(page.title);
  place("answer").replaceChildren(terms(page.facts));
  place("likely").replaceChildren(page.likely.length === 0 ? "" : table("Probabilities, over numbers that are known only as intervals", ["answer", "#p"], page.likely));
  place("change").replaceChildren(page.would_change.length === 0 ? make("p", {}, "Nothing near this question.") : table("What would change the answer", ["if", "it would be"], page.would_change));
  place("tests").replaceChildren(table("Tests that decide", ["test", "metric", "#value", "#rule", "outcome"], page.tests));
  place("citations").replaceChildren(page.citations.length === 0 ? make("p", {}, "No paragraph decides.") : sources(page.citations));
  place("warnings").replaceChildren(...page.warnings.map((/** @type {string} */ text) => make("p", { class: "note" }, tidy(`${text}.`))));
  place("basis").textContent = page.foot;
};

/** The days of the eras as Vega reads them. @param {any} page @param {string} on */
const spans = (page, on) => ({
  eras: page.eras.map((/** @type {any} */ era) => ({ ...era, start: Date.parse(era.start), drawn_until: Date.parse(era.drawn_until) })),
  day: [{ on: Date.parse(on) }],
});

open(async () => {
  const known = await get("/chips");
  const standard = {
    chip: known.first.chip, to: known.first.to, on: known.reviewed, headquarters: "", buyer: "civil",
    ...Object.fromEntries(Object.keys(known.own).map((key) => [key, ""])),
  };
  let now = state(standard);
  /** @type {Record<string, any>} */
  const fields = Object.fromEntries(ASKED.map((key) => [key, place(key)]));
  fields.on.min = known.first_day;
  for (const maker of [...new Set(known.chips.map((/** @type {any} */ c) => c.maker))]) {
    const own = known.chips.filter((/** @type {any} */ c) => c.maker === maker);
    fields.chip.append(make("optgroup", { label: maker }, ...own.map((/** @type {any} */ c) => make("option", { value: c.name }, c.name))));
  }
  fields.chip.append(make("optgroup", { label: "a chip of your own" }, make("option", { value: known.mine }, "by its numbers alone")));
  const places = () => known.places.map((/** @type {any} */ p) => make("option", { value: p.code }, p.name));
  fields.to.append(make("option", { value: "any" }, "any destination"), ...places());
  fields.headquarters.append(make("option", { value: "" }, "at home where it is shipped"), ...places());
  fields.buyer.append(...Object.entries(known.end_users).map(([value, text]) => make("option", { value }, `${value}: ${text}`)));
  for (const [key, one] of Object.entries(known.own)) {
    fields[key] = make("input", { type: "text", id: `own-${key}`, autocomplete: "off", maxLength: 40 });
    place("own").append(make("label", {}, `${one.name} (${one.unit}) `, fields[key]));
  }

  /** @type {Record<string, any>} */
  const views = {};
  /** @param {string} name @param {Record<string, any[]>} data @param {string} label */
  const drawn = async (name, data, label) => {
    const where = place(`drawn-${name}`);
    if (views[name] === undefined) {
      views[name] = await draw(where, { ...known.figures[name], datasets: data }, label);
      views[name].addEventListener("click", (/** @type {any} */ _, /** @type {any} */ item) => {
        if (item?.datum?.chip === undefined || name === "timeline") return;
        change({ chip: item.datum.chip, ...Object.fromEntries(Object.keys(known.own).map((key) => [key, ""])) });
      });
    } else {
      for (const [key, rows] of Object.entries(data)) views[name].data(key, rows);
      await views[name].runAsync();
      where.setAttribute("aria-label", label);
    }
  };

  const go = newest("Reading the rules …", async (current) => {
    keep(now, standard);
    for (const [key, field] of Object.entries(fields)) field.value = now[key];
    const one = known.chips.find((/** @type {any} */ c) => c.name === now.chip);
    for (const key of Object.keys(known.own)) {
      const value = one?.specs[key] ?? null;
      fields[key].placeholder = value === null ? "not known" : value === true ? "yes" : value === false ? "no" : String(value);
    }
    const buyer = new URLSearchParams({ to: now.to, end_user: now.buyer, ...(now.headquarters === "" ? {} : { buyer_headquarters: now.headquarters }) });
    const asked = new URLSearchParams(buyer);
    asked.set("chip", now.chip);
    for (const key of Object.keys(known.own)) if (now[key] !== "") asked.append("spec", `${key}=${now[key]}`);
    const [ruling, all, eras] = await Promise.all([
      get(`/classify?${asked}&on=${now.on}`),
      get(`/chips/map?${buyer}&on=${now.on}`),
      now.to === "any" ? null : get(`/timeline?${asked}`),
    ]);
    if (!current()) return;
    complain(null);
    answer(ruling.page);
    place("map-title").textContent = tidy(all.title);
    const own = ruling.page.marked;
    for (const name of ["density", "bandwidth"]) {
      const map = all.maps[name];
      place(`left-out-${name}`).textContent = `${map.left_out} chips are not drawn: a number is not published, or lies outside the axes.`;
      await drawn(name, { points: map.points, regions: map.regions, marked: own.tpp && own[name] ? [own] : [] }, `${all.title}. The list of chips above gives the same by keyboard.`);
    }
    place("over-time").hidden = eras === null;
    if (eras !== null) {
      const rows = eras.page.eras;
      place("timeline-title").textContent = tidy(`${own.chip}: ${rows.length === 1 ? "one status" : `${rows.length} statuses`} since ${rows[0].start}`);
      await drawn("timeline", spans(eras.page, now.on), `Status of ${own.chip} over time: the table below says the same`);
      place("eras").replaceChildren(table("Status over time, and which rule changed it", ["from", "status", "paragraph", "why"], rows.map((/** @type {any} */ era) => [era.start, era.status, era.paragraphs || "–", era.why || "–"])));
    }
  });

  /** @param {Record<string, string>} what */
  const change = (what) => {
    now = { ...now, ...what };
    go();
  };
  for (const [key, field] of Object.entries(fields)) field.addEventListener("change", () => change({ [key]: field.value.trim() }));
  place("clear").addEventListener("click", () => change(Object.fromEntries(Object.keys(known.own).map((key) => [key, ""]))));
  window.addEventListener("hashchange", () => {
    now = state(standard);
    go();
  });
  place("own-numbers").open = Object.keys(known.own).some((key) => now[key] !== "");
  await go();
});
