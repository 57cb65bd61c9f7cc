"""What made a unit respond: its response sent back through the network to the pixels, or to whatever numbers are fed.

deconv: M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, ECCV 2014, arXiv 1311.2901.
guided: J. T. Springenberg et al., Striving for simplicity: the all convolutional net, ICLR 2015, arXiv 1412.6806.
gradient: K. Simonyan et al., Deep inside convolutional networks, 2013, arXiv 1312.6034.

The three differ at rectifiers only. On its way back the signal s meets a rectifier whose input was x:

    gradient   s where x > 0
    deconv     max(s, 0)
    guided     max(s, 0) where x > 0

Everywhere else each takes the transpose of what the layer did to this picture, which is its gradient: convolutions
and dense layers with their kernels transposed, max pooling through the places where the maxima were (the paper's
switches; of equal values the first in reading order), and likewise Add, Concatenate, BatchNormalization, average
pooling, Dropout, Flatten, response normalisation, other activations. Biases play no part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers

from dlviz import backend
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
    """Reconstructions for units of one layer, compiled once.

    Args:
        of: the input to which responses are sent back; empty: the first of those that the layer sees.

    Raises:
        UserError: `mode` is none of `MODES`, or the input takes tokens, which have no gradient.
    """

    def __init__(self, network: Network, layer: str, mode: str, of: str = "") -> None:
        if mode not in MODES:
            raise UserError(f"Option reconstruct={mode} is unknown: choose one of none, {', '.join(MODES)}.")
        self.network = network
        self.layer = layer
        self.mode = mode
        self.of = of or input_sent_to(network, layer)
        self.batch = batch_limit(network, (layer,), BATCH)
        self._back = backend.compiled(self._send_back)

    def __call__(self, fed: np.ndarray | Feeds, units: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """The reconstructions (n, *input), float32 in the model's input space.

        Of sample i, as the model is fed it (a batch for each input, or for the only one), the response of unit units[i]
        (n,) at positions[i] (n, axes of the map) goes back; all else in the layer is set to zero.
        """
        feeds = fed if isinstance(fed, dict) else {self.of: fed}
        n = len(units)
        rows = np.concatenate([np.arange(n), np.zeros(-n % self.batch, np.int64)])  # batches of one size, so that
        places = np.concatenate([positions, units[:, None]], axis=1)[rows]  # nothing is compiled anew
        parts = []
        for i in range(0, len(rows), self.batch):
            part = rows[i : i + self.batch]
            batch = {name: backend.constant(x[part]) for name, x in feeds.items()}
            parts.append(np.asarray(self._back(batch, places[i : i + self.batch])))
        return np.concatenate(parts)[:n].astype(np.float32)

    def of_top_responses(
        self, samples: Samples, responses: TopResponses, units: Sequence[int], into: np.ndarray
    ) -> Iterator[Progress]:
        """Fill `into` (units, k, *input) with what made `units` respond in their top samples.

        Where samples are shorter than that, zeros stay behind.
        """
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

    def _send_back(self, feeds: dict[str, backend.Tensor], places: backend.Tensor) -> backend.Tensor:
        graph, call = self.network.graph, CALLS[self.mode]
        places = keras.ops.cast(places, "int32")

        def half_squared_response(x: backend.Tensor) -> backend.Tensor:
            (output,) = graph.run({**feeds, self.of: x}, (self.layer,), call)
            maps = as_maps(self.network, self.layer, output)
            n, *sizes, units = keras.ops.shape(maps)
            flat = keras.ops.zeros_like(places[:, 0])
            for axis, size in enumerate(sizes):
                flat = flat * size + places[:, axis]
            flat = flat * units + places[:, -1]
            response = keras.ops.take_along_axis(keras.ops.reshape(maps, (n, -1)), flat[:, None], axis=1)
            return keras.ops.sum(keras.ops.square(response)) / 2  # the gradient of which is the response

        return backend.value_and_gradient(half_squared_response, feeds[self.of])[1]


def input_sent_to(network: Network, layer: str) -> str:
    """The input to which the responses of a layer can be sent back.

    Raises:
        UserError: the layer depends on none that takes numbers.
    """
    for name in inputs_seen(network, layer):
        if takes_numbers(network.inputs[name]):
            return name
    raise UserError(
        f"The responses of {layer[:60]} cannot be projected back to the input of {network.name}, because tokens and"
        f" integers have no gradient: choose reconstruct=none."
    )


def takes_numbers(spec: Input) -> bool:
    """Whether an input takes numbers that responses can be sent back to, and not tokens."""
    return not spec.vocabulary and spec.kind in ("picture", "sound", "numbers") and "float" in spec.dtype


def where_alike(network: Network, layer: str, mode: str) -> str:
    """A sentence where a method is the gradient at some or all of the activations on the way; else empty."""
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


def blank(shape: Sequence[int], units: int, k: int) -> np.ndarray:
    """Room for reconstructions, (units, k, *shape) float32; UserError where it would be too much."""
    if (size := 4 * units * k * math.prod(shape)) > MOST_BYTES:
        raise UserError(
            f"Reconstructing {k} samples for each of {units} units takes {size / 2**30:.1f} GiB: choose some units"
            " (--unit), or fewer samples for each."
        )
    return np.zeros((units, k, *shape), np.float32)


# -- calls of a layer with another way back through its rectifier --------------------------------------------------


def _rectifying_call(rectify: Any) -> Call:
    """A `Graph.run` call that gives a step's rectifier, its own or one fused into it, to `rectify(function, x)`."""

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
    """The activation that is part of a layer."""
    return vars(layer).get("activation")


def _is_other_activation(layer: Any) -> bool:
    """Whether a layer is, or has, an activation that is neither linear nor a rectifier."""
    fused = _fused(layer)
    if fused is not None:
        return not _is_relu(fused) and fused is not keras.activations.linear
    return type(layer).__name__ in _OTHER_ACTIVATIONS


def rectifies(layer: Any, *, fused: bool) -> bool:
    """Whether a layer is a rectifier, or with `fused` has one."""
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
