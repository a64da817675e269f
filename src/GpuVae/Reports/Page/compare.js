// Several runs: what was chosen differently, what it came to, and the curves on one another.
const fiveDigits = value => text(value, 5);
const comparedFigures = [
  ["test_loss", "test loss, nats", fixed], ["reconstruction", "reconstruction, nats", fixed], ["kl", "KL, nats", fixed],
  ["mean_squared_error", "mean squared error", fiveDigits], ["active_units", "active units", whole], ["seconds", "seconds", fiveDigits],
];

const longestLabel = 40;
let labels = [];

// What tells each run from the others in a few words: the settings that differ, as many as it takes; their names where those are too long.
function labelsOf({ runs, differences }) {
  const tells = texts => new Set(texts).size === runs.length && texts.every(label => label.length <= longestLabel);
  const first = count => runs.map((_, i) => differences.slice(0, count)
    .map(({ setting, values }) => `${setting.replace(/^--/, "")} ${values[i]}`).join(", "));
  const counts = [differences.length, ...differences.keys()].filter(count => count > 0);
  const count = counts.find(each => tells(first(each)));
  if (count !== undefined)
    return first(count);
  const names = runs.map(run => run.name);
  return new Set(names).size === names.length ? names : names.map((name, i) => `${name} (${i + 1})`);
}

// The name of a run, and what sets it apart where the name does not say that, as those of a sweep do.
function labelled(index) {
  const label = labels[index], name = data.runs[index].name, letters = words => words.replace(/[^\p{L}\p{N}]/gu, "");
  return letters(label) === letters(name) ? name : `${name}: ${label}`;
}

function showComparison(data) {
  const runs = data.runs;
  byId("compare").hidden = runs.length < 2;
  if (runs.length < 2)
    return;
  byId("names").hidden = false;
  byId("names").replaceChildren(...runs.map((_, i) => make("li", null, swatch(i), labelled(i))));
  const row = (name, values) => make("tr", null, make("th", { scope: "row" }, name), ...values.map(value => make("td", null, value)));
  const head = make("tr", null, make("th", { scope: "col" }, "run"), ...runs.map((run, i) => make("th", { scope: "col" }, swatch(i), run.name)));
  const figures = comparedFigures.filter(([key]) => runs.some(run => run.figures[key] !== null))
    .map(([key, name, format]) => row(name, runs.map(run => (Math.abs(run.figures[key] ?? Infinity) < 1e7 ? format : fiveDigits)(run.figures[key]))));
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
        name: `${labels[i]}:`, colour: i, // which may end with a number itself
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
      make("img", { alt: `${last[i].kind} of ${labelled(i)}`, src: `data:image/png;base64,${last[i].png}` }),
      make("figcaption", null, `${labels[i]}: ${last[i].kind}, epoch ${last[i].epoch}`)))));
  }
}
