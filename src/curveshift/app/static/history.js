// Undo and redo.

/** @typedef {import("./state.js").State} State */

export class History {
  /** @param {State} first */
  constructor(first) {
    this.states = [JSON.stringify(first)];
    this.at = 0;
  }

  /** @returns {State} */
  get current() {
    return JSON.parse(this.states[this.at]);
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.states.length - 1;
  }

  /** @param {State} state */
  push(state) {
    const text = JSON.stringify(state);
    if (text === this.states[this.at]) return;
    this.states = [...this.states.slice(Math.max(0, this.at - 98), this.at + 1), text];
    this.at = this.states.length - 1;
  }

  /** @param {-1 | 1} by @returns {State} */
  go(by) {
    this.at = Math.min(Math.max(this.at + by, 0), this.states.length - 1);
    return this.current;
  }
}
