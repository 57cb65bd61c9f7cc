"""The attention weights of a layer, and the labels of their axes."""

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
"""Layers whose output is the attention weights."""
KERAS = (keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention, keras.layers.Attention)
"""Layers that take `return_attention_scores`; `AdditiveAttention` is a subclass of `Attention`."""
MOST_EXTRA = 8
"""The maximum number of tokens that are not patches, such as the class token and registers."""


def attends(layer: Any) -> bool:
    """Whether a layer is, or contains, an attention layer."""
    return isinstance(layer, keras.Layer) and any(isinstance(inner, OWN + KERAS) for inner in layer._flatten_layers())


def scores_of(step: Step, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The attention weights (heads, queries, keys) of a step called with a batch of one sample; rows sum to 1.

    By the name of the attention layer, since a layer may contain several.
    """
    found: dict[str, Any] = {}
    with _recording_scores(step.layer, found):
        training = {"training": False} if step.layer._call_has_training_arg else {}
        answer = step.layer(*args, **{**kwargs, **training})
    if isinstance(step.layer, OWN):
        found = {step.layer.name: answer}
    return {name: _in_heads(np.asarray(keras.ops.cast(scores, "float32"))[0]) for name, scores in found.items()}


@contextmanager
def _recording_scores(layer: keras.Layer, found: dict[str, Any]) -> Iterator[None]:
    """While `layer` is called, record the scores of the Keras attention layers within it by name."""
    inner = [one for one in layer._flatten_layers() if isinstance(one, KERAS)]
    for one in inner:
        object.__setattr__(one, "call", _recording_call(one, found))
    try:
        yield
    finally:
        for one in inner:
            object.__delattr__(one, "call")


def _recording_call(layer: Any, found: dict[str, Any]) -> Any:
    plain = layer.call

    def call(*args: Any, return_attention_scores: bool = False, **kwargs: Any) -> Any:
        output, found[layer.name] = plain(*args, return_attention_scores=True, **kwargs)
        return (output, found[layer.name]) if return_attention_scores else output

    return call


def _in_heads(scores: np.ndarray) -> np.ndarray:
    """Reshape scores (heads, *queries, *keys) or (queries, keys) to (heads, queries, keys)."""
    if scores.ndim == 2:
        return scores[None]
    queries = scores.shape[1 : 1 + (scores.ndim - 1) // 2]
    return scores.reshape(len(scores), int(np.prod(queries)), -1)


def query_and_key(network: Network, layer: str) -> tuple[str, str]:
    """The names of the outputs from which a layer computes queries and keys."""
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
    """The labels along one axis of attention.

    Attributes:
        labels: one per place: a token, the row and column of a patch, or a number.
        named: whether the labels are tokens.
        grid: (rows, columns) if the places are patches of a picture; else None.
        first: the index of the first patch, after tokens such as the class token.
    """

    labels: tuple[str, ...]
    named: bool = False
    grid: tuple[int, int] | None = None
    first: int = 0

    @property
    def shown(self) -> int:
        """The number of places without trailing padding."""
        count = len(self.labels)
        while self.named and count > 1 and self.labels[count - 1] == "·":
            count -= 1
        return count


def places_of(network: Network, name: str, count: int, feeds: Feeds, sample: Sample) -> Places:
    """The labels of the `count` places of the output called `name`."""
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
    """(rows, columns, first patch) if `count` tokens are the patches of a picture; else None."""
    before = network.graph.ancestors((name,))
    for step in reversed(before):
        layer = network.layers[step.name]
        if layer.axes != ("height", "width") or step.layer is None or network.channels_first(step.name):
            continue
        rows, columns = (int(n or 0) for n in layer.shape[:2])
        if 1 < rows * columns <= count <= rows * columns + MOST_EXTRA:
            return rows, columns, 0 if _patches_come_first(network, before, rows * columns) else count - rows * columns
    return None


def _patches_come_first(network: Network, before: Sequence[Step], patches: int) -> bool:
    """Whether the patches precede the other tokens in the concatenation."""
    for step in before:
        if type(step.layer).__name__ == "Concatenate" and len(step.outputs.shape) == 3:
            return bool(network.graph.symbol(network.graph.sources(step.name)[0]).shape[1] == patches)
    return False
