"""A network as a list of plain operations with their numbers, for a page that runs it without Keras."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import layers

from dlviz.model.graph import Step
from dlviz.network import Network
from dlviz_models.errors import UserError

ACTIVATIONS = {
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "tanh", "sigmoid", "softmax",
}  # fmt: skip
"""Those that the page knows, by Keras's names."""
_UNCHANGED = (
    layers.Dropout, layers.SpatialDropout2D, layers.GaussianNoise, layers.GaussianDropout, layers.Identity,
    layers.Flatten, layers.Reshape, layers.ActivityRegularization,
)  # fmt: skip
"""Layers that leave the numbers as they are, in another shape perhaps, when nothing is being trained."""
_MERGING = {
    layers.Add: "add", layers.Subtract: "subtract", layers.Multiply: "multiply", layers.Concatenate: "concatenate",
}  # fmt: skip

Operation = dict[str, Any]


@dataclass
class Operations:
    """The operations of a network in the order in which they can be run, and their weights.

    Attributes:
        listed: each with its `name`, its `kind`, the names `from` which it takes its inputs, its output's `shape` and
            what its kind asks for. Weights are given as (first number, shape) in `weights`.
    """

    listed: list[Operation] = field(default_factory=list)
    _weights: list[np.ndarray] = field(default_factory=list)
    _size: int = 0

    @property
    def weights(self) -> np.ndarray:
        """Every number of every operation, one behind the other, float32 (count,)."""
        return np.concatenate([np.zeros(0, np.float32), *self._weights])

    def add(self, kind: str, name: str, sources: tuple[str, ...], shape: tuple[int, ...], **more: Any) -> None:
        """Add one operation; arrays among `more` are its weights."""
        stored = {key: self._stored(value) if isinstance(value, np.ndarray) else value for key, value in more.items()}
        self.listed.append({"name": name, "kind": kind, "from": list(sources), "shape": list(shape), **stored})

    def _stored(self, values: np.ndarray) -> list[Any]:
        first = self._size
        self._weights.append(np.asarray(values, np.float32).ravel())
        self._size += values.size
        return [first, list(values.shape)]


def operations_of(network: Network) -> Operations:
    """The operations from a picture in pixels 0..255 to the answer that is looked at.

    Raises:
        UserError: there is a layer that the page cannot run.
    """
    found = Operations()
    for step in network.graph.ancestors((network.chosen_output.layer,)):
        if step.layer is None:
            _add_input(found, network, step.name)
        else:
            _Added(found, network, step).add()
    return found


def _add_input(found: Operations, network: Network, name: str) -> None:
    preprocess, (*_, channels) = network.preprocess, network.input_shape
    like = np.zeros((1, channels))
    deviation = np.broadcast_to(preprocess.per_channel(preprocess.deviation, like), (channels,))
    mean = np.broadcast_to(preprocess.per_channel(preprocess.mean, like), (channels,))
    shape = network.input_shape
    found.add("pixels", name, (), shape, scale=1 / deviation, offset=-mean / deviation, bgr=preprocess.bgr)


@dataclass(frozen=True)
class _Added:
    """One step of the network's graph, to be added as one operation or several."""

    found: Operations
    network: Network
    step: Step

    def add(self) -> None:
        layer = self.step.layer
        name = type(layer).__name__
        add = _ADDS.get(type(layer))
        if add and self._is_plain(layer):
            return add(self, layer)
        raise UserError(
            f"A page cannot run layer {self.step.name[:60]} ({name[:60]}) of {self.network.name}: take a network of"
            " convolutions, pooling, dense layers, normalisation and the usual activations."
        )

    @staticmethod
    def _is_plain(layer: Any) -> bool:
        """Whether its channels are last and its weights are stored as they are used."""
        return getattr(layer, "data_format", "") != "channels_first" and not getattr(layer, "quantization_mode", None)

    @property
    def name(self) -> str:
        return self.step.name

    @property
    def sources(self) -> tuple[str, ...]:
        return self.network.graph.parents[self.step.name]

    @property
    def shape(self) -> tuple[int, ...]:
        return self._sizes(self.network.graph.symbol(self.step.name))

    @property
    def given(self) -> tuple[int, ...]:
        """The shape of what goes in."""
        return self._sizes(self.step.tensors[0])

    def _sizes(self, symbol: Any) -> tuple[int, ...]:
        shape = tuple(symbol.shape[1:])
        if None in shape:
            raise UserError(f"A page needs a network of one size, and {self.network.name} takes pictures of any size.")
        return shape

    def with_activation(self, kind: str, activation: Any, **more: Any) -> None:
        """An operation, and its activation as one of its own behind it where it is not linear."""
        name = activation_name(activation, self.network)
        inner = self.name if name == "linear" else f"{self.name}~"
        self.found.add(kind, inner, self.sources, self.shape, **more)
        if name != "linear":
            self.found.add(name, self.name, (inner,), self.shape)


