"""A description of each layer of a network, obtained without running it."""

from __future__ import annotations

from contextlib import suppress

import keras

from dlviz.jobs import LayerInfo
from dlviz.model.attention_scores import attends
from dlviz.model.graph import Graph, Step, step_of
from dlviz.model.maps import Layout, layout_of
from dlviz.model.recurrence import is_recurrent
from dlviz.model.weights import weights_of


def layers_of(graph: Graph) -> tuple[dict[str, LayerInfo], dict[str, Layout]]:
    """The layers of a graph by name, in order of computation, one entry per output, and their layouts."""
    layers: dict[str, LayerInfo] = {}
    layouts: dict[str, Layout] = {}
    for name in graph.names():
        step = graph.steps[step_of(name)]
        shape = tuple(graph.symbol(name).shape[1:])
        before = [layouts[p] for p in graph.parents[step.name] if p in layouts]
        layout = layout_of(step, _number(name), shape, before)
        if layout:
            layouts[name] = layout
        layers[name] = _described(graph, name, layout)
    return layers, layouts


def _described(graph: Graph, name: str, layout: Layout | None) -> LayerInfo:
    """Describe one output of a step."""
    step, number, tensor = graph.steps[step_of(name)], _number(name), graph.symbol(name)
    shape = tuple(tensor.shape[1:])
    floating = str(tensor.dtype).startswith(("float", "bfloat"))
    shown = layout if floating and (step.layer is not None or len(graph.steps) == 1) else None
    return LayerInfo(
        name=name,
        kind="Input" if step.layer is None else type(step.layer).__name__,
        shape=shape,
        parameters=step.layer.count_params() if isinstance(step.layer, keras.Layer) and not number else 0,
        parents=graph.parents[step.name],
        units=shown.units(shape) if shown else 0,
        has_kernel=not number and _has_kernel(step),
        axes=layout.axes if layout else (),
        weights=() if number else tuple(weights_of(step.layer)),
        recurrent=not number and is_recurrent(step.layer),
        attends=not number and attends(step.layer),
    )


def _number(name: str) -> int:
    """The index of an output among those of its step."""
    return int(name.partition(":")[2] or 0)


def _has_kernel(step: Step) -> bool:
    layer = step.layer
    while isinstance(layer, keras.layers.Wrapper):
        layer = layer.layer
    with suppress(AttributeError, ValueError):  # some layers raise on asking, before they are built
        return layer.kernel is not None
    return isinstance(layer, keras.layers.SeparableConv1D | keras.layers.SeparableConv2D | keras.layers.RNN)
