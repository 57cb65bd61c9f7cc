"""The weights of every attention in a network, and the labels of their axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.feeding.tokens import axis_labels
from dlviz.model.graph import Step
from dlviz_models.data.samples import Sample
from dlviz_models.layers.attention import AlignmentWeights, HeadWeights

if TYPE_CHECKING:
    from dlviz.network import Network

OWN = (AlignmentWeights, HeadWeights)
"""Layers that output the weights themselves."""
KERAS = (keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention, keras.layers.Attention)
"""Layers that give them where they are asked for; `AdditiveAttention` is one of the last."""
MOST_EXTRA = 8
"""The maximum number of tokens that are not patches, such as the class token and registers."""


def attends(layer: Any) -> bool:
    """Whether there is attention in a layer, or in a layer within it."""
    return isinstance(layer, keras.Layer) and any(isinstance(inner, OWN + KERAS) for inner in layer._flatten_layers())


def scores_of(step: Step, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The weights (heads, queries, keys) of a step called with a batch of one sample; rows sum to 1.

    Where several attentions are within one layer, each by its name.
    """
    found: dict[str, Any] = {}
    with _watched(step.layer, found):
        training = {"training": False} if step.layer._call_has_training_arg else {}
        answer = step.layer(*args, **{**kwargs, **training})
    if isinstance(step.layer, OWN):
        found = {step.layer.name: answer}
    return {name: _in_heads(np.asarray(keras.ops.cast(scores, "float32"))[0]) for name, scores in found.items()}


@contextmanager
def _watched(layer: keras.Layer, found: dict[str, Any]) -> Iterator[None]:
    """While the layer is called, what Keras's attentions within it weigh is noted under their names."""
    inner = [one for one in layer._flatten_layers() if isinstance(one, KERAS)]
    for one in inner:
        object.__setattr__(one, "call", _noting(one, found))
    try:
        yield
    finally:
        for one in inner:
            object.__delattr__(one, "call")


def _noting(layer: Any, found: dict[str, Any]) -> Any:
    plain = layer.call

    def call(*args: Any, return_attention_scores: bool = False, **kwargs: Any) -> Any:
        output, found[layer.name] = plain(*args, return_attention_scores=True, **kwargs)
        return (output, found[layer.name]) if return_attention_scores else output

    return call


def _in_heads(scores: np.ndarray) -> np.ndarray:
    """Scores (heads, *queries, *keys), or (queries, keys) of a single head, as (heads, queries, keys)."""
    if scores.ndim == 2:
        return scores[None]
    queries = scores.shape[1 : 1 + (scores.ndim - 1) // 2]
    return scores.reshape(len(scores), int(np.prod(queries)), -1)


def ends_of(network: Network, layer: str) -> tuple[str, str]:
    """The names of the outputs that the queries and the keys of a layer are made of."""
    step = network.graph.steps[layer]
    names = {id(t): name for t, name in zip(step.tensors, network.graph.sources(layer), strict=True)}
    given = [names[id(t)] for t in keras.tree.flatten(step.args) if id(t) in names]
    by_name = {word: names[id(t)] for word, t in step.kwargs.items() if id(t) in names}
    query = by_name.get("query", given[0] if given else next(iter(by_name.values())))
    if not isinstance(step.layer, OWN + KERAS):
        return query, query
    rest = given[1:] if "query" not in by_name else given
    return query, by_name.get("value", rest[0] if rest else query)


@dataclass(frozen=True)
class Places:
    """What stands along one axis of attention.

    Attributes:
        labels: one a place: a token, the row and column of a patch, or a number.
        named: whether they are tokens.
        grid: rows and columns where the places are patches of a picture; else None.
        first: the number of the first patch: tokens of another kind stand before it.
    """

    labels: tuple[str, ...]
    named: bool = False
    grid: tuple[int, int] | None = None
    first: int = 0

    @property
    def shown(self) -> int:
        """How many places are left without the padding at the end."""
        count = len(self.labels)
        while self.named and count > 1 and self.labels[count - 1] == "·":
            count -= 1
        return count


def places_of(network: Network, name: str, count: int, feeds: Feeds, sample: Sample) -> Places:
    """What the `count` places of the output called `name` are."""
    labels = axis_labels(network, name, feeds, sample)
    if len(labels) == count:
        return Places(labels, named=True)
    found = _patches(network, name, count)
    if found is None:
        return Places(tuple(map(str, range(count))))
    rows, columns, first = found
    patches = [f"{row}, {column}" for row in range(rows) for column in range(columns)]
    others = count - len(patches)
    extra = ["[class]"] if others == 1 else [f"[{n}]" for n in range(others)]
    return Places((*extra[:first], *patches, *extra[first:]), grid=(rows, columns), first=first)


def _patches(network: Network, name: str, count: int) -> tuple[int, int, int] | None:
    """Rows, columns and first number of the patches of a picture that `count` tokens are, if they are."""
    before = network.graph.ancestors((name,))
    for step in reversed(before):
        layer = network.layers[step.name]
        if layer.axes != ("height", "width") or step.layer is None or network.channels_first(step.name):
            continue
        rows, columns = (int(n or 0) for n in layer.shape[:2])
        if 1 < rows * columns <= count <= rows * columns + MOST_EXTRA:
            return rows, columns, 0 if _come_first(network, before, rows * columns) else count - rows * columns
    return None


def _come_first(network: Network, before: Sequence[Step], patches: int) -> bool:
    """Whether the patches stand before the other tokens where they are joined."""
    for step in before:
        if type(step.layer).__name__ == "Concatenate" and len(step.outputs.shape) == 3:
            return bool(network.graph.symbol(network.graph.sources(step.name)[0]).shape[1] == patches)
    return False
