// Examples on canvases: pictures pixel by pixel, rows of numbers as a curve, or as bars where their columns have names.

// What the page needs of a run beside its JSON, unpacked once.
async function load(run, served) {
  if (run.loaded)
    return run;
  const map = run.map;
  run.codes = map ? await unpack(map.codes) : null;
  run.axes = map ? await Promise.all(map.axes.map(async axis => ({ label: axis.label, values: await unpack(axis.values) }))) : [];
  run.originals = map?.originals ? await unpack(map.originals) : null;
  run.reconstructions = map?.reconstructions ? await unpack(map.reconstructions) : null;
  run.network = run.decoder ? new Network(run.decoder, await unpack(run.decoder.weights), run.shown)
    : served === "explored" ? new ServedDecoder() : null;
  run.curves = await unpackAll(run.detection?.curves, ["given", "expected", "parts"]);
  run.heat = await unpackAll(run.detection?.heat, ["originals", "expected", "shades"]);
  run.loaded = true;
  return run;
}

async function unpackAll(packed, names) {
  return packed ? Object.fromEntries(await Promise.all(names.map(async name => [name, await unpack(packed[name])]))) : null;
}

const isPicture = run => run.shape[0] > 1;
const sizeOf = run => run.shape[0] * run.shape[1] * run.shape[2];
const codeOf = (run, i) => run.codes.subarray(i * run.units.length, (i + 1) * run.units.length);

// Numbers of the model as pixels of 0 … 255.
function toPixels(run, values) {
  const { offsets, factors, logarithm, white } = run.shown, pixels = new Uint8ClampedArray(values.length);
  for (let i = 0; i < values.length; i++) {
    let value = values[i];
    if (offsets.length)
      value = value / factors[i % factors.length] + offsets[i % offsets.length];
    pixels[i] = 255 * (logarithm ? Math.exp(value) : value) / white;
  }
  return pixels;
}

// What is shown of an example: bytes of a picture, or numbers of a row; null where the page does not have it.
function original(run, i) {
  return run.originals && i < run.map.pictured ? run.originals.subarray(i * sizeOf(run), (i + 1) * sizeOf(run)) : null;
}

async function reconstruction(run, i) {
  if (run.network)
    return decoded(run, codeOf(run, i));
  return run.reconstructions && i < run.map.pictured ? run.reconstructions.subarray(i * sizeOf(run), (i + 1) * sizeOf(run)) : null;
}

async function decoded(run, code) {
  const values = await run.network.decode(code);
  return isPicture(run) ? toPixels(run, values) : values;
}

// A canvas that has its picture as soon as it is made.
function drawn(run, making, behind = null) {
  const canvas = draw(document.createElement("canvas"), run, null, behind);
  making.then(shown => draw(canvas, run, shown, behind), () => {});
  return canvas;
}

// Draws one example, of a row a second one behind it.
function draw(canvas, run, shown, behind = null) {
  if (isPicture(run))
    drawPicture(canvas, run.shape, shown);
  else
    drawRow(canvas, run, shown, behind);
  return canvas;
}

function drawPicture(canvas, [height, width, channels], pixels) {
  canvas.width = width;
  canvas.height = height;
  canvas.classList.add("pixels");
  if (!pixels)
    return canvas;
  const image = new ImageData(width, height);
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++)
      image.data[4 * p + c] = pixels[p * channels + (channels >= 3 ? c : 0)];
    image.data[4 * p + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function drawRow(canvas, run, values, behind) {
  canvas.classList.remove("pixels");
  canvas.width = 400;
  canvas.height = 240;
  const context = canvas.getContext("2d"), all = [...(values ?? []), ...(behind ?? [])].filter(Number.isFinite);
  if (all.length === 0)
    return;
  const least = Math.min(0, ...all), range = Math.max(...all, 0) - least || 1;
  const up = value => 230 - 220 * (value - least) / range;
  context.strokeStyle = shade("line");
  context.strokeRect(0.5, Math.round(up(0)) + 0.5, 400, 0);
  const count = (values ?? behind).length, step = 400 / count;
  const rows = [[behind, shade("quiet")], [values, colour(0)]].filter(([row]) => row);
  if (run.shown.columns.length === count && count <= 40) {
    rows.forEach(([row, ink], place) => {
      context.fillStyle = ink;
      row.forEach((value, i) => context.fillRect(i * step + step * (0.12 + 0.38 * place), Math.min(up(value), up(0)), step * 0.36, Math.abs(up(value) - up(0))));
    });
    return;
  }
  for (const [row, ink] of rows) {
    context.strokeStyle = ink;
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.beginPath();
    row.forEach((value, i) => context.lineTo((i + 0.5) * step, up(value)));
    context.stroke();
  }
}

// The columns of a table with what they hold, in the units of the file.
function showRow(place, run, values) {
  place.hidden = run.shown.table.length === 0;
  if (place.hidden)
    return;
  place.replaceChildren(make("table", { class: "row" }, make("tbody", null, ...run.shown.table.map(
    column => make("tr", null, make("th", { scope: "row" }, column.name), make("td", { class: "value number" }, cellOf(column, values)))))));
}

function cellOf({ place, levels, offset, factor, logarithm }, values) {
  if (levels) {
    const group = [...values.slice(place, place + levels.length)];
    return levels[group.indexOf(Math.max(...group))] || "(missing)";
  }
  const number = values[place] / factor + offset;
  return text(logarithm ? Math.exp(number) : number);
}

// What an example is called: where it stands, and its label.
function nameOf(run, i) {
  const place = run.map.names ? run.map.names[i] : `no. ${run.map.places[i]}`;
  const label = labelOf(run, i);
  return label === null ? `${run.example} ${place}` : `${label} · ${run.example} ${place}`;
}

function labelOf(run, i) {
  return run.map.labels && run.map.labels[i] >= 0 ? run.map.label_names[run.map.labels[i]] : null;
}

function figure(canvas, caption, description) {
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", description ?? caption);
  return make("figure", null, canvas, make("figcaption", null, caption));
}
