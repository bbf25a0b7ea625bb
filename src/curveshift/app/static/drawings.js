// The figures: each is made once, and then only its data change.

import { make, place, said, tidy } from "./elements.js";
import { LETTERS, level } from "./state.js";
import { citation, forms, save } from "./saving.js";

/** @typedef {import("./state.js").State} State */

export const NAMES = ["worlds", "lag", "stock", "share", "windows", "capability", "difference", "drivers"];
const LATER = new Set(["difference", "drivers"]);
export const OPTIONS = {
  renderer: "svg",
  ast: true,
  actions: false,
  defaultStyle: false,
  tooltip: { disableDefaultStyle: true },
};

/** A band as rows. @param {number[]} quarters @param {number[][]} band @param {number[]} levels @param {any} more */
const rows = (quarters, band, levels, more) =>
  quarters.map((quarter, i) => ({
    quarter,
    ...more,
    ...Object.fromEntries(levels.map((level, k) => [`q${String(Math.round(level * 100)).padStart(2, "0")}`, band[k][i]])),
  }));

/** The data of every figure, by name. @param {any} answer @param {any} against @param {any} drivers @param {State} state @param {string} threshold */
export const tables = (answer, against, drivers, state, threshold) => {
  const quarters = answer.quarters.map((/** @type {string} */ day) => Date.parse(day));
  const levels = answer.quantiles;
  const policies = answer.policies;
  const focus = policies[state.focus] ?? policies[0];
  const letter = LETTERS[policies.indexOf(focus)];
  /** @param {string} key */
  const bands = (key) => policies.flatMap((/** @type {any} */ p, /** @type {number} */ i) => rows(quarters, p.bands[key], levels, { letter: LETTERS[i], policy: p.name }));
  /** @param {string} key */
  const paths = (key) =>
    focus.paths[key].flatMap((/** @type {number[]} */ path, /** @type {number} */ draw) =>
      quarters.map((/** @type {number} */ quarter, /** @type {number} */ i) => ({ quarter, draw, letter, value: path[i] })),
    );
  /** @param {any} policy @param {number} at @param {any} more */
  const worlds = (policy, at, more) =>
    policy.worlds.names.map((/** @type {string} */ world, /** @type {number} */ place) => ({
      world, place, probability: policy.worlds.thresholds[threshold].shares[at][place] ?? 0, ...more,
    }));
  const window = answer.windows.indexOf(state.window);
  /** @type {Record<string, Record<string, any[]>>} */
  const found = {
    worlds: { shares: policies.flatMap((/** @type {any} */ p, /** @type {number} */ i) => worlds(p, window, { letter: LETTERS[i], policy: p.name })) },
    windows: { windows: answer.windows.flatMap((/** @type {number} */ w, /** @type {number} */ i) => worlds(focus, i, { window: w })) },
    lag: { bands: bands("lag_months"), paths: paths("lag_months") },
    stock: {
      bands: bands("china_stock"),
      paths: paths("china_stock"),
      us: rows(quarters, policies[0].bands.us_stock, levels, { last: quarters[quarters.length - 1] }),
    },
    share: {
      bands: rows(quarters, focus.bands.share_used, levels, {}),
      channels: Object.entries(focus.channels).flatMap(([channel, values], place) =>
        quarters.map((/** @type {number} */ quarter, /** @type {number} */ i) => ({ quarter, channel, place, share: /** @type {any} */ (values)[i] })),
      ),
    },
    capability: {
      bands: [
        ...rows(quarters, focus.bands.us_capability, levels, { bloc: "us" }),
        ...rows(quarters, focus.bands.china_capability, levels, { bloc: "china" }),
      ],
    },
  };
  if (against !== null) {
    found.difference = {
      bands: against.policies.flatMap((/** @type {any} */ p, /** @type {number} */ i) => rows(quarters, p.lag_months, levels, { letter: LETTERS[i + 1], policy: p.name })),
    };
  }
  if (drivers !== null) {
    found.drivers = {
      ends: drivers.drivers.flatMap((/** @type {any} */ d, /** @type {number} */ place) =>
        [["lowest fifth", d.low, d.low_value], ["highest fifth", d.high, d.high_value]].map(([end, months, value]) => ({
          name: said(d.name), end, place, months, value, mean: drivers.mean, sure: d.beyond_chance ? "yes" : "no",
        })),
      ),
    };
  }
  return found;
};

