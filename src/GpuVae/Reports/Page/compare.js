// Several runs: what was chosen differently, what it came to, and the curves on one another.
const comparedFigures = [
  ["test_loss", "test loss"], ["reconstruction", "reconstruction"], ["kl", "KL"], ["mean_squared_error", "mean squared error"],
  ["active_units", "active units"], ["seconds", "seconds"],
];

function showComparison(data) {
  const runs = data.runs;
  byId("compare").hidden = runs.length < 2;
  if (runs.length < 2)
    return;
  const row = (name, values) => make("tr", null, make("th", { scope: "row" }, name), ...values.map(value => make("td", null, value)));
  const head = make("tr", null, make("th", { scope: "col" }, "run"), ...runs.map((run, i) => make("th", { scope: "col" }, swatch(i), run.name)));
  const figures = comparedFigures.filter(([key]) => runs.some(run => run.figures[key] !== null))
    .map(([key, name]) => row(name, runs.map(run => text(run.figures[key], 5))));
  const table = make("table", null, make("thead", null, head),
    make("tbody", null, ...data.differences.map(({ setting, values }) => row(setting, values)), ...figures));
  const body = byId("compare-body");
  body.replaceChildren(make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Settings that differ, and figures" }, table));
  if (data.differences.length === 0)
    body.append(make("p", { class: "hint" }, "No setting differs."));
  const epochs = [...new Set(runs.flatMap(run => run.epochs.epoch))].sort((a, b) => a - b);
  if (epochs.length === 0)
    return;
  const charts = [["test_loss", "Test loss, nats"], ["train_loss", "Training loss, nats"], ["reconstruction", "Reconstruction, nats"], ["kl", "KL divergence, nats"]]
    .filter(([key]) => runs.some(run => run.epochs.series[key]))
    .map(([key, title]) => ({
      title,
      lines: runs.map((run, i) => ({
        name: run.name, colour: i,
        values: epochs.map(epoch => run.epochs.series[key]?.[run.epochs.epoch.indexOf(epoch)] ?? null),
      })),
    }));
  const place = make("div", { class: "charts" });
  body.append(make("h3", null, "Curves on one another"), place);
  drawCharts(place, epochs, charts, null, null);
  const last = runs.map(run => run.pictures.kept.filter(picture => picture.kind === "samples").at(-1)
    ?? run.pictures.kept.filter(picture => picture.kind === "reconstruction").at(-1));
  if (last.some(Boolean)) {
    body.append(make("h3", null, "Last pictures"), make("div", { class: "pictures side" }, ...runs.map((run, i) => last[i] && make("figure", null,
      make("img", { alt: `${last[i].kind} of ${run.name}`, src: `data:image/png;base64,${last[i].png}` }),
      make("figcaption", null, `${run.name}: ${last[i].kind}, epoch ${last[i].epoch}`)))));
  }
}
