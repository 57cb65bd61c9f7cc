"""TensorFlow's functions, which Keras 2 wrote into networks by their names, as operations of Keras 3.

`x / 127.5` is a layer there that names `math.truediv` and holds its other arguments as plain numbers: no code. A
function is known by a rule, which makes one or a few operations of it (https://www.tensorflow.org/api_docs/python/tf).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlviz.inspect.references import is_reference
from dlviz.inspect.refusal import Refused, shown

NUMPY, NN, MATH = "keras.src.ops.numpy", "keras.src.ops.nn", "keras.src.ops.math"
IMAGE, CORE = "keras.src.ops.image", "keras.src.ops.core"

BEFORE = object()
"""Stands for the output of the operation before, where a function takes several."""

BATCH = object()
"""Stands for the number of examples, where a function asks for the shape of a tensor."""


@dataclass(frozen=True)
class Operation:
    """One call of an operation of Keras 3.

    Attributes:
        config: what makes the operation.
        args: what it is called with: references to layers, numbers, lists of these, or `BEFORE`.
        kwargs: the same by name.
    """

    module: str
    name: str
    config: Mapping[str, Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)


class Arguments:
    """A function's arguments by name; a rule takes those that it knows, and none may be left."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._left = dict(values)

    def take(self, *names: str, default: Any = None) -> Any:
        """Return the argument that has one of these names, or the default where it is absent or None."""
        found = [self._left.pop(name, None) for name in names]
        return next((value for value in found if value is not None), default)

    def constant(self, *names: str, default: Any = None) -> Any:
        """As `take`, for an argument that cannot be another layer's answer.

        Raises:
            Refused: it is.
        """
        value = self.take(*names, default=default)
        if _has_reference(value):
            raise Refused(f"computes the argument “{names[0]}” of a TensorFlow function; {_REPLACE}")
        return value

    def check(self) -> None:
        """Refuse arguments that are left and switched on."""
        for name, value in self._left.items():
            if name != "name" and value not in (None, False, 0):
                raise Refused(f"gives a TensorFlow function the argument “{shown(name)}”; {_REPLACE}")


Rule = Callable[[Any, Arguments], list[Operation]]
_REPLACE = "replace it with Keras's own layers or operations and save again"


def operations(function: str, first: Any, values: Mapping[str, Any]) -> list[Operation]:
    """Return the operations that answer as a function of TensorFlow, called with `first` and more arguments by name.

    Raises:
        Refused: the function, or one of its arguments, has no equal.
    """
    rule = _RULES.get(function.removeprefix("compat.v1."))
    if rule is None:
        raise Refused(f"calls TensorFlow's function {shown(function)}, which dlviz does not know; {_REPLACE}")
    arguments = Arguments(values)
    made = rule(first, arguments)
    arguments.check()
    return made


def _has_reference(value: Any) -> bool:
    return value is BATCH or is_reference(value) or (isinstance(value, list) and any(map(_has_reference, value)))


def _one(module: str, name: str) -> Rule:
    return lambda x, _: [Operation(module, name, {}, (x,))]


def _two(name: str) -> Rule:
    return lambda x, more: [Operation(NUMPY, name, {}, (x, more.take("y", "bias")))]


def _reduction(module: str, name: str) -> Rule:
    def rule(x: Any, more: Arguments) -> list[Operation]:
        axis, keep = more.constant("axis", "reduction_indices"), more.constant("keepdims", "keep_dims", default=False)
        return [Operation(module, name, {"axis": axis, "keepdims": keep}, (x,))]

    return rule


def _with_axis(module: str, name: str, default: Any, *names: str) -> Rule:
    """A function whose only other argument is an axis, of one of these names."""
    return lambda x, more: [Operation(module, name, {"axis": more.constant("axis", *names, default=default)}, (x,))]


