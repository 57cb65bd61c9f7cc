// Runs a network's operations on one picture, and sends a unit's response back to its pixels.
// A tensor is {shape, values}; shapes are (height, width, channel) or (n,), channels last, values doubles.

"use strict";

const size = shape => shape.reduce((a, b) => a * b, 1);
const zeros = shape => ({ shape, values: new Float64Array(size(shape)) });
const mapped = (tensor, change) => ({ shape: tensor.shape, values: tensor.values.map(change) });

// -- windows that slide over maps ------------------------------------------------------------------------------------

/** Call visit(first output number, first input number, row, column) for each place under each position of a window. */
function slide(operation, input, output, [height, width], visit) {
  const [rows, columns, channels] = input, [outRows, outColumns] = output, units = output[2] ?? output[0];
  const down = output.length === 3 ? outRows : 1, across = output.length === 3 ? outColumns : 1;
  const { strides: [sy, sx], dilation: [dy, dx], padding: [top, left] } = operation;
  for (let y = 0; y < down; y++) for (let x = 0; x < across; x++) {
    const to = (y * across + x) * units;
    for (let ky = 0; ky < height; ky++) {
      const row = y * sy + ky * dy - top;
      if (row < 0 || row >= rows) continue;
      for (let kx = 0; kx < width; kx++) {
        const column = x * sx + kx * dx - left;
        if (column >= 0 && column < columns) visit(to, (row * columns + column) * channels, ky, kx);
      }
    }
  }
}

/** output += convolution of input; the kernel has the shape (height, width, channels of a group, units). */
function convolve(operation, input, output) {
  const [height, width, depth, units] = operation.kernel.shape, kernel = operation.kernel.values;
  const groups = input.shape[2] / depth, each = units / groups, from = input.values, to = output.values;
  slide(operation, input.shape, output.shape, [height, width], (out, into, ky, kx) => {
    for (let c = 0; c < input.shape[2]; c++) {
      const value = from[into + c];
      if (value === 0) continue;
      const first = Math.floor(c / depth) * each;
      const weights = ((ky * width + kx) * depth + c % depth) * units;
      for (let u = first; u < first + each; u++) to[out + u] += value * kernel[weights + u];
    }
  });
}

/** The transpose of `convolve`: input += what each output has of it. */
function convolveBack(operation, input, output) {
  const [height, width, depth, units] = operation.kernel.shape, kernel = operation.kernel.values;
  const groups = input.shape[2] / depth, each = units / groups;
  slide(operation, input.shape, output.shape, [height, width], (out, into, ky, kx) => {
    for (let c = 0; c < input.shape[2]; c++) {
      const first = Math.floor(c / depth) * each;
      const weights = ((ky * width + kx) * depth + c % depth) * units;
      let sum = 0;
      for (let u = first; u < first + each; u++) sum += output.values[out + u] * kernel[weights + u];
      input.values[into + c] += sum;
    }
  });
}

function addBias(output, bias) {
  for (let i = 0; i < output.values.length; i++) output.values[i] += bias[i % bias.length];
}

/** Of each window and channel the number of the largest input; of equal ones the first in reading order. */
function winners(operation, input, output) {
  const won = new Int32Array(output.values.length).fill(-1), channels = input.shape[2];
  slide(operation, input.shape, output.shape, operation.size, (out, into) => {
    for (let c = 0; c < channels; c++) {
      const best = won[out + c];
      if (best < 0 || input.values[into + c] > input.values[best]) won[out + c] = into + c;
    }
  });
  return won;
}

/** How many inputs each window covers, without the padding. */
function covered(operation, input, output) {
  const count = new Float64Array(output.values.length), channels = input.shape[2];
  slide(operation, input.shape, output.shape, operation.size, out => {
    for (let c = 0; c < channels; c++) count[out + c] += 1;
  });
  return count;
}

// -- operations: forward(operation, inputs, output) fills output; back(operation, signal, inputs, output) gives the
//    signal for each input --------------------------------------------------------------------------------------------

