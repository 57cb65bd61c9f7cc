"""A Keras model as a flat list of steps that can be run from any layer to any other.

Nested models are inlined and a `Sequential` is chained anew, so that no prefix is computed twice (which is what
`keras.Model(m.inputs, [l.output for l in m.layers])` does to one that was loaded from a file).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras

from dlviz_models.errors import UserError

Tensor = Any
Call = Callable[..., Tensor]


@dataclass(frozen=True)
class Step:
    """One call of a layer or operation; `args` and `kwargs` hold the symbolic tensors of earlier steps."""

    name: str
    layer: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    outputs: Any

    @property
    def tensors(self) -> list[Tensor]:
        """The symbolic tensors going in."""
        return [t for t in keras.tree.flatten((self.args, dict(self.kwargs))) if isinstance(t, keras.KerasTensor)]


class Graph:
    """The steps of a model in an order in which they can be computed; inputs come first."""

    def __init__(self, model: keras.Model) -> None:
        if not isinstance(model, keras.Sequential | keras.src.models.Functional):
            raise UserError(
                f"The network {model.name} is a subclassed Keras model, whose layers cannot be told apart:"
                " build it with the functional interface or as keras.Sequential."
            )
        if not model.built:
            raise UserError(
                f"The network {model.name} has no input shape yet: call it once on a picture, then open it."
            )
        self.steps: dict[str, Step] = {}
        self._maker: dict[int, str] = {}
        shapes = [(None, *picture_shape(t.shape[1:])) if len(model.inputs) == 1 else t.shape for t in model.inputs]
        inputs = [
            keras.Input(batch_shape=shape, dtype=t.dtype, name=t.name)
            for shape, t in zip(shapes, model.inputs, strict=True)
        ]
        self.inputs = tuple(self._add(t.name, None, (), {}, t) for t in inputs)
        fed = [self._reshaped(t, like) for t, like in zip(inputs, model.inputs, strict=True)]
        outputs = self._inline(model, fed, "")
        self.outputs = tuple(self._maker[id(t)] for t in keras.tree.flatten(outputs))
        self.parents = {
            s.name: tuple(dict.fromkeys(self._maker[id(t)] for t in s.tensors)) for s in self.steps.values()
        }

    def _add(self, name: str, layer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], outputs: Any) -> str:
        unique, n = name, 2
        while unique in self.steps:
            unique, n = f"{name}#{n}", n + 1
        self.steps[unique] = Step(unique, layer, args, kwargs, outputs)
        self._maker.update({id(t): unique for t in keras.tree.flatten(outputs)})
        return unique

    def _reshaped(self, tensor: Tensor, like: Tensor) -> Tensor:
        """`tensor`, by a step of its own where the model wants its pictures in another shape."""
        if tensor.shape[1:] == like.shape[1:]:
            return tensor
        layer = keras.layers.Reshape(like.shape[1:], name="as_vector" if len(like.shape) == 2 else "as_rows")
        outputs = layer(tensor)
        self._add(layer.name, layer, (tensor,), {}, outputs)
        return outputs

    def _inline(self, model: keras.Model, inputs: Any, prefix: str) -> Any:
        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(layer, keras.Sequential | keras.src.models.Functional):
                return self._inline(layer, args[0], f"{prefix}{layer.name}/")
            outputs = layer(*args, **kwargs)
            self._add(prefix + layer.name, layer, args, kwargs, outputs)
            return outputs

        if isinstance(model, keras.Sequential):
            tensor = inputs[0] if isinstance(inputs, list | tuple) else inputs
            for layer in model.layers:
                tensor = call(layer, tensor)
            return tensor
        if isinstance(inputs, list) and not isinstance(model.input, list):
            inputs = inputs[0]
        flat = keras.Function(model.inputs, model.output)
        return flat._run_through_graph(keras.tree.flatten(inputs), operation_fn=lambda op: op, call_fn=call)

    def ancestors(self, taps: Sequence[str], stop: Sequence[str] = ()) -> list[Step]:
        """The steps that `taps` need, in order, nothing before a step in `stop`."""
        needed: set[str] = set()
        queue = list(taps)
        while queue:
            name = queue.pop()
            if name not in needed:
                needed.add(name)
                if name not in stop:
                    queue.extend(self.parents[name])
        return [s for n, s in self.steps.items() if n in needed]

    def run(self, feeds: Mapping[str, Tensor], taps: Sequence[str], call: Call | None = None) -> list[Tensor]:
        """The outputs of the steps in `taps`, given those of the steps in `feeds` (the inputs, or any layers).

        `call(step, *args, **kwargs)` replaces the plain call of a layer.
        """
        values: dict[int, Tensor] = {}

        def value(t: Any) -> Any:
            return values[id(t)] if isinstance(t, keras.KerasTensor) else t

        for step in self.ancestors(taps, tuple(feeds)):
            if step.name in feeds:
                outputs = feeds[step.name]
            else:
                args, kwargs = keras.tree.map_structure(value, (step.args, dict(step.kwargs)))
                outputs = call(step, *args, **kwargs) if call else plain_call(step, *args, **kwargs)
            for symbol, tensor in zip(keras.tree.flatten(step.outputs), keras.tree.flatten(outputs), strict=True):
                values[id(symbol)] = tensor
        return [keras.tree.map_structure(value, self.steps[name].outputs) for name in taps]


def plain_call(step: Step, *args: Any, **kwargs: Any) -> Tensor:
    """What the layer computes when the network is used, not trained."""
    if isinstance(step.layer, keras.Layer) and step.layer._call_has_training_arg:
        kwargs["training"] = False
    return step.layer(*args, **kwargs)


@contextmanager
def linear(layer: keras.Layer) -> Iterator[None]:
    """While the layer is traced, it has no activation."""
    activation, layer.activation = layer.activation, keras.activations.linear
    try:
        yield
    finally:
        layer.activation = activation


def picture_shape(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """(height, width, channel) of the pictures that an input of `shape` stands for, else `shape`.

    Rows without a channel axis and pictures laid out as one vector count as pictures: (28, 28) and (784,) are
    (28, 28, 1), (3072,) is (32, 32, 3).
    """
    match shape:
        case (int(height), int(width)) if 8 <= height <= 4 * width and 8 <= width <= 4 * height:
            return height, width, 1
        case (int(n),) if n >= 64 and math.isqrt(n) ** 2 == n:
            return math.isqrt(n), math.isqrt(n), 1
        case (int(n),) if n >= 192 and n % 3 == 0 and math.isqrt(n // 3) ** 2 == n // 3:
            return math.isqrt(n // 3), math.isqrt(n // 3), 3
    return shape
