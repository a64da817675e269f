// Codes as points: where they lie, which example each is, and lists of those within a line that is drawn around them.
const mapRoom = { left: 44, right: 12, top: 12, bottom: 30 };
const mostLegend = 30, mostListed = 60;

class LatentMap {
  constructor(run) {
    this.run = run;
    this.canvas = byId("plane");
    this.hidden = new Set();
    this.line = null;
    this.listed = new Set();
    this.at = 0;
    this.axes = this.findAxes();
    for (const [id, chosen] of [["map-x", this.axes[0]], ["map-y", this.axes[1] ?? this.axes[0]]]) {
      byId(id).replaceChildren(...this.axes.map((axis, i) => make("option", { value: i, selected: axis === chosen }, axis.label)));
      byId(id).onchange = () => this.place();
    }
    byId("map-list").onclick = () => this.list(this.shown());
    this.canvas.onpointermove = event => this.onMove(event);
    this.canvas.onpointerdown = event => this.onDown(event);
    this.canvas.onpointerup = event => this.onUp(event);
    this.canvas.onpointercancel = () => {
      this.line = null;
      this.draw();
    };
    this.canvas.onkeydown = event => this.onKey(event);
    this.showLegend();
    this.place();
    byId("listed").replaceChildren();
    this.pick(0);
  }

  // Principal components, then units; with two units these are the axes.
  findAxes() {
    const { run } = this, units = run.units.length, count = run.map.count;
    const order = units === 2 ? [0, 1] : byUse(run.units);
    const ofUnit = unit => ({
      label: `unit ${unit}${run.units[unit].kl === null ? "" : `, KL ${text(run.units[unit].kl, 3)}`}`,
      values: Float32Array.from({ length: count }, (_, i) => run.codes[i * units + unit]),
    });
    const axes = [...run.axes, ...order.map(ofUnit)];
    if (units === 1)
      axes.push({ label: "nothing: spread out to be seen", values: Float32Array.from({ length: count }, (_, i) => (i * 0.618034) % 1) });
    return axes;
  }

  // Where each point is on the canvas, which is as wide as the page lets it be.
  place() {
    const canvas = this.canvas, scale = devicePixelRatio || 1;
    this.width = canvas.clientWidth;
    this.height = canvas.clientHeight;
    canvas.width = this.width * scale;
    canvas.height = this.height * scale;
    canvas.getContext("2d").setTransform(scale, 0, 0, scale, 0, 0);
    const [across, up] = ["map-x", "map-y"].map(id => this.axes[byId(id).value]);
    [this.acrossLimits, this.upLimits] = [limits([...across.values]), limits([...up.values])];
    this.toX = value => mapRoom.left + (this.width - mapRoom.left - mapRoom.right) * (value - this.acrossLimits[0]) / (this.acrossLimits[1] - this.acrossLimits[0]);
    this.toY = value => this.height - mapRoom.bottom - (this.height - mapRoom.top - mapRoom.bottom) * (value - this.upLimits[0]) / (this.upLimits[1] - this.upLimits[0]);
    this.x = Array.from(across.values, this.toX);
    this.y = Array.from(up.values, this.toY);
    const { count, pictured } = this.run.map;
    byId("map-hint").textContent = `Mean codes of ${whole(count)} test ${this.run.example}s, evenly out of all; across ${across.label}, up ${up.label}. Point at one to see it, or use the arrow keys; draw a line around some to list them.${
      pictured < count ? ` The first ${whole(pictured)} have their ${this.run.example} in the page.` : ""}`;
    this.canvas.setAttribute("aria-label", `Map of codes: across ${across.label}, up ${up.label}`);
    this.draw();
  }

