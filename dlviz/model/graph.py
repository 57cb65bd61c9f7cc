"""A Keras model as a flat list of steps that can be run from any layer to any other.

Nested models are inlined, subclassed ones are traced, and a `Sequential` is rebuilt, so that no prefix is computed
twice, as happens with `keras.Model(m.inputs, [l.output for l in m.layers])` for a model loaded from a file.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import keras

from dlviz import backend
from dlviz.model.convolution_gradient import fast_gradient
from dlviz.model.symbolic import functional, functional_call, is_functional
from dlviz_models.errors import UserError

Tensor = Any
Call = Callable[..., Tensor]


@dataclass(frozen=True)
class Step:
    """One call of a layer or operation.

    Attributes:
        args, kwargs: the arguments, with the symbolic tensors of earlier steps.
        outputs: the symbolic outputs.
        edits: functions applied to outputs by number, (batch, ...) to (batch, ...).
    """

    name: str
    layer: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    outputs: Any
    edits: Mapping[int, Callable[[Tensor], Tensor]] = field(default_factory=dict)

    @property
    def tensors(self) -> list[Tensor]:
        """The symbolic input tensors, (batch, ...) each."""
        return [t for t in keras.tree.flatten((self.args, dict(self.kwargs))) if isinstance(t, keras.KerasTensor)]

    @property
    def names(self) -> list[str]:
        """The names of its outputs: its own for the first, "NAME:1" for the second, and so on."""
        return [f"{self.name}:{n}" if n else self.name for n in range(len(keras.tree.flatten(self.outputs)))]

    def edited(self, outputs: Any) -> Any:
        """Apply the edits to the outputs of the layer, (batch, ...) each."""
        flat = keras.tree.flatten(outputs)
        for number, edit in self.edits.items():
            flat[number] = edit(flat[number])
        return keras.tree.pack_sequence_as(outputs, flat)


class Graph:
    """The steps of a model in topological order, inputs first.

    A step is named after its layer; the second call of a shared layer is "NAME#2". The first output of a step has the
    name of the step, the others are "NAME:1", "NAME:2", ...

    Args:
        pictures: the shape (height, width, channel) of picture inputs by name. If the model takes them as vectors or
            channels first, an extra step converts them.
    """

    def __init__(self, model: keras.Model, pictures: Mapping[str, tuple[int | None, ...]] | None = None) -> None:
        model = functional(model)
        if not model.built:
            raise UserError(
                f"The network {model.name} has no input shape yet: call it once on a picture, then open it."
            )
        self.steps: dict[str, Step] = {}
        self._maker: dict[int, str] = {}
        shapes = {t.name: (None, *((pictures or {}).get(t.name) or t.shape[1:])) for t in model.inputs}
        inputs = [keras.Input(batch_shape=shapes[t.name], dtype=t.dtype, name=t.name) for t in model.inputs]
        self.inputs = tuple(self._add(t.name, None, (), {}, t) for t in inputs)
        fed = [self._reshaped(t, like) for t, like in zip(inputs, model.inputs, strict=True)]
        makers = [self._maker[id(t)] for t in keras.tree.flatten(self._inline(model, fed, ""))]
        self.outputs = dict(zip(_output_names(model, makers), makers, strict=True))
        """The names of the model's outputs, and the steps that compute them."""
        self.parents = {
            s.name: tuple(dict.fromkeys(self._maker[id(t)].partition(":")[0] for t in s.tensors))
            for s in self.steps.values()
        }

    def _add(self, name: str, layer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], outputs: Any) -> str:
        name = name.replace(":", "_")
        unique, n = name, 2
        while unique in self.steps:
            unique, n = f"{name}#{n}", n + 1
        self.steps[unique] = Step(unique, layer, args, kwargs, outputs)
        for number, tensor in enumerate(keras.tree.flatten(outputs)):
            self._maker.setdefault(id(tensor), f"{unique}:{number}" if number else unique)
        return unique

    def _reshaped(self, tensor: Tensor, like: Tensor) -> Tensor:
        """`tensor`, converted by an extra step if the model takes its pictures in another shape."""
        if tensor.shape[1:] == like.shape[1:]:
            return tensor
        if len(like.shape) == 4:
            layer = keras.layers.Permute((3, 1, 2), name="channels_first")
        else:
            layer = keras.layers.Reshape(like.shape[1:], name="as_vector" if len(like.shape) == 2 else "as_rows")
        outputs = layer(tensor)
        self._add(layer.name, layer, (tensor,), {}, outputs)
        return outputs

    def _inline(self, model: keras.Model, inputs: Any, prefix: str) -> Any:
        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            if is_functional(layer):
                return self._inline(layer, args[0], f"{prefix}{layer.name}/")
            if (inner := functional_call(layer, args, kwargs)) is not None:
                return self._inline(inner, args, f"{prefix}{layer.name}/")
            outputs = _actual_shape(layer, layer(*args, **kwargs))
            self._add(prefix + layer.name, layer, args, kwargs, outputs)
            return outputs

        if isinstance(model, keras.Sequential):
            tensor = inputs[0] if isinstance(inputs, list | tuple) else inputs
            for layer in model.layers:
                tensor = call(layer, tensor)
            return tensor
        if isinstance(inputs, dict) and not isinstance(model._inputs_struct, dict):
            inputs = [inputs[name] for name in model.input_names]
        flat = keras.Function(model.inputs, model._outputs_struct)
        return flat._run_through_graph(keras.tree.flatten(inputs), operation_fn=lambda op: op, call_fn=call)

    def with_edits(self, edits: Mapping[str, Callable[[Tensor], Tensor]]) -> Graph:
        """A copy of the graph with edits of some outputs by name, (batch, ...) to (batch, ...)."""
        other = copy.copy(self)
        other.steps = {}
        for step in self.steps.values():
            of_step = {number: edits[name] for number, name in enumerate(step.names) if name in edits}
            other.steps[step.name] = replace(step, edits={**step.edits, **of_step})
        return other

    def ancestors(self, taps: Sequence[str], stop: Sequence[str] = ()) -> list[Step]:
        """The steps needed to compute `taps`, in order, with nothing before the steps in `stop`."""
        needed: set[str] = set()
        queue = [step_of(name) for name in taps]
        while queue:
            name = queue.pop()
            if name not in needed:
                needed.add(name)
                if name not in stop:
                    queue.extend(self.parents[name])
        return [s for n, s in self.steps.items() if n in needed]

    def leads_to(self, first: str, second: str) -> bool:
        """Whether the output called `second` depends on, or is, the one called `first`."""
        reached, queue = set[str](), [second]
        while queue:
            name = queue.pop()
            if name == first:
                return True
            if name not in reached:
                reached.add(name)
                queue += self.sources(name)
        return False

    def run(self, feeds: Mapping[str, Tensor], taps: Sequence[str], call: Call | None = None) -> list[Tensor]:
        """Compute the outputs called `taps`, (batch, ...) each.

        Args:
            feeds: values of inputs or any other outputs by name; for a layer with several outputs a list of all, or
                single ones that replace its own.
            call: `call(step, *args, **kwargs)` replaces the plain call of each layer.
        """
        values: dict[int, Tensor] = {}
        whole = tuple(name for name in feeds if isinstance(feeds[name], list) or self._has_one_output(name))

        def value(t: Any) -> Any:
            return values[id(t)] if isinstance(t, keras.KerasTensor) else t

        for step in self.ancestors(taps, whole):
            if step.name in whole:
                outputs = keras.tree.flatten(feeds[step.name])
            else:
                args, kwargs = keras.tree.map_structure(value, (step.args, dict(step.kwargs)))
                given = call(step, *args, **kwargs) if call else plain_call(step, *args, **kwargs)
                outputs = [feeds.get(name, t) for name, t in zip(step.names, keras.tree.flatten(given), strict=True)]
            for symbol, tensor in zip(keras.tree.flatten(step.outputs), outputs, strict=True):
                values[id(symbol)] = tensor
        return [value(self.symbol(name)) for name in taps]

    def run_and_reduce(
        self, feeds: Mapping[str, Tensor], taps: Sequence[str], reduce: Callable[[str, Tensor], Any]
    ) -> list[Any]:
        """Apply `reduce` to the name and value, (batch, ...), of each output in `taps`.

        In a compiled function the following layers depend on the reduction, so that it runs while the output is in the
        processor's cache, and few outputs are held in memory.
        """
        reduced: dict[str, Any] = {}

        def call(step: Step, *args: Any, **kwargs: Any) -> Tensor:
            outputs = forward_call(step, *args, **kwargs)
            waiting = []
            for number, tensor in enumerate(keras.tree.flatten(outputs)):
                name = f"{step.name}:{number}" if number else step.name
                if name in taps:
                    reduced[name] = reduce(name, tensor)
                    tensor = backend.with_dependency(reduced[name], tensor)
                waiting.append(tensor)
            return keras.tree.pack_sequence_as(outputs, waiting)

        outputs = self.run(feeds, taps, call)
        return [reduced[n] if n in reduced else reduce(n, out) for n, out in zip(taps, outputs, strict=True)]

    def arguments(self, feeds: Mapping[str, Tensor], name: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments of the step called `name` for `feeds`, (batch, ...) each: symbolic tensors are replaced by
        their values."""
        step = self.steps[step_of(name)]
        values = self.run(feeds, self.sources(name))
        found = {id(t): v for t, v in zip(step.tensors, values, strict=True)}

        def value(t: Any) -> Any:
            return found[id(t)] if isinstance(t, keras.KerasTensor) else t

        args, kwargs = keras.tree.map_structure(value, (step.args, dict(step.kwargs)))
        return args, kwargs

    def sources(self, name: str) -> list[str]:
        """The names of the outputs that the step called `name` takes, one for each tensor among its arguments."""
        return [self._maker[id(t)] for t in self.steps[step_of(name)].tensors]

    def _has_one_output(self, name: str) -> bool:
        """Whether the step called `name` has a single output."""
        return name in self.steps and len(self.steps[name].names) == 1

    def symbol(self, name: str) -> keras.KerasTensor:
        """The symbolic tensor (batch, ...) of the output called `name`."""
        step, _, number = name.partition(":")
        return keras.tree.flatten(self.steps[step].outputs)[int(number or 0)]

    def names(self) -> Iterator[str]:
        """The names of all outputs of all steps, in order of computation."""
        for step in self.steps.values():
            yield from step.names


def step_of(name: str) -> str:
    """The name of the step that computes the output called `name`."""
    return name.partition(":")[0]


def _output_names(model: keras.Model, makers: Sequence[str]) -> list[str]:
    """A unique name for each output: its key if the model returns a dict, else the name of its layer.

    Args:
        makers: the steps that compute them.
    """
    structure = getattr(model, "_outputs_struct", None)
    if isinstance(structure, dict) and len(structure) == len(makers):
        return sorted(structure)
    names = list(getattr(model, "output_names", ()))
    if len(names) != len(makers):
        names = [step_of(maker) for maker in makers]
    return [name if names.index(name) == n else f"{name}_{n}" for n, name in enumerate(names)]


def is_bag_of_words(layer: Any) -> bool:
    """Whether a layer turns each text into a bag of words."""
    return isinstance(layer, keras.layers.TextVectorization) and layer._output_mode != "int"


def _actual_shape(layer: Any, outputs: Any) -> Any:
    """The symbolic outputs of a layer with their actual shapes: for texts (batch, 1) Keras declares a bag of words as
    (batch, 1, words) but returns (batch, words)."""
    if not is_bag_of_words(layer) or len(outputs.shape) != 3:
        return outputs
    return keras.KerasTensor((outputs.shape[0], outputs.shape[2]), outputs.dtype, name=outputs.name)


def plain_call(step: Step, *args: Any, **kwargs: Any) -> Tensor:
    """Call the layer of a step in inference mode, with its edits: (batch, ...)."""
    with fast_gradient(step.layer, *args):
        return forward_call(step, *args, **kwargs)


def forward_call(step: Step, *args: Any, **kwargs: Any) -> Tensor:
    """Like `plain_call`, for callers that need no gradient: (batch, ...)."""
    if isinstance(step.layer, keras.Layer) and step.layer._call_has_training_arg:
        kwargs["training"] = False
    return step.edited(_actual_shape(step.layer, step.layer(*args, **kwargs)))


@contextmanager
def linear(layer: keras.Layer) -> Iterator[None]:
    """Context in which the layer has no activation."""
    activation, layer.activation = layer.activation, keras.activations.linear
    try:
        yield
    finally:
        layer.activation = activation
