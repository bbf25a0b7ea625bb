// A figure as a file: its numbers or its drawing, with what it says and what to cite.

import { make } from "./elements.js";
import { LETTERS } from "./state.js";

/** The title of a figure, and what to cite. @param {any} context @param {string} name @returns {string[]} */
export const citation = (context, name) => {
  const meta = context.answer.meta;
  return [
    context.titles[name],
    `curveshift ${meta.curveshift}; record to ${meta.as_of}; ${meta.draws} draws, seed ${meta.seed}; scenario ${meta.scenario_sha256.slice(0, 16)}; facts ${meta.facts_sha256.slice(0, 16)}.`,
    `${context.answer.view === null ? "Shipped assumptions" : `World view: ${context.answer.view}`}. Policies: ${context.answer.policies.map((/** @type {any} */ p, /** @type {number} */ i) => `${LETTERS[i]} = ${p.name}`).join("; ")}. Made at ${location.href}`,
  ];
};

/** @param {string} name @param {Blob} blob */
const download = (name, blob) => {
  const address = URL.createObjectURL(blob);
  const link = make("a", { href: address, download: `curveshift-${name}` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
};

/** @param {any} value */
const cell = (value) => {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** @param {any} data @param {string[]} told */
export const csv = (data, told) => {
  const lines = told.map((line) => `# ${line}`);
  for (const [table, rows] of Object.entries(data)) {
    const head = Object.keys(rows[0] ?? {});
    lines.push(`# ${table}`, head.join(","));
    for (const row of rows) {
      lines.push(head.map((key) => cell(key === "quarter" ? new Date(row[key]).toISOString().slice(0, 10) : row[key])).join(","));
    }
  }
  return lines.join("\n") + "\n";
};

/** @param {string} text @param {number} width */
const wrapped = (text, width) => text.match(new RegExp(`.{1,${width}}(?:\\s|$)|\\S+`, "g"))?.map((line) => line.trim()) ?? [text];

/** The buttons that save a figure. @param {string} name @param {(form: string) => void} act */
export const forms = (name, act) =>
  ["CSV", "SVG", "PNG"].map((form) => make("button", { type: "button", "aria-label": `Save ${name} as ${form}`, onclick: () => act(form) }, form));

/**
 * Save a figure.
 * @param {string} form @param {string} name @param {any} spec @param {any} data @param {string[]} told its title, and what to cite
 */
export const save = async (form, name, spec, data, told) => {
  if (form === "CSV") {
    download(`${name}.csv`, new Blob([csv(data, told)], { type: "text/csv" }));
    return;
  }
  // A file stands alone: it has its own ink, title and legend.
  const drawn = JSON.parse(JSON.stringify(spec).replaceAll("currentColor", "#1b1f24"));
  Object.assign(drawn, { width: 760, height: 380 });
  if (spec.data?.name !== undefined) drawn.datasets = data;
  drawn.config.background = "#ffffff";
  drawn.title = { text: wrapped(told[0], 76), subtitle: told.slice(1).flatMap((line) => wrapped(line, 105)) };
  const place = make("div", { hidden: true });
  document.body.append(place);
  try {
    const { view } = await /** @type {any} */ (window).vegaEmbed(place, drawn, { ast: true, actions: false, defaultStyle: false, renderer: "svg", tooltip: false });
    if (form === "SVG") {
      download(`${name}.svg`, new Blob([await view.toSVG()], { type: "image/svg+xml" }));
    } else {
      const canvas = await view.toCanvas(2);
      download(`${name}.png`, await new Promise((done) => canvas.toBlob(done, "image/png")));
    }
    view.finalize();
  } finally {
    place.remove();
  }
};
