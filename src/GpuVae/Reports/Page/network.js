// The decoder: steps of DecoderScript over maps of (height, width, channels), one example at a time.
const activations = {
  "identity": x => x,
  "relu": x => (x < 0 ? 0 : x),
  "tanh": Math.tanh,
  "sigmoid": x => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
  "leaky-relu": x => (x < 0 ? 0.01 * x : x),
  "elu": x => (x < 0 ? Math.expm1(x) : x),
  "silu": x => x / (1 + Math.exp(-x)),
  "softplus": x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  "gelu": x => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  "clamp": x => (x < 0 ? 0 : x > 1 ? 1 : x),
};

// Abramowitz and Stegun 1964, 7.1.26; the error is below 1.5e-7.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

// Of each pixel the means of all channels for each component, less (j + 1/2)/K, then logits of weights, then scales: the mean of the mixture.
function mixtureMeans(values, components, channels) {
  const given = 3 * components * channels, means = new Float64Array(values.length / (3 * components));
  for (let i = 0; i < means.length; i++) {
    const channel = i % channels, first = (i - channel) / channels * given + channel, logits = first + components * channels;
    let most = -Infinity, sum = 0, weights = 0;
    for (let j = 0; j < components; j++)
      most = Math.max(most, values[logits + j * channels]);
    for (let j = 0; j < components; j++) {
      const weight = Math.exp(values[logits + j * channels] - most);
      sum += weight * activations.clamp(values[first + j * channels] + (j + 0.5) / components);
      weights += weight;
    }
    means[i] = sum / weights;
  }
  return means;
}

class Network {
  // Numbers are doubles while they are computed with: a script that reads single precision converts each of them.
  constructor(decoder, weights, shown) {
    this.decoder = decoder;
    this.weights = Float64Array.from(weights);
    this.shown = shown;
    this.turned = new Map();
  }

  // E[x | z] of a code, as the model has it.
  decode(code) {
    const begin = performance.now();
    const { given, taken, mixed } = this.decoder;
    let values = this.run(this.decoder.steps, Float64Array.from(code));
    if (mixed)
      values = mixtureMeans(values, mixed, taken);
    else if (taken < given)
      values = values.filter((_, i) => i % given < taken);
    const groups = this.decoder.groups, numbers = groups.length ? groups[0] : values.length;
    const mean = activations[this.decoder.mean];
    for (let i = 0; i < numbers; i++)
      values[i] = mean(values[i]);
    for (let group = 0; group + 1 < groups.length; group++)
      softmax(values.subarray(groups[group], groups[group + 1]));
    this.milliseconds = performance.now() - begin;
    return values;
  }

  run(steps, x) {
    for (const step of steps) {
      let y = this.step(step, x);
      if (step.then) {
        if (y === x)
          y = x.slice();
        apply(activations[step.then], y);
      }
      x = y;
    }
    return x;
  }

  step(step, x) {
    switch (step.op) {
      case "dense": return this.dense(step, x);
      case "conv": return this.convolve(step, x);
      case "up": return this.spread(step, x);
      case "max": return pool(step, x, true);
      case "mean": return pool(step, x, false);
      case "repeat": return repeat(step, x);
      case "scale": return this.scale(step, x);
      case "norm": return this.normalize(step, x);
      case "add": return this.run(step.steps, x).map((value, i) => value + x[i]);
      case "row": return this.run(step.steps, x);
      case "activation": return x.map(activations[step.function]);
      default: return x;
    }
  }

  dense({ in: inputs, out, weight, bias }, x) {
    const y = new Float64Array(out);
    multiplyRow(x, this.weights, weight, out, inputs, y);
    return this.addBias(y, bias, out);
  }

  // Each pixel of the small map is the product of the weights and a window of the large one: some rows of windows at a time.
  convolve({ large, small, kernel, stride, top, left, weight, bias }, x) {
    const [height, width, channels] = large, [rows, columns, outputs] = small, size = kernel * kernel * channels;
    const y = new Float64Array(rows * columns * outputs), some = rowsAtOnce(rows, columns), windows = new Float64Array(some * columns * size);
    for (let row = 0; row < rows; row += some) {
      const count = Math.min(some, rows - row);
      windows.fill(0);
      eachRun(row, count, columns, height, width, kernel, stride, top, left, (pixel, first, length, place) => {
        for (let i = 0, to = pixel * size + first * channels, from = place * channels; i < length * channels; i++)
          windows[to + i] = x[from + i];
      });
      multiply(windows, count * columns, this.weights, weight, outputs, size, y.subarray(row * columns * outputs));
    }
    return this.addBias(y, bias, outputs);
  }

