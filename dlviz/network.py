"""A Keras model opened for views: its layers by name, its inputs, and the output of each layer."""

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
from dlviz.feeding.feed import Feeds, are_equal, feeds_of, resize_to
from dlviz.grammar import one_of
from dlviz.jobs import LayerInfo, sample_kind
from dlviz.memory import Memory
from dlviz.model.answers import outputs_of
from dlviz.model.compiled_losses import losses_of
from dlviz.model.graph import Graph, step_of
from dlviz.model.inputs import inputs_of
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

FREE_SIZE = 224
"""The height and width, in pixels, given to pictures where the network leaves them open."""

Prepare = Callable[[Any], Any]
Postprocess = Callable[["Network", tuple[str, ...], list[Any]], Any]
Reduce = Callable[["Network", str, Any], tuple[Any, ...]]
"""What makes of the output of a layer, a tensor (n, ...), tensors (n, numbers)."""


class Network:
    """A Keras model, uncompiled use only.

    Attributes:
        name: as it was opened.
        classes: one name an output, as people call it, or empty.
        notes: sentences about the file that it was opened from, and where the names of its classes are from.
        changes: what was done to it, as `dlviz.model.changes` reads it.
        epochs: the numbers of all epochs of its training that were kept, of which it is one; or none.
        inputs, outputs: by name, what they take and give, with the evidence.
        answered: the output that is looked at.
        preprocess: how pixels 0..255 become the input; `preprocess_note` says how that was found out.
        resizing: how pictures of another size become the input, one of `FITS`.
        by_labels: by source, the network as its labels tell that it is to be fed and that its classes are called.
        layers: by name, in the order of computation, inputs included; of a layer of several outputs, each of them.
        broken: which weights are not numbers, as far as they have been looked through.
        memory: what views keep between two looks, by source and limit; gone with the network.
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
        self.answered = next(iter(self.outputs.values()))
        self.mode_asked = mode
        self._tell_preprocess()
        self.resizing = checked_fit(fit or (card.fit if card else ""))
        self.by_labels: dict[str, Network] = {}
        self.memory: dict[tuple[Any, ...], Memory] = {}
        self.broken: str | None = None
        self._functions: dict[tuple[Any, ...], Callable[..., Any]] = {}
        self._last: tuple[Feeds, dict[str, np.ndarray]] | None = None
        self._weights = b""

    def _tell_preprocess(self) -> None:
        """How pixels become each input that takes pictures."""
        inner = dict.fromkeys(name.split("/")[0] for name in self.layers if "/" in name)
        card_mode = self.card.preprocess if self.card else None
        self._preprocess = {
            spec.name: infer.infer(self.graph, spec.name, (self.model.name, *inner), card_mode)
            if self.mode_asked == "auto"
            else (modes.named(self.mode_asked), f"{self.mode_asked}, as asked for")
            for spec in self.inputs.values()
            if spec.kind == "picture"
        }
        nothing = modes.named("none"), "none: it takes no pictures"
        self.preprocess, self.preprocess_note = self._preprocess.get(self.input, nothing)

    @property
    def preprocess_says(self) -> str:
        """`preprocess_note`, under the name that scripts know it by."""
        return self.preprocess_note

    def forget_if_trained(self) -> None:
        """Forget what was found out with other weights, where the model has been trained on meanwhile."""
        weights = weights_digest(self.model)
        if weights != self._weights:
            self.memory.clear()
            self.broken = None
            self.by_labels.clear()
            self._last = None
        self._weights = weights

    def with_mode(self, mode: str, reason: str = "") -> Network:
        """The same network, fed in another way, as it was asked for or for the reason given."""
        other = self._copy()
        other.mode_asked = mode
        other._tell_preprocess()
        if reason:
            other.mode_asked, other.preprocess_note = self.mode_asked, reason
        return other

    def with_classes(self, classes: Sequence[str], reason: str) -> Network:
        """The same network, its classes called by other names, for the reason given."""
        other = self._copy()
        other.classes, other.notes = tuple(classes), (*self.notes, *filter(None, [reason]))
        return other

    def with_fit(self, fit: str) -> Network:
        """The same network, with another way for pictures of another size.

        Raises:
            UserError: `fit` is not one of `FITS`.
        """
        other = self._copy()
        other.resizing = checked_fit(fit)
        return other

    def with_output(self, name: str) -> Network:
        """The same network, looked at by another of its outputs.

        Raises:
            UserError: the network has no output of that name.
        """
        if name not in self.outputs:
            raise UserError(f"{self.name} has no output {name[:60]}: choose {one_of(list(self.outputs))}.")
        other = self._copy()
        other.answered = self.outputs[name]
        return other

    def with_edits(self, edits: Mapping[str, Callable[[Any], Any]], changes: tuple[str, ...], name: str) -> Network:
        """The same network under another name, with what some layers give edited; see `dlviz.analysis.surgery`."""
        other = self._copy()
        other.graph = self.graph.with_edits(edits)
        other.changes, other.name = changes, name
        other._functions, other._last, other.broken = {}, None, None
        return other

    def _copy(self) -> Network:
        """Another way to look at the same model: compiled functions are shared, what views found out is not."""
        other = copy.copy(self)
        other.memory, other.by_labels = {}, {}
        for name in ("writer", "final"):
            other.__dict__.pop(name, None)
        return other

    # -- layers ------------------------------------------------------------------------------------------------

    def layer(self, name: str) -> LayerInfo:
        """The layer called `name`; UserError naming the nearest ones where there is none."""
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
        """The first convolution, or where there is none the first layer with a kernel, else the last layer."""
        kernels = [n for n, layer in self.layers.items() if layer.has_kernel]
        maps = [n for n in kernels if self.layers[n].axes]
        return next(iter(maps or kernels), self.output)

    @cached_property
    def input(self) -> str:
        """The name of the input that is looked at: the first that takes pictures, else the first."""
        pictures = [i.name for i in self.inputs.values() if i.kind == "picture"]
        return next(iter(pictures or self.inputs))

    @property
    def output(self) -> str:
        """The name of the layer that gives the chosen output."""
        return self.answered.layer

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
        """(height, width, channels) of the picture it is fed; UserError where it takes something else."""
        spec = self.inputs[self.input]
        if spec.kind != "picture":
            raise UserError(f"{self.name} takes {plural(spec.kind)}, not pictures: choose a view for these.")
        height, width, channels = spec.shape
        return height or FREE_SIZE, width or FREE_SIZE, int(channels or 3)

    def resize_to_input(self, pixels: np.ndarray) -> np.ndarray:
        """`pixels`, (h, w, channel), as the input's size and channels."""
        return resize_to(replace(self.inputs[self.input], shape=self.input_shape), pixels, self.name, self.resizing)

    def as_fed(self, x: np.ndarray, name: str = "") -> np.ndarray:
        """One input, a picture (height, width, channel) or any other, in the shape that the model itself takes."""
        name = name or self.input
        shape = next(t.shape[1:] for t in self.model.inputs if t.name == name)
        if len(shape) == 3 and self.channels_first("channels_first"):
            return np.moveaxis(x, -1, 0)
        return x if len(shape) == x.ndim else x.reshape(shape)

    def preprocess_of(self, name: str) -> modes.Preprocess:
        """How pixels 0..255 become the input called `name`; as they stand where it takes other things."""
        return self._preprocess[name][0] if name in self._preprocess else modes.named("none")

    def feed(self, samples: Sequence[Sample]) -> Feeds:
        """What the network is fed for some samples, a batch for each input.

        Raises:
            UserError: a sample is of a kind or shape that the network does not take.
        """
        return feeds_of(self, samples)

    def feed_pictures(self, pictures: Iterable[np.ndarray]) -> np.ndarray:
        """The model's input (n, height, width, channel) float32 for uint8 pictures of any size."""
        return self.preprocess.apply(np.stack([self.resize_to_input(p) for p in pictures]))

    def feed_from(self, data: Pictures, start: int, stop: int) -> np.ndarray:
        """The model's input (n, height, width, channel) float32 for pictures start..stop-1 of a set."""
        if data.stored_as_bytes:
            return self.feed_pictures(data.batch(start, stop))
        return self.feed([data.sample(index) for index in range(start, stop)])[self.input]

    @property
    def from_pixels(self) -> Prepare:
        """`preprocess.apply` for the inside of a compiled function, for uint8 pictures that fit already."""
        return from_pixels(self.preprocess, self.input_shape[2])

    def text_layer(self, name: str) -> Text:
        """The vocabulary behind the input called `name`."""
        for step in self.graph.steps.values():
            if isinstance(step.layer, Text) and name in self.graph.parents[step.name]:
                return step.layer
        raise UserError(f"The input {name} of {self.name} has no vocabulary in its file: give token numbers instead.")

    @cached_property
    def writer(self) -> Writer | None:
        """What writes with a network that gives the next token of a text; None for other networks."""
        return Writer(self, self.text_layer("target")) if self.answered.kind == "text" else None

    # -- answers -----------------------------------------------------------------------------------------------

    def function(
        self, taps: Sequence[str], postprocess: Postprocess | None = None, prepare: Prepare | None = None
    ) -> Callable[[Any], Any]:
        """The compiled function from what is fed to the outputs of the layers `taps`; kept.

        It takes a batch for each input by name, or where there is one input that batch. `prepare`, which
        makes the input, and `postprocess`, which takes the outputs, are compiled along with it.
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
        """The compiled function from a batch for the one input, whole parts of `part` samples, to what `reduce` makes
        of the outputs of the layers `taps`: each (n, numbers), here (n, numbers of all layers); kept."""
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
        """The layers that have something to show."""
        return tuple(n for n, layer in self.layers.items() if layer.units)

    def activations(self, feeds: Feeds) -> dict[str, np.ndarray]:
        """Every visible layer's output for one sample, fed with a batch axis of 1, (1, ...), without it; the last is
        kept, so that going from layer to layer costs nothing."""
        if self._last is None or not are_equal(self._last[0], feeds):
            outputs = self.function(self.visible)(_tensors(feeds))
            answer = {n: _float32(o)[0] for n, o in zip(self.visible, outputs, strict=True)}
            self._last = ({n: x.copy() for n, x in feeds.items()}, answer)
        return self._last[1]

    def called_with(self, feeds: Feeds, layer: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What a layer is called with for what is fed: its arguments, with their masks."""
        return self.graph.arguments(_tensors(feeds), layer)

    def maps(self, feeds: Feeds, layer: str) -> np.ndarray:
        """The output of a layer for one sample, as maps (*axes, unit)."""
        return self.layouts[layer].maps(self.activations(feeds)[layer])

    def answer(self, feeds: Feeds) -> np.ndarray:
        """The chosen output, (n, ...), as the model gives it."""
        return _float32(self.function((self.output,))(_tensors(feeds))[0])

    @cached_property
    def final(self) -> str:
        """How the output is scaled: `softmax`, `sigmoid`, or `linear` (logits)."""
        return self.answered.scale if self.answered.scale in (SOFTMAX, SIGMOID) else LINEAR

    def probabilities(self, answer: np.ndarray) -> np.ndarray:
        """The probabilities (n, classes) that an answer (n, ...) stands for: one sigmoid or linear unit stands for two
        classes; where several classes can be right at once, each has a probability of its own."""
        return probabilities(answer, self.final, several=self.answered.labels)

    def predict(self, x: np.ndarray, batch: int = 256) -> np.ndarray:
        """Probabilities (n, classes) for an input batch (n, height, width, channel) of pictures."""
        parts = [self.answer({self.input: x[i : i + batch]}) for i in range(0, len(x), batch)]
        return self.probabilities(np.concatenate(parts))

    def logits(self, x: Any) -> Any:
        """What the final softmax or sigmoid is fed, a float32 tensor (n, classes), for what is fed; differentiable.

        One sigmoid unit of logit z stands for two classes with the logits (0, z). Where the softmax is followed by
        more than a change of shape, such as an average over networks, it is the logarithm of the output.
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
    return np.asarray(keras.ops.cast(output, "float32"))