  draw() {
    const context = this.canvas.getContext("2d"), { width, height } = this;
    context.clearRect(0, 0, width, height);
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = shade("quiet");
    context.strokeStyle = shade("line");
    context.lineWidth = 1;
    context.beginPath();
    context.textAlign = "center";
    for (const tick of ticks(...this.acrossLimits, 6)) {
      context.moveTo(this.toX(tick), mapRoom.top);
      context.lineTo(this.toX(tick), height - mapRoom.bottom);
      context.fillText(text(tick, 3), this.toX(tick), height - 12);
    }
    context.textAlign = "right";
    for (const tick of ticks(...this.upLimits, 5)) {
      context.moveTo(mapRoom.left, this.toY(tick));
      context.lineTo(width - mapRoom.right, this.toY(tick));
      context.fillText(text(tick, 3), mapRoom.left - 6, this.toY(tick) + 4);
    }
    context.stroke();
    const colours = Array.from({ length: colourCount }, (_, i) => colour(i)), edge = shade("paper");
    for (let i = 0; i < this.x.length; i++) {
      if (this.isShown(i))
        this.drawPoint(context, i, this.listed.has(i) ? 5 : 3.5, colours, edge);
    }
    this.drawPoint(context, this.at, 7, colours, shade("ink"));
    if (this.line) {
      context.strokeStyle = shade("accent");
      context.lineWidth = 2;
      context.beginPath();
      this.line.forEach(([x, y]) => context.lineTo(x, y));
      context.closePath();
      context.stroke();
    }
  }

  // A colour and a shape for each label: the shape tells those apart that share a colour.
  drawPoint(context, i, radius, colours, edge) {
    const label = this.run.map.labels?.[i] ?? 0;
    context.beginPath();
    outline(context, label < 0 ? 0 : Math.floor(label / colourCount), this.x[i], this.y[i], radius);
    context.fillStyle = label < 0 ? shade("quiet") : colours[label % colourCount];
    context.strokeStyle = edge;
    context.lineWidth = radius > 6 ? 2 : 0.6;
    context.fill();
    context.stroke();
  }

  isShown(i) {
    return !this.hidden.has(this.run.map.labels?.[i] ?? 0);
  }

  shown() {
    return this.x.map((_, i) => i).filter(i => this.isShown(i));
  }

  showLegend() {
    const { labels, label_names: names } = this.run.map;
    byId("legend").replaceChildren();
    if (!labels)
      return;
    const counts = new Map();
    labels.forEach(label => counts.set(label, (counts.get(label) ?? 0) + 1));
    const present = [...counts.keys()].sort((a, b) => a - b);
    byId("legend").append(...present.slice(0, mostLegend).map(label => make("button", {
      type: "button", "aria-pressed": "true", title: `${whole(counts.get(label))} points`, click: event => {
        const isHidden = this.hidden.delete(label) ? false : Boolean(this.hidden.add(label));
        event.currentTarget.setAttribute("aria-pressed", `${!isHidden}`);
        this.draw();
      },
    }, mark(label), label < 0 ? "no label" : names[label])));
    if (present.length > mostLegend)
      byId("legend").append(make("span", { class: "hint" }, `and ${present.length - mostLegend} labels more`));
  }

  // The point nearest to a place, within a finger's breadth.
  nearest(x, y, reach = 18) {
    let found = -1, least = reach * reach;
    for (let i = 0; i < this.x.length; i++) {
      const distance = (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2;
      if (distance < least && this.isShown(i))
        [found, least] = [i, distance];
    }
    return found;
  }

  pick(i) {
    const { run } = this;
    this.at = i;
    run.picked = i;
    this.draw();
    const seen = original(run, i), isMade = run.network || (run.reconstructions && i < run.map.pictured), made = reconstruction(run, i);
    const pair = isPicture(run)
      ? [
        figure(draw(document.createElement("canvas"), run, seen), seen ? "original" : "original: not in the page"),
        figure(drawn(run, made), isMade ? "reconstruction" : "reconstruction: not in the page"),
      ]
      : [figure(drawn(run, made, seen), "original grey, reconstruction blue")];
    byId("example").replaceChildren(
      make("h3", null, nameOf(run, i)), make("div", { class: isPicture(run) ? "pair" : "" }, ...pair),
      ...(run.network ? [make("div", { class: "controls" },
        make("button", { type: "button", click: () => live.setCode(codeOf(run, i)) }, "Decode"),
        make("button", { type: "button", click: () => live.setEnd("from", i) }, "Way from here"),
        make("button", { type: "button", click: () => live.setEnd("to", i) }, "Way to here"))] : []));
    byId("example").dataset.example = `${i}`;
  }

  list(points) {
    const { run } = this;
    this.listed = new Set(points);
    this.draw();
    const counts = new Map();
    points.forEach(i => counts.set(labelOf(run, i), (counts.get(labelOf(run, i)) ?? 0) + 1));
    const summary = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 12)
      .map(([label, count]) => (label === null ? "" : `${label}: ${whole(count)}`)).filter(Boolean).join(", ");
    const shown = points.slice(0, mostListed);
    byId("listed").replaceChildren(
      make("h3", null, `${whole(points.length)} ${run.example}${points.length === 1 ? "" : "s"}`),
      make("p", { class: "hint" }, summary, points.length > shown.length ? ` (the first ${shown.length} are shown)` : ""),
      make("ul", { class: "list" }, ...shown.map(i => make("li", null, make("button", {
        type: "button", title: nameOf(run, i), click: () => this.pick(i),
      }, original(run, i) ? draw(document.createElement("canvas"), run, original(run, i)) : drawn(run, reconstruction(run, i)), labelOf(run, i) ?? `${run.map.places[i]}`)))));
  }

  placeOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  onDown(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.line = [this.placeOf(event)];
  }

  onMove(event) {
    const [x, y] = this.placeOf(event);
    if (this.line) {
      this.line.push([x, y]);
      this.draw();
      return;
    }
    const found = this.nearest(x, y);
    if (found >= 0 && found !== this.at)
      this.pick(found);
  }

  onUp(event) {
    const line = this.line;
    this.line = null;
    if (!line)
      return;
    const [x, y] = this.placeOf(event);
    const reach = Math.max(...line.map(([a, b]) => Math.hypot(a - line[0][0], b - line[0][1])));
    if (reach > 12) {
      this.list(this.shown().filter(i => isWithin(line, this.x[i], this.y[i])));
    } else if (this.nearest(x, y) >= 0) {
      this.pick(this.nearest(x, y));
      if (hasTraversal(this.run))
        showTraversal(this.run, this.run.traversed);
    }
    this.draw();
  }

  // The nearest point in the direction of an arrow.
  onKey(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Enter" && this.run.network)
      live.setCode(codeOf(this.run, this.at));
    if (!way)
      return;
    event.preventDefault();
    let found = -1, least = Infinity;
    for (const i of this.shown()) {
      const dx = this.x[i] - this.x[this.at], dy = this.y[i] - this.y[this.at];
      const along = dx * way[0] + dy * way[1], aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
      if (along > 0.5 && along + 3 * aside < least)
        [found, least] = [i, along + 3 * aside];
    }
    if (found >= 0)
      this.pick(found);
  }
}

const hasTraversal = run => run.network && run.traversed !== undefined;

function outline(context, shape, x, y, r) {
  if (shape % 4 === 0) {
    context.arc(x, y, r, 0, 2 * Math.PI);
    return;
  }
  const corners = [null, [[-1, -1], [1, -1], [1, 1], [-1, 1]], [[0, -1.3], [1.15, 0.9], [-1.15, 0.9]], [[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]]][shape % 4];
  corners.forEach(([dx, dy], i) => (i ? context.lineTo(x + dx * r, y + dy * r) : context.moveTo(x + dx * r, y + dy * r)));
  context.closePath();
}

function mark(label) {
  const paint = label < 0 ? "var(--quiet)" : `var(--c${label % colourCount})`, shape = label < 0 ? 0 : Math.floor(label / colourCount) % 4;
  const shapes = [
    () => makeSvg("circle", { cx: 6, cy: 6, r: 5, fill: paint }),
    () => makeSvg("rect", { x: 1.5, y: 1.5, width: 9, height: 9, fill: paint }),
    () => makeSvg("polygon", { points: "6,0.5 11.5,11 0.5,11", fill: paint }),
    () => makeSvg("polygon", { points: "6,0 12,6 6,12 0,6", fill: paint }),
  ];
  return makeSvg("svg", { class: "swatch", width: 12, height: 12, "aria-hidden": "true" }, shapes[shape]());
}

// Whether a point is inside of a polygon: a ray from it crosses the line an odd number of times.
function isWithin(line, x, y) {
  let isInside = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
    const [xi, yi] = line[i], [xj, yj] = line[j];
    if (yi > y !== yj > y && x < (xj - xi) * (y - yi) / (yj - yi) + xi)
      isInside = !isInside;
  }
  return isInside;
}
