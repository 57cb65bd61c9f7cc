"""Where the axes of a tensor go in a layer, and what each position after it looks at along them.

Axes are counted without the batch axis. A layer has one `Route` for each axis of a tensor that goes in; a layer that is
not in the tables here has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras
import numpy as np

from dlviz import windows
from dlviz.graph import Step
from dlviz.windows import Intervals, gathered, hull

Shape = tuple[int, ...]
Reach = Callable[[Intervals], Intervals]
"""From what the positions along an axis see to what those after the layer see."""


@dataclass(frozen=True)
class Route:
    """The axis after the layer along which what is seen varies, None where it does not; and how far is looked."""

    axis: int | None
    reach: Reach = hull


@dataclass(frozen=True)
class Passage:
    """One tensor on its way through a step.

    Attributes:
        layer: the layer or operation, without wrappers.
        tensor: the number of the tensor among those that go in.
        given, output: the shapes of that tensor, and of what comes out.
        number: of the output, where a step has several.
    """

    step: Step
    layer: Any
    tensor: int
    given: Shape
    output: Shape
    number: int = 0


Routes = list[Route]
Rule = Callable[[Passage], Routes | None]


def routes(passage: Passage) -> Routes | None:
    """The routes of the axes of a tensor; None where the layer is not known."""
    if isinstance(passage.layer, keras.layers.SpectralNormalization):
        return routes(replace(passage, layer=passage.layer.layer))
    if type(passage.layer).__module__.split(".")[0] not in ("keras", "dlviz_models"):
        return None
    for kind in type(passage.layer).__mro__:
        if kind.__name__ in RULES:
            return RULES[kind.__name__](passage)
    return None


# -- what most rules are made of ------------------------------------------------------------------------------------


def _same(axis: int) -> Route:
    return Route(axis, lambda seen: seen)


def _taps(axis: int, taps: np.ndarray) -> Route:
    return Route(axis, partial(gathered, taps=taps))


def _pointwise(p: Passage) -> Routes:
    """Each position stays; what has fewer axes, or one position along them, is broadcast."""
    return [_same(axis + len(p.output) - len(p.given)) for axis in range(len(p.given))]


def _everywhere(p: Passage) -> Routes:
    """Every position looks at all of them."""
    return [Route(None) for _ in p.given]


def _mixed(axes: Iterable[int], p: Passage) -> Routes:
    """All positions along `axes` look at each other, the others stay."""
    there = {axis % len(p.given) for axis in axes}
    return [Route(None) if axis in there else _same(axis) for axis in range(len(p.given))]


def _reduced(axes: Iterable[int] | None, p: Passage, keepdims: bool = False) -> Routes:
    """`axes` are summed up; None: all of them."""
    gone = set(range(len(p.given))) if axes is None else {axis % len(p.given) for axis in axes}
    left = [axis for axis in range(len(p.given)) if keepdims or axis not in gone]
    return [Route(None) if axis in gone else _same(left.index(axis)) for axis in range(len(p.given))]


def _without_batch(axes: Any, rank: int) -> list[int]:
    """Numbers of axes that count the batch axis, without it."""
    return [(int(axis) % (rank + 1)) - 1 for axis in np.atleast_1d(axes)]


def _spatial(p: Passage) -> list[int]:
    """The axes of a layer's maps that are not its channels."""
    first = int(getattr(p.layer, "data_format", "channels_last") == "channels_first")
    return list(range(first, first + len(p.given) - 1))


def _along(p: Passage, taps: Callable[[int, int, int], np.ndarray | None]) -> Routes | None:
    """Routes by `taps(number of the spatial axis, positions before, positions after)`; the channels are all seen."""
    found: Routes = [Route(None)] * len(p.given)
    for number, axis in enumerate(_spatial(p)):
        reached = taps(number, p.given[axis], p.output[axis])
        if reached is None:
            return None
        found[axis] = _taps(axis, reached)
    return found