const WITH_WEIGHTS = {
  pixels: {
    forward({ bgr, scale, offset }, [input], output) {
      const channels = input.shape[2];
      input.values.forEach((_, i) => {
        const c = i % channels, from = bgr ? i - c + channels - 1 - c : i;
        output.values[i] = input.values[from] * scale.values[c] + offset.values[c];
      });
    },
  },
  affine: {
    forward({ scale, offset }, [input], output) {
      const n = scale.values.length;
      input.values.forEach((value, i) => { output.values[i] = value * scale.values[i % n] + offset.values[i % n]; });
    },
    back: ({ scale }, signal) => [mapped(signal, (s, i) => s * scale.values[i % scale.values.length])],
  },
  convolution: {
    forward(operation, [input], output) { convolve(operation, input, output); addBias(output, operation.bias.values); },
    back(operation, signal, [input]) { const s = zeros(input.shape); convolveBack(operation, s, signal); return [s]; },
  },
  transposed: {
    forward(operation, [input], output) {
      convolveBack(operation, output, input);
      addBias(output, operation.bias.values);
    },
    back(operation, signal, [input]) { const s = zeros(input.shape); convolve(operation, signal, s); return [s]; },
  },
  dense: {  // on the last axis
    forward({ kernel, bias }, [input], output) {
      const [n, units] = kernel.shape;
      input.values.forEach((value, i) => {
        if (value === 0) return;
        const out = Math.floor(i / n) * units, weights = (i % n) * units;
        for (let u = 0; u < units; u++) output.values[out + u] += value * kernel.values[weights + u];
      });
      addBias(output, bias.values);
    },
    back({ kernel }, signal, [input]) {
      const [n, units] = kernel.shape;
      return [mapped(input, (_, i) => {
        const out = Math.floor(i / n) * units, weights = (i % n) * units;
        let sum = 0;
        for (let u = 0; u < units; u++) sum += signal.values[out + u] * kernel.values[weights + u];
        return sum;
      })];
    },
  },
};

const WITHOUT_WEIGHTS = {
  maximum_pooling: {
    forward(operation, [input], output) {
      winners(operation, input, output).forEach((from, i) => { output.values[i] = input.values[from]; });
    },
    back(operation, signal, [input], output) {
      const back = zeros(input.shape);
      winners(operation, input, output).forEach((from, i) => { back.values[from] += signal.values[i]; });
      return [back];
    },
  },
  average_pooling: {
    forward(operation, [input], output) {
      const count = covered(operation, input, output), channels = input.shape[2];
      slide(operation, input.shape, output.shape, operation.size, (out, into) => {
        for (let c = 0; c < channels; c++) output.values[out + c] += input.values[into + c] / count[out + c];
      });
    },
    back(operation, signal, [input], output) {
      const count = covered(operation, input, output), channels = input.shape[2], back = zeros(input.shape);
      slide(operation, input.shape, output.shape, operation.size, (out, into) => {
        for (let c = 0; c < channels; c++) back.values[into + c] += signal.values[out + c] / count[out + c];
      });
      return [back];
    },
  },
  same: {
    forward(_, [input], output) { output.values.set(input.values); },
    back: (_, signal, [input]) => [{ shape: input.shape, values: signal.values }],
  },
  zeros: {
    forward({ padding }, [input], output) { inside(padding, input, output, (i, o) => { output.values[o] = input.values[i]; }); },
    back({ padding }, signal, [input], output) {
      const back = zeros(input.shape);
      inside(padding, input, output, (i, o) => { back.values[i] = signal.values[o]; });
      return [back];
    },
  },
  repeat: {
    forward({ size }, [input], output) { repeated(size, input, output, (i, o) => { output.values[o] = input.values[i]; }); },
    back({ size }, signal, [input], output) {
      const back = zeros(input.shape);
      repeated(size, input, output, (i, o) => { back.values[i] += signal.values[o]; });
      return [back];
    },
  },
  concatenate: {
    forward(_, inputs, output) { parts(inputs, output, (input, i, o) => { output.values[o] = input.values[i]; }); },
    back(_, signal, inputs, output) {
      const back = new Map(inputs.map(input => [input, zeros(input.shape)]));
      parts(inputs, output, (input, i, o) => { back.get(input).values[i] = signal.values[o]; });
      return inputs.map(input => back.get(input));
    },
  },
  add: {
    forward(_, inputs, output) { for (const x of inputs) x.values.forEach((v, i) => { output.values[i] += v; }); },
    back: (_, signal, inputs) => inputs.map(() => signal),
  },
  subtract: {
    forward(_, [a, b], output) { a.values.forEach((v, i) => { output.values[i] = v - b.values[i]; }); },
    back: (_, signal) => [signal, mapped(signal, s => -s)],
  },
  multiply: {
    forward(_, inputs, output) {
      output.values.fill(1);
      for (const x of inputs) x.values.forEach((v, i) => { output.values[i] *= v; });
    },
    back: (_, signal, inputs) => inputs.map(one => mapped(signal, (s, i) =>
      inputs.filter(other => other !== one).reduce((product, other) => product * other.values[i], s))),
  },
};

