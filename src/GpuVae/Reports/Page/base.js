// Elements, numbers and colours. What comes from data becomes text or an attribute of text, and never markup.
const byId = id => document.getElementById(id);

function make(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function makeSvg(tag, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function")
      element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : `${value}`);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

// A number as a person reads it: four digits that count, thousands apart, and a sign for what is not there.
function text(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value))
    return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-4))
    return value.toExponential(2).replace("-", "−");
  const decimals = size >= 1000 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(Math.max(size, 1e-4))));
  return value.toLocaleString("en", { maximumFractionDigits: Math.min(decimals, 6) }).replace("-", "−");
}

const fixed = value => value.toFixed(2).replace("-", "−");
const whole = value => Math.round(value).toLocaleString("en");

// As many as the stylesheet has.
const colourCount = 10;

function colour(index) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--c${index % colourCount}`).trim();
}

function shade(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// Numbers in half precision: a sign, five bits of exponent, ten of fraction (IEEE 754 binary16).
function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 31)
    return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

// What PackedNumbers wrote: base64 of zlib of little-endian numbers.
async function unpack(packed) {
  const letters = atob(packed.zlib), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  if (packed.type === "u8")
    return new Uint8Array(buffer);
  const view = new DataView(buffer), values = new Float32Array(packed.length);
  for (let i = 0; i < values.length; i++)
    values[i] = packed.type === "f16" ? fromHalf(view.getUint16(2 * i, true)) : view.getFloat32(4 * i, true);
  return values;
}

// A draw from N(0, 1) (Box and Muller 1958).
function drawNormal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

// Units by what they say: those of the largest KL, or variance, first.
function byUse(units) {
  const use = unit => units[unit].kl ?? units[unit].variance ?? 0;
  return units.map((_, unit) => unit).sort((a, b) => use(b) - use(a) || a - b);
}
