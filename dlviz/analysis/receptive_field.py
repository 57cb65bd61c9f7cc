"""Receptive fields: the part of an input on which each position of a layer's map depends, computed from the graph.

Each axis of the input (time; height and width; depth, height and width) is propagated separately from the input on: the
axis of a layer's output along which the field varies, and one interval for each position there. A window takes the
union of the intervals of the positions that it touches, so that padding and borders are exact. `routes` defines what
each layer does.

The effective receptive field is smaller: W. Luo, Y. Li, R. Urtasun, R. Zemel, Understanding the effective receptive
field in deep convolutional neural networks, NIPS 2016, arXiv 1701.04128.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from dlviz.feeding.groups import text_splitter
from dlviz.feeding.synthetic import DEFAULT_SIZES
from dlviz.model.graph import Graph, Step, step_of
from dlviz.network import Network
from dlviz.routes import after_time, routes, windows
from dlviz.routes.route import Route, Routes, Shape, StepInput
from dlviz.routes.windows import NOTHING, Intervals, hull

MOST_PLACES = 1 << 20
"""Larger reshaped arrays are assumed to mix all positions."""
_RESHAPING = ("Reshape", "Flatten", "ExpandDims", "Squeeze")


@dataclass(frozen=True)
class AxisField:
    """The receptive fields along one axis of the input.

    Attributes:
        axis: the axis of the layer's map along which they vary; None: the same everywhere.
        intervals: (n, 2), one interval for each position along that axis, or a single one.
    """

    axis: int | None
    intervals: Intervals

    def through(self, route: Route) -> AxisField:
        """The fields after a layer with this route."""
        return AxisField(route.axis, route.reach(self.intervals))

    def everywhere(self) -> AxisField:
        """The union of all fields, at every position."""
        return AxisField(None, hull(self.intervals))


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive fields of the positions of a layer's map in one input.

    Attributes:
        seen: for each axis of the input, without the feature axis.
        shape: the shape of the map.
        known: whether all layers before are known; if not, the field is the whole input.
    """

    seen: tuple[AxisField, ...]
    shape: Shape
    known: bool = True

    @property
    def size(self) -> tuple[int, ...]:
        """The largest extent along each axis: that of a field not cut by a border, if there is one."""
        return tuple(max(0, int((s.intervals[:, 1] - s.intervals[:, 0]).max(initial=0))) for s in self.seen)

    @property
    def is_local(self) -> bool:
        """Whether the fields vary with the position along each axis of the input, so that the map can be overlaid."""
        return self.known and all(
            s.axis is not None and len(s.intervals) > 1 and np.ptp(s.intervals[:, 0]) > 0 for s in self.seen
        )

    def boxes(self, positions: np.ndarray) -> np.ndarray:
        """The fields of `positions` (..., axes of the map), (..., 2 axes of the input): all starts, then all stops.

        A position that sees only padding gets zeros.
        """
        spans = [
            s.intervals[positions[..., s.axis] if s.axis is not None else np.zeros(positions.shape[:-1], np.int64)]
            for s in self.seen
        ]  # (..., 2) each
        if not spans:
            return np.zeros((*positions.shape[:-1], 0), np.int64)
        starts, stops = np.moveaxis(np.stack(spans, axis=-2), -1, 0)  # (..., axes of the input)
        sees = (starts < stops).all(axis=-1, keepdims=True)
        return np.where(sees, np.concatenate([starts, stops], axis=-1), 0)

    def nearest(self, sizes: Sequence[int]) -> tuple[np.ndarray, ...]:
        """For each axis of the map, the position whose field is centred nearest to each place of an input of `sizes`,
        in arrays that broadcast to `sizes`, such as (height, 1) and (1, width)."""
        found = []
        for axis in range(len(self.shape)):
            distance = np.zeros((1,) * (1 + len(sizes)))  # (positions, *sizes)
            for number, (seen, n) in enumerate(zip(self.seen, sizes, strict=True)):
                if seen.axis == axis:
                    apart = seen.intervals.mean(axis=1)[:, None] - (np.arange(n) + 0.5)
                    distance = distance + (apart**2).reshape(-1, *(n if a == number else 1 for a in range(len(sizes))))
            found.append(distance.argmin(axis=0))
        return tuple(found)


def receptive_field(
    network: Network, layer: str, of: str = "", sizes: Mapping[str, Shape] | None = None
) -> ReceptiveField:
    """The receptive fields of all positions of the layer called `layer`; see `receptive_fields`."""
    network.layer(layer)
    return receptive_fields(network, [layer], of, sizes)[layer]


def receptive_fields(
    network: Network, names: Sequence[str], of: str = "", sizes: Mapping[str, Shape] | None = None
) -> dict[str, ReceptiveField]:
    """The receptive fields of all positions of the named layers.

    After global pooling, Dense on Flatten, attention and unknown layers the field is the whole input.

    Args:
        of: the name of the input; empty: the main one.
        sizes: the shape fed to each input, without the batch axis, if it is open or differs from the network's own; for
            text with a tokeniser in the network, that of its tokens.
    """
    of = of or network.input
    symbol, axes = source(network, of)
    shapes = _shapes(network, [*names, symbol], sizes or {})
    start = tuple(AxisField(axis, windows.each(shapes[symbol][axis])) for axis in axes)
    fields = _propagate(network.graph, names, {symbol: _TensorFields(start)}, shapes)
    return {name: _field(network, name, fields[name], shapes[name]) for name in names}


