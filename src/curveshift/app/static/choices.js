// The left side: policies with their levers, and apart from them the assumptions. All of it is made from the records.

import { cited, linked, make, number, place, said as whole } from "./elements.js";
import { LETTERS, level, names, plain } from "./state.js";
import { Views } from "./views.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Catalogue} Catalogue */
/** @typedef {(change: (state: State) => void, done: boolean) => void} Change */

/** @param {any[]} records @returns {Map<string, any[]>} */
const byHeading = (records) => {
  const found = new Map();
  for (const record of records) found.set(record.heading, [...(found.get(record.heading) ?? []), record]);
  return found;
};

/** "legal.cap_factor" as "cap factor". @param {string} name */
const said = (name) => name.split(".").slice(-1)[0].replaceAll("_", " ");

/** @param {any} record @param {string} standard */
const about = (record, standard) =>
  make(
    "details",
    {},
    make("summary", {}, record.meaning),
    make("p", {}, `${record.name}. Unit: ${record.unit}. ${standard}`),
    make("p", {}, `Why: ${record.why}`),
    record.sources.length > 0 ? make("p", {}, "Source: ", ...linked(record.sources)) : make("p", {}, `Source: none; a ${record.kind ?? "judgement"}.`),
  );

/** Words in which the search looks. @param {any} record */
const words = (record) =>
  [record.name, said(record.name), record.heading, record.meaning, record.why, record.unit, cited(record.sources)].join(" ").toLowerCase();

export class Choices {
  /** @param {Catalogue} known @param {Change} change */
  constructor(known, change) {
    this.known = known;
    this.change = change;
    /** @type {{element: HTMLElement, text: string, group: HTMLDetailsElement, show: (state: State) => void}[]} */
    this.rows = [];
    place("levers-from").textContent = known.from;
    this.build("levers", [...known.thresholds.values(), ...known.levers.values()], (r) => this.lever(r), true);
    this.build("assumptions", [...known.assumptions.values()], (r) => this.assumption(r), false);
    this.ready();
    this.settings();
    this.views = new Views(known, change);
    place("reset-assumptions").addEventListener("click", () => change((state) => Object.assign(state, { view: null, assumptions: {}, feedback: null, threshold: null }), true));
    // On a small screen the answer comes first, and the choices open on demand.
    place("controls").open = window.matchMedia("(min-width: 60.01rem)").matches;
    place("search").addEventListener("input", () => this.search(place("search").value));
  }

  /** @param {string} where @param {any[]} records @param {(record: any) => any} row @param {boolean} open */
  build(where, records, row, open) {
    for (const [heading, members] of byHeading(records)) {
      const group = make("details", { class: "group", open: open && place(where).children.length < 2 }, make("summary", {}, `${heading} (${members.length})`));
      for (const record of members) {
        const made = row(record);
        group.append(made.element);
        this.rows.push({ ...made, group, text: words(record) });
      }
      place(where).append(group);
    }
  }

  /** @param {any} record */
  lever(record) {
    const part = this.known.thresholds.has(record.name) ? "thresholds" : "levers";
    const id = `lever-${record.name}`;
    const step = record.high - record.low >= 1000 ? 100 : (record.high - record.low) / 100;
    const range = make("input", { type: "range", id, min: record.low, max: record.high, step });
    const exact = make("input", { type: "number", min: record.low, max: record.high, step: "any", "aria-label": `${said(record.name)}, exact value` });
    const reset = make("button", { type: "button", "aria-label": `Reset ${said(record.name)}`, onclick: () => this.set(record, part, null, true) }, "Reset");
    range.addEventListener("input", () => this.set(record, part, Number(range.value), false));
    range.addEventListener("change", () => this.set(record, part, Number(range.value), true));
    exact.addEventListener("change", () => {
      const value = Number(exact.value);
      const valid = exact.value !== "" && value >= record.low && value <= record.high;
      exact.setAttribute("aria-invalid", String(!valid));
      if (valid) this.set(record, part, value, true);
    });
    const element = make(
      "div",
      { class: "lever" },
      make("label", { for: id }, `${said(record.name)} (${record.unit})`),
      make("div", { class: "row" }, range, exact, reset),
      about(record, `Without a policy that sets it: ${number(record.default)}. Range: ${number(record.low)} to ${number(record.high)}.`),
    );
    /** @param {State} state */
    const show = (state) => {
      const choice = state.policies[state.focus];
      const own = choice[part][record.name];
      const value = own ?? this.known.policies.get(choice.base).levers[record.name] ?? record.default;
      range.value = String(value);
      range.setAttribute("aria-valuetext", `${number(value)} ${record.unit}`);
      if (document.activeElement !== exact || own !== undefined) exact.value = String(value);
      exact.setAttribute("aria-invalid", "false");
      reset.disabled = own === undefined;
      element.classList.toggle("changed", own !== undefined);
    };
    return { element, show };
  }

