// The page: what changes the state, what is asked, and what is drawn.

import { get, Newest, post, Refused } from "./asking.js";
import { Choices } from "./choices.js";
import { Drawings } from "./drawings.js";
import { place } from "./elements.js";
import * as results from "./results.js";
import { DRAWS, History, initial, question, read, written } from "./state.js";

/** @param {any[]} records */
const byName = (records) => new Map(records.map((record) => [record.name, record]));

const [policies, levers, assumptions, about, figures] = await Promise.all(
  ["/policies", "/levers", "/assumptions", "/about", "/figures"].map(get),
);
/** @type {import("./state.js").Catalogue} */
const known = {
  policies: byName(policies.policies),
  levers: byName(levers.levers),
  thresholds: byName(levers.thresholds),
  stances: Object.keys(levers.stances),
  assumptions: byName(assumptions.assumptions),
  units: Object.keys(about.units),
  windows: about.windows,
  about,
  from: levers.from,
  comparisons: policies.comparisons,
};
place("version").textContent = about.version;

let { state, warnings } = read(location.hash, known);
let history = new History(state);
const drawings = new Drawings(figures.figures);

/** @param {string[]} lines */
const warn = (lines) => {
  place("warning").textContent = lines.join(" ");
  place("warning").hidden = lines.length === 0;
};

/** @param {any} error */
const complain = (error) => {
  place("trouble").textContent =
    error === null ? "" : error instanceof Refused ? `${error.message}.` : `The server cannot be reached (${error.message}). What is shown is the last answer.`;
  place("trouble").hidden = error === null;
  if (error instanceof Refused) choices.refuse(error.where);
};

let stopped = false;

const asking = new Newest(
  async ({ asked, exact, focus }, signal) => {
    try {
      const answer = await post("/simulate", asked, signal);
      complain(null);
      results.say(answer);
      choices.thresholds(Object.keys(answer.words.worlds), state);
      place("compare").classList.add("stale");
      await drawings.show(answer, null, state);
      const root = document.documentElement;
      root.dataset.answered = String(Number(root.dataset.answered ?? 0) + 1);
      // While a lever moves only the drawings follow; what takes longer comes when it rests.
      if (!exact) return;
      const against = asked.policies.length > 1 ? await post("/compare", asked, signal) : null;
      const drivers = await post("/drivers", { ...asked, policies: [asked.policies[focus]] }, signal);
      results.compare(against);
      results.limits(answer, about.not_modelled);
      place("compare").classList.remove("stale");
      await drawings.show(answer, { against, drivers }, state);
      root.dataset.key = answer.key;
    } catch (error) {
      if (!signal.aborted) complain(error);
      else stopped = true;
    }
  },
  (busy) => {
    place("progress").textContent = busy ? "Running the model …" : stopped ? "Cancelled: what is shown is the last answer." : "";
    stopped = false;
    place("cancel").hidden = !busy;
    document.documentElement.dataset.busy = String(busy);
  },
);

/** @param {boolean} done */
const refresh = (done) => {
  choices.show(state);
  results.changed(state, known);
  place("undo").disabled = !history.canUndo;
  place("redo").disabled = !history.canRedo;
  const draws = done ? state.draws : DRAWS[0];
  asking.ask({ asked: question(state, draws), exact: done, focus: state.focus });
};

const choices = new Choices(known, (change, done) => {
  const next = structuredClone(state);
  change(next);
  state = next;
  if (done) {
    history.push(state);
    window.history.replaceState(null, "", `#${written(state, about)}`);
  }
  refresh(done);
});

/** @param {import("./state.js").State} next */
const go = (next) => {
  state = next;
  window.history.replaceState(null, "", `#${written(state, about)}`);
  refresh(true);
};

place("undo").addEventListener("click", () => go(history.go(-1)));
place("redo").addEventListener("click", () => go(history.go(1)));
place("reset").addEventListener("click", () => {
  history.push(initial());
  go(history.current);
});
place("cancel").addEventListener("click", () => asking.cancel());
place("share").addEventListener("click", async () => {
  window.history.replaceState(null, "", `#${written(state, about)}`);
  try {
    await navigator.clipboard.writeText(location.href);
    place("progress").textContent = "Copied: it holds the whole state.";
  } catch {
    place("progress").textContent = "The address of this page holds the whole state: copy it.";
  }
});
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement && ["text", "search", "number"].includes(event.target.type);
  if (typing || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  event.preventDefault();
  const by = event.shiftKey ? 1 : -1;
  if (by === 1 ? history.canRedo : history.canUndo) go(history.go(by));
});
window.addEventListener("hashchange", () => {
  const found = read(location.hash, known);
  warn(found.warnings);
  history.push(found.state);
  state = found.state;
  refresh(true);
});

warn(warnings);
refresh(true);
document.documentElement.dataset.ready = "yes";
