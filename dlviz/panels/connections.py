"""The connections of a unit to others, as bars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dlviz.abbreviations import abbreviated
from dlviz.analysis.connections import incoming, outgoing
from dlviz.sheet import Bars

if TYPE_CHECKING:
    from dlviz.network import Network

EACH_WAY = 4
"""How many of the strongest incoming and outgoing connections are shown."""
LETTERS = 7
"""The maximum length of the name of one of several layers beside a bar; the sentence names them in full."""


def connection_bars(network: Network, layer: str, unit: int) -> tuple[Bars | None, str]:
    """The strongest incoming and outgoing connections of a unit, and a sentence about them; None and empty
    without plain kernels."""
    before, after = incoming(network, layer, unit)[:EACH_WAY], outgoing(network, layer, unit)[:EACH_WAY]
    labels, parts = [], []
    for arrow, way, connections in (("←", "from", before), ("→", "to", after)):
        layers = tuple(dict.fromkeys(c.layer for c in connections))
        parts += [f"{arrow} {way} {' and '.join(layers)}"] if layers else []
        short = dict(zip(layers, abbreviated(_without_beginning(layers), LETTERS), strict=True))
        named = [f"{short[c.layer]} {c.unit}" if len(layers) > 1 else str(c.unit) for c in connections]
        labels += [f"{arrow} {name}" for name in named]
    bars = Bars(tuple(labels), np.array([c.strength for c in before + after]), "Connections") if labels else None
    return bars, f"Connections: its strongest weights {', '.join(parts)}." if parts else ""


def _without_beginning(names: Sequence[str]) -> tuple[str, ...]:
    """The names without what all of them begin with up to a separator, where letters follow it.

    >>> _without_beginning(("fire9_expand1x1", "fire9_expand3x3"))
    ('expand1x1', 'expand3x3')
    >>> _without_beginning(("dense_1", "dense_2"))
    ('dense_1', 'dense_2')
    """
    ends = [0, *(match.end() for match in re.finditer("[_/]", names[0]))] if len(names) > 1 else [0]
    shared = [end for end in ends if all(n[:end] == names[0][:end] and n[end : end + 1].isalpha() for n in names)]
    return tuple(name[max(shared, default=0) :] for name in names)