def _configured(module: str, name: str, **options: tuple[str, Any]) -> Rule:
    """A function of one tensor; options of the operation by the names, and the defaults, of the function's."""
    return lambda x, more: [
        Operation(module, name, {key: more.constant(of, default=value) for key, (of, value) in options.items()}, (x,))
    ]


def _matmul(a: Any, more: Arguments) -> list[Operation]:
    """Turn one of the two first; where both are to be turned, the transpose of b a is that."""
    b, turn_a, turn_b = more.take("b"), more.constant("transpose_a"), more.constant("transpose_b")
    if turn_a and turn_b:
        return [Operation(NUMPY, "Matmul", {}, (b, a)), _transposed(BEFORE)]
    turned = a if turn_a else b if turn_b else None
    if turned is None:
        return [Operation(NUMPY, "Matmul", {}, (a, b))]
    is_number = not _has_reference(turned)
    other = np.swapaxes(turned, -1, -2).tolist() if is_number else BEFORE
    product = Operation(NUMPY, "Matmul", {}, (other, b) if turn_a else (a, other))
    return [product] if is_number else [_transposed(turned), product]


def _transposed(x: Any) -> Operation:
    return Operation(NUMPY, "Swapaxes", {"axis1": -1, "axis2": -2}, (x,))


def _tensordot(a: Any, more: Arguments) -> list[Operation]:
    return [Operation(NUMPY, "Tensordot", {"axes": more.constant("axes")}, (a, more.take("b")))]


def _bias_add(x: Any, more: Arguments) -> list[Operation]:
    if str(more.constant("data_format", default="NHWC")).startswith("NC"):
        raise Refused(f"adds a bias in channels-first order; {_REPLACE}")
    return [Operation(NUMPY, "Add", {}, (x, more.take("bias")))]


def _reshape(x: Any, more: Arguments) -> list[Operation]:
    """A size that is computed is what the others leave."""
    shape = more.take("shape")
    if not isinstance(shape, list) or is_reference(shape):
        raise Refused(f"computes the shape of a tensor; {_REPLACE}")
    sizes = [-1 if is_reference(size) else size for size in shape]
    if sizes[:1] == [BATCH]:
        return [Operation("keras.layers", "Reshape", {"target_shape": sizes[1:]}, (x,))]
    if sizes.count(-1) > 1 or BATCH in sizes:
        raise Refused(f"computes several sizes of a tensor; {_REPLACE}")
    return [Operation(NUMPY, "Reshape", {"newshape": sizes}, (x,))]


def _concatenate(x: Any, more: Arguments) -> list[Operation]:
    return [Operation(NUMPY, "Concatenate", {"axis": more.constant("axis", "concat_dim", default=0)}, (x,))]


def _split(x: Any, more: Arguments) -> list[Operation]:
    parts = more.constant("num_or_size_splits")
    if isinstance(parts, list):
        if not all(isinstance(part, int) and part >= 0 for part in parts):
            raise Refused(f"divides a tensor into parts of unknown size; {_REPLACE}")
        parts = [sum(parts[:end]) for end in range(1, len(parts))]
    more.constant("num")
    config = {"indices_or_sections": parts, "axis": more.constant("axis", "split_dim", default=0)}
    return [Operation(NUMPY, "Split", config, (x,))]


def _squared_difference(x: Any, more: Arguments) -> list[Operation]:
    return [Operation(NUMPY, "Subtract", {}, (x, more.take("y"))), Operation(NUMPY, "Square", {}, (BEFORE,))]


def _sum_of_all(xs: Any, _: Arguments) -> list[Operation]:
    return [Operation(NUMPY, "Stack", {"axis": 0}, (xs,)), Operation(NUMPY, "Sum", {"axis": 0}, (BEFORE,))]


def _silu(x: Any, more: Arguments) -> list[Operation]:
    if more.constant("beta", default=1.0) != 1.0:
        raise Refused(f"calls silu with its own beta; {_REPLACE}")
    return [Operation(NN, "Silu", {}, (x,))]


