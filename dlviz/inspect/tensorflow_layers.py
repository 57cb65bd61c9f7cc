"""Layers that Keras 2 made of TensorFlow's functions, replaced in a network's list of layers.

TensorFlow 2.4 and later name a function (`TFOpLambda`, and `SlicingOpLambda` for `x[...]`); those before kept a node
of TensorFlow's graph (`TensorFlowOpLayer`).
"""

from collections.abc import Iterator
from typing import Any

from dlviz.inspect.references import is_reference, tensor
from dlviz.inspect.refusal import Refused, shown
from dlviz.inspect.tensorflow_functions import BATCH, BEFORE, Operation, operations
from dlviz.inspect.tensorflow_nodes import function_of_node
from dlviz_models.grammar import article

FUNCTIONS = ("TFOpLambda", "SlicingOpLambda")
NODE = "TensorFlowOpLayer"
_SHAPES = ("shape", "compat.v1.shape")


def replaced(layers: list[Any]) -> list[Any]:
    """Return the layers of a network with operations of Keras 3 where Keras 2 called TensorFlow.

    What only computes with the shape of a tensor goes: Keras 3 knows shapes.

    Raises:
        Refused: a function has no equal in Keras 3.
    """
    made: list[Any] = []
    of_shapes: dict[str, bool] = {}  # by layer, whether it is the size of the batch
    for layer in layers:
        if not isinstance(layer, dict) or layer.get("class_name") not in (*FUNCTIONS, NODE):
            made.append(layer)
            continue
        calls = [_call(layer, call) for call in _list(layer.get("inbound_nodes"))]
        if any(function in _SHAPES or _source(first) in of_shapes for function, first, _ in calls):
            of_shapes[_name(layer)] = any(more.get("slice_spec") in (0, [0]) for _, _, more in calls)
        else:
            batch = {name for name, is_batch in of_shapes.items() if is_batch}
            known = [(function, first, _with_batch(more, batch)) for function, first, more in calls]
            made += _made(_name(layer), [operations(*call) for call in known])
    return made


def _with_batch(value: Any, batch: set[str]) -> Any:
    """Return arguments with `BATCH` in place of references to the layers named in `batch`."""
    if isinstance(value, dict):
        return {key: _with_batch(each, batch) for key, each in value.items()}
    if is_reference(value):
        return BATCH if value[0] in batch else value
    return [_with_batch(each, batch) for each in value] if isinstance(value, list) else value


def _name(layer: dict[str, Any]) -> str:
    config = layer.get("config")
    name = layer.get("name") or (config.get("name") if isinstance(config, dict) else None)
    if not isinstance(name, str):
        raise Refused("has a layer without a name; save it again with model.save")
    return name


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _source(value: Any) -> str | None:
    return value[0] if is_reference(value) else _source(value[0]) if isinstance(value, list) and value else None


def _call(layer: dict[str, Any], call: Any) -> tuple[str, Any, dict[str, Any]]:
    """Return the function that a layer calls, its first argument, and the others by name."""
    config = layer.get("config")
    if not isinstance(config, dict) or not _list(call):
        raise Refused(f"has {article(shown(layer['class_name']))} that takes nothing; save it again without it")
    if layer["class_name"] == NODE:
        return function_of_node(config, [_argument(part) for part in (call if isinstance(call[0], list) else [call])])
    parts = [call] if isinstance(call[0], str) else call
    if not all(isinstance(part, list) and len(part) > 2 for part in parts):
        raise Refused(f"has {article(shown(layer['class_name']))} whose call cannot be read; save it again")
    arguments = [_argument(part) for part in parts]
    more = parts[0][3] if len(parts[0]) > 3 and isinstance(parts[0][3], dict) else {}
    return str(config.get("function")), arguments[0] if parts[0] is call else arguments, more


def _argument(part: Any) -> Any:
    """Return a reference, or the number that stands in its place."""
    return part[2] if part[0] == "_CONSTANT_VALUE" else part[:3]


def _made(name: str, calls: list[list[Operation]]) -> Iterator[dict[str, Any]]:
    """Yield the layers of a function's operations, the last by the name of the layer that called the function."""
    if not calls:
        return
    names = [f"{name}_part_{number}" for number in range(1, len(calls[0]))] + [name]
    for place, operation in enumerate(calls[0]):
        same = [call[place] for call in calls if len(call) == len(calls[0])]
        if len(same) < len(calls) or any(_kind(each) != _kind(operation) for each in same):
            raise Refused(f"calls the function “{shown(name)}” in several ways; save it with Keras's own layers")
        before = names[place - 1]
        yield {
            "module": operation.module,
            "class_name": operation.name,
            "registered_name": None,
            "config": {"name": names[place], **operation.config},
            "name": names[place],
            "inbound_nodes": [
                {
                    "args": [_operand(value, before, number) for value in each.args],
                    "kwargs": {key: _operand(value, before, number) for key, value in each.kwargs.items()},
                }
                for number, each in enumerate(same)
            ],
        }


def _kind(operation: Operation) -> tuple[Any, ...]:
    return operation.module, operation.name, operation.config


def _operand(value: Any, before: str, number: int) -> Any:
    """Return what an operation is called with, as Keras 3 writes it; lists of numbers are an array."""
    if value is BEFORE:
        return tensor([before, number, 0])
    if is_reference(value):
        return tensor(value)
    if not isinstance(value, list):
        return value
    if _all_numbers(value):
        whole = all(isinstance(each, int) for each in _flat(value))
        return {"class_name": "__numpy__", "config": {"value": value, "dtype": "int32" if whole else "float32"}}
    return [_operand(each, before, number) for each in value]


def _flat(value: list[Any]) -> Iterator[Any]:
    for each in value:
        yield from _flat(each) if isinstance(each, list) else (each,)


def _all_numbers(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(each, int | float) for each in _flat(value))
