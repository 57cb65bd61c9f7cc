"""The connections of a unit to others, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlviz.analysis.connections import incoming, outgoing
from dlviz.sheet import Bars

if TYPE_CHECKING:
    from dlviz.network import Network

EACH_WAY = 4
"""How many of the strongest incoming and outgoing connections are shown."""


def connection_bars(network: Network, layer: str, unit: int) -> tuple[Bars | None, str]:
    """The strongest incoming and outgoing connections of a unit, and a clause that describes them; None and empty
    without plain kernels."""
    before, after = incoming(network, layer, unit)[:EACH_WAY], outgoing(network, layer, unit)[:EACH_WAY]
    labels, parts = [], []
    for arrow, way, connections in (("←", "from", before), ("→", "to", after)):
        layers = tuple(dict.fromkeys(c.layer for c in connections))
        parts += [f"{arrow} {way} {' and '.join(layers)}"] if layers else []
        labels += [f"{arrow} {c.unit}" if len(layers) == 1 else f"{arrow} {c.layer} {c.unit}" for c in connections]
    bars = Bars(tuple(labels), np.array([c.strength for c in before + after]), "Connections") if labels else None
    return bars, f"its strongest weights {', '.join(parts)}" if parts else ""