export class Drawings {
  /**
   * @param {Record<string, any>} specs @param {import("./state.js").Catalogue} known
   * @param {Set<string>} wanted the figures to show @param {(name: string) => void} reveal opens an assumption
   * @param {((name: string) => void) | null} embed copies the code that shows a figure elsewhere
   */
  constructor(specs, known, wanted, reveal, embed) {
    this.specs = specs;
    this.known = known;
    this.reveal = reveal;
    /** @type {Map<string, {view: any, place: HTMLElement, title: HTMLElement, figure: HTMLElement, seen: boolean, data: any, shown: any}>} */
    this.figures = new Map();
    this.watch = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const figure = /** @type {any} */ (this.figures.get(/** @type {HTMLElement} */ (entry.target).dataset.name ?? ""));
        figure.seen = entry.isIntersecting;
        if (figure.seen) this.draw(/** @type {any} */ (entry.target).dataset.name);
      }
    }, { rootMargin: "200px" });
    for (const name of NAMES.filter((one) => wanted.has(one))) {
      const title = make("h3");
      const drawing = make("div", { class: "drawing", role: "img", id: `drawing-${name}` });
      drawing.dataset.name = name;
      const saves = make(
        "figcaption",
        { class: "saves" },
        ...forms(name, (form) => save(form, name, this.specs[name], this.figures.get(name)?.data, citation(this.context, name))),
        embed === null ? null : make("button", { type: "button", "aria-label": `Copy embed code of ${name}`, onclick: () => embed(name) }, "Copy embed code"),
      );
      const figure = make("figure", {}, title, drawing, saves);
      place("figures").append(figure);
      this.figures.set(name, { view: null, place: drawing, title, figure, seen: false, data: null, shown: null });
      this.watch.observe(drawing);
    }
    /** @type {any} */
    this.context = null;
  }

  /**
   * Draw an answer; the figures that need more than it wait, faint, until that is there too.
   * @param {any} answer @param {{against: any, drivers: any} | null} more @param {State} state
   */
  async show(answer, more, state) {
    const threshold = level(state, this.known, Object.keys(answer.words.worlds));
    const data = tables(answer, more?.against ?? null, more?.drivers ?? null, state, threshold);
    const focus = answer.policies[state.focus] ?? answer.policies[0];
    const at = answer.policies.indexOf(focus);
    /** @type {Record<string, string>} */
    const titles = {
      ...answer.words.titles,
      share: answer.words.shares[at],
      capability: answer.words.capabilities[at],
      windows: answer.words.windows[at][threshold],
      worlds: answer.words.worlds[threshold],
      drivers: more?.drivers.sentence ?? this.context?.titles.drivers ?? "",
      difference: more === null ? (this.context?.titles.difference ?? "") : (more.against?.title ?? ""),
    };
    this.context = { answer, titles };
    const work = [];
    for (const [name, figure] of this.figures) {
      const waits = more === null && LATER.has(name);
      figure.place.classList.toggle("stale", waits);
      if (waits) continue;
      figure.data = data[name] ?? null;
      figure.figure.hidden = figure.data === null;
      figure.title.textContent = tidy(titles[name]);
      figure.place.setAttribute("aria-label", titles[name]);
      if (figure.seen) work.push(this.draw(name));
    }
    if (more !== null && this.figures.has("drivers")) this.hangs(more.drivers);
    await Promise.all(work);
  }

  /** The assumptions that matter beyond chance, each a way to where it is set. @param {any} drivers */
  hangs(drivers) {
    const figure = /** @type {any} */ (this.figures.get("drivers")).figure;
    figure.querySelector(".hangs")?.remove();
    const sure = drivers.drivers.filter((/** @type {any} */ d) => d.beyond_chance);
    if (sure.length === 0) return;
    figure.append(
      make(
        "ul",
        { class: "hangs soft" },
        ...sure.map((/** @type {any} */ d) => make("li", {}, make("button", { type: "button", onclick: () => this.reveal(d.name) }, `Set ${said(d.name)}`), ` ${d.meaning}`)),
      ),
    );
  }

  /** @param {string} name */
  async draw(name) {
    const figure = /** @type {any} */ (this.figures.get(name));
    if (figure.data === null || figure.data === figure.shown) return;
    const data = figure.data;
    figure.shown = data;
    if (figure.view === null) {
      const spec = structuredClone(this.specs[name]);
      spec.datasets = data;
      spec.config.legend.columns = Math.max(1, Math.min(5, Math.floor(figure.place.clientWidth / 130)));
      // The promise stands for the view until it is there, so that a second call does not make a second one.
      figure.view = /** @type {any} */ (window).vegaEmbed(figure.place, spec, OPTIONS).then((/** @type {any} */ made) => made.view);
      await figure.view;
    } else {
      const view = await figure.view;
      for (const [key, values] of Object.entries(data)) view.data(key, values);
      await view.runAsync();
    }
    figure.place.dataset.drawn = String(Number(figure.place.dataset.drawn ?? 0) + 1);
  }
}