function inside([top, left], input, output, visit) {
  const [rows, columns, channels] = input.shape, width = output.shape[1];
  for (let y = 0; y < rows; y++) for (let i = 0; i < columns * channels; i++)
    visit(y * columns * channels + i, ((y + top) * width + left) * channels + i);
}

function repeated([down, across], input, output, visit) {
  const columns = input.shape[1], [, width, channels] = output.shape;
  for (let o = 0; o < output.values.length; o++) {
    const c = o % channels, x = Math.floor(o / channels) % width, y = Math.floor(o / channels / width);
    visit((Math.floor(y / down) * columns + Math.floor(x / across)) * channels + c, o);
  }
}

function parts(inputs, output, visit) {
  const channels = output.shape.at(-1);
  let first = 0;
  for (const input of inputs) {
    const n = input.shape.at(-1);
    for (let i = 0; i < input.values.length; i++) visit(input, i, Math.floor(i / n) * channels + first + i % n);
    first += n;
  }
}

// -- activations: f, and its slope from x and y ----------------------------------------------------------------------

const sigmoid = x => 1 / (1 + Math.exp(-x));
const SELU = [1.6732632423543772, 1.0507009873554805];

/** The distribution function of the normal distribution, and its density. */
function normal(x) {  // erf: Abramowitz and Stegun 7.1.26, within 1.5e-7
  const z = Math.abs(x) / Math.SQRT2, t = 1 / (1 + 0.3275911 * z);
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - tail * Math.exp(-z * z);
  return [(1 + Math.sign(x) * erf) / 2, Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI)];
}

const ACTIVATIONS = {
  relu: [x => Math.max(x, 0), x => x > 0],
  relu6: [x => Math.min(Math.max(x, 0), 6), x => x > 0 && x < 6],
  leaky_relu: [(x, { slope = 0.2 }) => x > 0 ? x : slope * x, (x, y, { slope = 0.2 }) => x > 0 ? 1 : slope],
  elu: [x => x > 0 ? x : Math.expm1(x), (x, y) => x > 0 ? 1 : y + 1],
  selu: [x => SELU[1] * (x > 0 ? x : SELU[0] * Math.expm1(x)), (x, y) => x > 0 ? SELU[1] : y + SELU[0] * SELU[1]],
  gelu: [x => x * normal(x)[0], x => normal(x)[0] + x * normal(x)[1]],
  silu: [x => x * sigmoid(x), (x, y) => y + sigmoid(x) * (1 - y)],
  softplus: [x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), x => sigmoid(x)],
  tanh: [Math.tanh, (x, y) => 1 - y * y],
  sigmoid: [sigmoid, (x, y) => y * (1 - y)],
};
const RECTIFIERS = ["relu", "relu6"];

/** What a rectifier lets back: deconv what is positive, guided what is positive where it was open, gradient all of that. */
function elementwise(name, [value, slope]) {
  return {
    forward(operation, [input], output) {
      input.values.forEach((x, i) => { output.values[i] = value(x, operation); });
    },
    back(operation, signal, [input], output, mode) {
      const turned = RECTIFIERS.includes(name) && mode !== "gradient";
      return [mapped(signal, (s, i) => {
        const passed = turned ? Math.max(s, 0) : s;
        if (turned && mode === "deconv") return passed;
        return passed * slope(input.values[i], output.values[i], operation);
      })];
    },
  };
}

