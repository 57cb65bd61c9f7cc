"""The activations of the sample looked at last, so that browsing layers and browsing samples both compute little."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from dlviz.feeding.feed import Feeds, are_equal

IN_A_ROW = 3
"""After so many samples of which the same layer was asked for first, only this layer is computed for the next one."""

Compute = Callable[[Sequence[str], Feeds], dict[str, np.ndarray]]


class LastSample:
    """Activations of the last sample: of all layers at once, or, as samples are browsed at one layer, of it alone.

    Args:
        compute: from names of layers and a sample's feeds to the activations of these layers.
        layers: the names of all layers.
    """

    def __init__(self, compute: Compute, layers: Sequence[str]) -> None:
        self._compute, self._layers = compute, layers
        self._feeds: Feeds = {}
        self._known: dict[str, np.ndarray] = {}
        self._first, self._in_a_row = "", 0

    def all(self, feeds: Feeds) -> Mapping[str, np.ndarray]:
        """The activations of every layer, without a batch axis, (*axes, units) or (units, *axes)."""
        self._look_at(feeds)
        if len(self._known) < len(self._layers):
            self._known = self._compute(self._layers, feeds)
        return self._known

    def of(self, layer: str, feeds: Feeds) -> np.ndarray:
        """The activations of one layer, without a batch axis, (*axes, units) or (units, *axes)."""
        if self._look_at(feeds):
            self._in_a_row = self._in_a_row + 1 if layer == self._first else 1
            self._first = layer
            if self._in_a_row > IN_A_ROW:
                self._known = self._compute((layer,), feeds)
        return self._known[layer] if layer in self._known else self.all(feeds)[layer]

    def _look_at(self, feeds: Feeds) -> bool:
        """Make a sample the one looked at, and return whether it was another."""
        if self._feeds and are_equal(self._feeds, feeds):
            return False
        self._feeds, self._known = {name: x.copy() for name, x in feeds.items()}, {}
        return True
