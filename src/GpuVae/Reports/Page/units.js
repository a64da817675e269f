// What each unit of the code costs, and what it does: a click draws its way through its quantiles.
const mostBars = 128;

function showUnits(run) {
  const isKnown = run.units?.some(unit => unit.kl !== null || unit.variance !== null);
  byId("units").hidden = !run.units || (!isKnown && !run.network);
  if (byId("units").hidden)
    return;
  const hasKl = run.units.some(unit => unit.kl !== null);
  const value = unit => (hasKl ? unit.kl : unit.variance) ?? 0;
  const order = byUse(run.units), shown = order.slice(0, mostBars);
  const most = Math.max(...run.units.map(value), 1e-9);
  byId("units-hint").textContent = `${hasKl ? "Bars are nats of KL" : isKnown ? "Bars are variances of the mean code" : "Without test data units have no bars"}, ${
    isKnown ? "the units that say most first" : "in their order"}. ${
    run.units.some(unit => unit.variance !== null) ? `Grey ones are not active: their mean hardly differs from ${run.example} to ${run.example}. ` : ""}${
    run.network ? "A click on a unit draws what it does." : ""}${shown.length < order.length ? ` ${order.length - shown.length} more are in the data.` : ""}`;
  byId("bars").replaceChildren(...shown.map(unit => bar(run, unit, value(run.units[unit]) / most, hasKl)));
  byId("traversal").replaceChildren();
  if (run.network)
    showTraversal(run, order[0]);
  else if (run.why_no_decoder)
    byId("traversal").append(make("p", { class: "quiet-block" }, `The decoder is not live in this page: ${run.why_no_decoder}.`));
}

function bar(run, unit, part, hasKl) {
  const { kl, variance } = run.units[unit];
  const name = `unit ${unit}${hasKl ? `, KL ${text(kl, 3)} nats` : ""}, variance of the mean ${text(variance, 3)}`;
  const rect = make("span", { class: "bar" });
  // The number below it has its own room.
  rect.style.height = `calc(${Math.max(0, part)} * (100% - 18px))`;
  return make("button", {
    type: "button", class: variance === null || variance > 0.01 ? "" : "inactive", title: name, "aria-label": name, "aria-pressed": "false",
    "data-unit": unit, disabled: !run.network, click: () => showTraversal(run, unit),
  }, rect, `${unit}`);
}

// The others stay at the centre, or at the code of the example that is picked in the map.
function showTraversal(run, unit) {
  for (const button of byId("bars").children)
    button.setAttribute("aria-pressed", `${button.dataset.unit === `${unit}`}`);
  const base = run.picked === undefined ? run.units.map(each => each.centre) : [...codeOf(run, run.picked)];
  byId("traversal").replaceChildren(...run.units[unit].quantiles.map(value => {
    const code = base.slice();
    code[unit] = value;
    return figure(drawn(run, decoded(run, code)), text(value, 3), `unit ${unit} at ${text(value, 3)}`);
  }));
  run.traversed = unit;
}
