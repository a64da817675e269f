// Anomalies: how often scores occur, a threshold that a pointer or the keyboard drags, and what it comes to.
const histogramRoom = { left: 46, right: 14, top: 22, bottom: 34, height: 270 };

// The steps of the threshold are those of the data, which have the number of examples of each kind above each: nothing is estimated.
class Detector {
  constructor(run) {
    this.run = run;
    this.detection = run.detection;
    this.steps = this.detection.thresholds;
    this.isJudged = this.detection.kinds.length > 1;
    byId("own-threshold").onclick = () => this.move(this.ownStep());
    byId("own-threshold").hidden = this.detection.threshold === null;
    this.showHint();
    this.step = this.ownStep();
    this.place();
  }

  showHint() {
    const { score, unit, rule, notes, threshold } = this.detection;
    byId("detector-hint").replaceChildren(
      `Scores of the test ${this.run.example}s: ${score}${unit ? `, in ${unit}` : ""}. The run's own threshold is ${
        threshold === null ? "infinite" : text(threshold, 5)} (${rule}). Drag the line, or use ← and → on it, Page Up and Page Down for larger steps; above it ${
        this.run.example === "image" ? "an image" : "a row"} counts as an anomaly.`);
    byId("detector-notes").replaceChildren(...notes.map(note => make("p", { class: "hint" }, note)));
  }

  // Beyond every finite score, where the run's own threshold is infinite.
  ownStep() {
    return this.detection.threshold === null ? this.steps.length - 1 : this.nearest(this.detection.threshold);
  }