def activation_name(activation: Any, network: Network) -> str:
    """Keras's name of an activation; UserError where the page does not know it."""
    name = getattr(activation, "__name__", type(activation).__name__)
    if name not in ACTIVATIONS:
        raise UserError(f"A page cannot run the activation {name[:60]} of {network.name}: it knows {_known()}.")
    return name


def _known() -> str:
    return ", ".join(sorted(ACTIVATIONS))


# -- each kind of layer ----------------------------------------------------------------------------------------------


def _window(layer: Any, given: tuple[int, ...], after: tuple[int, ...], size: tuple[int, ...]) -> dict[str, Any]:
    """Strides, dilation, and the rows and columns of padding before the first."""
    strides = tuple(layer.strides)
    dilation = tuple(getattr(layer, "dilation_rate", (1, 1)))
    before = [0, 0]
    if layer.padding == "same":
        for axis in (0, 1):
            reach = (after[axis] - 1) * strides[axis] + (size[axis] - 1) * dilation[axis] + 1
            before[axis] = max(reach - given[axis], 0) // 2
    return {"strides": strides, "dilation": dilation, "padding": before}


def _bias(layer: Any, units: int) -> np.ndarray:
    return _numbers(layer.bias) if layer.use_bias else np.zeros(units, np.float32)


def _numbers(variable: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(variable), np.float32)


def _convolution(step: _Added, layer: Any) -> None:
    kernel = _numbers(layer.kernel)
    window = _window(layer, step.given, step.shape, kernel.shape[:2])
    bias = _bias(layer, kernel.shape[-1])
    step.with_activation("convolution", layer.activation, kernel=kernel, bias=bias, **window)


def _depthwise(step: _Added, layer: Any) -> None:
    height, width, channels, multiplier = layer.kernel.shape
    kernel = _numbers(layer.kernel).reshape(height, width, 1, channels * multiplier)
    window = _window(layer, step.given, step.shape, (height, width))
    bias = _bias(layer, channels * multiplier)
    step.with_activation("convolution", layer.activation, kernel=kernel, bias=bias, **window)


def _transposed(step: _Added, layer: Any) -> None:
    if layer.output_padding is not None or tuple(layer.dilation_rate) != (1, 1):
        raise UserError(f"A page cannot run layer {step.name[:60]} of {step.network.name}, which is padded or dilated.")
    kernel = _numbers(layer.kernel)  # (height, width, out, in): that of the convolution whose transpose it is
    window = _window(layer, step.shape, step.given, kernel.shape[:2])
    bias = _bias(layer, kernel.shape[2])
    step.with_activation("transposed", layer.activation, kernel=kernel, bias=bias, **window)


def _dense(step: _Added, layer: Any) -> None:
    kernel = _numbers(layer.kernel)
    step.with_activation("dense", layer.activation, kernel=kernel, bias=_bias(layer, kernel.shape[-1]))


def _pooling(kind: str) -> Callable[[_Added, Any], None]:
    def add(step: _Added, layer: Any) -> None:
        size = tuple(layer.pool_size)
        window = _window(layer, step.given, step.shape, size)
        step.found.add(kind, step.name, step.sources, step.shape, size=size, **window)

    return add


def _global_pooling(kind: str) -> Callable[[_Added, Any], None]:
    def add(step: _Added, layer: Any) -> None:
        size = step.given[:2]
        window = {"strides": (1, 1), "dilation": (1, 1), "padding": (0, 0)}
        step.found.add(kind, step.name, step.sources, step.shape, size=size, **window)

    return add


def _rescaling(step: _Added, layer: Any) -> None:
    channels = step.shape[-1]
    scale, offset = (np.broadcast_to(np.asarray(v, np.float32), (channels,)) for v in (layer.scale, layer.offset))
    step.found.add("affine", step.name, step.sources, step.shape, scale=scale, offset=offset)