  // The adjoint: each pixel of the small map times the weights is added to a window of the large one.
  spread(step, x) {
    const { large, small, kernel, stride, top, left, bias } = step;
    const [height, width, channels] = large, [rows, columns, inputs] = small, size = kernel * kernel * channels, turned = this.turn(step);
    const y = new Float64Array(height * width * channels), some = rowsAtOnce(rows, columns), windows = new Float64Array(some * columns * size);
    for (let row = 0; row < rows; row += some) {
      const count = Math.min(some, rows - row);
      multiply(x.subarray(row * columns * inputs), count * columns, turned, 0, size, inputs, windows);
      eachRun(row, count, columns, height, width, kernel, stride, top, left, (pixel, first, length, place) => {
        for (let i = 0, from = pixel * size + first * channels, to = place * channels; i < length * channels; i++)
          y[to + i] += windows[from + i];
      });
    }
    return this.addBias(y, bias, channels);
  }

  addBias(y, bias, channels) {
    for (let first = 0; first < y.length; first += channels) {
      for (let c = 0; c < channels; c++)
        y[first + c] += this.weights[bias + c];
    }
    return y;
  }

  // Weights (in, k, k, out) as (k, k, out, in), so that what is summed over lies side by side.
  turn({ small, large, kernel, weight }) {
    if (!this.turned.has(weight)) {
      const inputs = small[2], outputs = kernel * kernel * large[2], turned = new Float64Array(inputs * outputs);
      for (let i = 0; i < turned.length; i++)
        turned[i % outputs * inputs + Math.floor(i / outputs)] = this.weights[weight + i];
      this.turned.set(weight, turned);
    }
    return this.turned.get(weight);
  }

  scale({ weight, bias, channels }, x) {
    const y = new Float64Array(x.length), w = this.weights;
    for (let first = 0; first < y.length; first += channels) {
      for (let c = 0; c < channels; c++)
        y[first + c] = x[first + c] * w[weight + c] + w[bias + c];
    }
    return y;
  }

  // Each group of channels has mean 0 and variance 1 over the pixels of the example.
  normalize({ groups, epsilon, weight, bias, channels }, x) {
    const size = channels / groups, y = new Float64Array(x.length), count = x.length / groups;
    for (let group = 0; group < groups; group++) {
      let sum = 0, squares = 0;
      const each = act => {
        for (let p = group * size; p < x.length; p += channels) {
          for (let c = 0; c < size; c++)
            act(p + c, group * size + c);
        }
      };
      each(i => { sum += x[i]; });
      each(i => { squares += (x[i] - sum / count) ** 2; });
      const inverse = 1 / Math.sqrt(squares / count + epsilon);
      each((i, c) => { y[i] = (x[i] - sum / count) * inverse * this.weights[weight + c] + this.weights[bias + c]; });
    }
    return y;
  }
}

// C = A Wᵀ with A (m, k), W (n, k) from a place on, and C (m, n). Four rows of A and two of W share what is read of each other, and at the
// ends the last row stands for those that are missing. W, the larger one, is gone through once.
function multiply(a, m, w, at, n, k, c) {
  for (let j = 0; j < n; j += 2) {
    const j1 = Math.min(j + 1, n - 1), w0 = at + j * k, w1 = at + j1 * k;
    for (let i = 0; i < m; i += 4) {
      const i1 = Math.min(i + 1, m - 1), i2 = Math.min(i + 2, m - 1), i3 = Math.min(i + 3, m - 1);
      const p0 = i * k, p1 = i1 * k, p2 = i2 * k, p3 = i3 * k;
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, t0 = 0, t1 = 0, t2 = 0, t3 = 0;
      for (let l = 0; l < k; l++) {
        const u = w[w0 + l], v = w[w1 + l], a0 = a[p0 + l], a1 = a[p1 + l], a2 = a[p2 + l], a3 = a[p3 + l];
        s0 += a0 * u;
        s1 += a1 * u;
        s2 += a2 * u;
        s3 += a3 * u;
        t0 += a0 * v;
        t1 += a1 * v;
        t2 += a2 * v;
        t3 += a3 * v;
      }
      c[i * n + j] = s0;
      c[i1 * n + j] = s1;
      c[i2 * n + j] = s2;
      c[i3 * n + j] = s3;
      c[i * n + j1] = t0;
      c[i1 * n + j1] = t1;
      c[i2 * n + j1] = t2;
      c[i3 * n + j1] = t3;
    }
  }
}

