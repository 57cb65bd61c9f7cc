"""Configurations of older versions of Keras, spelled as Keras 3 spells them."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from dlviz.inspect.references import is_reference, tensor
from dlviz.inspect.tensorflow_layers import replaced

_SEPARABLE = ("groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint")
_KERAS_2_ONLY = {
    "DepthwiseConv1D": ("groups",),
    "DepthwiseConv2D": ("groups",),
    "Conv1DTranspose": ("groups",),
    "Conv2DTranspose": ("groups",),
    "Conv3DTranspose": ("groups",),
    "SeparableConv1D": _SEPARABLE,
    "SeparableConv2D": _SEPARABLE,
    "Discretization": ("trainable",),
    "SpatialDropout1D": ("trainable", "noise_shape"),
    "SpatialDropout2D": ("trainable", "noise_shape"),
    "SpatialDropout3D": ("trainable", "noise_shape"),
    "MultiHeadAttention": ("query_shape", "key_shape", "value_shape", "softmax_robust_masking"),
}
_RECURRENT = ("RNN", "SimpleRNN", "LSTM", "GRU", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
BUILT_BY_CALLS = ("MultiHeadAttention", *_RECURRENT)
"""Layers of which Keras 2 noted otherwise how they were built, and that Keras 3 builds when they are called."""

OLD = "old"
"""Key of a clean network whose calls Keras 2 wrote."""
STORED_AS = "stored_as"
"""Key of a clean layer whose weights are stored under the name of another class."""

Change = Callable[[str, int], tuple[str, int]]


def modern(name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of one object, `name` being its class."""
    config = {key: value for key, value in config.items() if key not in _KERAS_2_ONLY.get(name, ())}
    if name == "InputLayer" and "batch_input_shape" in config:
        config["batch_shape"] = config["batch_input_shape"]
    config.pop("batch_input_shape", None)
    config.pop("rng_type", None)
    if config.get("time_major") is False:
        del config["time_major"]
    if config.get("stateful") is True:
        config["stateful"] = False  # views treat each input separately
    if name == "BatchNormalization" and isinstance(config.get("axis"), list) and len(config["axis"]) == 1:
        config["axis"] = config["axis"][0]
    if name == "Sequential":
        config.setdefault("name", "sequential")
        config["layers"] = _with_input(config["layers"])
    if name == "Functional":
        config["layers"] = replaced(config["layers"])
    return config


def is_old(layers: list[Any]) -> bool:
    """Whether the calls of a network's layers are lists, as Keras 2 wrote them."""
    return all(isinstance(call, list) for calls in _calls(layers) for call in calls)


def relinked(network: dict[str, Any]) -> dict[str, Any]:
    """Return the clean configuration of a whole network as `_relinked` does, its own name without “/” as well."""
    return _named(_relinked(network) if _is_network(network) else _inner(network))


def _relinked(network: dict[str, Any]) -> dict[str, Any]:
    """Return the clean configuration of a network with layers that Keras 3 takes, and arrows that lead to them.

    Names may hold no “/” there, a single input or output is not a list, and the calls of a network in the network are
    counted from 0, in Keras 2 from 1.
    """
    config = network["config"]
    layers = [_relinked(layer) if _is_network(layer) else _inner(layer) for layer in config["layers"]]
    is_old = network.get(OLD, False)
    names = _names([layer["config"].get("name") for layer in layers if _is_layer(layer)])
    late = _late(layers, config) if is_old else {}
    within = _change(names, late)
    at_ends = _change(names, [name for name, kind in late.items() if kind == "Sequential"])
    ends = {key: _with_references(config[key], at_ends) for key in ("input_layers", "output_layers") if key in config}
    if is_old:
        ends = {key: end[0] if isinstance(end, list) and len(end) == 1 else end for key, end in ends.items()}
    clean = {key: value for key, value in network.items() if key not in (OLD, STORED_AS)}
    return clean | {"config": config | ends | {"layers": [_changed(layer, names, within) for layer in layers]}}


def _named(layer: dict[str, Any]) -> dict[str, Any]:
    name = layer["config"].get("name")
    return layer | {"config": layer["config"] | {"name": name.replace("/", "_")}} if isinstance(name, str) else layer


def _inner(layer: Any) -> Any:
    """Return a layer with those that it wraps put right; its own name stays."""
    if not _is_layer(layer):
        return layer
    return layer | {"config": {key: _wrapped(value) for key, value in layer["config"].items()}}


