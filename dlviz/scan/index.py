"""The best samples of every unit of every layer, found in one pass over a data set and kept on disk.

The pass is a `Scan` of many layers at once, which puts what it knows on disk every few seconds and is taken up there. A
complete one is kept layer by layer, where views look for it; views also go on from one that is not complete. Parts of
the data, or shards, may be looked at by several processes or machines that share a cache, and merged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from dlviz.cache import Entry
from dlviz.cache_keys import digest, of_network
from dlviz.grammar import number_of
from dlviz.jobs import Indexed
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.scan import Scan
from dlviz.scan.top_patches import SCANS
from dlviz.scan.top_responses import TopResponses
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError


class Index:
    """The index of a network and a data set, complete or not.

    Args:
        layers: those that are indexed; none: all that have something to show.
        k: how many samples of each unit are kept.
        by: what they are ranked by, activation or relevance.
        entry: the place on disk of what belongs to the network, the samples and further words.

    Raises:
        UserError: a layer does not exist or has no units, or there are no samples.
    """

    def __init__(
        self,
        network: Network,
        samples: Samples,
        layers: Sequence[str],
        k: int,
        entry: Callable[..., Entry],
        by: str = "activation",
    ) -> None:
        self.network = network
        self.samples = samples
        self.layers = tuple(dict.fromkeys(layers)) or network.visible
        self.k = k
        self._by = by
        self._entry = entry
        self._of_layer = {layer: self._scan((layer,), self._place(layer)) for layer in self.layers}

    def _place(self, layer: str) -> Entry:
        return self._entry("scan", self._by, layer)

    def _scan(self, layers: tuple[str, ...], kept: Entry, shard: tuple[int, int] = (1, 1)) -> Scan:
        return SCANS[self._by](self.network, layers, self.samples, self.k, kept, shard)

    @property
    def complete(self) -> bool:
        """Whether all layers are known completely."""
        return all(scan.complete for scan in self._of_layer.values())

    @property
    def summary(self) -> Indexed:
        """What it is of."""
        units = {name: self.network.layers[name].units for name in self.layers}
        k = min(self.k, len(self.samples))
        return Indexed(self.network.name, self.samples.name, len(self.samples), units, k)

    @property
    def top_responses(self) -> dict[str, TopResponses]:
        """The largest responses of the units of each layer, as far as they are known."""
        for scan in self._of_layer.values():
            if not scan.complete:
                scan.take_up(self._checkpoint((1, 1)))
        return {layer: scan.top_responses[layer] for layer, scan in self._of_layer.items()}

    def _checkpoint(self, shard: tuple[int, int]) -> Entry:
        """The place on disk of a pass that is not complete, or of a shard."""
        return self._entry("index", self._by, *self.layers, *(shard if shard[1] > 1 else ()))

    def build(self, shard: tuple[int, int] = (1, 1)) -> Iterator[Progress]:
        """Look at what is left of the samples, or of shard i of n, (i, n); what is known then can be taken up again,
        however this ends."""
        if self.complete:
            return
        kept = self._checkpoint(shard)
        scan = self._scan(self.layers, kept, shard)
        try:
            yield from scan.run()
        finally:
            if not scan.complete:
                scan.keep()
        if shard[1] == 1:
            self._keep(scan)
            kept.remove()

    def shard(self, shard: tuple[int, int]) -> Scan:
        """A scan of shard i of n, (i, n), that keeps nothing on disk."""
        return SCANS[self._by](self.network, self.layers, self.samples, self.k, None, shard)

    @property
    def fingerprint(self) -> str:
        """Of what is indexed: the network, and how many samples there are."""
        return digest(of_network(self.network), len(self.samples), self.k, self._by, *self.layers)

    def take(self, shard: tuple[int, int], found: Mapping[str, np.ndarray], fingerprint: str) -> None:
        """Keep what `shard(i, n)` has found elsewhere, arrays of any shape by name, until `merge`.

        Raises:
            UserError: something else was scanned there.
        """
        if fingerprint != self.fingerprint:
            raise UserError(
                f"Shard {shard[0]} of {shard[1]} was scanned with another network or other data than"
                f" {self.network.name} and {self.samples.name} here: put the same files on each machine."
            )
        self._checkpoint(shard).put(found)

    def merge(self, shards: int) -> None:
        """Put together what so many shards have found.

        Raises:
            UserError: one of them is not known completely; it says which.
        """
        if self.complete:
            return
        places = [self._checkpoint((number, shards)) for number in range(1, shards + 1)]
        scans = [self._scan(self.layers, place, (n, shards)) for n, place in enumerate(places, start=1)]
        lacking = [str(number) for number, scan in enumerate(scans, start=1) if not scan.complete]
        if lacking:
            raise UserError(
                f"Of the index of {self.samples.name} for {self.network.name} {number_of(len(lacking), 'shard')} of"
                f" {shards} {'is' if len(lacking) == 1 else 'are'} not complete: build {', '.join(lacking[:20])} first."
            )
        for scan in scans[1:]:
            scans[0].merge(scan)
        self._keep(scans[0])
        for place in places:
            place.remove()

    def _keep(self, scan: Scan) -> None:
        """Keep a complete scan layer by layer, where views look for it."""
        scan.locate()
        for layer in scan.layers:
            scan.keep(layer, at=self._place(layer))
            self._of_layer[layer] = self._scan((layer,), self._place(layer))
