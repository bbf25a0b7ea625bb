// The page: what changes the state, what is asked, and what is drawn.

import * as answer from "./answer.js";
import * as argument from "./argument.js";
import { named, Newest, post, Refused } from "./asking.js";
import { load } from "./catalogue.js";
import { Choices } from "./choices.js";
import { Drawings, NAMES } from "./drawings.js";
import { place } from "./elements.js";
import * as embed from "./embed.js";
import { History } from "./history.js";
import * as results from "./results.js";
import { DRAWS, initial, question, read, written } from "./state.js";
import { Waiting } from "./waiting.js";

const { known, figures } = await load();
const about = known.about;
place("version").textContent = about.version;
answer.glossary(about.glossary);

const part = embed.asked(location.search);
if (part !== null) embed.reduce();
let { state, warnings } = read(location.hash, known);
if (part !== null) warnings.push(...part.unknown.map((name) => `There is no figure ${name.slice(0, 80)}.`));
const history = new History(state);

/** The whole state as the end of an address. */
const hash = () => `#${written(state, about)}`;

/** @param {string} text @param {string} told */
const copy = async (text, told) => {
  try {
    await navigator.clipboard.writeText(text);
    waiting.say(told);
  } catch {
    waiting.say("This browser does not let the page copy: select the text and copy it.");
  }
};

const drawings = new Drawings(
  figures,
  known,
  new Set(part?.figures ?? NAMES),
  (name) => choices.reveal(name),
  about.may_be_embedded && part === null ? (name) => copy(embed.code(name, drawings.context.titles[name], hash()), "Copied: paste it into a page that this server allows.") : null,
);
const waiting = new Waiting();

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

const asking = new Newest(
  async ({ asked, exact, focus }, signal) => {
    const name = named();
    try {
      waiting.follow(name);
      const found = await post("/simulate", asked, signal, name);
      waiting.follow(null);
      complain(null);
      results.say(found);
      choices.thresholds(Object.keys(found.words.worlds), state);
      answer.table(found, null, state, known);
      place("answer").classList.add("stale");
      place("compare").classList.add("stale");
      await drawings.show(found, null, state);
      const root = document.documentElement;
      root.dataset.answered = String(Number(root.dataset.answered ?? 0) + 1);
      // While a lever moves only the drawings follow; what takes longer comes when it rests.
      if (!exact) return;
      const against = asked.policies.length > 1 ? await post("/compare", asked, signal) : null;
      results.compare(against);
      answer.table(found, against, state, known);
      const drivers = await post("/drivers", { ...asked, policies: [asked.policies[focus]] }, signal);
      results.limits(found, about.not_modelled);
      place("answer").classList.remove("stale");
      place("compare").classList.remove("stale");
      await drawings.show(found, { against, drivers }, state);
      root.dataset.key = found.key;
    } catch (error) {
      if (signal.aborted) waiting.cancelled = true;
      else complain(error);
    }
  },
  (busy) => {
    waiting.busy(busy);
    document.documentElement.dataset.busy = String(busy);
  },
);

/** @param {boolean} done */
const refresh = (done) => {
  choices.show(state);
  results.changed(state, known);
  embed.follow(hash());
  place("undo").disabled = !history.canUndo;
  place("redo").disabled = !history.canRedo;
  const draws = done ? state.draws : DRAWS[0];
  asking.ask({ asked: question(state, draws), exact: done, focus: state.focus });
};

/** @param {import("./state.js").State} next */
const go = (next) => {
  state = next;
  window.history.replaceState(null, "", location.search + hash());
  refresh(true);
};

const choices = new Choices(known, (change, done) => {
  const next = structuredClone(state);
  change(next);
  if (!done) {
    state = next;
    refresh(false);
    return;
  }
  history.push(next);
  go(next);
});

place("undo").addEventListener("click", () => go(history.go(-1)));
place("redo").addEventListener("click", () => go(history.go(1)));
place("reset").addEventListener("click", () => {
  history.push(initial());
  go(history.current);
});
place("cancel").addEventListener("click", () => asking.cancel());
place("share").addEventListener("click", () => {
  window.history.replaceState(null, "", location.search + hash());
  copy(location.href, "Copied: it holds the whole state.");
});
for (const button of document.querySelectorAll("[data-copies]")) {
  button.addEventListener("click", () => copy(place(/** @type {HTMLElement} */ (button).dataset.copies ?? "").textContent, "Copied."));
}
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
if (part === null) argument.whenSeen(about, complain);
document.documentElement.dataset.ready = "yes";
