"""Receptive fields: which input pixels each position of a layer's map depends on, computed from the graph.

Both axes are followed on their own, from the input onwards, as one interval of pixels for each row and each column of
each layer's map. A window takes the union of the intervals of the positions that it really touches, so that padding
and borders come out exactly. W. Luo, Y. Li, R. Urtasun, R. Zemel, Understanding the effective receptive field in deep
convolutional neural networks, NIPS 2016, arXiv 1701.04128, on how little of it counts much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

from dlviz.graph import Graph, Step
from dlviz.network import Network
from dlviz_models.layers.l2_pooling import L2Pooling2D
from dlviz_models.layers.local_contrast_normalization import LocalContrastNormalization

Intervals = np.ndarray
"""(n, 2) int64: the first pixel seen and the one past the last, of each position along one axis."""

_CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)
_POOLINGS = (layers.MaxPooling2D, layers.AveragePooling2D, L2Pooling2D)
_POINTWISE = {
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Identity", "BatchNormalization", "Rescaling", "Normalization",
    "Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization",
    "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Divide", "TrueDivide", "Power", "Square", "Sqrt",
    "Exp", "Log", "Absolute", "Negative", "Clip", "Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Gelu", "Silu",
    "Sigmoid", "Tanh", "Softplus", "Softsign", "HardSigmoid", "HardSilu", "LocalResponseNormalization",
    "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform",
    "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert",
    "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomZoom",
}  # fmt: skip
"""Layers and operations, of Keras and of this project, whose output at a position depends on that position only.

Those that alter pictures at random do so only while a network is trained.
"""


@dataclass(frozen=True)
class Field:
    """What each row and each column of a layer's map sees."""

    rows: Intervals
    columns: Intervals

    @property
    def size(self) -> tuple[int, int]:
        """The greatest (height, width) in pixels, of a position whose field no border cuts if there is one."""
        return int((self.rows[:, 1] - self.rows[:, 0]).max()), int((self.columns[:, 1] - self.columns[:, 0]).max())

    def boxes(self, positions: np.ndarray) -> np.ndarray:
        """The boxes (..., 4) in input pixels, cut at the border, of `positions` (..., 2), rows and columns of the map.

        A position that sees padding only gets the empty box (0, 0, 0, 0).
        """
        top, bottom = np.moveaxis(self.rows[positions[..., 0]], -1, 0)
        left, right = np.moveaxis(self.columns[positions[..., 1]], -1, 0)
        seen = (top < bottom) & (left < right)
        return np.where(seen[..., None], np.stack([top, left, bottom, right], axis=-1), 0)


def receptive_field(network: Network, layer: str) -> Field:
    """The receptive fields of all positions of the layer called `layer`.

    A layer that answers with a vector has the single position (0, 0). Through global pooling, Flatten, attention and
    layers that this module does not know, everything is taken to depend on the whole picture.
    """
    network.layer(layer)
    return receptive_fields(network, [layer])[layer]


def receptive_fields(network: Network, names: Sequence[str]) -> dict[str, Field]:
    """The receptive fields of all positions of the named layers and of those that they follow from."""
    height, width, _ = network.input_shape
    shapes = _shapes(network.graph, names, (height, width))
    fields: dict[str, Field] = {}
    for step in network.graph.ancestors(names):
        parents = [fields[p] for p in network.graph.parents[step.name]]
        rows, columns = _map_size(shapes[step.name], network.channels_first(step.name))
        whole = Field(np.tile([0, height], (rows, 1)), np.tile([0, width], (columns, 1)))
        if step.name == network.input:
            fields[step.name] = Field(_each(height), _each(width))
        elif step.layer is None:  # another input, which shows nothing of the picture
            fields[step.name] = Field(np.tile([height, 0], (rows, 1)), np.tile([width, 0], (columns, 1)))
        else:
            fields[step.name] = _through(step, parents, shapes[step.name], (rows, columns)) or whole
    return fields


def _each(n: int) -> Intervals:
    return np.stack([np.arange(n), np.arange(n) + 1], axis=1)


def _map_size(shape: tuple[int, ...], channels_first: bool) -> tuple[int, int]:
    """Rows and columns of an output of `shape`, without the batch axis."""
    spatial = shape[1:] if channels_first else shape[:-1]
    return tuple([*spatial, 1, 1][:2])  # type: ignore[return-value]


def _shapes(graph: Graph, names: Sequence[str], size: tuple[int, int]) -> dict[str, tuple[int, ...]]:
    """The shape of every step's (first) output up to the named, sizes that the network leaves open filled in."""
    steps = graph.ancestors(names)
    symbols = {s.name: keras.tree.flatten(s.outputs)[0] for s in steps}
    if any(None in t.shape[1:] for t in symbols.values()):
        inputs = {n: symbols[n] for n in graph.inputs if n in symbols}
        filled = {
            n: keras.KerasTensor(
                (1, *size, t.shape[-1]) if n == next(iter(graph.inputs)) else (1, *t.shape[1:]), t.dtype
            )
            for n, t in inputs.items()
        }
        every = list(symbols)
        outputs = keras.src.backend.compute_output_spec(lambda feeds: graph.run(feeds, every), filled)
        symbols = {n: keras.tree.flatten(o)[0] for n, o in zip(every, outputs, strict=True)}
    return {n: tuple(t.shape[1:]) for n, t in symbols.items()}


