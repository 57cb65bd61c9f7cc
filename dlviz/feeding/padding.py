"""Which steps of an output are padding, according to Keras masks."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from dlviz import backend
from dlviz.feeding.feed import Feeds
from dlviz.feeding.tokens import origin
from dlviz.network import Network


def unmasked_numbers(network: Network, feeds: Feeds, answer: np.ndarray) -> np.ndarray:
    """Whether each number of an answer (n, ...) belongs to a step that is not padding, bool (n, ...)."""
    if answer.ndim < 3:
        return np.ones(answer.shape, bool)
    read = unmasked_steps(network, feeds, answer)
    return np.broadcast_to(read.reshape(*read.shape, *[1] * (answer.ndim - 2)), answer.shape)


def unmasked_steps(network: Network, feeds: Feeds, answer: np.ndarray) -> np.ndarray:
    """Whether each step of an answer (n, steps, ...) is unmasked, bool (n, steps), as Keras's loss and weighted metrics
    see it."""
    masks = network.function((network.output,), _mask)({name: backend.constant(x) for name, x in feeds.items()})
    read = np.ones(answer.shape[:2], bool)
    return np.asarray(masks[0], bool) if masks and masks[0].shape == read.shape else read


def read_tokens(network: Network, layer: str, name: str, feeds: Feeds) -> np.ndarray | None:
    """Which tokens of an input of one sample a layer reads, bool (tokens,), by the first mask on the way from there;
    None: all of them, no layer masks any."""
    below = tuple(step.name for step in network.graph.ancestors((layer,)) if origin(network, step.name)[0] == name)
    masks = network.function(below, _masks)({name: backend.constant(x) for name, x in feeds.items()})
    return np.asarray(masks[0], bool)[0] if masks else None


def mask_padding(map_: Any, output: Any) -> Any:
    """Replace masked steps of maps (n, steps, *axes, units) by the lowest float32, according to the mask (n, steps) of
    the layer's output, if any."""
    mask = getattr(output, "_keras_mask", None)
    if mask is None or len(map_.shape) < 3:
        return map_
    read = ops.reshape(mask, (*ops.shape(mask), *[1] * (len(map_.shape) - 2)))
    return ops.where(read, map_, np.finfo(np.float32).min)


def _mask(network: Network, layers: tuple[str, ...], outputs: list[Any]) -> list[Any]:
    """The Keras mask of the output, if any."""
    return _masks(network, layers, outputs[:1])


def _masks(network: Network, layers: tuple[str, ...], outputs: list[Any]) -> list[Any]:
    """The Keras masks of those outputs that have one."""
    masks = (getattr(output, "_keras_mask", None) for output in outputs)
    return [mask for mask in masks if mask is not None]
