// What the visitor sees while the model runs: after a second the share that is done, and always a way out.

import { get } from "./asking.js";
import { place } from "./elements.js";

const FIRST_MS = 1000;
const EVERY_MS = 400;

export class Waiting {
  constructor() {
    this.cancelled = false;
    /** @type {string | null} */
    this.name = null;
  }

  /** @param {string} text */
  say(text) {
    place("progress").textContent = text;
  }

  /** Show how far a question is, or nothing any more. @param {string | null} name */
  follow(name) {
    this.name = name;
    place("done").hidden = true;
    if (name !== null) setTimeout(() => this.look(name), FIRST_MS);
  }

  /** @param {string} name */
  async look(name) {
    if (this.name !== name) return;
    // The answer itself tells what went wrong; here only the share is missing then.
    const found = await get(`/progress?question=${name}`).catch(() => ({ share: null }));
    if (this.name !== name) return;
    const bar = place("done");
    bar.hidden = false;
    if (found.share === null) bar.removeAttribute("value");
    else bar.value = found.share;
    this.say(found.share === null ? "Waiting for its turn …" : `Running the model: ${Math.round(100 * found.share)}\u00a0% done`);
    setTimeout(() => this.look(name), EVERY_MS);
  }

  /** @param {boolean} busy */
  busy(busy) {
    if (!busy) this.follow(null);
    this.say(busy ? "Running the model …" : this.cancelled ? "Cancelled: what is shown is the last answer." : "");
    this.cancelled = false;
    place("cancel").hidden = !busy;
  }
}
