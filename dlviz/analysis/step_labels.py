"""Labels for the steps of a layer, each of which may see several tokens."""

from __future__ import annotations

import numpy as np

from dlviz.analysis.receptive_field import ReceptiveField, receptive_field
from dlviz.feeding.feed import Feeds
from dlviz.feeding.groups import token_shapes
from dlviz.feeding.tokens import NO_TOKEN, axis_labels, origin
from dlviz.network import Network
from dlviz_models.data.samples import Sample


def step_labels(network: Network, layer: str, feeds: Feeds, sample: Sample) -> tuple[str, ...]:
    """The token for each step along a layer's single axis; the middle one if a step sees several tokens.

    Empty if no tokens are fed or all steps see the same ones.
    """
    found = axis_labels(network, layer, feeds, sample)
    steps = len(network.maps(feeds, layer))
    if len(found) in (0, steps):
        return found
    name, _ = origin(network, layer)
    return _middles(receptive_field(network, layer, name, token_shapes(network, feeds)), found)


def _middles(field: ReceptiveField, tokens: tuple[str, ...]) -> tuple[str, ...]:
    if not field.is_local or len(field.shape) != 1:
        return ()
    boxes = field.boxes(np.arange(field.shape[0])[:, None])  # (steps, start and stop)
    return tuple(tokens[(start + stop - 1) // 2] if stop else NO_TOKEN for start, stop in boxes)
