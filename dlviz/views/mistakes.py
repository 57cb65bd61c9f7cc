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

if TYPE_CHECKING:
    from dlviz.panels.mistakes import Tally

BATCH_SIZE = 2**23
"""Numbers that are fed at once at most."""


@dataclass
class _Counted:
    """The samples counted so far, from which a count that was interrupted goes on."""

    tally: Tally
    stop: int = 0


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

    count: int = option(12, "how many mistakes to show", low=1, high=1000, label="mistakes shown")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.feeding.feed import feeds_from
        from dlviz.model.broken_weights import check_finite
        from dlviz.panels.mistakes import tally_of

        network, data = scene.network, scene.data
        counted = scene.memory.recall(_Counted) or scene.memory.keep(_Counted(tally_of(network, data)))
        tally, examples, batch = counted.tally, len(data), 8
        while counted.stop < examples:
            start, stop = counted.stop, min(counted.stop + batch, examples)
            feeds = feeds_from(network, data, start, stop)
            answers = network.answer(feeds)
            check_finite(network, network.output, answers)
            tally.add(start, feeds, answers)
            numbers = sum(x.size for x in feeds.values()) / (stop - start)
            batch = int(np.clip(BATCH_SIZE // max(1, numbers), 8, 256))
            counted.stop = stop
            yield Progress(stop, examples, f"{stop} of {examples} {tally.things}")
        found = tally.report(self.count)
        yield Sheet(f"{network.name} · mistakes · {data.name}", found.summary, tuple(found.panels), found.arrays)
