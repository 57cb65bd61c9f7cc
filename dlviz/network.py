"""A Keras model opened for views: its inputs, outputs and layers by name, and compiled functions of it."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import keras
import numpy as np

from dlviz import backend
from dlviz.feeding.feed import Feeds, feeds_of, resize_to
from dlviz.grammar import one_of
from dlviz.jobs import LayerInfo, sample_kind
from dlviz.memory import Memory
from dlviz.model.answers import outputs_of
from dlviz.model.compiled_losses import losses_of
from dlviz.model.graph import Graph, step_of
from dlviz.model.inputs import inputs_of
from dlviz.model.last_sample import LastSample
from dlviz.model.layers import layers_of
from dlviz.model.logits import logits
from dlviz.model.scales import LINEAR, SIGMOID, SOFTMAX, probabilities
from dlviz.model.symbolic import functional
from dlviz.model.weights import weights_digest
from dlviz.model.writer import Writer
from dlviz.preprocessing import infer, modes
from dlviz.preprocessing.from_pixels import from_pixels
from dlviz_models.cards import Card
from dlviz_models.data import Pictures
from dlviz_models.data.classes import class_title
from dlviz_models.data.resize import checked_fit
from dlviz_models.data.samples import Sample, plural
from dlviz_models.errors import UserError
from dlviz_models.layers.text import Text

DEFAULT_SIDE = 224
"""The height and width of pictures, in pixels, if the network leaves them open."""

Prepare = Callable[[Any], Any]
Postprocess = Callable[["Network", tuple[str, ...], list[Any]], Any]
Reduce = Callable[["Network", str, Any], tuple[Any, ...]]
"""From the network, the name of a layer and its output (n, ...) to tensors (n, numbers)."""


class Network:
    """A Keras model with everything that was inferred about it.

    Attributes:
        classes: one name per output unit; empty if unknown.
        notes: sentences about the file and the source of the class names.
        changes: the changes applied, as texts of `dlviz.model.changes`.
        epochs: the numbers of all kept epochs of its training, if it is one of them.
        inputs, outputs: their descriptions by name, with the evidence.
        chosen_output: the output that views look at.
        preprocess: the map from pixels 0..255 to the input; `preprocess_note` says how it was inferred.
        resizing: how pictures are resized to the input, one of `FITS`.
        by_labels: variants of the network by data source, with preprocessing and class names inferred from its labels.
        layers: by name, in order of computation, inputs included, one entry per output of a layer.
        doubt: a sentence on why its classes may be others than those of the data; empty if there is no reason.
        broken: a clause about NaN weights, empty if there are none; None: not checked yet.
        memory: results that views share, by source and limit.
    """

    def __init__(
        self,
        model: keras.Model,
        name: str = "",
        card: Card | None = None,
        classes: Sequence[str] = (),
        mode: str = "auto",
        losses: Mapping[str, str] | None = None,
        fit: str = "",
        notes: Sequence[str] = (),
        epochs: Sequence[int] = (),
    ) -> None:
        self.notes, self.epochs = tuple(notes), tuple(epochs)
        self.changes: tuple[str, ...] = ()
        losses = losses_of(model) if losses is None else losses
        self.model = model = functional(model)
        self.name = name or model.name
        self.card = card
        self.classes = tuple(map(class_title, tuple(classes) or (card.class_names if card else ())))
        self.graph = Graph(model)
        self.inputs = inputs_of(self.graph)
        pictures = {i.name: i.shape for i in self.inputs.values() if i.kind == "picture"}
        if any(shape != tuple(self.graph.symbol(n).shape[1:]) for n, shape in pictures.items()):
            self.graph = Graph(model, pictures)
        self.layers, self.layouts = layers_of(self.graph)
        self.outputs = outputs_of(self.graph, self.inputs, len(self.classes), losses)
        self.chosen_output = next(iter(self.outputs.values()))
        self.requested_mode = mode
        self._infer_preprocess()
        self.resizing = checked_fit(fit or (card.fit if card else ""))
        self.by_labels: dict[str, Network] = {}
        self.memory: dict[tuple[Any, ...], Memory] = {}
        self.doubt = ""
        self.broken: str | None = None
        self._functions: dict[tuple[Any, ...], Callable[..., Any]] = {}
        self._last = LastSample(self._activations, self.visible)
        self._weights = b""

    def _infer_preprocess(self) -> None:
        """Set the preprocessing of each picture input."""
        inner = dict.fromkeys(name.split("/")[0] for name in self.layers if "/" in name)
        card_mode = self.card.preprocess if self.card else None
        self._preprocess = {
            spec.name: infer.infer(self.graph, spec.name, (self.model.name, *inner), card_mode)
            if self.requested_mode == "auto"
            else (modes.named(self.requested_mode), f"{self.requested_mode}, as asked for")
            for spec in self.inputs.values()
            if spec.kind == "picture"
        }
        nothing = modes.named("none"), "none: it takes no pictures"
        self.preprocess, self.preprocess_note = self._preprocess.get(self.input, nothing)

    @property
    def preprocess_says(self) -> str:
        """`preprocess_note`, under its earlier name."""
        return self.preprocess_note

    def forget_if_trained(self) -> None:
        """Drop cached results if the weights have changed since the last call."""
        weights = weights_digest(self.model)
        if weights != self._weights:
            self.memory.clear()
            self.broken = None
            self.by_labels.clear()
            self._last = LastSample(self._activations, self.visible)
        self._weights = weights

    def with_mode(self, mode: str, reason: str = "") -> Network:
        """A copy with another preprocessing, requested by the user or inferred for the reason given."""
        other = self._copy()
        other.requested_mode = mode
        other._infer_preprocess()
        if reason:
            other.requested_mode, other.preprocess_note = self.requested_mode, reason
        return other

    def with_classes(self, classes: Sequence[str], reason: str) -> Network:
        """A copy with other class names, for the reason given."""
        other = self._copy()
        other.classes, other.notes = tuple(classes), (*self.notes, *filter(None, [reason]))
        return other

    def with_kind(self, kind: str, evidence: str) -> Network:
        """A copy whose input holds another kind of samples, for the reason given."""
        other = self._copy()
        other.inputs = self.inputs | {self.input: replace(self.inputs[self.input], kind=kind, evidence=evidence)}
        return other

    def with_fit(self, fit: str) -> Network:
        """A copy that resizes pictures in another way; UserError if `fit` is not one of `FITS`."""
        other = self._copy()
        other.resizing = checked_fit(fit)
        return other

    def with_output(self, name: str) -> Network:
        """A copy of which views look at another output; UserError if there is none of that name."""
        if name not in self.outputs:
            raise UserError(f"{self.name} has no output {name[:60]}: choose {one_of(list(self.outputs))}.")
        other = self._copy()
        other.chosen_output = self.outputs[name]
        return other

    def with_edits(self, edits: Mapping[str, Callable[[Any], Any]], changes: tuple[str, ...], name: str) -> Network:
        """A copy under another name, with edited outputs of some layers; see `dlviz.analysis.surgery`."""
        other = self._copy()
        other.graph = self.graph.with_edits(edits)
        other.changes, other.name = changes, name
        other._functions, other.broken = {}, None
        return other

    def _copy(self) -> Network:
        """A copy that shares the model and compiled functions, but not cached results."""
        other = copy.copy(self)
        other.memory, other.by_labels = {}, {}
        other._last = LastSample(other._activations, other.visible)
        for name in ("writer", "final"):
            other.__dict__.pop(name, None)
        return other

    # -- layers ------------------------------------------------------------------------------------------------

    def layer(self, name: str) -> LayerInfo:
        """The layer called `name`; UserError with similar names if there is none."""
        if name in self.layers:
            return self.layers[name]
        near = difflib.get_close_matches(name, self.layers, n=3) or list(self.layers)[:8]
        raise UserError(f"{self.name} has no layer {name[:60]}: try {', '.join(near)}.")

    def keras_layer(self, name: str) -> Any:
        """The Keras layer or operation behind the layer called `name`."""
        self.layer(name)
        return self.graph.steps[step_of(name)].layer

    def channels_first(self, name: str) -> bool:
        """Whether the layer's maps are (channel, height, width)."""
        return name in self.layouts and self.layouts[name].channels_first

    @cached_property
    def first_kernel(self) -> str:
        """The first convolution, else the first layer with a kernel, else the output layer."""
        kernels = [n for n, layer in self.layers.items() if layer.has_kernel]
        maps = [n for n in kernels if self.layers[n].axes]
        return next(iter(maps or kernels), self.output)

    @cached_property
    def input(self) -> str:
        """The name of the main input: the first that takes pictures, else the first."""
        return next((spec.name for spec in self.inputs.values() if spec.kind == "picture"), next(iter(self.inputs)))

    @property
    def output(self) -> str:
        """The name of the layer that computes the chosen output."""
        return self.chosen_output.layer

    @property
    def sample_kind(self) -> str:
        """The kind of sample that it takes: that of its input, `tree`, or `several`."""
        return sample_kind(list(self.inputs.values()))

    @property
    def takes_pictures(self) -> bool:
        """Whether it takes a picture and nothing else."""
        return self.sample_kind == "picture"

    # -- feeding -----------------------------------------------------------------------------------------------

    @cached_property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of the input picture; UserError if it takes something else."""
        spec = self.inputs[self.input]
        if spec.kind != "picture":
            raise UserError(f"{self.name} takes {plural(spec.kind)}, not pictures: choose a view for these.")
        height, width, channels = spec.shape
        return height or DEFAULT_SIDE, width or DEFAULT_SIDE, int(channels or 3)

    def resize_to_input(self, pixels: np.ndarray) -> np.ndarray:
        """Resize `pixels`, (h, w, channel), to the input's size and channels."""
        return resize_to(replace(self.inputs[self.input], shape=self.input_shape), pixels, self.name, self.resizing)

    def as_fed(self, x: np.ndarray, name: str = "") -> np.ndarray:
        """Convert one input, such as a picture (height, width, channel), to the shape that the Keras model takes."""
        name = name or self.input
        shape = next(t.shape[1:] for t in self.model.inputs if t.name == name)
        if len(shape) == 3 and self.channels_first("channels_first"):
            return np.moveaxis(x, -1, 0)
        return x if len(shape) == x.ndim else x.reshape(shape)

    def preprocess_of(self, name: str) -> modes.Preprocess:
        """The preprocessing of the input called `name`; none if it does not take pictures."""
        return self._preprocess[name][0] if name in self._preprocess else modes.named("none")

    def feed(self, samples: Sequence[Sample]) -> Feeds:
        """The feeds for some samples, a batch (n, ...) for each input; UserError for a wrong kind or shape."""
        return feeds_of(self, samples)

    def feed_pictures(self, pictures: Iterable[np.ndarray]) -> np.ndarray:
        """The input (n, height, width, channel), float32, for uint8 pictures of any size."""
        return self.preprocess.apply(np.stack([self.resize_to_input(p) for p in pictures]))

    def feed_from(self, data: Pictures, start: int, stop: int) -> np.ndarray:
        """The input (n, height, width, channel), float32, for pictures start..stop-1 of a data set."""
        if data.stored_as_bytes:
            return self.feed_pictures(data.batch(start, stop))
        return self.feed([data.sample(index) for index in range(start, stop)])[self.input]

    @property
    def from_pixels(self) -> Prepare:
        """`preprocess.apply` for use in compiled functions, for uint8 pictures of the input's size."""
        return from_pixels(self.preprocess, self.input_shape[2])

    def text_layer(self, name: str) -> Text:
        """The `Text` layer, with the vocabulary, of the input called `name`; UserError if there is none."""
        for step in self.graph.steps.values():
            if isinstance(step.layer, Text) and name in self.graph.parents[step.name]:
                return step.layer
        raise UserError(f"The input {name} of {self.name} has no vocabulary in its file: give token numbers instead.")

    @cached_property
    def writer(self) -> Writer | None:
        """The decoder of a sequence-to-sequence network; None for other networks."""
        return Writer(self, self.text_layer("target")) if self.chosen_output.kind == "text" else None

    # -- answers -----------------------------------------------------------------------------------------------

    def function(
        self, taps: Sequence[str], postprocess: Postprocess | None = None, prepare: Prepare | None = None
    ) -> Callable[[Any], Any]:
        """The compiled and cached function from the feeds to the outputs of the layers `taps`.

        It takes a batch for each input by name, or just the batch if there is one input. `prepare` makes the input and
        `postprocess` takes the outputs; both are compiled along with it.
        """
        names = tuple(taps)

        def forward(x: Any) -> Any:
            feeds = x if isinstance(x, dict) else {self.input: prepare(x) if prepare else x}
            outputs = self.graph.run(feeds, names)
            return postprocess(self, names, outputs) if postprocess else outputs

        key = (names, postprocess, prepare)
        if key not in self._functions:
            shapes = {name: spec.shape for name, spec in self.inputs.items()}
            of_any_length = any(None in shape for shape in shapes.values()) and not self.takes_pictures
            self._functions[key] = (
                backend.compiled_for_sizes(forward, shapes) if of_any_length else backend.compiled(forward)
            )
        return self._functions[key]

    def reduced(
        self, taps: Sequence[str], reduce: Reduce, prepare: Prepare | None, part: int
    ) -> Callable[[Any], tuple[Any, ...]]:
        """The compiled and cached function from a batch of whole parts of `part` samples to the results of `reduce` for
        the layers `taps`, each concatenated over the layers: (n, numbers of all layers)."""
        names = tuple(taps)

        def forward(x: Any) -> Any:
            found = self.graph.run_and_reduce({self.input: prepare(x) if prepare else x}, names, partial(reduce, self))
            return tuple(keras.ops.concatenate(of_all, axis=-1) for of_all in zip(*found, strict=True))

        key = (names, reduce, prepare, part)
        if key not in self._functions:
            self._functions[key] = backend.compiled(backend.in_parts(forward, part))
        return self._functions[key]

    @cached_property
    def visible(self) -> tuple[str, ...]:
        """The names of the layers with units to show."""
        return tuple(n for n, layer in self.layers.items() if layer.units)

    def activations(self, feeds: Feeds) -> Mapping[str, np.ndarray]:
        """The output of every visible layer for one sample, without the batch axis of its feeds, (1, ...); cached for
        the last sample, so that browsing layers is free."""
        return self._last.all(feeds)

    def activation(self, feeds: Feeds, layer: str) -> np.ndarray:
        """The output of a layer for one sample, without the batch axis of its feeds, (1, ...); where samples are
        browsed at one layer, it alone is computed."""
        return self._last.of(layer, feeds)

    def _activations(self, layers: Sequence[str], feeds: Feeds) -> dict[str, np.ndarray]:
        outputs = self.function(layers)(_tensors(feeds))
        return {name: _float32(output)[0] for name, output in zip(layers, outputs, strict=True)}

    def call_arguments(self, feeds: Feeds, layer: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments, with masks, that a layer is called with for the given feeds."""
        return self.graph.arguments(_tensors(feeds), layer)

    def maps(self, feeds: Feeds, layer: str) -> np.ndarray:
        """The output of a layer for one sample, as maps (*axes, unit)."""
        return self.layouts[layer].maps(self.activation(feeds, layer))

    def answer(self, feeds: Feeds) -> np.ndarray:
        """The raw chosen output, (n, ...)."""
        return _float32(self.function((self.output,))(_tensors(feeds))[0])

    @cached_property
    def final(self) -> str:
        """How the output is scaled: `softmax`, `sigmoid`, or `linear` (logits)."""
        return self.chosen_output.scale if self.chosen_output.scale in (SOFTMAX, SIGMOID) else LINEAR

    def probabilities(self, answer: np.ndarray) -> np.ndarray:
        """The probabilities (n, classes) for a raw output (n, ...); see `dlviz.model.scales.probabilities`."""
        return probabilities(answer, self.final, several=self.chosen_output.labels)

    def predict(self, x: np.ndarray, batch: int = 256) -> np.ndarray:
        """Probabilities (n, classes) for an input batch (n, height, width, channel) of pictures."""
        parts = [self.answer({self.input: x[i : i + batch]}) for i in range(0, len(x), batch)]
        return self.probabilities(np.concatenate(parts))

    def logits(self, x: Any) -> Any:
        """The logits, float32 (n, classes), for a batch or feeds; differentiable.

        A single sigmoid unit with logit z gives (0, z). If the softmax is followed by more than reshaping, such as an
        average over an ensemble, the logits are the logarithm of the output.
        """
        return logits(self, x if isinstance(x, dict) else {self.input: x})

    def class_name(self, number: int) -> str:
        """The name of class `number`, or the number."""
        return self.classes[number] if 0 <= number < len(self.classes) else str(number)

    def class_in_words(self, number: int) -> str:
        """Class `number` as sentences call it: by its name, else "class 3"."""
        return self.classes[number] if 0 <= number < len(self.classes) else f"class {number}"


def _tensors(feeds: Feeds) -> dict[str, Any]:
    return {name: backend.constant(x) for name, x in feeds.items()}


def _float32(output: Any) -> np.ndarray:
    return np.asarray(output).astype(np.float32, copy=False)
