// The head: what was trained, what it came to, and what that says.
const shownFigures = [
  ["test_loss", "test loss, nats"],
  ["reconstruction", "reconstruction, nats"],
  ["kl", "KL divergence, nats"],
  ["bits_per_dimension", "bits per dimension"],
  ["mean_squared_error", "mean squared error"],
];

function showHead(run) {
  byId("title").textContent = data.runs.length > 1 ? `${data.runs.length} runs compared` : run.name;
  byId("summary-title").hidden = data.runs.length === 1;
  byId("summary-title").textContent = labelled(data.runs.indexOf(run));
  byId("model").textContent = run.model === null ? "No weights so far" : `${run.model}; ${whole(run.parameters)} parameters`;
  byId("tiles").replaceChildren(
    ...shownFigures.filter(([key]) => run.figures[key] !== null).map(([key, name]) => tile(text(run.figures[key], 5), name)),
    ...(run.figures.active_units === null ? [] : [tile(`${run.figures.active_units} of ${run.units.length}`, "active units")]));
  byId("verdict").replaceChildren(...run.verdict.map(({ kind, text: sentence }) => make("li", { class: kind }, sentence)));
  const done = run.epochs.epoch.at(-1) ?? 0;
  const facts = [
    ["Data", run.data],
    ["Trained", `${whole(done)} of ${whole(run.epochs_asked)} epochs, batches of ${run.settings.batch}, seed ${run.settings.seed}`
      + (run.figures.seconds === null ? "" : `; ${text(run.figures.seconds, 3)} s`)],
    ["Device", deviceOf(run)],
    ["Weights", run.weights && `${run.weights}${run.weights_epoch === null ? "" : `, epoch ${run.weights_epoch}`}`],
    ["Measured on", run.measured_on],
  ];
  byId("facts").replaceChildren(...facts.filter(([, value]) => value).flatMap(
    ([name, value]) => [make("dt", null, name), make("dd", null, value)]));
  // Words break as a whole where they can: a browser would leave the dashes of an option behind.
  byId("again").replaceChildren(...run.command.split(" ").flatMap((word, i) => [i === 0 ? "" : " ", make("span", { class: "word" }, word)]));
}

// What trained the run, and what computed the page where that is something else.
function deviceOf({ trained_with: trained, measured_with: measured, device }) {
  if (trained && trained === measured)
    return `${trained}; this page too`;
  return (trained ?? `${device}, as asked in training`) + (measured ? `; this page: ${measured}` : "");
}

function tile(value, name) {
  return make("div", { class: "tile" }, make("span", { class: "value" }, value), make("span", { class: "name" }, name));
}

function enableCopy(button, source) {
  byId(button).addEventListener("click", async () => {
    const command = byId(source);
    try {
      await navigator.clipboard.writeText(command.textContent);
      byId(button).textContent = "Copied";
    } catch {
      // A page from the disk may not be let at the clipboard: then the words are marked, to be copied by hand.
      getSelection().selectAllChildren(command);
      byId(button).textContent = "Marked";
    }
    setTimeout(() => { byId(button).textContent = "Copy"; }, 1500);
  });
}
