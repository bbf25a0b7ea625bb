// Reads share links made from a seed, as the page would, and prints how many it read and the first that went wrong.
// node links.mjs STATE.js KNOWN.json COUNT SEED

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , module, file, count, seed] = process.argv;
const { read, written } = await import(pathToFileURL(module).href);
const told = JSON.parse(readFileSync(file, "utf8"));
const known = {
  ...told,
  ...Object.fromEntries(
    ["policies", "levers", "thresholds", "assumptions", "views"].map((key) => [key, new Map(told[key].map((x) => [x.name, x]))]),
  ),
};

let state = Number(seed) >>> 0;
const next = () => {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
};
const below = (most) => next() % most;
const pick = (items) => items[below(items.length)];
const JUNK = [
  "", "<img src=x onerror=alert(1)>", "__proto__", "constructor", "toString", "'", "''", "=", ";", "%", "%E0%A4%A", "%00",
  "\u0000", "\ud800", "1e400", "-1e400", "NaN", "Infinity", "0x10", "1_0", "  ", "+", "&", "#", "1e-320", "a".repeat(200),
];
const noise = () => Array.from({ length: below(6) }, () => String.fromCharCode(below(2) ? 32 + below(95) : below(0xd800))).join("");
const junk = () => (below(2) ? pick(JUNK) : noise());
const number = () => (below(3) ? String((below(2000) - 500) / pick([1, 10, 1000, 1e-6])) : junk());
const policy = () => {
  const parts = [below(6) ? pick([...known.policies.keys()]) : junk()];
  for (let i = below(4); i > 0; i--) {
    const key = below(6) ? pick(["stance", ...known.levers.keys(), ...known.thresholds.keys()]) : junk();
    parts.push(`${key}=${below(4) ? number() : pick(["open", "guided", "blocked", "responsive"])}`);
  }
  return ["policy", parts.join(";")];
};
const assume = () => {
  const value = below(2) ? number() : `'${below(2) ? "10k to 300k" : junk()}'`;
  return ["assume", `${below(6) ? pick([...known.assumptions.keys()]) : junk()}=${value}`];
};
const setting = () => [
  below(6) ? pick(["view", "draws", "feedback", "unit", "window", "threshold", "focus", "version", "facts"]) : junk(),
  below(3) ? pick([...known.views.keys(), "256", "2048", "off", "12", "6", "survey", "0", "1", "3", ...known.units]) : junk(),
];
const link = () => {
  if (below(10) === 0) return "#" + junk() + noise() + junk();
  const pairs = Array.from({ length: below(7) }, () => pick([policy, assume, setting])());
  let text = "#" + pairs.map(([key, value]) => `${encodeURIComponent(key.toWellFormed?.() ?? "k")}=${encodeURIComponent(value.toWellFormed?.() ?? "v")}`).join("&");
  for (let i = below(3) ? 0 : below(4); i > 0; i--) {
    const at = below(text.length);
    text = text.slice(0, at) + junk() + text.slice(at + below(6));
  }
  return text;
};
const wrong = (found) => {
  const { state: asked } = found;
  if (asked.policies.length < 1 || asked.policies.length > 4) return "not one to four policies";
  if (!(asked.focus >= 0 && asked.focus < asked.policies.length)) return "a focus on nothing";
  for (const one of asked.policies) {
    if (!known.policies.has(one.base)) return "an unknown policy";
    if (one.stance !== null && !known.stances.includes(one.stance)) return "an unknown stance";
    for (const part of [one.levers, one.thresholds]) {
      for (const [key, value] of Object.entries(part)) {
        const record = known.levers.get(key) ?? known.thresholds.get(key);
        if (!record) return `an unknown lever ${key}`;
        if (!(Number.isFinite(value) && value >= record.low && value <= record.high)) return `${key} out of its range`;
      }
    }
  }
  for (const [key, value] of Object.entries(asked.assumptions)) {
    if (!known.assumptions.has(key)) return `an unknown assumption ${key}`;
    if (typeof value === "number" && !Number.isFinite(value)) return `${key} is not finite`;
  }
  const again = read("#" + written(asked, known.about), known);
  if (JSON.stringify(again.state) !== JSON.stringify(asked)) return "its own link gives another state";
  if (again.warnings.length > 0) return "its own link is warned about";
  return null;
};
const findings = [];
let clean = 0;
for (let i = 0; i < Number(count); i++) {
  const hash = link();
  const began = performance.now();
  let what = null;
  try {
    const found = read(hash, known);
    what = wrong(found);
    if (found.warnings.length === 0) clean += 1;
    if (found.warnings.some((text) => typeof text !== "string" || text === "")) what = "an empty warning";
  } catch (error) {
    what = String(error);
  }
  if (performance.now() - began > 1000) what = "took more than a second";
  if (what !== null && findings.length < 10) findings.push({ what, hash });
}
console.log(JSON.stringify({ count: Number(count), clean, findings }));
