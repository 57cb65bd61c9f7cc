"""An on-disk index of the top samples of every unit of every layer, built in one pass over a data set.

The pass is one `Scan` of all layers with a checkpoint every few seconds. A complete index is saved layer by layer,
where views look it up; views also resume from an incomplete one. Several processes or machines that share a cache can
each scan a shard of the data; the shards are then merged.
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
from dlviz.scan.top_patches import scan_type
from dlviz.scan.top_responses import TopResponses
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError


class Index:
    """The index of a network and a data set, complete or not.

    Args:
        layers: the layers to index; empty: all visible ones.
        k: samples per unit.
        by: rank by "activation" or "relevance".
        entry: gives the cache entry of the network and the samples for further key parts.

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
        self._scans = {layer: self._scan((layer,), self._layer_entry(layer)) for layer in self.layers}

    def _layer_entry(self, layer: str) -> Entry:
        return self._entry("scan", self._by, layer)

    def _scan(self, layers: tuple[str, ...], checkpoint: Entry | None, shard: tuple[int, int] = (1, 1)) -> Scan:
        return scan_type(self.network, self._by)(self.network, layers, self.samples, self.k, checkpoint, shard)

    @property
    def complete(self) -> bool:
        """Whether the scan of every layer is complete."""
        return all(scan.complete for scan in self._scans.values())

    @property
    def summary(self) -> Indexed:
        """The network, the data, the layers and k."""
        units = {name: self.network.layers[name].units for name in self.layers}
        k = min(self.k, len(self.samples))
        return Indexed(self.network.name, self.samples.name, len(self.samples), units, k)

    @property
    def top_responses(self) -> dict[str, TopResponses]:
        """The top responses so far, by layer."""
        for scan in self._scans.values():
            if not scan.complete:
                scan.resume_from(self._checkpoint((1, 1)))
        return {layer: scan.top_responses[layer] for layer, scan in self._scans.items()}

    def _checkpoint(self, shard: tuple[int, int]) -> Entry:
        """The cache entry of an incomplete pass, or of a shard."""
        return self._entry("index", self._by, *self.layers, *(shard if shard[1] > 1 else ()))

    def build(self, shard: tuple[int, int] = (1, 1)) -> Iterator[Progress]:
        """Scan the remaining samples, or those of shard i of n, (i, n); interrupted, it resumes at the next call."""
        if self.complete:
            return
        checkpoint = self._checkpoint(shard)
        scan = self._scan(self.layers, checkpoint, shard)
        try:
            yield from scan.run()
        finally:
            if not scan.complete:
                scan.save()
        if shard[1] == 1:
            self._save_layers(scan)
            checkpoint.remove()

    def shard(self, shard: tuple[int, int]) -> Scan:
        """A scan of shard i of n, (i, n), without a checkpoint."""
        return self._scan(self.layers, None, shard)

    @property
    def fingerprint(self) -> str:
        """A digest of the network, the number of samples and the options, which all shards must share."""
        return digest(of_network(self.network), len(self.samples), self.k, self._by, *self.layers)

    def add_shard(self, shard: tuple[int, int], found: Mapping[str, np.ndarray], fingerprint: str) -> None:
        """Store the arrays of `shard` from another machine, of any shape by name, until `merge`.

        Raises:
            UserError: the other machine scanned something else.
        """
        if fingerprint != self.fingerprint:
            raise UserError(
                f"Shard {shard[0]} of {shard[1]} was scanned with another network or other data than"
                f" {self.network.name} and {self.samples.name} here: put the same files on each machine."
            )
        self._checkpoint(shard).put(found)

    def merge(self, shards: int) -> None:
        """Merge all shards, 1 to `shards`, into a complete index.

        Raises:
            UserError: a shard is incomplete; names which.
        """
        if self.complete:
            return
        entries = [self._checkpoint((number, shards)) for number in range(1, shards + 1)]
        scans = [self._scan(self.layers, entry, (n, shards)) for n, entry in enumerate(entries, start=1)]
        missing = [str(number) for number, scan in enumerate(scans, start=1) if not scan.complete]
        if missing:
            raise UserError(
                f"Of the index of {self.samples.name} for {self.network.name} {number_of(len(missing), 'shard')} of"
                f" {shards} {'is' if len(missing) == 1 else 'are'} not complete: build {', '.join(missing[:20])} first."
            )
        for scan in scans[1:]:
            scans[0].merge(scan)
        self._save_layers(scans[0])
        for entry in entries:
            entry.remove()

    def _save_layers(self, scan: Scan) -> None:
        """Save a complete scan layer by layer, where views look it up."""
        scan.locate()
        for layer in scan.layers:
            scan.save(layer, to=self._layer_entry(layer))
            self._scans[layer] = self._scan((layer,), self._layer_entry(layer))