  /** @param {any} record @param {"levers" | "thresholds"} part @param {number | null} value @param {boolean} done */
  set(record, part, value, done) {
    this.change((state) => {
      const choice = state.policies[state.focus];
      if (value === null) delete choice[part][record.name];
      else choice[part][record.name] = value;
    }, done);
  }

  /** @param {any} record */
  assumption(record) {
    const id = `assumption-${record.name}`;
    const field = make("input", { type: "text", id, maxLength: 80, autocomplete: "off", placeholder: record.value });
    /** @param {string | number | null} value */
    const set = (value) =>
      this.change((state) => {
        if (value === null || value === "") delete state.assumptions[record.name];
        else state.assumptions[record.name] = value;
      }, true);
    field.addEventListener("change", () => {
      const text = field.value.trim();
      set(text !== "" && Number.isFinite(Number(text)) ? Number(text) : text);
    });
    const reset = make("button", { type: "button", "aria-label": `Reset ${record.name}`, onclick: () => set(null) }, "Reset");
    const ends = make("div", { class: "ends" });
    const byView = make("p", { class: "soft" });
    /** @param {any} there the record, or what a view has in its place */
    const offer = (there) =>
      ends.replaceChildren(
        ...(there.low < there.high ? [["5 %", there.low], ["median", there.median], ["95 %", there.high]] : []).map(([word, value]) =>
          make("button", { type: "button", title: `Fix it at ${value}`, "aria-label": `${whole(record.name)}: fix it at its ${word}, ${number(value)}`, onclick: () => set(value) }, `${word}: ${number(value)}`),
        ),
      );
    /** @type {any} */
    let shown = null;
    const element = make(
      "div",
      { class: "lever" },
      make("label", { for: id }, `${whole(record.name)} (${record.unit})`),
      make("div", { class: "row words" }, field, reset),
      byView,
      ends,
      about(record, `As shipped: ${record.value}. Kind: ${record.kind}. Looked at on ${record.reviewed}.`),
    );
    /** @param {State} state */
    const show = (state) => {
      const own = state.assumptions[record.name];
      const seen = this.known.views.get(state.view ?? "")?.assumptions[record.name];
      if (shown !== (seen ?? record)) {
        shown = seen ?? record;
        offer(shown);
        field.placeholder = shown.value;
        byView.textContent = seen === undefined ? "" : `The view ${state.view}: ${seen.value}. ${seen.why}`;
        byView.hidden = seen === undefined;
      }
      field.value = own === undefined ? "" : String(own);
      field.setAttribute("aria-invalid", "false");
      reset.disabled = own === undefined;
      element.classList.toggle("changed", own !== undefined);
    };
    return { element, show };
  }

  ready() {
    const field = place("ready");
    field.append(make("option", { value: "" }, "Choose …"), ...this.known.comparisons.map((c) => make("option", { value: c.name }, c.title)));
    field.addEventListener("change", () => {
      const chosen = this.known.comparisons.find((c) => c.name === field.value);
      if (chosen === undefined) return;
      this.change((state) => {
        state.policies = chosen.policies.map((/** @type {any} */ p) => ({ ...plain(p.base), stance: p.stance }));
        state.focus = state.policies.length > 1 ? 1 : 0;
      }, true);
    });
  }

  settings() {
    /** @param {string} id @param {(state: State, value: string) => void} set */
    const wire = (id, set) => place(id).addEventListener("change", () => this.change((state) => set(state, place(id).value), true));
    place("unit").append(...Object.entries(this.known.about.units).map(([unit, meaning]) => make("option", { value: unit }, `${unit}: ${meaning}`)));
    place("window").append(...this.known.windows.map((months) => make("option", { value: months }, String(months))));
    wire("draws", (state, value) => { state.draws = Number(value); });
    wire("feedback", (state, value) => { state.feedback = value === "" ? null : value; });
    wire("unit", (state, value) => { state.unit = value; });
    wire("threshold", (state, value) => { state.threshold = value === "" ? null : value; });
    wire("window", (state, value) => { state.window = Number(value); });
  }

  /** @param {string[]} there levels that the answer has @param {State} state */
  thresholds(there, state) {
    const field = place("threshold");
    const view = this.known.views.get(state.view ?? "");
    const standard = level({ ...state, threshold: null }, this.known, there);
    field.replaceChildren(
      make("option", { value: "" }, `${standard} (${view === undefined ? "as shipped" : `as in the view ${view.name}`})`),
      ...there.map((name) => make("option", { value: name }, name)),
    );
    field.value = state.threshold !== null && there.includes(state.threshold) ? state.threshold : "";
  }

  /** Open the place where an assumption is set. @param {string} name */
  reveal(name) {
    place("controls").open = true;
    place("search").value = "";
    this.search("");
    const field = place(`assumption-${name}`);
    const group = this.rows.find((row) => row.element.contains(field))?.group;
    if (group !== undefined) group.open = true;
    // What has just been opened can be focused once it is laid out.
    requestAnimationFrame(() => {
      field.focus();
      field.scrollIntoView({ block: "center" });
    });
  }

