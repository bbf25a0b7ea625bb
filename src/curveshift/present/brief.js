(() => {
  "use strict";
  const figures = JSON.parse(document.getElementById("figures").textContent);

  // Data travels as columns and rows, which is half the size of one object per row.
  const unpack = (node) => {
    if (Array.isArray(node)) return node.map(unpack);
    if (node === null || typeof node !== "object") return node;
    if (node.columns && node.rows) {
      return node.rows.map((row) => Object.fromEntries(node.columns.map((name, i) => [name, row[i]])));
    }
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, unpack(value)]));
  };

  const shorten = (node, limit) => {
    if (Array.isArray(node)) node.forEach((child) => shorten(child, limit));
    else if (node !== null && typeof node === "object") {
      if (typeof node.labelLimit === "number") node.labelLimit = Math.min(node.labelLimit, limit);
      Object.values(node).forEach((child) => shorten(child, limit));
    }
  };

  const options = {
    renderer: "svg",
    ast: true,
    actions: { export: true, source: false, compiled: false, editor: false },
  };

  const draw = async (name) => {
    const place = document.getElementById(name);
    const room = place.clientWidth;
    const spec = structuredClone(figures[name]);
    const columns = Math.max(1, Math.min(spec.columns, spec.concat.length, Math.floor(room / 220)));
    delete spec.title; // It stands above the figure as text.
    spec.columns = columns;
    spec.config.legend.columns = Math.max(1, Math.min(5, Math.floor(room / 150)));
    shorten(spec.concat, Math.round(room * 0.45));
    const size = (width) => spec.concat.forEach((panel) => { panel.width = Math.max(90, Math.floor(width)); });
    let width = (room - 20 * (columns - 1)) / columns - 60;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      size(width);
      await vegaEmbed(place, spec, { ...options, downloadFileName: `curveshift-${name}` });
      const drawn = Number(place.querySelector("svg.marks").getAttribute("width"));
      // What axes and labels take is known only once they are drawn.
      if (drawn <= room && drawn > room - 40) break;
      width += (room - 4 - drawn) / columns;
    }
    place.dataset.drawn = "yes";
  };

  Object.keys(figures).forEach((name) => { figures[name] = unpack(figures[name]); });
  const drawAll = async () => {
    for (const name of Object.keys(figures)) await draw(name);
    document.documentElement.dataset.drawn = "yes";
  };
  let last = window.innerWidth;
  let waiting;
  window.addEventListener("resize", () => {
    if (window.innerWidth === last) return;
    last = window.innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 200);
  });
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details.print").forEach((part) => { part.open = true; });
  });
  drawAll();
})();
