// Sources: everything that a number rests on, in groups that can be searched.

import { make, place, tidy } from "./elements.js";
import { get, keep, open, say, sources, state } from "./reading.js";

const STANDARD = { search: "" };

/** @param {any} item */
const entry = (item) => {
  const none = item.sources.length === 0;
  const element = make(
    "details",
    { class: "card" },
    make("summary", {}, make("code", {}, item.name), tidy(` ${item.meaning}`), make("span", { class: "soft" }, none ? " (a judgement: no source)" : ` (${item.sources.length})`)),
    make("p", { class: "soft" }, tidy(item.note)),
    none ? null : sources(item.sources),
  );
  const text = [item.name, item.meaning, item.note, ...item.sources.flatMap((/** @type {any} */ s) => [s.cite, s.url, s.pages])].join(" ").toLowerCase();
  return { element, text };
};

open(async () => {
  const page = await get("/sources");
  say(page.title);
  place("lead").textContent = `Facts ${page.facts_sha256}. Rules last reviewed on ${page.reviewed}.`;
  place("cite-note").textContent = page.citation.note;
  place("cite-text").textContent = page.citation.text;
  place("cite-bibtex").textContent = page.citation.bibtex;
  const groups = page.groups.map((/** @type {any} */ group) => {
    const entries = group.items.map(entry);
    const element = make(
      "section",
      { "aria-labelledby": `group-${group.name}` },
      make("h2", { id: `group-${group.name}` }, `${group.title} (${entries.length})`),
      ...entries.map((/** @type {any} */ e) => e.element),
    );
    return { element, entries };
  });
  place("groups").replaceChildren(...groups.map((/** @type {any} */ g) => g.element));

  let now = state(STANDARD);
  const show = () => {
    place("search").value = now.search;
    keep(now, STANDARD);
    const wanted = now.search.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const group of groups) {
      let here = 0;
      for (const one of group.entries) {
        const hit = wanted.every((/** @type {string} */ word) => one.text.includes(word));
        one.element.hidden = !hit;
        here += hit ? 1 : 0;
      }
      group.element.hidden = here === 0;
      count += here;
    }
    place("found").textContent = wanted.length > 0 ? `${count} found` : "";
  };
  place("search").addEventListener("input", () => {
    now = { search: place("search").value.slice(0, 80) };
    show();
  });
  window.addEventListener("hashchange", () => {
    now = state(STANDARD);
    show();
  });
  show();
});
