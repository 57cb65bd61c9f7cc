"""Group samples of equal length into batches, so that none is padded."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

from dlviz import backend
from dlviz.feeding.feed import Feeds
from dlviz.model.graph import is_bag_of_words
from dlviz_models.data.samples import Sample, Text

if TYPE_CHECKING:
    from dlviz.network import Network


def groups(
    network: Network, samples: Sequence[Sample], inputs: Collection[str] = ()
) -> Iterator[tuple[np.ndarray, Feeds]]:
    """Yield batches of samples of equal length: their indices, int64 (n,), and feeds.

    Args:
        inputs: the inputs needed, which may avoid decoding a text; empty: all.
    """
    everything = np.arange(len(samples))
    if network.writer and network.sample_kind == "text":
        yield from _written(network, samples, not inputs or "target" in inputs)
    elif (splitter := text_splitter(network)) is not None and network.graph.symbol(splitter).shape[1] is None:
        feeds = network.feed(samples)
        lengths = _lengths(_split(network, splitter, feeds))
        yield from ((chosen, _of(feeds, chosen)) for chosen in _alike(lengths))
    elif all(None not in spec.shape for spec in network.inputs.values()):
        yield everything, network.feed(samples)
    else:
        single = [network.feed([sample]) for sample in samples]
        shapes = [tuple(x.shape for x in feeds.values()) for feeds in single]
        for chosen in _alike(shapes):
            feeds = {name: np.concatenate([single[i][name] for i in chosen]) for name in network.inputs}
            yield chosen, feeds


def text_splitter(network: Network) -> str | None:
    """The layer that tokenises text in the network; None if there is none, or if it makes bags of words."""
    for step in network.graph.steps.values():
        if isinstance(step.layer, keras.layers.TextVectorization) and not is_bag_of_words(step.layer):
            return step.name
    return None


def token_shapes(network: Network, feeds: Feeds) -> dict[str, tuple[int, ...]]:
    """The shape of each feed, without the batch axis, and of the tokens made by the network's own tokeniser."""
    shapes = {name: x.shape[1:] for name, x in feeds.items()}
    splitter = text_splitter(network)
    return shapes if splitter is None else {**shapes, splitter: _split(network, splitter, feeds).shape[1:]}


def _split(network: Network, splitter: str, feeds: Feeds) -> np.ndarray:
    [tokens] = network.function((splitter,))({name: backend.constant(x) for name, x in feeds.items()})
    return np.asarray(tokens)


def _written(network: Network, samples: Sequence[Sample], writes: bool) -> Iterator[tuple[np.ndarray, Feeds]]:
    """Groups of equal source length and, if `writes`, equal length of the decoded text."""
    texts = [sample.text for sample in samples if isinstance(sample, Text)]
    if len(texts) < len(samples):
        network.feed(samples)  # says what is wrong with the others
    lengths = _lengths(network.text_layer("source").encode(texts))
    for chosen in _alike(lengths):
        if not writes:
            yield chosen, {"source": network.text_layer("source").encode([texts[i] for i in chosen])}
            continue
        feeds = network.feed([samples[i] for i in chosen])
        targets = _lengths(feeds["target"])
        for part in _alike(targets):
            yield chosen[part], {**_of(feeds, part), "target": feeds["target"][part, : targets[part[0]]]}


def _lengths(tokens: np.ndarray) -> list[int]:
    """The number of tokens before the padding in each row of (n, time, ...), at least one."""
    there = (tokens != 0).reshape(len(tokens), tokens.shape[1], -1).any(axis=-1) if tokens.ndim > 1 else tokens[:, None]
    return [int(np.flatnonzero(row)[-1]) + 1 if row.any() else 1 for row in there]


def _of(feeds: Feeds, chosen: np.ndarray) -> Feeds:
    return {name: x[chosen] for name, x in feeds.items()}


def _alike(keys: Sequence[object]) -> list[np.ndarray]:
    """The indices of equal keys, grouped in order of first occurrence."""
    found: dict[object, list[int]] = {}
    for number, key in enumerate(keys):
        found.setdefault(key, []).append(number)
    return [np.array(numbers) for numbers in found.values()]