def _wrapped(value: Any) -> Any:
    if isinstance(value, list):
        return [_wrapped(each) for each in value]
    if not isinstance(value, dict):
        return value
    if _is_network(value):
        return relinked(value)
    if _is_layer(value):
        return _named(_inner(value))
    return {key: _wrapped(each) for key, each in value.items()}


def _change(names: Mapping[str, str], late: Collection[str]) -> Change:
    return lambda name, call: (names.get(name, name), call - (name in late))


def _is_layer(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("config"), dict)


def _is_network(value: Any) -> bool:
    named = _is_layer(value) and value["class_name"] in ("Sequential", "Functional")
    return named and isinstance(value["config"].get("layers"), list)


def _calls(layers: list[Any]) -> list[Any]:
    return [
        layer["inbound_nodes"] for layer in layers if _is_layer(layer) and isinstance(layer.get("inbound_nodes"), list)
    ]


def _names(old: list[Any]) -> dict[str, str]:
    """Return the new names of those that have to change."""
    words = dict.fromkeys(name for name in old if isinstance(name, str))
    taken, names, number = set(words), {}, 0
    for name in (word for word in words if "/" in word):
        names[name] = name.replace("/", "_")
        while names[name] in taken:
            number += 1
            names[name] = f"{name.replace('/', '_')}_{number}"
        taken.add(names[name])
    return names


def _late(layers: list[Any], config: dict[str, Any]) -> dict[str, str]:
    """Return, with their classes, the names of networks in it whose calls are counted from 1: none is a call 0.

    Keras 3 counts those of a functional network from 1 itself where they are the whole's outputs.
    """
    first: dict[str, int] = {}

    def see(name: str, call: int) -> tuple[str, int]:
        first[name] = min(first.get(name, call), call)
        return name, call

    _with_references([_calls(layers), config.get("output_layers")], see)
    networks = {str(layer.get("name")): str(layer["class_name"]) for layer in layers if _is_network(layer)}
    return {name: kind for name, kind in networks.items() if first.get(name, 0) > 0}


def _changed(layer: Any, names: dict[str, str], change: Change) -> Any:
    if not _is_layer(layer):
        return layer
    layer = {key: value for key, value in layer.items() if key != STORED_AS} | {"config": dict(layer["config"])}
    for part in (layer, layer["config"]):
        if isinstance(part.get("name"), str):
            part["name"] = names.get(part["name"], part["name"])
    calls = layer.get("inbound_nodes")
    if isinstance(calls, list):
        layer["inbound_nodes"] = [_call(_with_references(call, change), layer["class_name"]) for call in calls]
    return layer


def _call(call: Any, kind: str) -> Any:
    """Return a call that has tensors among its named arguments as Keras 3 writes it, and any other as it is.

    The first state of a recurrent layer, which Keras 2 wrote behind its input, becomes such an argument.
    """
    if not isinstance(call, list) or not call or not all(is_reference(argument) for argument in call):
        return call
    named = call[0][3] if len(call[0]) > 3 and isinstance(call[0][3], dict) else {}
    tensors = _with_tensors(named)
    arguments = [tensor(argument) for argument in call]
    if kind in _RECURRENT and len(arguments) > 1:
        tensors["initial_state"] = arguments[1:]
        del arguments[1:]
    if tensors == named:
        return call
    return {"args": arguments if len(arguments) == 1 else [arguments], "kwargs": tensors}


def _with_tensors(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_tensors(inner) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    return tensor(value) if is_reference(value) else [_with_tensors(inner) for inner in value]


def _with_references(value: Any, change: Change) -> Any:
    """Return a nest of lists and dicts in which each reference to a layer's call is changed."""
    if isinstance(value, dict):
        return {key: _with_references(inner, change) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    if is_reference(value):
        return [*change(value[0], value[1]), *(_with_references(inner, change) for inner in value[2:])]
    return [_with_references(inner, change) for inner in value]


def _with_input(layers: list[Any]) -> list[Any]:
    """Put an input layer in front, where Keras 2 noted the input's shape in the first layer instead."""
    first = layers[0] if layers and isinstance(layers[0], dict) else {}
    inner = first.get("config")
    if not isinstance(inner, dict) or first.get("class_name") == "InputLayer" or "batch_input_shape" not in inner:
        return layers
    shape = inner["batch_input_shape"]
    inner = {key: value for key, value in inner.items() if key != "batch_input_shape"}
    return [{"class_name": "InputLayer", "config": {"batch_shape": shape}}, {**first, "config": inner}, *layers[1:]]
