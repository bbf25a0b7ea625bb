// A part of the page inside another one: the headline, some figures, what they rest on, and the way to the whole.

import { NAMES } from "./drawings.js";
import { place } from "./elements.js";

/** Which figures the address asks for; null when it asks for the whole page. @param {string} search */
export const asked = (search) => {
  const given = new URLSearchParams(search).get("embed");
  if (given === null) return null;
  const names = given.split(",").filter((name) => name !== "");
  return { figures: names.filter((name) => NAMES.includes(name)), unknown: names.filter((name) => !NAMES.includes(name)) };
};

/** Show only what an embedded page has. */
export const reduce = () => {
  document.documentElement.dataset.embedded = "yes";
  place("controls").open = false;
  place("whole").hidden = false;
};

/** The link to the whole page follows the state. @param {string} hash */
export const follow = (hash) => {
  place("whole-link").href = `/${hash}`;
};

/** @param {string} text */
const quoted = (text) => text.replace(/[&"<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** What another page writes to show a figure of this one. @param {string} name @param {string} title @param {string} hash */
export const code = (name, title, hash) => {
  const address = `${location.origin}/?embed=${name}${hash}`;
  return `<iframe src="${quoted(address)}" title="${quoted(title)}" width="100%" height="560" loading="lazy" referrerpolicy="no-referrer"></iframe>`;
};