def source(network: Network, name: str) -> tuple[str, tuple[int, ...]]:
    """The step in which positions of an input are counted, and its axes of positions: the input itself, or for text
    with a tokeniser in the network, the tokens."""
    spec = network.inputs[name]
    if spec.dtype == "string":
        splitter = text_splitter(network)
        return (splitter, (0,)) if splitter else (name, ())
    rank = len(spec.shape)
    if spec.kind in ("text", "tree") or spec.vocabulary or (spec.kind == "sound" and rank == 1):
        return name, tuple(range(rank))
    uses = [s.layer for s in network.graph.steps.values() if name in network.graph.parents[s.name]]
    if spec.kind != "picture" and any(getattr(use, "data_format", "") == "channels_first" for use in uses):
        return name, tuple(range(1, rank))
    return name, tuple(range(rank - 1))


def inputs_seen(network: Network, layer: str) -> tuple[str, ...]:
    """The inputs on which a layer depends, in the network's order."""
    steps = {step.name for step in network.graph.ancestors((layer,))}
    return tuple(name for name in network.inputs if name in steps)


def _field(network: Network, name: str, fields: _TensorFields, shape: Shape) -> ReceptiveField:
    """Convert the fields of a layer's output to the axes of its map."""
    layout = network.layouts.get(name)
    units = None if layout is None else layout.unit_axis
    if layout is None:
        return ReceptiveField(tuple(s.everywhere() for s in fields.seen), shape, fields.known)
    places = [axis for axis in range(len(shape)) if axis != units]
    seen = tuple(replace(s, axis=places.index(s.axis)) if s.axis in places else s.everywhere() for s in fields.seen)
    return ReceptiveField(seen, tuple(shape[axis] for axis in places), fields.known)


# -- through the graph -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _TensorFields:
    """The fields of a tensor for each axis of the input, on the axes of the tensor including units."""

    seen: tuple[AxisField, ...]
    known: bool = True


def _shapes(network: Network, names: Sequence[str], sizes: Mapping[str, Shape]) -> dict[str, Shape]:
    """The shape of every output up to the named ones, without the batch axis, with open sizes filled in."""
    graph = network.graph
    every = [n for n in graph.names() if step_of(n) in {step.name for step in graph.ancestors(names)}]
    symbols = {n: graph.symbol(n) for n in every}
    sizes = {n: size for n, size in sizes.items() if tuple(size) != tuple(graph.symbol(n).shape[1:])}
    if sizes or any(None in t.shape[1:] for t in symbols.values()):
        starts = dict.fromkeys(source(network, name)[0] for name in graph.inputs)
        filled = {
            n: keras.KerasTensor((1, *_filled(network, n, sizes.get(n))), graph.symbol(n).dtype)
            for n in [*graph.inputs, *starts]
            if n in symbols
        }
        outputs = keras.src.backend.compute_output_spec(lambda feeds: graph.run(feeds, every), filled)
        symbols = dict(zip(every, outputs, strict=True))
    return {n: tuple(1 if s is None else s for s in t.shape[1:]) for n, t in symbols.items()}


def _filled(network: Network, name: str, size: Shape | None) -> Shape:
    """The shape fed to a step: `size`, or by default its own with typical sizes for open axes."""
    kind = network.inputs[name].kind if name in network.inputs else "text"
    shape = network.graph.symbol(name).shape[1:]
    return (
        tuple(size[: len(shape)])
        if size
        else tuple(DEFAULT_SIZES.get(kind, DEFAULT_SIZES["numbers"]) if n is None else n for n in shape)
    )


def _propagate(
    graph: Graph, names: Sequence[str], start: dict[str, _TensorFields], shapes: Mapping[str, Shape]
) -> dict[str, _TensorFields]:
    """Propagate the fields of the steps in `start` to all outputs up to the named ones."""
    count = len(next(iter(start.values())).seen)
    nothing = _TensorFields(tuple(AxisField(None, NOTHING[None]) for _ in range(count)))
    found: dict[str, _TensorFields] = {}
    tensors: dict[int, tuple[_TensorFields, Shape]] = {}
    for step in graph.ancestors(names):
        for number, symbol in enumerate(keras.tree.flatten(step.outputs)):
            name = f"{step.name}:{number}" if number else step.name
            if step.name in start:
                fields = start[step.name]
            elif step.layer is None:
                fields = nothing
            else:
                parents = [tensors[id(t)] for t in step.tensors]
                fields = _through(step, number, parents, shapes[name]) if parents else nothing
            found[name] = fields
            tensors[id(symbol)] = fields, shapes[name]
    return found