def _pair(value: Any, axis: int) -> Any:
    """What a layer has for one of its axes; a single number is for all of them."""
    return value if np.ndim(value) == 0 else value[axis]


# -- convolution, pooling, padding, resizing -------------------------------------------------------------------------


def _convolution(p: Passage) -> Routes | None:
    la = p.layer
    return _along(p, lambda a, n, m: windows.sliding(
        la.kernel_size[a], la.strides[a], la.dilation_rate[a], la.padding, n, m))  # fmt: skip


def _transposed(p: Passage) -> Routes | None:
    la = p.layer
    return _along(p, lambda a, n, m: windows.transposed(
        la.kernel_size[a], la.strides[a], la.dilation_rate[a], la.padding, n, m))  # fmt: skip


def _pooling(p: Passage) -> Routes | None:
    la = p.layer
    strides = la.strides if la.strides is not None else la.pool_size
    return _along(p, lambda a, n, m: windows.sliding(_pair(la.pool_size, a), _pair(strides, a), 1, la.padding, n, m))


def _adaptive(p: Passage) -> Routes | None:
    return _along(p, lambda a, n, m: windows.adaptive(n, m))


def _global_pooling(p: Passage) -> Routes:
    return _reduced(_spatial(p), p, p.layer.keepdims)


def _contrast(p: Passage) -> Routes | None:
    return _along(p, lambda a, n, m: windows.sliding(p.layer.size, 1, 1, "same", n, m))


def _sides(value: Any, axis: int, rank: int) -> tuple[int, int]:
    """The padding or cropping before and behind one of `rank` axes."""
    before, behind = value if rank == 1 else value[axis]
    return int(before), int(behind)


def _padded(p: Passage) -> Routes | None:
    rank = len(p.given) - 1
    return _along(p, lambda a, n, m: np.arange(m)[:, None] - _sides(p.layer.padding, a, rank)[0])


def _cropped(p: Passage) -> Routes | None:
    rank = len(p.given) - 1
    return _along(p, lambda a, n, m: np.arange(m)[:, None] + _sides(p.layer.cropping, a, rank)[0])


def _padded_arrays(p: Passage) -> Routes:
    """`keras.ops.pad` in any of its modes."""
    widths = list(p.layer.pad_width) * (len(p.given) + 1 if len(p.layer.pad_width) == 1 else 1)
    mode = p.layer.mode
    outside = {"constant_values": -1} if mode == "constant" else {}
    found = [np.pad(np.arange(n), width, mode, **outside) for n, width in zip(p.given, widths[1:], strict=True)]
    return [_taps(axis, taps[:, None]) for axis, taps in enumerate(found)]


def _images_padded(p: Passage) -> Routes | None:
    return _along(p, lambda a, n, m: np.arange(m)[:, None] - _before(p.layer, "padding", a, m - n))


def _images_cropped(p: Passage) -> Routes | None:
    return _along(p, lambda a, n, m: np.arange(m)[:, None] + _before(p.layer, "cropping", a, n - m))


def _before(layer: Any, what: str, axis: int, both: int) -> int:
    """What is added or cut in front of an axis of pictures, given how much it is at both sides."""
    names = (("top", "bottom"), ("left", "right"))[axis]
    before, behind = (getattr(layer, f"{name}_{what}") for name in names)
    return int(before) if before is not None else both - int(behind or 0)


def _upsampled(p: Passage) -> Routes | None:
    return _along(p, lambda a, n, m: windows.resized(n, m, getattr(p.layer, "interpolation", "nearest")))


def _resizing(p: Passage) -> Routes | None:
    la = p.layer
    if la.pad_to_aspect_ratio or len(p.given) != 3:
        return None
    size = [p.given[axis] for axis in _spatial(p)]
    target = [p.output[axis] for axis in _spatial(p)]
    cut = _to_aspect_ratio(size, target) if la.crop_to_aspect_ratio else size

    def taps(axis: int, n: int, m: int) -> np.ndarray | None:
        found = windows.resized(cut[axis], m, la.interpolation, getattr(la, "antialias", False))
        return None if found is None else found + (n - cut[axis]) // 2

    return _along(p, taps)


