"""The input tokens, and which of them each step of a layer corresponds to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from dlviz import backend
from dlviz.feeding.feed import Feeds
from dlviz.feeding.groups import text_splitter
from dlviz.model.graph import step_of
from dlviz_models.data.samples import Numbers, Sample, Several, Text, Tree
from dlviz_models.layers.text import PADDING, UNKNOWN, split
from dlviz_models.layers.text import Text as TokenLayer

if TYPE_CHECKING:
    from dlviz.network import Network

NO_TOKEN = "·"
"""The label of padding."""


def axis_labels(network: Network, layer: str, feeds: Feeds, sample: Sample) -> tuple[str, ...]:
    """The tokens along a layer's single axis of time or nodes; empty for other layers."""
    described = network.layers[layer]
    if described.axes not in (("time",), ("node",)):
        return ()
    if isinstance(sample, Tree):
        return phrases(sample)[: len(sample.words) if described.axes == ("time",) else None]
    name, backwards = origin(network, layer)
    found = tokens(network, name, feeds)
    return found[::-1] if backwards else found


def origin(network: Network, layer: str) -> tuple[str, bool]:
    """The input whose steps a layer's steps are, and whether their order is reversed; of several parents the first is
    followed."""
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
    """The tokens fed to the input called `name`, for one sample."""
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


def token_numbers(network: Network, name: str, sample: Sample) -> str:
    """The numbers of a sample's tokens with spaces between them, without the padding at its ends; empty if the input
    called `name` takes no such numbers."""
    if not network.inputs[name].vocabulary or not isinstance(sample, Numbers):
        return ""
    return " ".join(str(int(number)) for number in np.trim_zeros(sample.values.ravel())) or NO_TOKEN


def _vectorized(network: Network, name: str, feeds: Feeds) -> tuple[str, ...]:
    """The tokens that a `TextVectorization` layer makes of the text."""
    splitter = text_splitter(network)
    if splitter is None:
        return ()
    known = network.keras_layer(splitter).get_vocabulary()
    [numbers] = np.asarray(network.function((splitter,))({name: backend.constant(feeds[name])})[0])
    return tuple(known[n] or NO_TOKEN for n in numbers)


def unknown_tokens(network: Network, sample: Sample) -> tuple[str, ...]:
    """The words or characters of a sample that the vocabularies of the network's inputs do not hold, each once."""
    parts = sample.parts if isinstance(sample, Several) else {network.input: sample}
    found = [token for name, part in parts.items() for token in _unknown(network, name, part)]
    return tuple(dict.fromkeys(found))


def _unknown(network: Network, name: str, part: Sample) -> list[str]:
    """Those of what the input called `name` is given."""
    spec = network.inputs.get(name)
    if spec is None or not isinstance(part, Text | Tree):
        return []
    if isinstance(part, Text) and spec.dtype == "string":
        splitter, words = text_splitter(network), np.array(part.text.split(), object)
        if splitter is None or not words.size:
            return []
        read = network.function((splitter,))({name: backend.constant(words.reshape(-1, *(1 for _ in spec.shape)))})[0]
        return list(words[(np.asarray(read) == UNKNOWN).any(axis=1)])
    layer = network.text_layer(name)
    given, known = part.words if isinstance(part, Tree) else split(part.text, layer.unit), set(layer.tokens)
    return [token for token in given if token not in known]


def vocabulary_of(network: Network, layer: str) -> tuple[str, ...]:
    """The vocabulary, by token number, of the last lookup layer before a layer; empty if there is none."""
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