def _through(step: Step, parents: list[Field], shape: tuple[int, ...], size: tuple[int, int]) -> Field | None:
    """The fields after a step whose map has `size` rows and columns; None where it mixes all positions."""
    layer = step.layer
    known = type(layer).__module__.split(".")[0] in ("keras", "dlviz_models")
    if not known or len(shape) != 3 or len(step.tensors[0].shape) != 4:
        return None
    if _is_pointwise(layer, parents, shape):
        return Field(_union([p.rows for p in parents]), _union([p.columns for p in parents]))
    taps = [_taps(layer, axis, len(n), size[axis]) for axis, n in enumerate((parents[0].rows, parents[0].columns))]
    if taps[0] is None or taps[1] is None:
        return None
    return Field(_gather(parents[0].rows, taps[0]), _gather(parents[0].columns, taps[1]))


def _is_pointwise(layer: Any, parents: list[Field], shape: tuple[int, ...]) -> bool:
    if isinstance(layer, layers.Concatenate | layers.Softmax | layers.LayerNormalization):
        axes = [a - 1 if a > 0 else a for a in np.atleast_1d(layer.axis)]  # without the batch axis
        return tuple(np.delete(shape, axes)) == (len(parents[0].rows), len(parents[0].columns))
    if isinstance(layer, layers.Permute):
        return tuple(layer.dims) in ((1, 2, 3), (3, 1, 2), (2, 3, 1))  # the channels moved to the other end
    if isinstance(layer, layers.Activation):
        return getattr(layer.activation, "__name__", "") not in ("softmax", "log_softmax")
    return isinstance(layer, layers.Dense) or type(layer).__name__ in _POINTWISE


def _union(intervals: list[Intervals]) -> Intervals:
    """The union at each position; what has a single position is broadcast to all."""
    joined = np.stack(np.broadcast_arrays(*intervals))  # (parents, n, 2)
    return np.stack([joined[..., 0].min(axis=0), joined[..., 1].max(axis=0)], axis=1)


def _gather(intervals: Intervals, taps: np.ndarray) -> Intervals:
    """The union over the positions in each row of `taps` (m, window); those outside 0..n-1 are padding."""
    inside = (taps >= 0) & (taps < len(intervals))
    reached = intervals[np.clip(taps, 0, len(intervals) - 1)]  # (m, window, 2)
    nothing = intervals.max()
    return np.stack(
        [
            np.where(inside, reached[..., 0], nothing).min(axis=1, initial=nothing),
            np.where(inside, reached[..., 1], 0).max(axis=1, initial=0),
        ],
        axis=1,
    )


def _taps(layer: Any, axis: int, n: int, m: int) -> np.ndarray | None:
    """Which of `n` input positions each of `m` output positions looks at, (m, window); None for unknown layers."""
    out = np.arange(m)[:, None]
    if isinstance(layer, layers.Conv2DTranspose):
        return _transposed_taps(layer, axis, n, m)
    if isinstance(layer, _CONVOLUTIONS):
        return _window(layer.kernel_size[axis], layer.strides[axis], layer.dilation_rate[axis], layer.padding, n, m)
    if isinstance(layer, _POOLINGS):
        return _window(layer.pool_size[axis], layer.strides[axis], 1, layer.padding, n, m)
    if isinstance(layer, LocalContrastNormalization):
        return _window(layer.size, 1, 1, "same", n, m)
    if isinstance(layer, layers.ZeroPadding2D):
        return out - layer.padding[axis][0]
    if isinstance(layer, layers.Cropping2D):
        return out + layer.cropping[axis][0]
    if isinstance(layer, layers.UpSampling2D):
        return _upsampled_taps(layer, axis, n, out)
    return None


def _window(kernel: int, stride: int, dilation: int, padding: str, n: int, m: int) -> np.ndarray:
    """Taps of a sliding window. TensorFlow's `same` puts the odd pixel of padding behind."""
    before = _padding_before(kernel, stride, dilation, m, n) if padding == "same" else 0
    return np.arange(m)[:, None] * stride - before + np.arange(kernel) * dilation


def _padding_before(kernel: int, stride: int, dilation: int, windows: int, n: int) -> int:
    return max((windows - 1) * stride + dilation * (kernel - 1) + 1 - n, 0) // 2


def _transposed_taps(layer: layers.Conv2DTranspose, axis: int, n: int, m: int) -> np.ndarray:
    """Taps of the transpose of the convolution that takes `m` positions to `n`."""
    kernel, stride, dilation = layer.kernel_size[axis], layer.strides[axis], layer.dilation_rate[axis]
    before = _padding_before(kernel, stride, dilation, n, m) if layer.padding == "same" else 0
    reach = np.arange(m)[:, None] + before - np.arange(kernel) * dilation
    return np.where(reach % stride == 0, reach // stride, -1)


def _upsampled_taps(layer: layers.UpSampling2D, axis: int, n: int, out: np.ndarray) -> np.ndarray | None:
    factor = layer.size[axis]
    if layer.interpolation == "nearest":
        return out // factor
    if layer.interpolation != "bilinear":
        return None
    centre = (out + 0.5) / factor - 0.5  # (m, 1)
    return np.clip(np.concatenate([np.floor(centre), np.ceil(centre)], axis=1).astype(np.int64), 0, n - 1)
