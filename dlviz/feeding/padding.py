"""Which steps of an output stand for something, and which are padding that Keras masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlviz import backend
from dlviz.feeding.feed import Feeds
from dlviz.network import Network


def read_steps(network: Network, feeds: Feeds, answer: np.ndarray) -> np.ndarray:
    """Whether each step of an answer (n, steps, ...) was read, bool (n, steps): not where the mask that reaches the
    output leaves it out, as Keras's loss and weighted metrics do."""
    masks = network.function((network.output,), _mask)({name: backend.constant(x) for name, x in feeds.items()})
    read = np.ones(answer.shape[:2], bool)
    return np.asarray(masks[0], bool) if masks and masks[0].shape == read.shape else read


def _mask(network: Network, layers: tuple[str, ...], outputs: list[Any]) -> list[Any]:
    """The mask that comes with the output, if one does."""
    mask = getattr(outputs[0], "_keras_mask", None)
    return [] if mask is None else [mask]
