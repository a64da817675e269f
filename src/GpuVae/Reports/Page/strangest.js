// The strangest examples: of rows what each column has of the score, of pictures where the model is surprised.
function showStrangest(run) {
  const { strangest, heat } = run.detection;
  byId("strangest").replaceChildren();
  byId("strangest-title").textContent = `The strangest ${run.example}s`;
  if (heat) {
    byId("strangest-hint").textContent = `Each with what the model makes of it, and where it is surprised, smoothed: one scale for all, from 0 (dark) to ${
      text(heat.hottest, 3)} nats a pixel (light).`;
    byId("strangest").append(make("div", { class: "heats" }, ...strangest.map((_, i) => heatCard(run, i))), heatScale(heat.hottest));
    return;
  }
  byId("strangest-hint").textContent = `What each column has of the score, the largest part first, and what is normal there for such a ${run.example}.`;
  const list = make("ol", { class: "strange-list" }, ...strangest.map((each, i) => make("li", null, make("button", {
    type: "button", "aria-pressed": "false", click: () => showStrange(run, i),
  }, make("span", { class: "who" }, strangeName(run, each)), make("span", { class: "flag" }), make("span", { class: "score" }, scoreText(each.score))))));
  byId("strangest").append(make("div", { class: "strange" }, list, make("div", { id: "strange", class: "strange-row", "aria-live": "polite" })));
  if (strangest.length)
    showStrange(run, 0);
}

const scoreText = score => (score === null ? "∞" : text(score));
const strangeName = (run, { name, place, label }) => `${label === undefined ? "" : `${label} · `}${run.example} ${name ?? `no. ${place}`}`;

// A mark on those that are above the threshold: a sign and not only a colour.
function showFlags(run, threshold) {
  const flags = document.querySelectorAll("#strangest .flag");
  run.detection.strangest.forEach(({ score, is_anomaly: isAnomaly }, i) => {
    const isCalled = score === null || score > threshold;
    flags[i].textContent = isCalled ? (isAnomaly === false ? "▲ false alarm" : "▲ anomaly") : (isAnomaly ? "▽ missed" : "▽ normal");
    flags[i].classList.toggle("wrong", isAnomaly !== undefined && isAnomaly !== isCalled);
  });
}

function showStrange(run, i) {
  const each = run.detection.strangest[i];
  document.querySelectorAll(".strange-list button").forEach((button, j) => button.setAttribute("aria-pressed", `${i === j}`));
  const all = each.parts_in_all, most = Math.max(...each.columns.map(column => column.part ?? 0), 0);
  const others = each.columns_in_all - each.columns.length, rest = all === null ? null : all - each.columns.reduce((sum, column) => sum + (column.part ?? 0), 0);
  const share = part => {
    const bar = make("span", { class: "share" });
    bar.style.width = `${part === null ? 100 : most > 0 ? Math.min(100, 100 * part / most) : 0}%`;
    return make("td", { class: "shares" }, make("span", { class: "track" }, bar), make("span", { class: "percent" }, part === null || all === null ? (part === null ? "∞" : "") : percent(Math.max(part, 0), all)));
  };
  const cell = value => (typeof value === "string" ? make("td", { class: "value" }, value) : make("td", { class: "value number" }, text(value)));
  const row = column => make("tr", null, make("th", { scope: "row" }, column.name), cell(column.given), cell(column.expected), share(column.part));
  byId("strange").replaceChildren(
    make("h3", null, `${strangeName(run, each)}, score ${scoreText(each.score)}`),
    ...(run.detection.curves ? [curveOf(run, i)] : []),
    make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Columns of the row" }, make("table", { class: "parts" },
      make("thead", null, make("tr", null, ...["column", "value", "normal here", "share of the score"].map(name => make("th", { scope: "col" }, name)))),
      make("tbody", null, ...each.columns.map(row),
        ...(others > 0 ? [make("tr", { class: "rest" }, make("th", { scope: "row" }, `${whole(others)} other${others === 1 ? "" : "s"}`), make("td"), make("td"), make("td", { class: "shares" }, make("span", { class: "track" }), make("span", { class: "percent" }, rest === null ? "" : percent(Math.max(rest, 0), all))))] : [])))));
}

// The row as a curve over what is normal for it, and under both the part of each number.
function curveOf(run, i) {
  const { given, expected, parts } = run.curves, count = given.length / run.detection.strangest.length;
  const [row, normal, loss] = [given, expected, parts].map(all => [...all.subarray(i * count, (i + 1) * count)]);
  const [least, most] = limits([...row, ...normal].filter(Number.isFinite)), heaviest = Math.max(...loss.filter(Number.isFinite), 1e-30);
  const x = j => 600 * (j + 0.5) / count, y = value => 150 - 140 * (value - least) / (most - least);
  const svg = makeSvg("svg", { viewBox: "0 0 600 200", role: "img", class: "curve", "aria-label": "The row, what is normal for it, and the share of each number" });
  loss.forEach((part, j) => {
    const height = Number.isFinite(part) ? 40 * part / heaviest : 40;
    if (height > 0.2)
      svg.append(makeSvg("rect", { class: "bar-anomaly", x: 600 * j / count, width: Math.max(600 / count - 0.6, 0.6), y: 198 - height, height }));
  });
  svg.append(makeSvg("line", { class: "base", x1: 0, x2: 600, y1: 198, y2: 198 }));
  for (const [values, style] of [[normal, "usual"], [row, "given"]]) {
    for (const points of pieces(values, (value, j) => [x(j), y(value)]))
      svg.append(makeSvg("polyline", { class: style, points: points.join(" ") }));
  }
  return make("figure", { class: "curve" }, svg, make("figcaption", null, "Solid: the row. Dashed: what is normal for such a row. Bars: the share of each number."));
}

function heatCard(run, i) {
  const each = run.detection.strangest[i], { originals, expected, shades } = run.heat, size = sizeOf(run), pixels = run.shape[0] * run.shape[1];
  const name = strangeName(run, each), canvas = () => document.createElement("canvas");
  const part = (all, length) => all.subarray(i * length, (i + 1) * length);
  const heated = new Uint8ClampedArray(3 * pixels);
  part(shades, pixels).forEach((shade, p) => heated.set(heatColour(shade), 3 * p));
  return make("article", { class: "heat", "aria-label": name },
    make("h4", null, `${i + 1}. ${name}`),
    make("p", { class: "hint" }, `score ${scoreText(each.score)} `, make("span", { class: "flag" })),
    make("div", { class: "three" },
      figure(drawPicture(canvas(), run.shape, part(originals, size)), "original", `${name}: original`),
      figure(drawPicture(canvas(), run.shape, part(expected, size)), "reconstruction", `${name}: reconstruction`),
      figure(drawPicture(canvas(), [run.shape[0], run.shape[1], 3], heated), "heat", `${name}: where the model is surprised`)));
}

function heatScale(hottest) {
  const canvas = document.createElement("canvas"), colours = new Uint8ClampedArray(3 * 256);
  for (let shade = 0; shade < 256; shade++)
    colours.set(heatColour(shade), 3 * shade);
  drawPicture(canvas, [1, 256, 3], colours);
  canvas.setAttribute("aria-hidden", "true");
  return make("div", { class: "heat-scale" }, "0", canvas, `${text(hottest, 3)} nats`);
}

function heatColour(shade) {
  return [0, 2, 4].map(at => parseInt(inferno.slice(6 * shade + at, 6 * shade + at + 2), 16));
}
