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

class Network {
  constructor(decoder, weights, shown) {
    this.decoder = decoder;
    this.weights = weights;
    this.shown = shown;
  }

  // E[x | z] of a code, as the model has it.
  decode(code) {
    const values = this.run(this.decoder.steps, Float32Array.from(code));
    const groups = this.decoder.groups, numbers = groups.length ? groups[0] : values.length;
    const mean = activations[this.decoder.mean];
    for (let i = 0; i < numbers; i++)
      values[i] = mean(values[i]);
    for (let group = 0; group + 1 < groups.length; group++)
      softmax(values.subarray(groups[group], groups[group + 1]));
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
    const y = new Float32Array(out), w = this.weights;
    for (let o = 0; o < out; o++)
      y[o] = w[bias + o] + dot(w, weight + o * inputs, x, 0, inputs);
    return y;
  }

  // Each pixel of the small map is the product of a window of the large one, a row of it at a time.
  convolve({ large, small, kernel, stride, top, left, weight, bias }, x) {
    const [height, width, channels] = large, [rows, columns, outputs] = small, w = this.weights;
    const y = new Float32Array(rows * columns * outputs);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const y0 = i * stride - top, x0 = j * stride - left;
        const first = Math.max(0, -x0), length = (Math.min(kernel, width - x0) - first) * channels;
        for (let o = 0; o < outputs; o++) {
          let sum = w[bias + o];
          for (let k = Math.max(0, -y0); k < Math.min(kernel, height - y0); k++)
            sum += dot(w, weight + ((o * kernel + k) * kernel + first) * channels, x, ((y0 + k) * width + x0 + first) * channels, length);
          y[(i * columns + j) * outputs + o] = sum;
        }
      }
    }
    return y;
  }

  // The adjoint: each pixel of the small map is added to a window of the large one. What is 0, as after relu, adds nothing.
  spread({ large, small, kernel, stride, top, left, weight, bias }, x) {
    const [height, width, channels] = large, [rows, columns, inputs] = small, w = this.weights;
    const y = new Float32Array(height * width * channels);
    for (let p = 0; p < y.length; p += channels) {
      for (let c = 0; c < channels; c++)
        y[p + c] = w[bias + c];
    }
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const y0 = i * stride - top, x0 = j * stride - left;
        const first = Math.max(0, -x0), length = (Math.min(kernel, width - x0) - first) * channels;
        for (let c = 0; c < inputs; c++) {
          const value = x[(i * columns + j) * inputs + c];
          if (value === 0)
            continue;
          for (let k = Math.max(0, -y0); k < Math.min(kernel, height - y0); k++) {
            const from = weight + ((c * kernel + k) * kernel + first) * channels, to = ((y0 + k) * width + x0 + first) * channels;
            for (let n = 0; n < length; n++)
              y[to + n] += value * w[from + n];
          }
        }
      }
    }
    return y;
  }

  scale({ weight, bias, channels }, x) {
    return x.map((value, i) => value * this.weights[weight + i % channels] + this.weights[bias + i % channels]);
  }

  // Each group of channels has mean 0 and variance 1 over the pixels of the example.
  normalize({ groups, epsilon, weight, bias, channels }, x) {
    const size = channels / groups, y = new Float32Array(x.length), count = x.length / groups;
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

function dot(a, i, b, j, length) {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0, n = 0;
  for (; n + 3 < length; n += 4) {
    s0 += a[i + n] * b[j + n];
    s1 += a[i + n + 1] * b[j + n + 1];
    s2 += a[i + n + 2] * b[j + n + 2];
    s3 += a[i + n + 3] * b[j + n + 3];
  }
  for (; n < length; n++)
    s0 += a[i + n] * b[j + n];
  return s0 + s1 + s2 + s3;
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
  const y = new Float32Array(rows * columns * channels).fill(isMost ? -Infinity : 0);
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
  const [height, width, channels] = large, [rows, columns] = small, y = new Float32Array(height * width * channels);
  for (let i = 0; i < y.length; i++) {
    const c = i % channels, column = Math.floor(i / channels) % width, row = Math.floor(i / channels / width);
    y[i] = x[(Math.min(rows - 1, Math.floor(row / kernel)) * columns + Math.min(columns - 1, Math.floor(column / kernel))) * channels + c];
  }
  return y;
}
