// Small charts over the epochs. All have one cursor, which a pointer or the arrow keys move.
const seriesNames = {
  train_loss: "training", test_loss: "test", reconstruction: "reconstruction", kl: "KL divergence", learning_rate: "learning rate",
  effective_beta: "β, the weight of KL", active_units: "active units", gradient_norm: "norm of the gradient", bits_per_dimension: "bits per dimension", ssim: "SSIM", sigma: "σ, learned",
};

const chartSize = { width: 340, height: 190, left: 52, right: 10, top: 10, bottom: 24 };

// Charts of one run: the total of both parts in one, each other series in its own.
function showCurves(run) {
  const series = run.epochs.series, epochs = run.epochs.epoch;
  const charts = [["Loss, nats", ["train_loss", "test_loss"]]].concat(
    Object.keys(series).filter(key => !["train_loss", "test_loss", "images_per_second"].includes(key)).map(key => [seriesNames[key] ?? key, [key]]));
  const lines = keys => keys.map((key, i) => ({ name: seriesNames[key] ?? key, values: series[key], colour: i }));
  byId("curves").hidden = epochs.length === 0;
  if (epochs.length === 0)
    return;
  byId("curves-hint").textContent = `Point at a chart, or use ← and → in it, for the numbers of an epoch; a click shows its pictures. ${
    run.epochs.best === null ? "" : `The dotted line is the best epoch, ${run.epochs.best}.`}`;
  drawCharts(byId("curves-body"), epochs, charts.map(([title, keys]) => ({ title: title.replace(/^[a-z]/, letter => letter.toUpperCase()), lines: lines(keys) })), run.epochs.best, showEpochNear);
}

function drawCharts(place, epochs, charts, best, onPick) {
  const parts = charts.map(chart => makeChart(chart, epochs, best));
  let at = epochs.length - 1;
  const move = index => {
    at = Math.max(0, Math.min(epochs.length - 1, index));
    parts.forEach(part => part.show(at));
  };
  for (const part of parts) {
    const svg = part.svg;
    svg.addEventListener("pointermove", event => move(part.indexAt(event)));
    svg.addEventListener("pointerleave", () => move(epochs.length - 1));
    svg.addEventListener("click", event => onPick?.(epochs[part.indexAt(event)]));
    svg.addEventListener("keydown", event => {
      const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: epochs.length - 1 };
      if (event.key in steps) {
        event.preventDefault();
        move(steps[event.key]);
      } else if (event.key === "Enter") {
        onPick?.(epochs[at]);
      }
    });
  }
  place.replaceChildren(...parts.map(part => part.figure));
  move(at);
}

function makeChart({ title, lines }, epochs, best) {
  const { width, height, left, right, top, bottom } = chartSize;
  const all = lines.flatMap(line => line.values).filter(Number.isFinite);
  const [least, most] = limits(all);
  const first = epochs[0], last = epochs.at(-1);
  const x = epoch => (last === first ? (left + width - right) / 2 : left + (width - left - right) * (epoch - first) / (last - first));
  const y = value => height - bottom - (height - top - bottom) * (value - least) / (most - least);
  const svg = makeSvg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", tabindex: 0 });
  const isWhole = all.every(Number.isInteger);
  for (const tick of ticks(least, most, 4).filter(tick => !isWhole || Number.isInteger(tick))) {
    svg.append(
      makeSvg("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
      makeSvg("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, text(tick)));
  }
  for (const tick of ticks(first, last, 5).filter(Number.isInteger))
    svg.append(makeSvg("text", { x: x(tick), y: height - 6, "text-anchor": "middle" }, `${tick}`));
  if (first === last)
    svg.append(makeSvg("text", { x: x(first), y: height - 6, "text-anchor": "middle" }, `${first}`));
  if (best !== null)
    svg.append(makeSvg("line", { class: "best", x1: x(best), x2: x(best), y1: top, y2: height - bottom }));
  const cursor = makeSvg("line", { class: "cursor", y1: top, y2: height - bottom });
  svg.append(cursor);
  const keys = make("div", { class: "keys" }), dots = [];
  for (const line of lines) {
    const stroke = `var(--c${line.colour % colourCount})`;
    for (const points of pieces(line.values, (value, i) => [x(epochs[i]), y(value)]))
      svg.append(makeSvg("polyline", { class: "line", points: points.join(" "), stroke, "stroke-dasharray": line.colour >= 10 ? "5 3" : null }));
    const dot = makeSvg("circle", { r: 3.5, fill: stroke });
    const value = make("span");
    dots.push({ line, dot, value });
    svg.append(dot);
    keys.append(make("span", null, swatch(line.colour), value));
  }
  const name = make("span", { class: "at" });
  const figure = make("figure", { class: "chart" }, make("figcaption", null, title, name), svg, keys);
  let shown = 0;
  const sentence = () => `${title}, epoch ${epochs[shown]}: ${lines.map(line => `${line.name} ${text(line.values[shown], 5)}`).join(", ")}`;
  return {
    figure, svg,
    indexAt(event) {
      const box = svg.getBoundingClientRect(), at = (event.clientX - box.left) * width / box.width;
      let nearest = 0;
      for (let i = 1; i < epochs.length; i++) {
        if (Math.abs(x(epochs[i]) - at) < Math.abs(x(epochs[nearest]) - at))
          nearest = i;
      }
      return nearest;
    },
    show(index) {
      shown = index;
      cursor.setAttribute("x1", x(epochs[index]));
      cursor.setAttribute("x2", x(epochs[index]));
      svg.setAttribute("aria-label", sentence());
      name.textContent = `epoch ${epochs[index]}`;
      for (const { line, dot, value } of dots) {
        const number = line.values[index], isThere = Number.isFinite(number);
        value.textContent = `${line.name} ${text(number, 5)}`;
        dot.setAttribute("visibility", isThere ? "visible" : "hidden");
        dot.setAttribute("cx", x(epochs[index]));
        dot.setAttribute("cy", isThere ? y(number) : 0);
      }
    },
  };
}

function swatch(index) {
  return makeSvg("svg", { class: "swatch", width: 14, height: 10, "aria-hidden": "true" },
    makeSvg("line", { x1: 0, x2: 14, y1: 5, y2: 5, "stroke-width": 3, stroke: `var(--c${index % colourCount})`, "stroke-dasharray": index >= colourCount ? "4 2" : null }));
}

// A line has a gap where a number is not finite.
function pieces(values, place) {
  const all = [[]];
  values.forEach((value, i) => {
    if (Number.isFinite(value))
      all.at(-1).push(place(value, i).map(n => n.toFixed(1)).join(","));
    else if (all.at(-1).length)
      all.push([]);
  });
  return all.filter(points => points.length > 0);
}

function limits(values) {
  if (values.length === 0)
    return [0, 1];
  const least = values.reduce((a, b) => Math.min(a, b)), most = values.reduce((a, b) => Math.max(a, b));
  const room = (most - least) * 0.06 || Math.abs(most) * 0.1 || 1;
  return [least - room, most + room];
}

// Round numbers within a range, about so many.
function ticks(least, most, count) {
  if (!(most > least))
    return [];
  const rough = (most - least) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough) ?? 10 * power;
  const found = [];
  for (let i = Math.ceil(least / step); i * step <= most; i++)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}
