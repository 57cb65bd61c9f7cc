"""Nodes of TensorFlow's graph, as Keras wrote them into networks before TensorFlow 2.4, as calls of its functions."""

import base64
from collections.abc import Mapping
from typing import Any

from dlviz.inspect.refusal import Refused, shown

_FUNCTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    operation: (function, ())
    for operation, function in {
        "Abs": "math.abs", "Neg": "math.negative", "Sign": "math.sign", "Floor": "math.floor", "Ceil": "math.ceil",
        "Round": "math.round", "Exp": "math.exp", "Expm1": "math.expm1", "Log": "math.log", "Log1p": "math.log1p",
        "Sqrt": "math.sqrt", "Rsqrt": "math.rsqrt", "Square": "math.square", "Sin": "math.sin", "Cos": "math.cos",
        "Tanh": "math.tanh", "Sigmoid": "math.sigmoid", "Relu": "nn.relu", "Relu6": "nn.relu6", "Selu": "nn.selu",
        "Elu": "nn.elu", "LeakyRelu": "nn.leaky_relu", "Softplus": "nn.softplus", "Softsign": "nn.softsign",
        "Softmax": "nn.softmax", "LogSoftmax": "nn.log_softmax", "Cast": "cast", "Squeeze": "squeeze",
        "Identity": "identity", "StopGradient": "stop_gradient", "Erf": "math.erf", "ZerosLike": "zeros_like",
        "OnesLike": "ones_like", "Shape": "shape", "DepthToSpace": "nn.depth_to_space",
        "SpaceToDepth": "nn.space_to_depth", "Reciprocal": "math.reciprocal", "Inv": "math.reciprocal",
    }.items()
} | {
    operation: (function, ("y",))
    for operation, function in {
        "Add": "math.add", "AddV2": "math.add", "Sub": "math.subtract", "Mul": "math.multiply",
        "RealDiv": "math.truediv", "Div": "math.truediv", "DivNoNan": "math.divide_no_nan",
        "FloorDiv": "math.floordiv", "FloorMod": "math.floormod", "Pow": "math.pow", "Maximum": "math.maximum",
        "Minimum": "math.minimum", "SquaredDifference": "math.squared_difference", "BiasAdd": "math.add",
        "Greater": "math.greater", "GreaterEqual": "math.greater_equal", "Less": "math.less",
        "LessEqual": "math.less_equal", "Equal": "math.equal", "NotEqual": "math.not_equal",
        "LogicalAnd": "math.logical_and", "LogicalOr": "math.logical_or",
    }.items()
} | {
    operation: (f"reduce_{kind}", ("axis",))
    for operation, kind in {"Mean": "mean", "Sum": "sum", "Max": "max", "Min": "min", "Prod": "prod", "Any": "any",
                            "All": "all"}.items()
} | {
    "ArgMax": ("math.argmax", ("axis",)),
    "ArgMin": ("math.argmin", ("axis",)),
    "MatMul": ("linalg.matmul", ("b",)),
    "BatchMatMul": ("linalg.matmul", ("b",)),
    "BatchMatMulV2": ("linalg.matmul", ("b",)),
    "Reshape": ("reshape", ("shape",)),
    "Transpose": ("transpose", ("perm",)),
    "ExpandDims": ("expand_dims", ("axis",)),
    "ClipByValue": ("clip_by_value", ("clip_value_min", "clip_value_max")),
    "Pad": ("pad", ("paddings",)),
    "PadV2": ("pad", ("paddings", "constant_values")),
    "MirrorPad": ("pad", ("paddings",)),
    "Tile": ("tile", ("multiples",)),
    "GatherV2": ("gather", ("indices", "axis")),
    "Select": ("where", ("x", "y")),
    "SelectV2": ("where", ("x", "y")),
    "ReverseV2": ("reverse", ("axis",)),
    "Pack": ("stack", ()),
    "AddN": ("math.add_n", ()),
    "ConcatV2": ("concat", ()),
    "StridedSlice": ("__operators__.getitem", ("begin", "end", "strides")),
}  # fmt: skip
"""From a node's operation to the function, and the names that its inputs after the first have there."""