  nearest(score) {
    let low = 0, high = this.steps.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.steps[middle] < score)
        low = middle + 1;
      else
        high = middle;
    }
    return low > 0 && score - this.steps[low - 1] < this.steps[low] - score ? low - 1 : low;
  }

  // Draws the histogram as wide as the page lets it be: the normal above the line, anomalies below it.
  place() {
    const { left, right, top, bottom, height } = histogramRoom, kinds = this.detection.kinds.filter(kind => kind.count > 0);
    const parts = this.isJudged ? kinds : this.detection.kinds;
    this.width = Math.max(280, byId("histogram").clientWidth);
    const across = this.width - left - right, middle = this.isJudged ? top + (height - top - bottom) * 0.5 : height - bottom;
    this.toX = score => left + across * this.partOf(score);
    const svg = makeSvg("svg", { width: this.width, height, role: "group", "aria-label": "Histogram of the scores" });
    this.beyond = makeSvg("rect", { class: "beyond", y: top, height: height - top - bottom });
    svg.append(this.beyond);
    const upper = parts.filter(kind => kind.name !== "anomaly"), lower = parts.filter(kind => kind.name === "anomaly");
    this.drawSide(svg, upper, middle, middle - top);
    this.drawSide(svg, lower, middle, middle - (height - bottom));
    svg.append(makeSvg("line", { class: "base", x1: left, x2: this.width - right, y1: middle, y2: middle }));
    for (const tick of this.ticks(across)) {
      svg.append(makeSvg("text", { x: this.toX(tick), y: height - bottom + 16, "text-anchor": "middle" }, text(tick, 3)),
        makeSvg("line", { class: "tick", x1: this.toX(tick), x2: this.toX(tick), y1: height - bottom, y2: height - bottom + 4 }));
    }
    svg.append(makeSvg("text", { x: this.width - right, y: height - 3, "text-anchor": "end" },
      `${this.detection.score}${this.detection.unit ? `, ${this.detection.unit}` : ""}${this.detection.axis.logarithmic ? ", logarithmic" : ""}`));
    this.label = makeSvg("text", { class: "threshold-label", y: 12 });
    this.line = makeSvg("line", { y1: top - 6, y2: height - bottom });
    this.grip = makeSvg("rect", { width: 12, height: 26, rx: 5, y: middle - 13 });
    this.handle = makeSvg("g", { id: "threshold", class: "threshold", role: "slider", tabindex: 0, "aria-label": "Threshold" }, this.line, this.grip);
    svg.append(this.label, this.handle);
    svg.onpointerdown = event => {
      svg.setPointerCapture(event.pointerId);
      this.handle.focus({ preventScroll: true });
      this.moveTo(event);
    };
    svg.onpointermove = event => svg.hasPointerCapture(event.pointerId) && this.moveTo(event);
    this.handle.onkeydown = event => this.onKey(event);
    byId("histogram").replaceChildren(svg);
    byId("histogram-key").replaceChildren(...parts.map(kind => make("span", null,
      makeSvg("svg", { class: "swatch", width: 12, height: 10, "aria-hidden": "true" }, makeSvg("rect", { width: 12, height: 10, class: `bar-${kindClass(kind)}` })),
      `${kind.name}${kind.name === "anomaly" ? " (below the line)" : ""}: ${whole(kind.count)}${kind.infinite ? `, ${whole(kind.infinite)} of them at ∞` : ""}`)));
    this.move(this.step);
  }

  drawSide(svg, kinds, base, room) {
    const most = Math.max(...kinds.flatMap(kind => kind.bars), 0);
    if (most === 0)
      return;
    const { left, right } = histogramRoom, bars = kinds[0].bars.length, step = (this.width - left - right) / bars;
    for (const kind of kinds) {
      kind.bars.forEach((count, i) => {
        // One example among thousands is to be seen.
        const height = count && Math.max(1.5, Math.abs(room) * count / most);
        if (count)
          svg.append(makeSvg("rect", { class: `bar-${kindClass(kind)}`, x: left + i * step + 0.5, width: Math.max(step - 1, 1), y: room > 0 ? base - height : base, height }));
      });
    }
    svg.append(makeSvg("text", { x: left - 6, y: base - room + (room > 0 ? 4 : 4), "text-anchor": "end" }, whole(most)));
  }

  partOf(score) {
    const { start, end, logarithmic } = this.detection.axis;
    const part = logarithmic ? (score <= start ? 0 : Math.log(score / start) / Math.log(end / start)) : (score / 2 - start / 2) / (end / 2 - start / 2);
    return Math.max(0, Math.min(1, part));
  }

  scoreAt(part) {
    const { start, end, logarithmic } = this.detection.axis;
    return logarithmic ? start * (end / start) ** part : start + part * (end - start);
  }

  ticks(across) {
    const { start, end, logarithmic } = this.detection.axis, count = Math.max(2, Math.floor(across / 90));
    if (!logarithmic)
      return ticks(start, end, count);
    const powers = [];
    for (let power = Math.ceil(Math.log10(start)); power <= Math.log10(end); power++)
      powers.push(10 ** power);
    return powers.filter((_, i) => i % Math.ceil(powers.length / count) === 0);
  }

  moveTo(event) {
    const { left, right } = histogramRoom, box = byId("histogram").getBoundingClientRect();
    const part = (event.clientX - box.left - left) / (this.width - left - right);
    this.move(this.nearest(this.scoreAt(Math.max(0, Math.min(1, part)))));
  }

  onKey(event) {
    const far = sign => {
      const step = this.nearest(this.scoreAt(Math.max(0, Math.min(1, this.partOf(this.threshold) + sign * 0.05))));
      return sign * (step - this.step) > 0 ? step : this.step + sign;
    };
    const ways = {
      ArrowLeft: () => this.step - 1, ArrowDown: () => this.step - 1, ArrowRight: () => this.step + 1, ArrowUp: () => this.step + 1,
      PageDown: () => far(-1), PageUp: () => far(1), Home: () => 0, End: () => this.steps.length - 1,
    };
    if (event.key in ways) {
      event.preventDefault();
      this.move(ways[event.key]());
    }
  }

  // Moves the threshold to a step, and says what that comes to.
  move(step) {
    this.step = Math.max(0, Math.min(this.steps.length - 1, step));
    this.threshold = this.steps[this.step];
    const x = this.toX(this.threshold), { right } = histogramRoom;
    this.line.setAttribute("x1", x);
    this.line.setAttribute("x2", x);
    this.grip.setAttribute("x", x - 6);
    this.beyond.setAttribute("x", x);
    this.beyond.setAttribute("width", Math.max(0, this.width - right - x));
    this.label.setAttribute("x", x);
    this.label.setAttribute("text-anchor", x < this.width / 3 ? "start" : x > this.width * 2 / 3 ? "end" : "middle");
    this.label.textContent = `threshold ${text(this.threshold, 5)}`;
    const above = this.detection.kinds.map(kind => kind.above[this.step]);
    const all = this.detection.kinds.reduce((sum, kind) => sum + kind.count, 0), called = above.reduce((sum, count) => sum + count, 0);
    for (const [name, value] of [["valuemin", this.steps[0]], ["valuemax", this.steps.at(-1)], ["valuenow", this.threshold]])
      this.handle.setAttribute(`aria-${name}`, value);
    this.handle.setAttribute("aria-valuetext", `${text(this.threshold, 5)}: ${whole(called)} of ${whole(all)} ${this.run.example}s above`);
    byId("called").textContent = `${whole(called)} of ${whole(all)} ${this.run.example}${all === 1 ? "" : "s"} (${percent(called, all)}) above the threshold`;
    byId("detect").textContent = `${this.detection.command} --threshold ${this.threshold}`;
    byId("confusion").hidden = !this.isJudged;
    if (this.isJudged)
      this.judge();
    showFlags(this.run, this.threshold);
  }

  judge() {
    const [normal, anomaly] = this.detection.kinds, found = anomaly.above[this.step], alarms = normal.above[this.step];
    const missed = anomaly.count - found;
    this.confusion = { found, missed, alarms, quiet: normal.count - alarms };
    const cell = (count, isRight) => make("td", { class: isRight ? "right" : count ? "wrong" : "" }, `${isRight ? "✓" : "✗"} ${whole(count)}`);
    const head = name => make("th", { scope: "col" }, name), side = (name, count) => make("th", { scope: "row" }, `is ${name}, ${whole(count)}`);
    byId("confusion-table").replaceChildren(
      make("thead", null, make("tr", null, make("td"), head("called normal"), head("called anomaly"))),
      make("tbody", null,
        make("tr", null, side("normal", normal.count), cell(normal.count - alarms, true), cell(alarms, false)),
        make("tr", null, side("anomaly", anomaly.count), cell(missed, false), cell(found, true))));
    byId("confusion-figures").replaceChildren(
      tile(ratio(found, found + alarms), "precision"), tile(ratio(found, anomaly.count), "recall"),
      tile(ratio(2 * found, 2 * found + alarms + missed), "F1"), tile(percent(alarms, normal.count), "false alarms"),
      tile(fourDigits(this.detection.roc_auc), "ROC AUC"), tile(fourDigits(this.detection.average_precision), "average precision"));
  }
}

const kindClass = kind => (kind.name === "anomaly" ? "anomaly" : kind.name === "no label" ? "unknown" : "normal");
const fourDigits = value => (value === null || value === undefined ? "–" : value.toFixed(4));
const ratio = (part, all) => (all === 0 ? "–" : fourDigits(part / all));
const percent = (part, all) => (all === 0 ? "–" : `${text(100 * part / all, 3)} %`);

let detector = null;

function showDetector(run) {
  const { detection } = run, hasScores = Boolean(detection?.thresholds);
  byId("detector").hidden = !detection;
  byId("detector-body").hidden = !hasScores;
  byId("detector-why").hidden = hasScores;
  byId("strangest").replaceChildren();
  detector = null;
  if (!detection)
    return;
  if (!hasScores) {
    byId("detector-why").textContent = `No scores: ${detection.why_not}.`;
    return;
  }
  showStrangest(run);
  detector = new Detector(run);
}