def _to_aspect_ratio(size: list[int], target: list[int]) -> list[int]:
    """The (height, width) that is cut out of `size` to have the proportions of `target`."""
    (height, width), (rows, columns) = size, target
    return [max(min(height, width * rows // columns), 1), max(min(width, height * columns // rows), 1)]


def _centre_crop(p: Passage) -> Routes | None:
    size = [p.given[axis] for axis in _spatial(p)]
    target = [p.output[axis] for axis in _spatial(p)]
    if all(n >= m for n, m in zip(size, target, strict=True)):
        return _along(p, lambda a, n, m: np.arange(m)[:, None] + (n - m) // 2)
    cut = _to_aspect_ratio(size, target)

    def taps(axis: int, n: int, m: int) -> np.ndarray | None:
        found = windows.resized(cut[axis], m, "bilinear")
        return None if found is None else found + (n - cut[axis]) // 2

    return _along(p, taps)


def _spectrogram(p: Passage) -> Routes:
    """Frames `sequence_length` long about every `sequence_stride`-th sample; the input is mirrored at its ends."""
    la, time = p.layer, len(p.output) - 1
    length, stride = la.sequence_length, la.sequence_stride
    taps = np.arange(p.output[time])[:, None] * stride - length // 2 + np.arange(length)
    return [_taps(time, np.clip(taps, 0, p.given[0] - 1)), *(Route(None) for _ in p.given[1:])]


# -- axes that come, go and change places ----------------------------------------------------------------------------


def _permuted(order: Iterable[int], p: Passage) -> Routes:
    """Axis k after the layer was axis order[k]."""
    places = list(order)
    return [_same(places.index(axis)) for axis in range(len(p.given))]


def _permute(p: Passage) -> Routes:
    return _permuted((dim - 1 for dim in p.layer.dims), p)


def _moved(change: Callable[[np.ndarray], np.ndarray], p: Passage) -> Routes | None:
    """Routes of an operation that moves axes as `change` moves those of an array; None where the batch is moved."""
    ranks = change(np.empty(range(2, len(p.given) + 3))).shape  # each axis has a size of its own
    return None if ranks[0] != 2 else _permuted((n - 3 for n in ranks[1:]), p)


def _transpose(p: Passage) -> Routes | None:
    return _moved(lambda x: np.transpose(x, p.layer.axes), p)


def _moveaxis(p: Passage) -> Routes | None:
    return _moved(lambda x: np.moveaxis(x, p.layer.source, p.layer.destination), p)


def _swapaxes(p: Passage) -> Routes | None:
    return _moved(lambda x: np.swapaxes(x, p.layer.axis1, p.layer.axis2), p)


def _item(p: Passage) -> Routes | None:
    """Indexing with whole numbers, slices, None and an ellipsis."""
    key = p.step.args[1] if len(p.step.args) > 1 else p.step.kwargs.get("key")
    parts = list(key) if isinstance(key, tuple | list) else [key]
    if not all(part is None or part is Ellipsis or isinstance(part, int | slice) for part in parts):
        return None
    if Ellipsis not in parts:
        parts.append(Ellipsis)
    at = parts.index(Ellipsis)
    missing = len(p.given) + 1 - sum(part is not None and part is not Ellipsis for part in parts)
    parts[at : at + 1] = [slice(None)] * missing
    if parts[0] != slice(None):
        return None
    found: Routes = []
    out = 0
    for part in parts[1:]:
        if part is None:
            out += 1
            continue
        places = np.atleast_1d(np.arange(p.given[len(found)])[part])[:, None]
        if isinstance(part, slice):
            found.append(_taps(out, places))
            out += 1
        else:
            found.append(Route(None, partial(gathered, taps=places)))
    return found


def _split(p: Passage) -> Routes | None:
    axis = p.layer.axis % (len(p.given) + 1) - 1
    sizes = [tensor.shape[axis + 1] for tensor in keras.tree.flatten(p.step.outputs)]
    if axis < 0 or None in sizes:
        return None
    start = sum(sizes[: p.number])
    found = _pointwise(p)
    found[axis] = _taps(axis, np.arange(start, start + sizes[p.number])[:, None])
    return found


def _flip(p: Passage) -> Routes:
    axes = range(len(p.given)) if p.layer.axis is None else _without_batch(p.layer.axis, len(p.given))
    found = _pointwise(p)
    for axis in axes:
        found[axis] = Route(axis, lambda seen: seen[::-1])
    return found


def _reduction(p: Passage) -> Routes | None:
    axis = p.layer.axis
    if axis is None or 0 in np.atleast_1d(axis):
        return None
    return _reduced(_without_batch(axis, len(p.given)), p, bool(getattr(p.layer, "keepdims", False)))


# -- dense layers, normalisation, tokens, attention, recurrence ------------------------------------------------------


def _last_mixed(p: Passage) -> Routes:
    return _mixed([-1], p)


def _softmax(p: Passage) -> Routes:
    return _mixed(_without_batch(p.layer.axis, len(p.given)), p)


def _activation(p: Passage) -> Routes:
    name = getattr(p.layer.activation, "__name__", "")
    return _last_mixed(p) if name in ("softmax", "log_softmax", "glu", "sparsemax") else _pointwise(p)


def _group_normalization(p: Passage) -> Routes:
    return _mixed(range(len(p.given)), p)


def _einsum(p: Passage) -> Routes | None:
    """Letters of the input's axes that the output has stay; the others are summed over."""
    given, _, after = p.layer.equation.replace(" ", "").partition("->")
    before = given.split(",")[0]
    if "." in before or len(before) != len(p.given) + 1 or before[0] != after[:1]:
        return None
    return [_same(after.index(a) - 1) if a in after else Route(None) for a in before[1:]]


def _matrix_product(p: Passage) -> Routes:
    """The rows of the first factor and the columns of the second stay."""
    if len(p.step.tensors) == 1:
        return _last_mixed(p)
    return _mixed([-1] if p.tensor == 0 else [-2], p)


def _category_encoding(p: Passage) -> Routes:
    return _pointwise_tokens(p) if len(p.output) > len(p.given) else _last_mixed(p)


def _pointwise_tokens(p: Passage) -> Routes:
    """Each number becomes a vector along a new, last axis."""
    return [_same(axis) for axis in range(len(p.given))]


def _attention(p: Passage) -> Routes:
    """A query looks at itself and at all keys, or in a causal layer at those up to its own place."""
    if p.number:
        return _everywhere(p)
    if p.tensor == 0:
        return _last_mixed(p)
    if p.step.kwargs.get("use_causal_mask") and len(p.given) == len(p.output):
        return [Route(0, windows.up_to), *(Route(None) for _ in p.given[1:])]
    return _everywhere(p)


def _recurrent(p: Passage) -> Routes:
    """Everything up to a step, or from it on where the layer reads backwards; the state, where it is asked for, all."""
    if p.number or p.tensor or not p.layer.return_sequences:
        return _everywhere(p)
    so_far = (lambda seen: windows.up_to(seen[::-1])) if p.layer.go_backwards else windows.up_to
    return [Route(0, so_far), *(Route(None) for _ in p.given[1:])]


def _per_frame(p: Passage) -> Routes | None:
    """The wrapped layer's routes, after the axis of time."""
    inner = routes(replace(p, layer=p.layer.layer, given=p.given[1:], output=p.output[1:]))
    return None if inner is None else after_time(inner)


def after_time(inner: Routes) -> Routes:
    """Routes of what is done to every frame, with the axis of time, which stays, in front."""
    return [_same(0), *(replace(route, axis=None if route.axis is None else route.axis + 1) for route in inner)]


# -- the table -------------------------------------------------------------------------------------------------------


def _table(groups: dict[str, Rule]) -> dict[str, Rule]:
    return {name: rule for names, rule in groups.items() for name in names.split()}


RULES: dict[str, Rule] = _table({
    "Conv1D Conv2D Conv3D DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D": _convolution,
    "Conv1DTranspose Conv2DTranspose Conv3DTranspose": _transposed,
    "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D L2Pooling2D": _pooling,
    "MaxPool AveragePool": _pooling,
    "BaseAdaptivePooling AdaptiveMaxPool AdaptiveAveragePool": _adaptive,
    "BaseGlobalPooling": _global_pooling,
    "LocalContrastNormalization": _contrast,
    "ZeroPadding1D ZeroPadding2D ZeroPadding3D": _padded,
    "Cropping1D Cropping2D Cropping3D": _cropped,
    "UpSampling1D UpSampling2D UpSampling3D": _upsampled,
    "Pad": _padded_arrays,
    "PadImages": _images_padded,
    "CropImages": _images_cropped,
    "Resizing Resize": _resizing,
    "CenterCrop": _centre_crop,
    "MelSpectrogram": _spectrogram,
    "Permute": _permute,
    "Transpose": _transpose,
    "Moveaxis": _moveaxis,
    "Swapaxes": _swapaxes,
    "GetItem": _item,
    "Split": _split,
    "Flip": _flip,
    "Mean Max Min Sum Prod Std Var Any All Argmax Argmin Norm Logsumexp": _reduction,
    "Dense OneHotDense RBM": _last_mixed,
    "Softmax LogSoftmax LayerNormalization RMSNormalization UnitNormalization": _softmax,
    "Activation": _activation,
    "GroupNormalization": _group_normalization,
    "EinsumDense": _einsum,
    "Matmul": _matrix_product,
    "Embedding OneHot": _pointwise_tokens,
    "CategoryEncoding": _category_encoding,
    "MultiHeadAttention GroupQueryAttention Attention AdditiveAttention": _attention,
    "RNN": _recurrent,
    "Bidirectional AlignmentWeights HeadWeights HeadMixture Recursive Dot": _everywhere,
    "TimeDistributed": _per_frame,
    "ReLU LeakyReLU PReLU ELU Identity BatchNormalization Rescaling Normalization Masking Text": _pointwise,
    "SinePositions": _pointwise,
    "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout GaussianNoise": _pointwise,
    "ActivityRegularization Add Subtract Multiply Average Maximum Minimum Divide TrueDivide Power Square": _pointwise,
    "Sqrt Rsqrt Exp Expm1 Log Log1p Absolute Abs Negative Sign Clip Relu Relu6 LeakyRelu Elu Selu Gelu": _pointwise,
    "Silu": _pointwise,
    "Sigmoid LogSigmoid Tanh Sin Cos Erf Round Floor Ceil Softplus Softsign HardSigmoid HardSilu HardTanh": _pointwise,
    "Cast Where Mod FloorDivide Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr": _pointwise,
    "LogicalNot BroadcastTo ZerosLike OnesLike StopGradient IntegerLookup StringLookup Hashing": _pointwise,
    "Discretization LocalResponseNormalization ThresholdedReLU LayerScale StochasticDepth": _pointwise,
    # what alters pictures at random does so only while a network is trained
    "RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomElasticTransform": _pointwise,
    "RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective": _pointwise,
    "RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation": _pointwise,
    "RandomZoom ElasticDistortion": _pointwise,
})  # fmt: skip
"""Layers and operations, of Keras and of this project, by the name of their class or of one above it."""