def _normalised(x: Any, more: Arguments) -> list[Operation]:
    smallest = float(more.constant("epsilon", default=1e-12)) ** 0.5  # of the square in TensorFlow, here of the norm
    axis = more.constant("axis", "dim", default=-1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    return [Operation(NN, "Normalize", {"axis": axis, "order": 2, "epsilon": smallest}, (x,))]


def _padded(x: Any, more: Arguments) -> list[Operation]:
    mode = str(more.constant("mode", default="CONSTANT")).lower()
    config = {"pad_width": more.constant("paddings"), "mode": mode}
    value = more.constant("constant_values", default=0)
    return [Operation(NUMPY, "Pad", config, (x,), {"constant_values": value} if value and mode == "constant" else {})]


def _resized(x: Any, more: Arguments) -> list[Operation]:
    config = {"size": more.constant("size"), "interpolation": more.constant("method", default="bilinear")}
    if config["interpolation"] not in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"):
        raise Refused(f"resizes pictures by “{shown(config['interpolation'])}”; {_REPLACE}")
    return [Operation(IMAGE, "Resize", config | {"antialias": more.constant("antialias", default=False)}, (x,))]


def _gathered(x: Any, more: Arguments) -> list[Operation]:
    return [Operation(NUMPY, "Take", {"axis": more.constant("axis", default=0)}, (x, more.take("indices")))]


def _item(x: Any, more: Arguments) -> list[Operation]:
    key = more.constant("slice_spec")
    return [Operation(NUMPY, "GetItem", {}, (x, [_part(part) for part in (key if isinstance(key, list) else [key])]))]


def _part(part: Any) -> Any:
    """One place between the brackets, as Keras 3 writes it: a number, a slice, an ellipsis, or None for a new axis."""
    if not isinstance(part, dict):
        return part
    if part.get("class_name") == "__slice__":
        return part
    if {"start", "stop", "step"} >= part.keys() and part:
        return {"class_name": "__slice__", "config": {key: part.get(key) for key in ("start", "stop", "step")}}
    return {"class_name": "__ellipsis__", "config": {}}


def _chosen(condition: Any, more: Arguments) -> list[Operation]:
    return [Operation(NUMPY, "Where", {}, (condition, more.take("x"), more.take("y")))]


_ONE = {
    NUMPY: "math.abs Absolute, math.negative Negative, math.sign Sign, math.floor Floor, math.ceil Ceil,"
    " math.round Round, math.exp Exp, math.expm1 Expm1, math.log Log, math.log1p Log1p,"
    " math.sqrt Sqrt, math.square Square, math.sin Sin,"
    " math.cos Cos, math.tan Tan, math.asin Arcsin, math.acos Arccos, math.atan Arctan, math.sinh Sinh, math.cosh Cosh,"
    " math.tanh Tanh, nn.tanh Tanh, math.reciprocal Reciprocal, math.logical_not LogicalNot, zeros_like ZerosLike,"
    " ones_like OnesLike, identity Copy, math.is_nan Isnan, math.is_finite Isfinite",
    NN: "nn.relu Relu, nn.relu6 Relu6, nn.sigmoid Sigmoid, math.sigmoid Sigmoid, nn.selu Selu, nn.elu Elu,"
    " nn.softplus Softplus, math.softplus Softplus, nn.softsign Softsign, math.softsign Softsign,"
    " math.log_sigmoid LogSigmoid",
    MATH: "math.rsqrt Rsqrt, math.erf Erf",
    CORE: "stop_gradient StopGradient",
    IMAGE: "image.rgb_to_grayscale RGBToGrayscale, image.rgb_to_hsv RGBToHSV, image.hsv_to_rgb HSVToRGB",
}
_TWO = (
    "math.add Add, __operators__.add Add, math.subtract Subtract, math.multiply Multiply, math.truediv Divide,"
    " math.divide Divide, math.divide_no_nan DivideNoNan, math.floordiv FloorDivide, math.floormod Mod, math.mod Mod,"
    " math.pow Power, math.maximum Maximum, math.minimum Minimum, math.atan2 Arctan2, math.equal Equal,"
    " math.not_equal NotEqual, math.greater Greater, math.greater_equal GreaterEqual, math.less Less,"
    " math.less_equal LessEqual, math.logical_and LogicalAnd, math.logical_or LogicalOr, math.logical_xor LogicalXor"
)
_REDUCTIONS = {
    NUMPY: "mean Mean, sum Sum, max Max, min Min, prod Prod, any Any, all All, std Std, variance Var",
    MATH: "logsumexp Logsumexp",
}


def _pairs(text: str) -> list[list[str]]:
    return [pair.split() for pair in text.split(", ")]


_RULES: dict[str, Rule] = (
    {function: _one(module, name) for module, text in _ONE.items() for function, name in _pairs(text)}
    | {function: _two(name) for function, name in _pairs(_TWO)}
    | {
        f"{prefix}reduce_{kind}": _reduction(module, name)
        for module, text in _REDUCTIONS.items()
        for kind, name in _pairs(text)
        for prefix in ("", "math.")
    }
    | {
        "nn.softmax": _with_axis(NN, "Softmax", -1, "dim"),
        "nn.log_softmax": _with_axis(NN, "LogSoftmax", -1, "dim"),
        "nn.leaky_relu": _configured(NN, "LeakyRelu", negative_slope=("alpha", 0.2)),
        "nn.gelu": _configured(NN, "Gelu", approximate=("approximate", False)),
        "nn.silu": _silu,
        "nn.swish": _silu,
        "nn.bias_add": _bias_add,
        "nn.depth_to_space": _configured(NN, "DepthToSpace", block_size=("block_size", None)),
        "nn.space_to_depth": _configured(NN, "SpaceToDepth", block_size=("block_size", None)),
        "nn.l2_normalize": _normalised,
        "math.l2_normalize": _normalised,
        "math.squared_difference": _squared_difference,
        "math.add_n": _sum_of_all,
        "math.argmax": _with_axis(NUMPY, "Argmax", 0, "dimension"),
        "argmax": _with_axis(NUMPY, "Argmax", 0, "dimension"),
        "math.argmin": _with_axis(NUMPY, "Argmin", 0, "dimension"),
        "math.cumsum": _with_axis(NUMPY, "Cumsum", 0),
        "cast": _configured(CORE, "Cast", dtype=("dtype", None)),
        "reshape": _reshape,
        "transpose": _configured(NUMPY, "Transpose", axes=("perm", None)),
        "concat": _concatenate,
        "stack": _with_axis(NUMPY, "Stack", 0),
        "unstack": _configured(CORE, "Unstack", num=("num", None), axis=("axis", 0)),
        "split": _split,
        "expand_dims": _with_axis(NUMPY, "ExpandDims", None, "dim"),
        "squeeze": _with_axis(NUMPY, "Squeeze", None, "squeeze_dims"),
        "reverse": _with_axis(NUMPY, "Flip", None),
        "tile": _configured(NUMPY, "Tile", repeats=("multiples", None)),
        "repeat": _configured(NUMPY, "Repeat", repeats=("repeats", None), axis=("axis", None)),
        "linalg.matmul": _matmul,
        "tensordot": _tensordot,
        "clip_by_value": _configured(NUMPY, "Clip", x_min=("clip_value_min", None), x_max=("clip_value_max", None)),
        "pad": _padded,
        "where": _chosen,
        "gather": _gathered,
        "one_hot": _configured(
            NN, "OneHot", num_classes=("depth", None), axis=("axis", -1), dtype=("dtype", "float32")
        ),
        "image.resize": _resized,
        "__operators__.getitem": _item,
    }
)  # fmt: skip
