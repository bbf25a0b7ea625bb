// Questions to the server: one at a time, the newest next, and the ones in between never.

/** What the server said was wrong. */
export class Refused extends Error {
  /** @param {number} status @param {string} what @param {string | null} where */
  constructor(status, what, where) {
    super(where === null ? what : `${where}: ${what}`);
    this.status = status;
    this.where = where;
  }
}

const BASE = "/api/v1";

/** @param {Response} response */
const content = async (response) => {
  const found = await response.json().catch(() => ({ error: { what: `the server answered ${response.status}`, where: null } }));
  if (!response.ok) throw new Refused(response.status, found.error.what, found.error.where);
  return found;
};

/** @param {string} path */
export const get = async (path) => content(await fetch(BASE + path));

/** A name for a question, so that one can ask how far it is; not a secret. */
export const named = () => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {string} path @param {any} body @param {AbortSignal} signal @param {string} [name] */
export const post = async (path, body, signal, name = named()) => {
  for (let attempt = 0; ; attempt += 1) {
    const response = await fetch(BASE + path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-question": name },
      body: JSON.stringify(body),
      signal,
    });
    if (response.status !== 429 || attempt === 3) return content(response);
    const seconds = Number(response.headers.get("retry-after")) || 2;
    await new Promise((done) => setTimeout(done, 1000 * seconds));
    signal.throwIfAborted();
  }
};

/** Runs the newest of what is asked; an answer that comes is always shown, so that a drag moves what is drawn. */
export class Newest {
  /** @param {(job: any, signal: AbortSignal) => Promise<void>} work @param {(busy: boolean) => void} told */
  constructor(work, told) {
    this.work = work;
    this.told = told;
    this.next = null;
    this.running = null;
  }

  /** @param {any} job */
  ask(job) {
    this.next = job;
    if (this.running === null) this.run();
  }

  cancel() {
    this.next = null;
    this.running?.abort();
  }

  async run() {
    this.told(true);
    while (this.next !== null) {
      const job = this.next;
      this.next = null;
      this.running = new AbortController();
      await this.work(job, this.running.signal);
    }
    this.running = null;
    this.told(false);
  }
}