def _batch_normalisation(step: _Added, layer: Any) -> None:
    if layer.axis not in (-1, len(step.shape)):
        raise UserError(f"A page cannot run layer {step.name[:60]}, which does not normalise the channels.")
    scale = 1 / np.sqrt(_numbers(layer.moving_variance).astype(np.float64) + layer.epsilon)
    scale = scale * (_numbers(layer.gamma) if layer.scale else 1)
    offset = -_numbers(layer.moving_mean) * scale + (_numbers(layer.beta) if layer.center else 0)
    step.found.add("affine", step.name, step.sources, step.shape, scale=scale, offset=offset)


def _zero_padding(step: _Added, layer: Any) -> None:
    (top, _), (left, _) = layer.padding
    step.found.add("zeros", step.name, step.sources, step.shape, padding=(top, left))


def _up_sampling(step: _Added, layer: Any) -> None:
    if layer.interpolation != "nearest":
        raise UserError(f"A page cannot run layer {step.name[:60]}, which enlarges by {layer.interpolation}.")
    step.found.add("repeat", step.name, step.sources, step.shape, size=tuple(layer.size))


def _activation(step: _Added, layer: Any) -> None:
    name = activation_name(layer.activation, step.network)
    step.found.add("same" if name == "linear" else name, step.name, step.sources, step.shape)


def _relu(step: _Added, layer: Any) -> None:
    slope, threshold = float(layer.negative_slope), float(layer.threshold)
    if threshold or layer.max_value not in (None, 6) or (slope and layer.max_value):
        raise UserError(f"A page cannot run layer {step.name[:60]}, a ReLU with limits of its own.")
    kind = "relu6" if layer.max_value else "leaky_relu" if slope else "relu"
    step.found.add(kind, step.name, step.sources, step.shape, **({"slope": slope} if slope else {}))


def _leaky_relu(step: _Added, layer: Any) -> None:
    step.found.add("leaky_relu", step.name, step.sources, step.shape, slope=float(layer.negative_slope))


def _softmax(step: _Added, layer: Any) -> None:
    if layer.axis not in (-1, len(step.shape)):
        raise UserError(f"A page cannot run layer {step.name[:60]}, a softmax that is not over the channels.")
    step.found.add("softmax", step.name, step.sources, step.shape)


def _merge(step: _Added, layer: Any) -> None:
    kind, sources = _MERGING[type(layer)], tuple(step.network.graph.parents[step.name])
    shapes = {step._sizes(tensor) for tensor in step.step.tensors}
    on_channels = kind == "concatenate" and layer.axis in (-1, len(step.shape))
    if len(sources) != len(step.step.tensors) or (kind == "concatenate" and not on_channels):
        raise UserError(f"A page cannot run layer {step.name[:60]}, which joins along another axis than the channels.")
    if kind != "concatenate" and len(shapes) > 1:
        raise UserError(f"A page cannot run layer {step.name[:60]}, which joins maps of different sizes.")
    step.found.add(kind, step.name, sources, step.shape)


def _same(step: _Added, layer: Any) -> None:
    if math.prod(step.shape) != math.prod(step.given):
        raise UserError(f"A page cannot run layer {step.name[:60]}, which leaves numbers out.")
    step.found.add("same", step.name, step.sources, step.shape)


_ADDS: dict[Any, Callable[[_Added, Any], None]] = {
    layers.Conv2D: _convolution,
    layers.DepthwiseConv2D: _depthwise,
    layers.Conv2DTranspose: _transposed,
    layers.Dense: _dense,
    layers.MaxPooling2D: _pooling("maximum_pooling"),
    layers.AveragePooling2D: _pooling("average_pooling"),
    layers.GlobalMaxPooling2D: _global_pooling("maximum_pooling"),
    layers.GlobalAveragePooling2D: _global_pooling("average_pooling"),
    layers.Rescaling: _rescaling,
    layers.BatchNormalization: _batch_normalisation,
    layers.ZeroPadding2D: _zero_padding,
    layers.UpSampling2D: _up_sampling,
    layers.Activation: _activation,
    layers.ReLU: _relu,
    layers.LeakyReLU: _leaky_relu,
    layers.Softmax: _softmax,
    **dict.fromkeys(_MERGING, _merge),
    **dict.fromkeys(_UNCHANGED, _same),
}
"""What adds a layer of each class."""