_ATTRIBUTES = {
    "keep_dims": "keepdims", "transpose_a": "transpose_a", "transpose_b": "transpose_b", "adj_x": "transpose_a",
    "adj_y": "transpose_b", "axis": "axis", "squeeze_dims": "axis", "alpha": "alpha", "DstT": "dtype",
    "block_size": "block_size", "mode": "mode", "data_format": "data_format",
}  # fmt: skip
_DTYPES = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16", "DT_BFLOAT16": "bfloat16",
           "DT_INT32": "int32", "DT_INT64": "int64", "DT_UINT8": "uint8", "DT_INT8": "int8",
           "DT_BOOL": "bool"}  # fmt: skip


def function_of_node(config: Mapping[str, Any], inputs: list[Any]) -> tuple[str, Any, dict[str, Any]]:
    """Return the function that a node calls, its first argument, and the others by name.

    Args:
        config: of the layer, with the node and those of its inputs that are numbers, by their places.
        inputs: the others, in order.

    Raises:
        Refused: the node's operation has no such function.
    """
    node, constants = config.get("node_def"), config.get("constants")
    operation = node.get("op") if isinstance(node, dict) else None
    if not isinstance(node, dict) or operation not in _FUNCTIONS:
        raise Refused(
            f"calls TensorFlow's operation {shown(operation)}, which dlviz does not know; replace it "
            "with Keras's own layers or operations and save again"
        )
    function, names = _FUNCTIONS[operation]
    values = _all_inputs(inputs, constants if isinstance(constants, dict) else {})
    attributes = _attributes(node.get("attr"))
    if operation == "ConcatV2":
        return function, values[:-1], {"axis": values[-1]}
    if operation in ("Pack", "AddN"):
        return function, values, attributes
    more = dict(zip(names, values[1:], strict=False))
    if operation == "StridedSlice":
        return function, values[0], {"slice_spec": _slices(more, node["attr"])}
    return function, values[0], attributes | more


def _all_inputs(inputs: list[Any], constants: Mapping[Any, Any]) -> list[Any]:
    values = list(inputs)
    for place in sorted(constants, key=int):
        values.insert(int(place), _plain(constants[place]))
    return values


def _plain(value: Any) -> Any:
    """Return a number or nest of numbers that the file may have written as an array."""
    if isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__"):
        return value["config"]["value"]
    return value


def _attributes(attributes: Any) -> dict[str, Any]:
    found = {}
    for name, value in attributes.items() if isinstance(attributes, dict) else ():
        if name in _ATTRIBUTES and isinstance(value, dict) and value:
            found[_ATTRIBUTES[name]] = _attribute(value)
    if found.get("axis") == []:  # Squeeze without a given axis
        del found["axis"]
    found.pop("data_format", None)
    return found


def _attribute(value: Mapping[str, Any]) -> Any:
    """Return what one attribute holds; whole numbers are written as text."""
    kind, content = next(iter(value.items()))
    if kind == "list":
        return [int(each) for each in content.get("i", [])]
    if kind == "i":
        return int(content)
    if kind == "type":
        return _DTYPES.get(content, str(content))
    if kind == "s":
        return base64.b64decode(content).decode("ascii", "replace")
    return content


def _slices(places: Mapping[str, Any], attributes: Mapping[str, Any]) -> list[Any]:
    """Return what stood between the brackets, from where slices begin and end and the bits that tell what they are."""
    names = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    masks = {name: int(attributes.get(f"{name}_mask", {}).get("i", 0)) for name in names}
    parts: list[Any] = []
    for place, (begin, end, stride) in enumerate(zip(places["begin"], places["end"], places["strides"], strict=True)):
        has = {name: bool(mask >> place & 1) for name, mask in masks.items()}
        if has["ellipsis"]:
            parts.append({"class_name": "__ellipsis__", "config": {}})
        elif has["new_axis"]:
            parts.append(None)
        elif has["shrink_axis"]:
            parts.append(begin)
        else:
            bounds = {"start": None if has["begin"] else begin, "stop": None if has["end"] else end, "step": stride}
            parts.append({"class_name": "__slice__", "config": bounds})
    return parts
