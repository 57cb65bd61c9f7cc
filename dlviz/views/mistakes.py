"""What the network gets wrong, whatever it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz.view import Scene, View
from dlviz_models.data.pictures import Pictures

if TYPE_CHECKING:
    from dlviz.feed import Feeds
    from dlviz.network import Network
    from dlviz_models.data.samples import Samples

BATCH_SIZE = 2**23
"""Numbers that are fed at once at most."""


@dataclass(frozen=True)
class Mistakes(View):
    """All samples of the data are fed, and the answers counted against their targets; the worst are shown.

    >>> import dlviz
    >>> dlviz.show("mistakes", "lenet5", limit=100).arrays["confusion"].shape  # (true, predicted)
    (10, 10)
    """

    name = "mistakes"
    summary = "What the network gets wrong or is least sure of: confused classes, numbers and pictures far off."
    needs = frozenset({"network", "data"})
    order = 5

    count: int = option(60, "how many mistakes to show", low=1, high=1000, label="mistakes shown")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.panels.mistakes import tally_of

        network, data = scene.network, scene.data
        tally, examples = tally_of(network, data), len(data)
        start = 0
        batch = 8
        while start < examples:
            stop = min(start + batch, examples)
            feeds = _feeds(network, data, start, stop)
            tally.add(start, feeds, network.answer(feeds))
            numbers = sum(x.size for x in feeds.values()) / (stop - start)
            batch = int(np.clip(BATCH_SIZE // max(1, numbers), 8, 256))
            start = stop
            yield Progress(stop, examples, f"{stop} of {examples} {tally.things}")
        found = tally.found(self.count)
        yield Sheet(f"{network.name} · mistakes · {data.name}", found.summary, tuple(found.panels), found.arrays)


def _feeds(network: Network, data: Samples, start: int, stop: int) -> Feeds:
    if isinstance(data, Pictures) and network.takes_pictures:
        return {network.input: network.feed_from(data, start, stop)}
    return network.feed([data.sample(number) for number in range(start, stop)])