def _through(step: Step, number: int, parents: list[tuple[_TensorFields, Shape]], shape: Shape) -> _TensorFields:
    """The fields of output `number`, of `shape`, of a step."""
    known = all(parent.known for parent, _ in parents)
    columns = list(zip(*(parent.seen for parent, _ in parents), strict=True))  # axis of the input -> parents
    per_frame = isinstance(step.layer, keras.layers.TimeDistributed)
    kind = type(step.layer.layer if per_frame else step.layer).__name__
    if kind in _RESHAPING and math.prod(shape) == math.prod(parents[0][1]) and not _reorders(step.layer, parents[0][1]):
        return _TensorFields(tuple(_reshaped(seen, parents[0][1], shape) for (seen, *_) in columns), known)
    if kind in ("Concatenate", "Stack"):
        shapes = [given for _, given in parents]
        return _TensorFields(tuple(_joined(step.layer, list(seen), shapes, shape) for seen in columns), known)
    ways = [_routes(StepInput(step, step.layer, n, given, shape, number)) for n, (_, given) in enumerate(parents)]
    found = []
    for column in columns:
        through = [
            seen.through(way[seen.axis]) if way is not None and seen.axis is not None else seen.everywhere()
            for seen, way in zip(column, ways, strict=True)
        ]
        found.append(union(through))
    return _TensorFields(tuple(found), known and None not in ways)


def _routes(passage: StepInput) -> Routes | None:
    """The routes through a layer, or through a network applied to every frame."""
    inner = getattr(passage.layer, "layer", None)
    if isinstance(passage.layer, keras.layers.TimeDistributed) and isinstance(inner, keras.Model):
        found = _through_network(inner, passage.given[1:])
        return None if found is None else after_time(found)
    return routes(passage)


def _through_network(model: keras.Model, given: Shape) -> Routes | None:
    """The routes of the axes of one frame through a network."""
    graph = Graph(model)
    (name,), (output, *_) = graph.inputs, graph.outputs.values()
    names = list(graph.names())
    shapes: dict[str, Shape] = {n: tuple(graph.symbol(n).shape[1:]) for n in names}
    if any(None in shape for shape in shapes.values()):
        return None
    start = _TensorFields(tuple(AxisField(axis, windows.each(n)) for axis, n in enumerate(given)))
    fields = _propagate(graph, [output], {name: start}, shapes)[output]
    if not fields.known:
        return None
    return [Route(s.axis, lambda outer, s=s: windows.composed(s.intervals, outer)) for s in fields.seen]  # type: ignore[misc]


def _reorders(layer: Any, given: Shape) -> bool:
    """Whether a Flatten layer transposes channels-first input first."""
    return len(given) > 1 and getattr(layer, "data_format", "") == "channels_first"


def union(seen: Sequence[AxisField]) -> AxisField:
    """The union of the fields along several paths; if they vary along different axes, the hull of all."""
    varying = {s.axis for s in seen if s.axis is not None and len(s.intervals) > 1}
    if len(varying) > 1:
        return AxisField(None, hull(np.concatenate([s.intervals for s in seen])))
    joined = np.stack(np.broadcast_arrays(*(s.intervals for s in seen)))  # (ways, n, 2)
    intervals = np.stack([joined[..., 0].min(axis=0), joined[..., 1].max(axis=0)], axis=1)
    return AxisField(next(iter(varying), next((s.axis for s in seen if s.axis is not None), None)), intervals)


def _reshaped(seen: AxisField, before: Shape, after: Shape) -> AxisField:
    """The fields after a reshape that keeps the order of the numbers."""
    if seen.axis is None:
        return seen
    if math.prod(before) > MOST_PLACES:
        return seen.everywhere()
    along = [1] * len(before)
    along[seen.axis] = len(seen.intervals)
    distinct, which = np.unique(seen.intervals, axis=0, return_inverse=True)
    number = np.broadcast_to(which.reshape(along), before).reshape(after)
    varying = [axis for axis, n in enumerate(after) if n > 1 and (np.diff(number, axis=axis) != 0).any()]
    if len(varying) > 1:
        return seen.everywhere()
    axis = varying[0] if varying else None
    index = tuple(slice(None) if a == axis else 0 for a in range(len(after)))
    return AxisField(axis, distinct[np.atleast_1d(number[index])])


def _joined(layer: Any, seen: list[AxisField], shapes: list[Shape], after: Shape) -> AxisField:
    """The fields after concatenation, or stacking along a new axis."""
    axis = layer.axis - 1 if layer.axis > 0 else layer.axis + len(after)
    if type(layer).__name__ == "Stack":
        shapes = [(*shape[:axis], 1, *shape[axis:]) for shape in shapes]
        seen = [replace(s, axis=s.axis + (s.axis >= axis)) if s.axis is not None else s for s in seen]
    if any(s.axis not in (axis, None) and len(s.intervals) > 1 for s in seen):
        return union(seen)
    parts = [np.broadcast_to(s.intervals, (shape[axis], 2)) for s, shape in zip(seen, shapes, strict=True)]
    return AxisField(axis, np.concatenate(parts))