// The same of a single row: four rows of W share it.
function multiplyRow(a, w, at, n, k, c) {
  for (let j = 0; j < n; j += 4) {
    const j1 = Math.min(j + 1, n - 1), j2 = Math.min(j + 2, n - 1), j3 = Math.min(j + 3, n - 1);
    const w0 = at + j * k, w1 = at + j1 * k, w2 = at + j2 * k, w3 = at + j3 * k;
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (let l = 0; l < k; l++) {
      const u = a[l];
      s0 += u * w[w0 + l];
      s1 += u * w[w1 + l];
      s2 += u * w[w2 + l];
      s3 += u * w[w3 + l];
    }
    c[j] = s0;
    c[j1] = s1;
    c[j2] = s2;
    c[j3] = s3;
  }
}

function dot(a, i, b, j, length) {
  let sum = 0;
  for (let n = 0; n < length; n++)
    sum += a[i + n] * b[j + n];
  return sum;
}

// As many rows of a map as have about 64 pixels, whose windows stay near at hand.
const rowsAtOnce = (rows, columns) => Math.max(1, Math.min(rows, Math.floor(64 / columns)));

// Of some rows of small pixels the runs of their windows that lie in the large map: which pixel of these rows, the first place of the run
// in its window, the pixels of the run, and the first of them in the map.
function eachRun(first, rows, columns, height, width, kernel, stride, top, left, act) {
  for (let pixel = 0; pixel < rows * columns; pixel++) {
    const y = (first + Math.floor(pixel / columns)) * stride - top, x = (pixel % columns) * stride - left;
    const begin = Math.max(0, -x), length = Math.min(kernel, width - x) - begin;
    for (let line = Math.max(0, -y); line < Math.min(kernel, height - y); line++)
      act(pixel, line * kernel + begin, length, (y + line) * width + x + begin);
  }
}

function apply(activation, values) {
  for (let i = 0; i < values.length; i++)
    values[i] = activation(values[i]);
}

function softmax(logits) {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  let sum = 0;
  for (let i = 0; i < logits.length; i++)
    sum += logits[i] = Math.exp(logits[i] - most);
  for (let i = 0; i < logits.length; i++)
    logits[i] /= sum;
}

function pool({ large, small, kernel, stride }, x, isMost) {
  const [, width, channels] = large, [rows, columns] = small;
  const y = new Float64Array(rows * columns * channels).fill(isMost ? -Infinity : 0);
  for (let i = 0; i < y.length; i++) {
    const c = i % channels, column = Math.floor(i / channels) % columns, row = Math.floor(i / channels / columns);
    for (let k = 0; k < kernel * kernel; k++) {
      const value = x[((row * stride + Math.floor(k / kernel)) * width + column * stride + k % kernel) * channels + c];
      y[i] = isMost ? Math.max(y[i], value) : y[i] + value / (kernel * kernel);
    }
  }
  return y;
}

// Blocks of pixels; the last has what is left, more or less than the others.
function repeat({ large, small, kernel }, x) {
  const [height, width, channels] = large, [rows, columns] = small, y = new Float64Array(height * width * channels);
  for (let i = 0; i < y.length; i++) {
    const c = i % channels, column = Math.floor(i / channels) % width, row = Math.floor(i / channels / width);
    y[i] = x[(Math.min(rows - 1, Math.floor(row / kernel)) * columns + Math.min(columns - 1, Math.floor(column / kernel))) * channels + c];
  }
  return y;
}
