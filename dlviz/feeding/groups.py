"""Samples fed in groups of one length, so that each is fed as it would be alone, without padding."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

from dlviz import backend
from dlviz.feeding.feed import Feeds
from dlviz.model.graph import is_bag
from dlviz_models.data.samples import Sample, Text

if TYPE_CHECKING:
    from dlviz.network import Network


def groups(
    network: Network, samples: Sequence[Sample], inputs: Collection[str] = ()
) -> Iterator[tuple[np.ndarray, Feeds]]:
    """The numbers, int64 (n,), of samples that can be fed together, and what is fed for them.

    Args:
        inputs: those that are needed, where the others take long; empty: all.
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
    """The layer by which the network itself makes tokens of text; None where it has none, or makes bags of words."""
    for step in network.graph.steps.values():
        if isinstance(step.layer, keras.layers.TextVectorization) and not is_bag(step.layer):
            return step.name
    return None


def token_shapes(network: Network, feeds: Feeds) -> dict[str, tuple[int, ...]]:
    """The shape, without the batch axis, of what is fed to each input, and of tokens that are made in the network."""
    shapes = {name: x.shape[1:] for name, x in feeds.items()}
    splitter = text_splitter(network)
    return shapes if splitter is None else {**shapes, splitter: _split(network, splitter, feeds).shape[1:]}


def _split(network: Network, splitter: str, feeds: Feeds) -> np.ndarray:
    [tokens] = network.function((splitter,))({name: backend.constant(x) for name, x in feeds.items()})
    return np.asarray(tokens)


def _written(network: Network, samples: Sequence[Sample], writes: bool) -> Iterator[tuple[np.ndarray, Feeds]]:
    """Groups of one length of the source and, where it `writes`, of what the network writes."""
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
    """How many tokens there are in each row of (n, time, ...) before the padding, at least one."""
    there = (tokens != 0).reshape(len(tokens), tokens.shape[1], -1).any(axis=-1) if tokens.ndim > 1 else tokens[:, None]
    return [int(np.flatnonzero(row)[-1]) + 1 if row.any() else 1 for row in there]


def _of(feeds: Feeds, chosen: np.ndarray) -> Feeds:
    return {name: x[chosen] for name, x in feeds.items()}


def _alike(keys: Sequence[object]) -> list[np.ndarray]:
    """The numbers of equal keys together, in the order in which they come first."""
    found: dict[object, list[int]] = {}
    for number, key in enumerate(keys):
        found.setdefault(key, []).append(number)
    return [np.array(numbers) for numbers in found.values()]
