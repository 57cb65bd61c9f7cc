"""Rank the phrases of parse trees, each where it occurs first: a unit of a recursive network answers the same to the
same phrase in every sentence."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import Any

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.scan import Scan
from dlviz.scan.best import as_maps
from dlviz_models.data.samples import Tree


class PhraseScan(Scan):
    """A scan of trees that looks at a phrase where it occurs first; every new sentence is a new phrase itself."""

    @cached_property
    def _new_nodes(self) -> list[np.ndarray]:
        """For each tree whether the phrase at each node occurs in no tree, and at no node, before it: bool (nodes,)."""
        known: dict[Hashable, int] = {}
        found = []
        for number in range(len(self.samples)):
            tree = self.samples.sample(number)
            assert isinstance(tree, Tree)
            phrases: list[int] = []  # the number of the phrase at each node
            before = len(known)
            for word in tree.words:
                phrases.append(known.setdefault(word, len(known)))
            for left, right in tree.children:
                phrases.append(known.setdefault((phrases[left], phrases[right]), len(known)))
            seen = np.array(phrases)
            is_first = np.zeros(len(seen), bool)
            is_first[np.unique(seen, return_index=True)[1]] = True
            found.append(is_first & (seen >= before))
        return found

    def _responses(self, feeds: Feeds, numbers: np.ndarray) -> Any:
        new = np.stack([self._new_nodes[number] for number in numbers])  # (n, nodes)
        best, places, shapes = [], [], []
        for name, output in zip(self.layers, self.network.function(self.layers)(feeds), strict=True):
            maps = np.asarray(as_maps(self.network, name, output))  # (n, *axes, units)
            if self.network.layers[name].axes == ("node",):
                maps = np.where(new[..., None], maps, np.float32(-np.inf))
            flat = maps.reshape(len(maps), -1, maps.shape[-1])  # (n, places, units)
            best.append(flat.max(axis=1))
            places.append(flat.argmax(axis=1))
            shapes.append(maps.shape[1:-1])
        return best, places, shapes
