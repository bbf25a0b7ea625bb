// World views: whole sets of assumptions, each from its own published argument. None is the default.

import { linked, make, place, said } from "./elements.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Catalogue} Catalogue */

/** @param {string | null} setting @param {any} view @returns {string} */
const whose = (setting, view) => `${setting} (${view === undefined ? "as shipped" : `as in the view ${view.name}`})`;

export class Views {
  /** @param {Catalogue} known @param {import("./choices.js").Change} change */
  constructor(known, change) {
    this.known = known;
    const field = place("view");
    field.append(
      make("option", { value: "" }, "None: the shipped assumptions"),
      ...[...known.views.values()].map((view) => make("option", { value: view.name }, `${view.name}: ${view.title}`)),
    );
    field.addEventListener("change", () =>
      change((state) => {
        // A view brings its own settings; the visitor's single assumptions stay on top.
        Object.assign(state, { view: field.value === "" ? null : field.value, feedback: null, threshold: null });
      }, true),
    );
  }

  /** @param {State} state */
  show(state) {
    const view = this.known.views.get(state.view ?? "");
    place("view").value = view?.name ?? "";
    const about = place("view-about");
    if (about.dataset.view !== (view?.name ?? "")) {
      about.dataset.view = view?.name ?? "";
      about.replaceChildren(...(view === undefined ? [] : this.told(view)));
    }
    const feedback = place("feedback");
    feedback.replaceChildren(
      make("option", { value: "" }, whose(view?.feedback ?? "default", view)),
      ...["off", "default", "strong"].map((name) => make("option", { value: name }, name)),
    );
    feedback.value = state.feedback ?? "";
  }

  /** @param {any} view */
  told(view) {
    const own = Object.entries(view.assumptions);
    const rows = own.map(([name, a]) => make("li", {}, `${said(name)}: ${/** @type {any} */ (a).value}, not ${this.known.assumptions.get(name).value}. ${/** @type {any} */ (a).why}`));
    return [
      make("p", {}, view.argument),
      make("p", { class: "soft" }, `It sets AI's help to AI research to ${view.feedback} and reads worlds at the level ${view.threshold}.`),
      own.length === 0
        ? make("p", { class: "soft" }, "It changes no other assumption.")
        : make("details", { class: "soft" }, make("summary", {}, `The ${own.length} assumptions that it changes`), make("ul", {}, ...rows)),
      make("p", { class: "soft" }, "Sources: ", ...linked(view.sources), "."),
    ];
  }
}
