"""A Keras model opened for looking: its layers by name, what it wants to be fed, and what each layer answers."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache, cached_property
from typing import Any

import keras
import numpy as np
from PIL import Image as Pillow

from dlviz import backend, infer_preprocess, preprocess
from dlviz.graph import Graph, Step, linear, plain_call
from dlviz.jobs import Layer
from dlviz_models.cards import Card
from dlviz_models.errors import UserError

FREE_SIZE = 224
"""The height and width, in pixels, given to pictures where the network leaves them open."""

First = Callable[[Any], Any]
Then = Callable[["Network", tuple[str, ...], list[Any]], Any]


class Network:
    """A functional or sequential Keras model, uncompiled use only.

    Attributes:
        name: as it was opened.
        classes: one name an output, or empty.
        preprocess: how pixels 0..255 become the input; `preprocess_says` tells how that was found out.
        layers: by name, in the order of computation, inputs included.
        memory: what views keep between two looks, by source and limit; gone with the network.
    """

    def __init__(
        self,
        model: keras.Model,
        name: str = "",
        card: Card | None = None,
        classes: Sequence[str] = (),
        mode: str = "auto",
    ) -> None:
        self.model = model
        self.name = name or model.name
        self.card = card
        self.graph = Graph(model)
        self._channels_first: set[str] = set()
        self.layers = {s.name: self._layer(s) for s in self.graph.steps.values()}
        self.classes = tuple(classes) or (card.class_names if card else ())
        if mode == "auto":
            inner = dict.fromkeys(name.split("/")[0] for name in self.layers if "/" in name)
            self.preprocess, self.preprocess_says = infer_preprocess.infer(
                self.graph, self.input, (model.name, *inner), card.preprocess if card else None
            )
        else:
            self.preprocess, self.preprocess_says = preprocess.named(mode), f"{mode}, as asked for"
        self.memory: dict[tuple[str, int], dict[Any, Any]] = {}
        self._functions: dict[tuple[tuple[str, ...], Then | None, First | None], Callable[..., Any]] = {}
        self._last: tuple[np.ndarray, dict[str, np.ndarray]] | None = None

    # -- layers ------------------------------------------------------------------------------------------------

    def layer(self, name: str) -> Layer:
        """The layer called `name`; UserError naming the nearest ones where there is none."""
        if name in self.layers:
            return self.layers[name]
        near = difflib.get_close_matches(name, self.layers, n=3) or list(self.layers)[:8]
        raise UserError(f"{self.name} has no layer {name[:60]}: try {', '.join(near)}.")

    def keras_layer(self, name: str) -> Any:
        """The Keras layer or operation behind the layer called `name`."""
        self.layer(name)
        return self.graph.steps[name].layer

    def _layer(self, step: Step) -> Layer:
        """What is known of a step; of several outputs, the first one's shape."""
        tensor = keras.tree.flatten(step.outputs)[0]
        shape = tuple(tensor.shape[1:])
        floating = str(tensor.dtype).startswith(("float", "bfloat"))
        parents = self.graph.parents[step.name]
        inherited = "channels_first" if self._channels_first & set(parents) else None
        if len(shape) == 3 and (getattr(step.layer, "data_format", None) or inherited) == "channels_first":
            self._channels_first.add(step.name)
        shown = floating and 1 <= len(shape) <= 3 and step.layer is not None
        units = shape[0 if self.channels_first(step.name) else -1] if shown else 0
        kernel = None
        with suppress(AttributeError, ValueError):  # some layers raise on asking, before they are built
            kernel = step.layer.kernel
        return Layer(
            name=step.name,
            kind="Input" if step.layer is None else type(step.layer).__name__,
            shape=shape,
            parameters=step.layer.count_params() if isinstance(step.layer, keras.Layer) else 0,
            parents=parents,
            units=int(units or 0),
            has_kernel=kernel is not None,
        )

    def channels_first(self, name: str) -> bool:
        """Whether the layer's maps are (channel, height, width)."""
        return name in self._channels_first

    @cached_property
    def first_kernel(self) -> str:
        """The first convolution, or where there is none the first layer with a kernel, else the last layer."""
        kernels = [n for n, layer in self.layers.items() if layer.has_kernel]
        maps = [n for n in kernels if self.layers[n].is_map]
        return next(iter(maps or kernels), self.output)

    @property
    def input(self) -> str:
        """The name of the first input."""
        return self.graph.inputs[0]

    @property
    def output(self) -> str:
        """The name of the layer that answers."""
        return self.graph.outputs[0]

    @property
    def takes_pictures(self) -> bool:
        """Whether there is one input, of shape (height, width, 1 or 3)."""
        shape = self.layers[self.input].shape
        return len(self.graph.inputs) == 1 and len(shape) == 3 and shape[-1] in (1, 3)

    # -- feeding -----------------------------------------------------------------------------------------------

    @cached_property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of the picture it is fed; UserError where it takes something else."""
        if not self.takes_pictures:
            shape = self.layers[self.input].shape
            raise UserError(f"{self.name} takes input of shape {shape}, not pictures: only its layers can be shown.")
        height, width, channels = self.layers[self.input].shape
        return height or FREE_SIZE, width or FREE_SIZE, int(channels)  # type: ignore[arg-type]

    def fit(self, pixels: np.ndarray) -> np.ndarray:
        """`pixels`, uint8 (h, w, 1 or 3), as the input's size and channels: scaled to cover it, centre cut out."""
        height, width, channels = self.input_shape
        if pixels.shape[-1] != channels:
            image = Pillow.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels)
            pixels = np.asarray(image.convert("L" if channels == 1 else "RGB")).reshape(*pixels.shape[:2], channels)
        h, w = pixels.shape[:2]
        if (h, w) == (height, width):
            return pixels
        scale = max(height / h, width / w)
        cut_h, cut_w = height / scale, width / scale
        top, left = (h - cut_h) / 2, (w - cut_w) / 2
        image = Pillow.fromarray(pixels.squeeze(-1) if channels == 1 else pixels)
        image = image.resize((width, height), Pillow.Resampling.BILINEAR, (left, top, left + cut_w, top + cut_h))
        return np.asarray(image).reshape(height, width, channels)

    def as_fed(self, x: np.ndarray) -> np.ndarray:
        """One input (height, width, channel) in the shape in which the model itself takes it."""
        shape = self.model.inputs[0].shape[1:]
        return x if len(shape) == 3 else x.reshape(shape)

    def feed(self, pictures: Iterable[np.ndarray]) -> np.ndarray:
        """The model's input (n, height, width, channel) float32 for uint8 pictures of any size."""
        return self.preprocess.apply(np.stack([self.fit(p) for p in pictures]))

    @property
    def from_pixels(self) -> First:
        """`preprocess.apply` for the inside of a compiled function, for uint8 pictures that fit already."""
        return _from_pixels(self.preprocess, self.input_shape[2])

    # -- answers -----------------------------------------------------------------------------------------------

    def function(
        self, taps: Sequence[str], then: Then | None = None, first: First | None = None
    ) -> Callable[[Any], Any]:
        """The compiled function from an input batch to the outputs of the layers `taps`; kept.

        Compiled along with it: `first` makes the input of what is given, `then` something of the outputs.
        """
        names = tuple(taps)

        def forward(x: Any) -> Any:
            outputs = self.graph.run({self.input: first(x) if first else x}, names)
            return then(self, names, outputs) if then else outputs

        key = (names, then, first)
        if key not in self._functions:
            self._functions[key] = backend.compiled(forward)
        return self._functions[key]

    @cached_property
    def visible(self) -> tuple[str, ...]:
        """The layers that have something to show for a picture."""
        return tuple(n for n, layer in self.layers.items() if layer.units)

    def activations(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Every visible layer's output for one input `x` (height, width, channel), without the batch axis.

        The answer to the last input is kept, so that going from layer to layer costs nothing.
        """
        if self._last is None or not np.array_equal(self._last[0], x):
            outputs = self.function(self.visible)(backend.constant(x[None]))
            answer = {n: np.asarray(o)[0] for n, o in zip(self.visible, outputs, strict=True)}
            self._last = (x.copy(), answer)
        return self._last[1]

    @cached_property
    def final(self) -> str:
        """How the network answers: `softmax`, `sigmoid`, or `linear` (logits)."""
        layer = self.keras_layer(self.output)
        activation = getattr(layer, "activation", None)
        name = getattr(activation, "__name__", "") if activation else type(layer).__name__.lower()
        return name if name in ("softmax", "sigmoid") else "linear"

    def predict(self, x: np.ndarray, batch: int = 256) -> np.ndarray:
        """Probabilities (n, classes) for an input batch (n, height, width, channel)."""
        run = self.function((self.output,))
        parts = [np.asarray(run(backend.constant(x[i : i + batch]))[0]) for i in range(0, len(x), batch)]
        answer = np.concatenate(parts)
        answer = answer.reshape(len(answer), -1)
        if answer.shape[1] == 1:  # one unit for two classes
            p = answer if self.final == "sigmoid" else 1 / (1 + np.exp(-answer))
            return np.concatenate([1 - p, p], axis=1)
        if self.final == "linear":
            answer = np.exp(answer - answer.max(axis=1, keepdims=True))
            return answer / answer.sum(axis=1, keepdims=True)
        return answer

    def logits(self, x: Any) -> Any:
        """What the final softmax or sigmoid is fed, a tensor (n, classes), for an input batch; differentiable.

        One sigmoid unit of logit z answers as the two classes (0, z).
        """

        def call(step: Step, *args: Any, **kwargs: Any) -> Any:
            if step.name != self.output or self.final == "linear":
                return plain_call(step, *args, **kwargs)
            if not self.layers[step.name].has_kernel:
                return args[0]
            with linear(step.layer):
                return plain_call(step, *args, **kwargs)

        [answer] = self.graph.run({self.input: x}, (self.output,), call)
        z = keras.ops.reshape(answer, (-1, math.prod(answer.shape[1:])))
        return keras.ops.concatenate([keras.ops.zeros_like(z), z], axis=1) if z.shape[1] == 1 else z

    def class_name(self, number: int) -> str:
        """The name of class `number`, or the number."""
        return self.classes[number] if 0 <= number < len(self.classes) else str(number)

    def with_mode(self, mode: str) -> Network:
        """The same network, fed in another way."""
        return Network(self.model, self.name, self.card, self.classes, mode)


@cache
def _from_pixels(mode: preprocess.Preprocess, channels: int) -> First:
    """One function for all networks, since what `jit` compiled stays in memory.

    Its numbers are tensors, because constants would be divided by less exactly.
    """
    like = np.zeros(channels)
    mean, deviation = (backend.constant(mode.per_channel(v, like)) for v in (mode.mean, mode.deviation))

    def convert(pixels: Any) -> Any:
        return (keras.ops.cast(pixels[..., ::-1] if mode.bgr else pixels, "float32") - mean) / deviation

    return backend.compiled(convert, jit=True)
