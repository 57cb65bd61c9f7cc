"""Reconstruct what made a unit respond: project its response back to the input.

deconv: M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, ECCV 2014, arXiv 1311.2901.
guided: J. T. Springenberg et al., Striving for simplicity: the all convolutional net, ICLR 2015, arXiv 1412.6806.
gradient: K. Simonyan et al., Deep inside convolutional networks, 2013, arXiv 1312.6034.

The methods differ only at rectifiers. With input x of the rectifier, the backward signal s becomes:

    gradient   s where x > 0
    deconv     max(s, 0)
    guided     max(s, 0) where x > 0

All other layers are transposed, which is their gradient: convolutions and dense layers with transposed kernels, max
pooling through the positions of the maxima (the paper's switches; the first of equal values), and likewise Add,
Concatenate, BatchNormalization, average pooling, Dropout, Flatten, response normalisation and other activations. Biases
have no effect.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers

from dlviz import backend
from dlviz.analysis.crop import crop_for
from dlviz.analysis.receptive_field import inputs_seen
from dlviz.feeding.feed import Feeds
from dlviz.feeding.groups import groups
from dlviz.jobs import Input
from dlviz.model.graph import Call, Step, linear, plain_call, step_of
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.scan import batch_limit
from dlviz.scan.best import as_maps
from dlviz.scan.top_responses import TopResponses
from dlviz.view import RECONSTRUCT
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError

MODES = RECONSTRUCT[1:]
BATCH = 64
MOST_BYTES = 1 << 30


class Reconstruction:
    """Reconstructions for the units of one layer, compiled once.

    Args:
        input: the name of the input to reconstruct; empty: the first differentiable one that the layer depends on.

    Raises:
        UserError: `mode` is not one of `MODES`, or the layer depends on tokens only.
    """

    def __init__(self, network: Network, layer: str, mode: str, input: str = "") -> None:
        if mode not in MODES:
            raise UserError(f"Option reconstruct={mode} is unknown: choose one of none, {', '.join(MODES)}.")
        self.network = network
        self.layer = layer
        self.mode = mode
        self.input = input or reconstructable_input(network, layer)
        self.batch = batch_limit(network, (layer,), BATCH)
        self.crop = crop_for(network, layer, self.input)
        self._compiled = backend.compiled(self._backproject)

    def __call__(self, fed: np.ndarray | Feeds, units: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """The reconstructions (n, *input), float32, in the model's input space.

        Args:
            fed: the feeds of n samples, (n, ...) each, or the array for the only input.
            units, positions: the unit (n,) and the position in its map (n, axes) whose response is projected back;
                everything else in the layer is set to zero.
        """
        feeds = fed if isinstance(fed, dict) else {self.input: fed}
        if self.crop is None:
            return self._in_batches(feeds, units, positions)
        whole, starts = feeds[self.input], self.crop.starts(positions)
        windows = [tuple(map(slice, start, start + self.crop.size)) for start in starts]
        cut = {self.input: np.stack([x[window] for x, window in zip(whole, windows, strict=True)])}
        images = self._in_batches(cut, units, self.crop.shifted(positions, starts))
        found = np.zeros(whole.shape, np.float32)
        for into, window, image in zip(found, windows, images, strict=True):
            into[window] = image
        return found

    def _in_batches(self, feeds: Feeds, units: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """The reconstructions (n, *fed), float32, at positions in the maps of what is fed."""
        n = len(units)
        rows = np.concatenate([np.arange(n), np.zeros(-n % self.batch, np.int64)])  # pad to batches of equal size
        places = np.concatenate([positions, units[:, None]], axis=1)[rows]
        parts = []
        for i in range(0, len(rows), self.batch):
            part = rows[i : i + self.batch]
            batch = {name: backend.constant(x[part]) for name, x in feeds.items()}
            parts.append(np.asarray(self._compiled(batch, places[i : i + self.batch])))
        return np.concatenate(parts)[:n].astype(np.float32)

    def fill(
        self, samples: Samples, responses: TopResponses, units: Sequence[int], into: np.ndarray
    ) -> Iterator[Progress]:
        """Write the reconstructions of the top responses of `units` into `into` (units, k, *input), which holds zeros;
        shorter samples leave the rest unchanged."""
        k, total = into.shape[1], len(units) * into.shape[1]
        for start in range(0, total, self.batch):
            row, place = np.divmod(np.arange(start, min(start + self.batch, total)), k)
            unit = np.array(units)[row]
            index, positions = responses.index[unit, place], responses.position[unit, place]
            for chosen, feeds in groups(self.network, [samples.sample(int(i)) for i in index]):
                images = self(feeds, unit[chosen], positions[chosen])
                inside = tuple(slice(size) for size in images.shape[1:])
                for image, r, p in zip(images, row[chosen], place[chosen], strict=True):
                    into[(r, p, *inside)] = image
            yield Progress(start + len(row), total, f"projecting responses back ({self.mode})")

    def _backproject(self, feeds: dict[str, backend.Tensor], places: backend.Tensor) -> backend.Tensor:
        graph, call = self.network.graph, CALLS[self.mode]
        places = keras.ops.cast(places, "int32")

        def half_squared_response(x: backend.Tensor) -> backend.Tensor:
            (output,) = graph.run({**feeds, self.input: x}, (self.layer,), call)
            maps = as_maps(self.network, self.layer, output)
            n, *sizes, units = keras.ops.shape(maps)
            flat = keras.ops.zeros_like(places[:, 0])
            for axis, size in enumerate(sizes):
                flat = flat * size + places[:, axis]
            flat = flat * units + places[:, -1]
            response = keras.ops.take_along_axis(keras.ops.reshape(maps, (n, -1)), flat[:, None], axis=1)
            return keras.ops.sum(keras.ops.square(response)) / 2  # whose gradient is the response

        return backend.value_and_gradient(half_squared_response, feeds[self.input])[1]


def reconstructable_input(network: Network, layer: str) -> str:
    """The first differentiable input that a layer depends on; UserError if there is none."""
    for name in inputs_seen(network, layer):
        if is_differentiable(network.inputs[name]):
            return name
    raise UserError(
        f"The responses of {layer[:60]} cannot be projected back to the input of {network.name}, because tokens and"
        f" integers have no gradient: choose reconstruct=none."
    )


def is_differentiable(spec: Input) -> bool:
    """Whether an input takes floating-point numbers, not tokens."""
    return not spec.vocabulary and spec.kind in ("picture", "sound", "numbers") and "float" in spec.dtype


def gradient_equivalence(network: Network, layer: str, mode: str) -> str:
    """A sentence if a method equals the gradient at some or all activations before the layer; else empty."""
    before = [s for s in network.graph.ancestors((layer,)) if s.name != step_of(layer) and s.layer is not None]
    rectifiers = sum(_is_relu(s.layer) or _is_relu(_fused(s.layer)) for s in before)
    others = sum(_is_other_activation(s.layer) for s in before)
    if mode == "gradient":
        return ""
    if not rectifiers:
        also = f", but {others} activation{'s' * (others > 1)} of another kind" if others else ""
        return f"{mode} equals the gradient here: there is no ReLU on the way{also}."
    if others:
        return (
            f"{mode} differs from the gradient at {rectifiers} of the {rectifiers + others} activations on the way,"
            " those that are ReLU."
        )
    return ""


def empty_reconstructions(shape: Sequence[int], units: int, k: int) -> np.ndarray:
    """A zero array for reconstructions, float32 (units, k, *shape); UserError if it is too large."""
    if (size := 4 * units * k * math.prod(shape)) > MOST_BYTES:
        raise UserError(
            f"Reconstructing {k} samples for each of {units} units takes {size / 2**30:.1f} GiB: choose some units"
            " (--unit), or fewer samples for each."
        )
    return np.zeros((units, k, *shape), np.float32)


# -- layer calls with a modified gradient at rectifiers ------------------------------------------------------------


def _rectifying_call(rectify: Any) -> Call:
    """A `call` for `Graph.run` that replaces a step's rectifier, also a fused one, by `rectify(function, x)`."""

    def call(step: Step, *args: Any, **kwargs: Any) -> backend.Tensor:
        if _is_relu(step.layer):
            return rectify(lambda x: plain_call(step, x), args[0])
        activation = _fused(step.layer)
        if not _is_relu(activation):
            return plain_call(step, *args, **kwargs)
        with linear(step.layer):
            x = plain_call(step, *args, **kwargs)
        return rectify(activation, x)

    return call


