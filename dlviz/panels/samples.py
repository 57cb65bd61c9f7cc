"""A sample as panels, and the names of the places along a layer's axis."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import keras
import numpy as np

from dlviz import backend
from dlviz.feeding.feed import Feeds, in_bytes
from dlviz.model.graph import step_of
from dlviz.sheet import Bars, Curves, Image, Matrix, Panel, Paragraph, Tiles, retitled
from dlviz_models.data.samples import Numbers, Picture, Sample, Several, Sound, Tree
from dlviz_models.data.samples import Text as TextSample
from dlviz_models.layers.text import PADDING
from dlviz_models.layers.text import Text as TokenLayer

if TYPE_CHECKING:
    from dlviz.network import Network

MOST_BARS = 64
MOST_LINES = 8
"""The maximum number of features drawn as lines."""

NO_TOKEN = "·"
"""What stands for padding."""


def drawn(network: Network, sample: Sample) -> tuple[Panel, ...]:
    """What is fed, as a person knows it, to stand beside what is made of it."""
    return tuple(replace(panel, role="beside") for panel in _drawn(network, sample))


def _drawn(network: Network, sample: Sample) -> tuple[Panel, ...]:
    match sample:
        case Picture():
            return _picture(network, sample)
        case TextSample(text):
            return (Paragraph(text, title=sample.short),)
        case Sound(samples, rate):
            time = np.arange(len(samples)) / rate
            return (Curves(time, {"sound": samples}, "seconds", "", sample.short),)
        case Tree(words):
            return (Paragraph(" ".join(words), title=sample.short),)
        case Numbers(values, names):
            return (numbers(values, names, sample.short),)
        case Several(parts):
            return tuple(panel for name, part in parts.items() for panel in _named(drawn(network, part), name))
    return ()


def _named(panels: tuple[Panel, ...], name: str) -> tuple[Panel, ...]:
    return tuple(retitled(panel, f"{name}: {panel.title}" if panel.title else name) for panel in panels)


def _picture(network: Network, sample: Picture) -> tuple[Panel, ...]:
    """Colour first, further channels as tiles beside it."""
    pixels = np.rint(in_bytes(sample)).clip(0, 255).astype(np.uint8)
    if network.takes_pictures and pixels.shape[-1] in (1, 3, network.input_shape[2]):
        pixels = network.resize_to_input(pixels)
    channels = pixels.shape[-1]
    if channels in (1, 3):
        return (Image(pixels, title=sample.short),)
    rest = np.moveaxis(pixels[..., 3:] if channels > 3 else pixels, -1, 0)[..., None]
    first = 3 if channels > 3 else 0
    tiles = Tiles(rest, "pixels", "Further channels", tuple(f"channel {first + n}" for n in range(len(rest))))
    return (Image(pixels[..., :3], title=sample.short), tiles) if channels > 3 else (tiles,)


def numbers(values: np.ndarray, names: tuple[str, ...], title: str) -> Panel:
    """An array of any shape: bars, a matrix, or tiles of its planes."""
    if values.ndim <= 1:
        row = np.atleast_1d(values).astype(np.float32)
        if len(row) > MOST_BARS:
            return Curves(np.arange(len(row)), {"value": row}, "place", "", title)
        return Bars(names or tuple(map(str, range(len(row)))), row, title)
    if values.ndim == 2:
        steps, features = values.shape
        if features == 1 or steps > 4 * MOST_BARS:
            shown = {names[f] if names else str(f): values[:, f] for f in range(min(features, MOST_LINES))}
            which = f"the first {MOST_LINES} of {features}" if features > MOST_LINES else ""
            return Curves(np.arange(steps), shown, "step", which, title)
        columns = names or tuple(map(str, range(features)))
        return Matrix(values.T, columns, tuple(map(str, range(steps))), "", "step", title)
    if values.shape[-1] not in (1, 3):
        values = (
            values[..., None] if values.ndim == 3 else np.moveaxis(values, -1, -3).reshape(-1, *values.shape[-3:-1], 1)
        )
    return Tiles(values.reshape(-1, *values.shape[-3:]).astype(np.float32), "all", title)


def axis_labels(network: Network, layer: str, feeds: Feeds, sample: Sample) -> tuple[str, ...]:
    """The tokens along a layer's single axis of time or nodes, where its places are those; else nothing."""
    described = network.layers[layer]
    if described.axes not in (("time",), ("node",)):
        return ()
    if isinstance(sample, Tree):
        return phrases(sample)[: len(sample.words) if described.axes == ("time",) else None]
    name, backwards = origin(network, layer)
    found = tokens(network, name, feeds)
    return found[::-1] if backwards else found


def origin(network: Network, layer: str) -> tuple[str, bool]:
    """The input that a layer's steps are those of, and whether they stand in reverse order by then.

    Of several things that go into a layer the first is followed.
    """
    name, backwards = step_of(layer), False
    while parents := network.graph.parents[name]:
        operation = network.graph.steps[name].layer
        if isinstance(operation, keras.layers.RNN):
            backwards ^= operation.go_backwards
        if type(operation).__name__ == "Flip":
            rank = len(network.graph.symbol(name).shape)
            axes = keras.tree.flatten(operation.axis)
            backwards ^= any(axis is None or axis % rank == 1 for axis in axes)
        name = parents[0]
    if name in network.inputs:
        return name, backwards
    below = [step.name for step in network.graph.ancestors((layer,)) if step.layer is None]
    return (below or [network.input])[0], backwards


def tokens(network: Network, name: str, feeds: Feeds) -> tuple[str, ...]:
    """The tokens that are fed to the input called `name`, of one sample."""
    spec = network.inputs.get(name)
    if spec is None or spec.kind not in ("text", "numbers"):
        return ()
    row = feeds[name][0]
    if spec.kind == "text" and spec.dtype != "string":
        known = network.text_layer(name).tokens
        return tuple(known[n] or NO_TOKEN for n in row)
    if spec.dtype == "string":
        return _vectorized(network, name, feeds)
    if spec.vocabulary:
        return tuple(str(int(n)) if n != PADDING else NO_TOKEN for n in row.ravel())
    return ()


def _vectorized(network: Network, name: str, feeds: Feeds) -> tuple[str, ...]:
    """What a `TextVectorization` makes of the text that is fed."""
    for step in network.graph.steps.values():
        if isinstance(step.layer, keras.layers.TextVectorization):
            numbers = np.asarray(network.function((step.name,))({name: backend.constant(feeds[name])})[0])[0]
            if numbers.dtype.kind in "iu" and numbers.ndim == 1:
                known = step.layer.get_vocabulary()
                return tuple(known[n] or NO_TOKEN for n in numbers)
    return ()


def vocabulary_of(network: Network, layer: str) -> tuple[str, ...]:
    """The tokens, by number, that a layer is fed, where a layer before it has them; else nothing."""
    for step in reversed(network.graph.ancestors((layer,))):
        if isinstance(step.layer, TokenLayer):
            return step.layer.tokens
        if isinstance(step.layer, keras.layers.TextVectorization | keras.layers.StringLookup):
            return tuple(map(str, step.layer.get_vocabulary()))
    return ()


def phrases(tree: Tree) -> tuple[str, ...]:
    """The words below each node of a tree."""
    found = [*tree.words]
    for left, right in tree.children:
        found.append(f"{found[left]} {found[right]}")
    return tuple(found)