  /** @param {string} text */
  search(text) {
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const group of new Set(this.rows.map((row) => row.group))) {
      const rows = this.rows.filter((row) => row.group === group);
      const hits = rows.filter((row) => wanted.every((word) => row.text.includes(word)));
      for (const row of rows) row.element.hidden = wanted.length > 0 && !hits.includes(row);
      group.hidden = hits.length === 0;
      if (wanted.length > 0) group.open = hits.length > 0;
      count += hits.length;
    }
    place("found").textContent = wanted.length > 0 ? `${count} found` : "";
  }

  /** Mark the field that the server refused. @param {string | null} where */
  refuse(where) {
    const key = (where ?? "").replace(/^assumptions\./, "");
    place(`assumption-${key}`)?.setAttribute("aria-invalid", "true");
  }

  /** @param {State} state */
  show(state) {
    const held = document.activeElement?.id ?? "";
    const called = names(state);
    const choice = state.policies[state.focus];
    const ready = this.known.comparisons.find((c) => c.policies.map((/** @type {any} */ p) => p.name).join() === called.join());
    place("ready").value = ready?.name ?? "";
    place("ready-why").textContent = ready === undefined ? "" : ready.why;
    if (ready !== undefined) place("ready-why").append(make("details", {}, make("summary", {}, "Sources"), ...linked(ready.sources)));
    place("tabs").replaceChildren(
      ...state.policies.map((_, i) =>
        make(
          "button",
          { type: "button", id: `tab-${LETTERS[i]}`, "aria-pressed": String(i === state.focus), onclick: () => this.change((s) => { s.focus = i; }, true) },
          make("span", { class: `letter letter-${LETTERS[i]}` }, LETTERS[i]),
          called[i],
        ),
      ),
      make(
        "button",
        {
          type: "button", id: "add", disabled: state.policies.length === LETTERS.length,
          onclick: () => this.change((s) => {
            s.policies.push(structuredClone(s.policies[s.focus]));
            s.focus = s.policies.length - 1;
          }, true),
        },
        "Add a copy",
      ),
    );
    this.editor(state, choice);
    place("levers-of").textContent = `${LETTERS[state.focus]}: ${called[state.focus]}`;
    for (const row of this.rows) row.show(state);
    this.views.show(state);
    place("reset-assumptions").disabled = state.view === null && Object.keys(state.assumptions).length === 0 && state.feedback === null && state.threshold === null;
    for (const key of /** @type {const} */ (["draws", "unit", "window"])) place(key).value = String(state[key]);
    // What was made anew keeps the focus, so that arrow keys go on working.
    if (held !== "" && document.activeElement?.id !== held) place(held)?.focus();
  }

  /** @param {State} state @param {import("./state.js").Choice} choice */
  editor(state, choice) {
    const record = this.known.policies.get(choice.base);
    const base = make("select", { id: "base", onchange: () => this.change((s) => { s.policies[s.focus] = plain(base.value); }, true) });
    for (const [title, wanted] of [["Policies", "policy"], ["Interventions: no choice that a government has", "intervention"]]) {
      const group = make("optgroup", { label: title });
      for (const [name, one] of this.known.policies) {
        if (one.kind === wanted) group.append(make("option", { value: name, selected: name === choice.base }, `${name}: ${one.title}`));
      }
      base.append(group);
    }
    const stance = make("select", {
      id: "stance",
      onchange: () => this.change((s) => { s.policies[s.focus].stance = stance.value === "" ? null : stance.value; }, true),
    });
    const own = record.beijing.at(-1).value;
    stance.append(make("option", { value: "" }, `as in ${choice.base} (${own})`));
    for (const name of this.known.stances) stance.append(make("option", { value: name, selected: name === choice.stance }, name));
    place("editor").replaceChildren(
      make(
        "div",
        { class: "fields" },
        make("label", { for: "base" }, "Preset"),
        base,
        make("label", { for: "stance" }, "Beijing's stance"),
        stance,
      ),
      make("p", { class: "soft" }, record.meaning),
      make("details", { class: "soft" }, make("summary", {}, "Sources of this preset"), make("p", {}, ...linked(record.sources))),
      make(
        "div",
        { class: "bar" },
        make("button", {
          type: "button", id: "clear", disabled: Object.keys(choice.levers).length + Object.keys(choice.thresholds).length === 0,
          onclick: () => this.change((s) => { Object.assign(s.policies[s.focus], { levers: {}, thresholds: {} }); }, true),
        }, "Reset its levers"),
        make("button", {
          type: "button", id: "remove", disabled: state.policies.length === 1,
          onclick: () => this.change((s) => {
            s.policies.splice(s.focus, 1);
            s.focus = Math.min(s.focus, s.policies.length - 1);
          }, true),
        }, "Remove it"),
      ),
    );
  }
}