def _fused(layer: Any) -> Any:
    """The activation fused into a layer, if any."""
    return vars(layer).get("activation")


def _is_other_activation(layer: Any) -> bool:
    """Whether a layer is, or contains, an activation that is neither linear nor a rectifier."""
    fused = _fused(layer)
    if fused is not None:
        return not _is_relu(fused) and fused is not keras.activations.linear
    return type(layer).__name__ in _OTHER_ACTIVATIONS


def rectifies(layer: Any, *, fused: bool) -> bool:
    """Whether a layer is a rectifier, or with `fused`, contains one."""
    return _is_relu(_fused(layer)) if fused else _is_relu(layer)


def _is_relu(function: Any) -> bool:
    if isinstance(function, layers.ReLU):
        return function.negative_slope == 0
    return function in (keras.activations.relu, keras.activations.relu6) or type(function).__name__ in ("Relu", "Relu6")


def _deconv(relu: Any, x: backend.Tensor) -> backend.Tensor:
    return backend.with_backward(relu(x), x, keras.ops.relu)


def _guided(relu: Any, x: backend.Tensor) -> backend.Tensor:
    y = relu(x)
    return backend.with_backward(y, y, keras.ops.relu)


_OTHER_ACTIVATIONS = {
    "LeakyReLU", "PReLU", "ELU", "LeakyRelu", "Elu", "Selu", "Gelu", "Silu", "Sigmoid", "Tanh", "Softplus", "Softsign",
    "HardSigmoid", "HardSilu", "Softmax",
}  # fmt: skip

CALLS: dict[str, Call] = {
    "deconv": _rectifying_call(_deconv),
    "guided": _rectifying_call(_guided),
    "gradient": plain_call,
}
