"""Which steps of an output stand for something, and which are padding that Keras masks."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from dlviz import backend
from dlviz.feeding.feed import Feeds
from dlviz.network import Network


def read_numbers(network: Network, feeds: Feeds, answer: np.ndarray) -> np.ndarray:
    """Whether each number of an answer (n, ...) stands for something, bool (n, ...): not those of a step that is
    padding."""
    if answer.ndim < 3:
        return np.ones(answer.shape, bool)
    read = read_steps(network, feeds, answer)
    return np.broadcast_to(read.reshape(*read.shape, *[1] * (answer.ndim - 2)), answer.shape)


def read_steps(network: Network, feeds: Feeds, answer: np.ndarray) -> np.ndarray:
    """Whether each step of an answer (n, steps, ...) was read, bool (n, steps): not where the mask that reaches the
    output leaves it out, as Keras's loss and weighted metrics do."""
    masks = network.function((network.output,), _mask)({name: backend.constant(x) for name, x in feeds.items()})
    read = np.ones(answer.shape[:2], bool)
    return np.asarray(masks[0], bool) if masks and masks[0].shape == read.shape else read


def without_padding(map_: Any, output: Any) -> Any:
    """Maps (n, steps, *axes, units) with the least number there is in the place of the steps that the mask (n, steps)
    of a layer's output leaves out; as they are where it has none."""
    mask = getattr(output, "_keras_mask", None)
    if mask is None or len(map_.shape) < 3:
        return map_
    read = ops.reshape(mask, (*ops.shape(mask), *[1] * (len(map_.shape) - 2)))
    return ops.where(read, map_, np.finfo(np.float32).min)


def _mask(network: Network, layers: tuple[str, ...], outputs: list[Any]) -> list[Any]:
    """The mask that comes with the output, if one does."""
    mask = getattr(outputs[0], "_keras_mask", None)
    return [] if mask is None else [mask]