const softmax = {  // over the last axis
  forward(_, [input], output) {
    const n = input.shape.at(-1);
    for (let first = 0; first < input.values.length; first += n) {
      const row = input.values.subarray(first, first + n), largest = Math.max(...row);
      const powers = row.map(x => Math.exp(x - largest)), sum = powers.reduce((a, b) => a + b, 0);
      output.values.set(powers.map(p => p / sum), first);
    }
  },
  back(_, signal, [input], output) {
    const n = input.shape.at(-1), back = zeros(input.shape);
    for (let first = 0; first < input.values.length; first += n) {
      let mean = 0;
      for (let i = first; i < first + n; i++) mean += signal.values[i] * output.values[i];
      for (let i = first; i < first + n; i++) back.values[i] = output.values[i] * (signal.values[i] - mean);
    }
    return [back];
  },
};

const OPERATIONS = {
  ...WITH_WEIGHTS, ...WITHOUT_WEIGHTS, softmax,
  ...Object.fromEntries(Object.entries(ACTIVATIONS).map(([name, pair]) => [name, elementwise(name, pair)])),
};

// -- a network -------------------------------------------------------------------------------------------------------

class Network {
  /** operations as `dlviz.take_home.operations` lists them; weights: all their numbers, Float32Array. */
  constructor(operations, weights) {
    this.operations = new Map(operations.map(operation => [operation.name, { ...operation }]));
    for (const operation of this.operations.values())
      for (const key of ["kernel", "bias", "scale", "offset"])
        if (operation[key]) {
          const [first, shape] = operation[key];
          operation[key] = { shape, values: weights.subarray(first, first + size(shape)) };
        }
    this.output = operations.at(-1).name;
  }

  /** The names of what has to be run before `name`, and itself, in order. */
  upTo(name) {
    const needed = new Set([name]);
    for (const operation of [...this.operations.values()].reverse())
      if (needed.has(operation.name)) operation.from.forEach(each => needed.add(each));
    return [...this.operations.keys()].filter(each => needed.has(each));
  }

  /** The output of every operation up to `name` for a picture, (height, width, channel) in pixels 0..255. */
  run(picture, name = this.output) {
    const found = new Map();
    for (const each of this.upTo(name)) {
      const operation = this.operations.get(each), output = zeros(operation.shape);
      const inputs = operation.from.length ? operation.from.map(from => found.get(from)) : [picture];
      OPERATIONS[operation.kind].forward(operation, inputs, output);
      found.set(each, output);
    }
    return found;
  }

  /** What made a number of layer `name` as large as it is, in the input's space; `mode`: deconv, guided, gradient. */
  back(found, name, number, mode) {
    const seed = zeros(found.get(name).shape);
    seed.values[number] = found.get(name).values[number];
    const signals = new Map([[name, seed]]);
    for (const each of this.upTo(name).reverse()) {
      const operation = this.operations.get(each), signal = signals.get(each);
      if (!operation.from.length) return signal;
      const inputs = operation.from.map(from => found.get(from));
      const back = OPERATIONS[operation.kind].back(operation, signal, inputs, found.get(each), mode);
      operation.from.forEach((from, i) => {
        const old = signals.get(from);
        signals.set(from, old ? mapped(old, (s, j) => s + back[i].values[j]) : back[i]);
      });
    }
  }

  /** Of each unit of a layer's output the number of its largest value: in a map the first in reading order. */
  static strongest(tensor) {
    const units = tensor.shape.at(-1), best = new Int32Array(units).fill(-1);
    tensor.values.forEach((value, i) => {
      const u = i % units;
      if (best[u] < 0 || value > tensor.values[best[u]]) best[u] = i;
    });
    return best;
  }
}

if (typeof module !== "undefined") module.exports = { Network };
