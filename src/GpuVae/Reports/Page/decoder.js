// The decoder under sliders: each unit in σ, draws at a temperature, and the way from one example to another.
const mostSliders = 64, stripSteps = 9;

class LiveDecoder {
  constructor(run) {
    this.run = run;
    this.code = run.units.map(unit => unit.centre);
    this.order = byUse(run.units).slice(0, mostSliders);
    this.sliders = new Map();
    const of = run.has_prior ? "of the prior" : "of the codes of test examples, around their mean";
    const by = run.decoder ? "in this page by the run's own weights in half precision" : `by gpuvae with the run's own weights, ${run.measured_with}`;
    byId("decoder-hint").textContent = `Computed ${by}. Sliders are in σ ${of}.${
      this.order.length < run.units.length ? ` The ${mostSliders} units that say most have one.` : ""}`;
    byId("sliders").replaceChildren(...this.order.map(unit => this.slider(unit)));
    byId("random").onclick = () => this.setCode(run.units.map(
      ({ centre, deviation }) => centre + deviation * byId("temperature").value * drawNormal()));
    byId("centre").onclick = () => this.setCode(run.units.map(unit => unit.centre));
    byId("temperature").oninput = () => { byId("temperature-value").textContent = Number(byId("temperature").value).toFixed(2); };
    // A first look at what is sharp: the centre of a prior is a blur of everything.
    this.setCode(run.codes ? codeOf(run, 0) : this.code);
    this.enableWay();
  }

  slider(unit) {
    const { centre, deviation } = this.run.units[unit];
    const range = make("input", { type: "range", min: -4, max: 4, step: 0.05, "aria-label": `unit ${unit}, in σ` }), output = make("output");
    range.addEventListener("input", () => {
      this.code[unit] = centre + deviation * range.value;
      output.textContent = fixed(Number(range.value));
      this.draw();
    });
    this.sliders.set(unit, { range, output });
    return make("label", { class: "slider" }, `unit ${unit}`, range, output);
  }

  setCode(code) {
    this.code = [...code];
    for (const [unit, { range, output }] of this.sliders) {
      const { centre, deviation } = this.run.units[unit], value = (this.code[unit] - centre) / deviation;
      range.value = value;
      output.textContent = fixed(value);
    }
    return this.draw();
  }

  // One code at a time; of those that come meanwhile only the last is drawn.
  async draw() {
    this.isStale = true;
    if (this.isDrawing)
      return;
    this.isDrawing = true;
    try {
      while (this.isStale) {
        this.isStale = false;
        this.values = await decoded(this.run, this.code);
        draw(byId("decoded"), this.run, this.values);
        showRow(byId("decoded-row"), this.run, this.values);
        // The first ones are those of code that no browser has compiled yet.
        this.frames = (this.frames ?? 0) + 1;
        const took = this.run.network.milliseconds;
        byId("frame").textContent = this.frames > 4 ? `${took < 0.1 ? "under 0.1" : text(took, 2)} ms a frame` : "";
      }
    } catch (error) {
      byId("frame").textContent = `not decoded: ${error.message}`;
    } finally {
      this.isDrawing = false;
    }
  }

  enableWay() {
    const count = this.run.map?.count ?? 0;
    byId("way").hidden = count < 2;
    if (count < 2)
      return;
    for (const [id, value] of [["from", 0], ["to", 1]]) {
      byId(id).max = count - 1;
      byId(id).value = value;
      byId(id).oninput = () => this.showWay();
    }
    byId("path").onchange = () => this.showWay();
    byId("position").oninput = () => this.setCode(this.between(Number(byId("position").value)));
    this.showWay();
  }

  setEnd(id, example) {
    byId(id).value = example;
    this.showWay();
    this.setCode(codeOf(this.run, example));
    byId("position").value = id === "from" ? 0 : 1;
  }

  end(id) {
    const last = this.run.map.count - 1, value = Math.round(Number(byId(id).value));
    return Math.max(0, Math.min(last, Number.isFinite(value) ? value : 0));
  }

  // On the line, or on the great circle that keeps the length of codes (Shoemake 1985), which is straight where there is no angle.
  between(t) {
    const a = codeOf(this.run, this.end("from")), b = codeOf(this.run, this.end("to"));
    let from = 1 - t, to = t;
    if (byId("path").value === "spherical") {
      const angle = Math.acos(Math.max(-1, Math.min(1, dot(a, 0, b, 0, a.length) / Math.sqrt(dot(a, 0, a, 0, a.length) * dot(b, 0, b, 0, b.length)))));
      if (Math.sin(angle) > 1e-4)
        [from, to] = [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
    }
    return Array.from(a, (value, i) => from * value + to * b[i]);
  }

  showWay() {
    for (const id of ["from", "to"]) {
      const i = this.end(id);
      const seen = original(this.run, i);
      if (seen)
        draw(byId(`${id}-picture`), this.run, seen);
      else
        reconstruction(this.run, i).then(made => draw(byId(`${id}-picture`), this.run, made), () => {});
      byId(`${id}-picture`).setAttribute("aria-label", `${id}: ${nameOf(this.run, i)}`);
      byId(`${id}-name`).textContent = nameOf(this.run, i);
    }
    byId("strip").replaceChildren(...Array.from({ length: stripSteps }, (_, step) => {
      const t = step / (stripSteps - 1);
      return figure(drawn(this.run, decoded(this.run, this.between(t))), t.toFixed(2), `at ${t.toFixed(2)} of the way`);
    }));
  }
}

let live = null;

function showDecoder(run) {
  byId("decoder").hidden = !run.network && !run.why_no_decoder;
  byId("decoder-body").hidden = !run.network;
  byId("way").hidden = true;
  live = run.network ? new LiveDecoder(run) : null;
  if (!run.network && run.why_no_decoder)
    byId("decoder-hint").textContent = `Not live in this page: ${run.why_no_decoder}.`;
}
