"""What made a unit respond: its response sent back through the network to the pixels.

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

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import layers

from dlviz import backend
from dlviz.graph import Call, Step, linear, plain_call
from dlviz.network import Network
from dlviz.scan import Tops, as_maps, batch_limit
from dlviz.sheet import Progress
from dlviz_models.data import Pictures
from dlviz_models.errors import UserError

MODES = ("deconv", "guided", "gradient")
BATCH = 64
MOST_BYTES = 1 << 30


class Reconstruction:
    """Reconstructions for units of one layer, compiled once.

    Raises:
        UserError: `mode` is none of `MODES`.
    """

    def __init__(self, network: Network, layer: str, mode: str) -> None:
        if mode not in MODES:
            raise UserError(f"Option reconstruct={mode} is unknown: choose one of none, {', '.join(MODES)}.")
        self.network = network
        self.layer = layer
        self.mode = mode
        self.batch = batch_limit(network, (layer,), BATCH)
        self._back = backend.compiled(self._send_back)

    def __call__(self, x: np.ndarray, units: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """The reconstructions (n, height, width, channel), float32 in the model's input space.

        Of the picture x[i], (n, height, width, channel) as the model is fed it, the response of unit units[i] (n,) at
        positions[i] (n, 2), row and column in its map, goes back; all else in the layer is set to zero.
        """
        missing = -len(x) % self.batch  # batches of one size, so that nothing is compiled anew
        rows = np.concatenate([np.arange(len(x)), np.zeros(missing, np.int64)])
        places = np.concatenate([positions, units[:, None]], axis=1)[rows]  # (n, 3)
        parts = [
            np.asarray(self._back(backend.constant(x[rows[i : i + self.batch]]), places[i : i + self.batch]))
            for i in range(0, len(rows), self.batch)
        ]
        return np.concatenate(parts)[: len(x)]

    def of_tops(self, pictures: Pictures, tops: Tops, units: tuple[int, ...], into: np.ndarray) -> Iterator[Progress]:
        """Fill `into` (units, k, height, width, channel) with what made `units` respond in their top pictures."""
        k, total = into.shape[1], len(units) * into.shape[1]
        for start in range(0, total, self.batch):
            row, place = np.divmod(np.arange(start, min(start + self.batch, total)), k)
            unit = np.array(units)[row]
            x = self.network.feed_from(pictures.select(tops.index[unit, place]), 0, len(place))
            into[row, place] = self(x, unit, tops.position[unit, place])
            yield Progress(start + len(row), total, f"sending responses back ({self.mode})")

    def _send_back(self, x: backend.Tensor, places: backend.Tensor) -> backend.Tensor:
        graph, call = self.network.graph, _CALLS[self.mode]

        def half_squared_response(x: backend.Tensor) -> backend.Tensor:
            (output,) = graph.run({self.network.input: x}, (self.layer,), call)
            maps = as_maps(self.network, self.layer, output)
            n, _, columns, units = keras.ops.shape(maps)
            flat = (places[:, 0] * columns + places[:, 1]) * units + places[:, 2]
            response = keras.ops.take_along_axis(keras.ops.reshape(maps, (n, -1)), flat[:, None], axis=1)
            return keras.ops.sum(keras.ops.square(response)) / 2  # the gradient of which is the response

        return backend.value_and_gradient(half_squared_response, x)[1]


def blank(network: Network, units: int, k: int) -> np.ndarray:
    """Room for reconstructions, (units, k, height, width, channel) float32; UserError where it would be too much."""
    shape = (units, k, *network.input_shape)
    if (size := 4 * int(np.prod(shape))) > MOST_BYTES:
        raise UserError(
            f"Reconstructing {k} pictures for each of {units} units takes {size / 2**30:.1f} GiB: choose some units"
            " with --unit, or a smaller per_unit."
        )
    return np.zeros(shape, np.float32)


# -- calls of a layer with another way back through its rectifier --------------------------------------------------


def _rectifying_call(rectify: Any) -> Call:
    """A `Graph.run` call that gives a step's rectifier, its own or one fused into it, to `rectify(function, x)`."""

    def call(step: Step, *args: Any, **kwargs: Any) -> backend.Tensor:
        if _is_relu(step.layer):
            return rectify(lambda x: plain_call(step, x), args[0])
        activation = vars(step.layer).get("activation")
        if not _is_relu(activation):
            return plain_call(step, *args, **kwargs)
        with linear(step.layer):
            x = plain_call(step, *args, **kwargs)
        return rectify(activation, x)

    return call


def _is_relu(function: Any) -> bool:
    if isinstance(function, layers.ReLU):
        return function.negative_slope == 0
    return function in (keras.activations.relu, keras.activations.relu6) or type(function).__name__ in ("Relu", "Relu6")


def _deconv(relu: Any, x: backend.Tensor) -> backend.Tensor:
    return backend.with_backward(relu(x), x, keras.ops.relu)


def _guided(relu: Any, x: backend.Tensor) -> backend.Tensor:
    y = relu(x)
    return backend.with_backward(y, y, keras.ops.relu)


_CALLS: dict[str, Call] = {
    "deconv": _rectifying_call(_deconv),
    "guided": _rectifying_call(_guided),
    "gradient": plain_call,
}
