// What is on the page: the picture that is drawn or chosen, the answer, the maps of a layer, and one unit closely.

const content = JSON.parse(document.getElementById("content").textContent);
const [HEIGHT, WIDTH, CHANNELS] = content.input;
const network = new Network(content.operations, floats(content.weights));
const element = id => document.getElementById(id);
const BEST = 9, SHOWN = 12, PAUSE_MS = 12;
const WAYS = { deconv: "deconvnet", guided: "guided backpropagation", gradient: "gradient" };
const state = { picture: zeros(content.input), found: null, layer: null, unit: 0, way: "deconv", pictures: [], first: 0, task: 0 };
const tops = new Map();  // layer -> for each unit its best pictures: {score, picture, number}

function floats(base64) {
  const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

function made(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// -- numbers to pixels -----------------------------------------------------------------------------------------------

/** Draw a tensor (height, width, 1 or 3): "pixels" 0..255; "each" black to white; "signed" grey at 0. */
function draw(canvas, { shape: [height, width, channels], values }, scale, box) {
  const [top, left, bottom, right] = box ?? [0, 0, height, width];
  let low = 0, span = 255;
  if (scale === "each") { low = Math.min(...extremes(values)); span = Math.max(...extremes(values)) - low; }
  if (scale === "signed") { span = 2 * Math.max(...extremes(values).map(Math.abs)); low = -span / 2; }
  canvas.width = right - left; canvas.height = bottom - top;
  const image = new ImageData(canvas.width, canvas.height);
  for (let y = top, o = 0; y < bottom; y++) for (let x = left; x < right; x++, o += 4) {
    for (let c = 0; c < 3; c++) {
      const value = values[(y * width + x) * channels + (channels === 3 ? c : 0)];
      image.data[o + c] = span ? 255 * (value - low) / span : scale === "signed" ? 128 : 0;
    }
    image.data[o + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function extremes(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) { if (value < low) low = value; if (value > high) high = value; }
  return [low, high];
}

/** The map of one unit, (height, width, 1); of a vector its one number. */
function mapOf({ shape, values }, unit) {
  const units = shape.at(-1), places = shape.length === 3 ? shape.slice(0, 2) : [1, 1];
  const map = zeros([...places, 1]);
  for (let i = 0; i < map.values.length; i++) map.values[i] = values[i * units + unit];
  return map;
}

const digits = value => Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);

// -- the picture -----------------------------------------------------------------------------------------------------

const pad = element("pad"), ZOOM = Math.max(1, Math.round(336 / WIDTH));
const paint = made("canvas", { width: WIDTH * ZOOM, height: HEIGHT * ZOOM }), brush = paint.getContext("2d");

function look(tensor) {  // at a picture of the page
  const small = made("canvas");
  draw(small, tensor, "pixels");
  brush.imageSmoothingEnabled = false;
  brush.drawImage(small, 0, 0, paint.width, paint.height);
  state.isGiven = true;
  see(tensor);
}

function see(tensor) {
  state.picture = tensor;
  draw(pad, tensor, "pixels");
  update();
}

/** The canvas that is drawn on, in the size of the network's input. */
function reduced() {
  const pixels = brush.getImageData(0, 0, paint.width, paint.height).data, tensor = zeros(content.input);
  for (let y = 0; y < paint.height; y++) for (let x = 0; x < paint.width; x++) {
    const from = 4 * (y * paint.width + x), to = (Math.floor(y / ZOOM) * WIDTH + Math.floor(x / ZOOM)) * CHANNELS;
    if (CHANNELS === 3) for (let c = 0; c < 3; c++) tensor.values[to + c] += pixels[from + c] / ZOOM ** 2;
    else tensor.values[to] += (0.299 * pixels[from] + 0.587 * pixels[from + 1] + 0.114 * pixels[from + 2]) / ZOOM ** 2;
  }
  return mapped(tensor, Math.round);
}

function clear() {
  brush.fillStyle = "#000";
  brush.fillRect(0, 0, paint.width, paint.height);
  see(reduced());
}

let last = null;
function stroke(event) {
  const room = pad.getBoundingClientRect();
  const at = [(event.clientX - room.left) / room.width * paint.width, (event.clientY - room.top) / room.height * paint.height];
  brush.strokeStyle = "#fff"; brush.lineWidth = paint.width / 12; brush.lineCap = brush.lineJoin = "round";
  brush.beginPath(); brush.moveTo(...(last ?? at)); brush.lineTo(...at); brush.stroke();
  last = at;
  see(reduced());
}
pad.onpointerdown = event => {
  if (event.isTrusted) pad.setPointerCapture(event.pointerId);
  if (state.isGiven && CHANNELS === 1) clear();  // a drawing starts on an empty ground, not on a picture of the page
  state.isGiven = false;
  last = null;
  pad.drawing = true;
  stroke(event);
};
pad.onpointermove = event => { if (pad.drawing) stroke(event); };
pad.onpointerup = pad.onpointercancel = () => { pad.drawing = false; last = null; };

element("clear").onclick = clear;
element("file").onchange = async event => {
  const [file] = event.target.files;
  if (!file) return;
  const image = await createImageBitmap(file).catch(() => null);
  if (!image) { element("about").textContent = `${file.name} is not a picture that this browser can read: take a JPEG or PNG.`; return; }
  const scale = Math.max(paint.width / image.width, paint.height / image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  brush.imageSmoothingEnabled = true;
  brush.drawImage(image, (paint.width - width) / 2, (paint.height - height) / 2, width, height);
  see(reduced());
};

async function loadPictures() {
  const { png, count } = content.pictures;
  const image = Object.assign(new Image(), { src: `data:image/png;base64,${png}` });
  await image.decode();
  const canvas = made("canvas", { width: WIDTH, height: HEIGHT }), context = canvas.getContext("2d", { willReadFrequently: true });
  for (let i = 0; i < count; i++) {
    context.drawImage(image, 0, -i * HEIGHT);
    const pixels = context.getImageData(0, 0, WIDTH, HEIGHT).data, tensor = zeros(content.input);
    for (let j = 0; j < tensor.values.length; j++) tensor.values[j] = pixels[4 * Math.floor(j / CHANNELS) + j % CHANNELS];
    state.pictures.push(tensor);
  }
}

function showStrip() {
  const chosen = Array.from({ length: Math.min(SHOWN, state.pictures.length) }, (_, i) => (state.first + i) % state.pictures.length);
  element("strip").replaceChildren(...chosen.map(i => {
    const canvas = made("canvas");
    draw(canvas, state.pictures[i], "pixels");
    return made("button", { title: titleOf(i), onclick: () => look(state.pictures[i]) }, canvas);
  }));
}

const titleOf = i => `picture ${i} of ${content.pictures.source}${content.pictures.labels[i] ? ` (${content.pictures.labels[i]})` : ""}`;
element("others").onclick = () => { state.first = (state.first + SHOWN) % state.pictures.length; showStrip(); };

// -- the answer and the maps -----------------------------------------------------------------------------------------

function update() {
  state.found = network.run(state.picture);
  showAnswer(state.found.get(network.output));
  showMaps();
  showUnit();
}

function shares({ values }) {
  if (content.scale === "softmax" || content.scale === "sigmoid") return [...values];
  const largest = Math.max(...values), powers = [...values].map(v => Math.exp(v - largest));
  return powers.map(p => p / powers.reduce((a, b) => a + b, 0));
}

function showAnswer(answer) {
  const room = element("answer");
  if (content.answer === "picture") {
    const canvas = made("canvas");
    draw(canvas, { shape: content.input, values: answer.values }, "each");
    return room.replaceChildren(canvas);
  }
  const values = content.answer === "classes" ? shares(answer) : [...answer.values];
  const order = [...values.keys()].sort((a, b) => values[b] - values[a]);
  const shown = values.length <= 10 ? [...values.keys()] : order.slice(0, 5);
  const most = Math.max(...values.map(Math.abs)) || 1;
  room.replaceChildren(...shown.map(i => {
    const bar = made("b"), share = content.answer === "classes" ? values[i] : Math.abs(values[i]) / most;
    bar.style.width = `${100 * share}%`;
    const told = content.answer === "classes" ? `${Math.round(100 * values[i])}%` : digits(values[i]);
    return made("div", { className: i === order[0] ? "bar first" : "bar" },
      made("span", { textContent: content.classes[i] ?? i }), made("span", {}, bar), made("span", { textContent: told }));
  }));
}

function showLayers() {
  element("layers").replaceChildren(...content.layers.map(layer => {
    const button = made("button", { textContent: layer.name, title: layer.kind, onclick: () => choose(layer) });
    button.style.setProperty("--layer", layer.colour);
    return button;
  }));
}

function choose(layer, unit = 0) {
  Object.assign(state, { layer, unit });
  for (const button of element("layers").children) button.ariaPressed = button.textContent === layer.name;
  const { shape } = state.found.get(layer.name), units = shape.at(-1);
  element("maps").style.setProperty("--tile", units > 200 ? "2.6rem" : units > 24 || shape.length < 3 ? "4.2rem" : "7rem");
  element("maps").replaceChildren(...Array.from({ length: units }, (_, u) =>
    made("button", { onclick: () => { state.unit = u; showMaps(); showUnit(); } }, made("canvas"), `${u}`)));
  element("seen").textContent = shape.length === 3
    ? `${layer.name} answers with ${units} maps of ${shape[0]} × ${shape[1]}: a place is bright where its unit responds.`
    : `${layer.name} answers with ${units} numbers: the brighter, the larger. Touch one.`;
  showMaps();
  showUnit();
  findTops(layer.name);
}

function showMaps() {
  if (!state.layer) return;
  const output = state.found.get(state.layer.name), [low, high] = extremes(output.values);
  [...element("maps").children].forEach((button, u) => {
    const map = mapOf(output, u);
    if (output.shape.length === 3) draw(button.firstChild, map, low < 0 ? "signed" : "each");
    else draw(button.firstChild, mapped(map, v => 255 * (v - Math.min(low, 0)) / (high - Math.min(low, 0) || 1)), "pixels");
    button.ariaPressed = u === state.unit;
  });
}

// -- one unit --------------------------------------------------------------------------------------------------------

/** The part of the picture that a number of a layer's output sees: top, left, bottom, right. */
function boxOf(layer, number) {
  if (!layer.rows) return [0, 0, HEIGHT, WIDTH];
  const [, width, units] = network.operations.get(layer.name).shape, place = Math.floor(number / units);
  const [top, bottom] = layer.rows[Math.floor(place / width)], [left, right] = layer.columns[place % width];
  return [top, left, bottom, right];
}

function showUnit() {
  const { layer, unit, found, way } = state;
  if (!layer) return;
  const output = found.get(layer.name), number = Network.strongest(output)[unit], box = boxOf(layer, number);
  element("which").textContent = `Unit ${unit} of ${layer.name}`;
  draw(element("fed"), state.picture, "pixels");
  frame(element("fed"), box);
  draw(element("map"), mapOf(output, unit), output.values.some(v => v < 0) ? "signed" : "each");
  const silent = output.values[number] === 0;
  draw(element("back"), silent ? zeros(content.input) : network.back(found, layer.name, number, way), "signed");
  element("fedsays").textContent = silent ? "It does not respond to this picture." : "Framed: what it sees where it responds most.";
  element("mapsays").textContent = `Its largest response: ${digits(output.values[number])}.`;
  element("backsays").textContent = `What made it respond, by ${WAYS[way]}: grey is 0, bright raises its response, dark lowers it.`;
  showTops();
}

function frame(canvas, [top, left, bottom, right]) {
  const large = made("canvas"), zoom = Math.max(1, Math.round(280 / canvas.width));
  large.width = canvas.width * zoom; large.height = canvas.height * zoom;
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  context.strokeStyle = "#e69f00"; context.lineWidth = 4;
  context.strokeRect(left * zoom + 2, top * zoom + 2, (right - left) * zoom - 4, (bottom - top) * zoom - 4);
  canvas.width = large.width; canvas.height = large.height;
  canvas.getContext("2d").drawImage(large, 0, 0);
}

function showWays() {
  element("ways").replaceChildren(...Object.entries(WAYS).map(([way, name]) =>
    made("button", { textContent: name, ariaPressed: way === state.way, onclick: () => { state.way = way; showWays(); showUnit(); } })));
}

/** Look through the page's pictures for those that excite each unit of a layer most, a little at a time. */
async function findTops(name) {
  const task = ++state.task;
  if (tops.has(name)) return showTops();
  const units = network.operations.get(name).shape.at(-1), best = Array.from({ length: units }, () => []);
  let rest = performance.now();
  for (let i = 0; i < state.pictures.length; i++) {
    if (performance.now() - rest > PAUSE_MS) {
      element("topsays").textContent = `Looking at picture ${i} of ${state.pictures.length} …`;
      await new Promise(resume => setTimeout(resume));
      if (task !== state.task) return;
      rest = performance.now();
    }
    const output = network.run(state.pictures[i], name).get(name);
    Network.strongest(output).forEach((number, u) => {
      const score = output.values[number], list = best[u];
      if (list.length === BEST && score <= list[BEST - 1].score) return;
      const place = list.findIndex(other => score > other.score);
      list.splice(place < 0 ? list.length : place, 0, { score, picture: i, number });
      list.length = Math.min(list.length, BEST);
    });
  }
  tops.set(name, best);
  showTops();
}

function showTops() {
  const { layer, unit, way } = state, best = tops.get(layer.name)?.[unit];
  const patches = element("tops"), causes = element("causes");
  if (!best) { patches.replaceChildren(); causes.replaceChildren(); element("causesays").textContent = ""; return; }
  if (patches.shown === `${layer.name} ${unit} ${way}`) return;
  patches.shown = `${layer.name} ${unit} ${way}`;
  const responding = best.filter(top => top.score !== 0);
  const pairs = responding.map(({ score, picture, number }) => {
    const box = boxOf(layer, number), found = network.run(state.pictures[picture], layer.name);
    const [patch, cause] = [made("canvas", { title: `${digits(score)}, ${titleOf(picture)}` }), made("canvas")];
    draw(patch, state.pictures[picture], "pixels", box);
    draw(cause, network.back(found, layer.name, number, way), "signed", box);
    return [patch, cause];
  });
  patches.replaceChildren(...pairs.map(pair => pair[0]));
  causes.replaceChildren(...pairs.map(pair => pair[1]));
  element("topsays").textContent = responding.length
    ? `What excites it most among ${state.pictures.length} pictures of ${content.pictures.source}.`
    : `It responds to none of ${state.pictures.length} pictures of ${content.pictures.source}.`;
  element("causesays").textContent = responding.length ? `What in them made it respond, by ${WAYS[way]}.` : "";
}

// -- the start -------------------------------------------------------------------------------------------------------

async function start() {
  const hand = CHANNELS === 1 ? "Draw with a finger or the mouse" : "Take a photograph, draw over it";
  element("about").textContent = `${hand}, or touch one of the small pictures. The network itself, ${content.parameters.toLocaleString("en")} weights, runs in this page: nothing is sent anywhere. ${content.pictures.notes}`;
  element("solution").textContent = "Choose the last layer and the unit of the first class in the answer. What is bright in the third picture raised it, what is dark lowered it: rub that part out and look at the answer again.";
  showWays();
  showLayers();
  clear();
  await loadPictures();
  showStrip();
  look(state.pictures[0]);
  const convolutions = content.layers.filter(layer => layer.kind.includes("Conv"));
  choose(convolutions[1] ?? convolutions[0] ?? content.layers[0]);
  document.body.dataset.ready = "yes";
}
start();
