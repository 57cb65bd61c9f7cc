"""What a unit has to do with classes and with other units, as panels, and a name for it by rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.analysis.connections import incoming, outgoing
from dlviz.sheet import Bars

if TYPE_CHECKING:
    from dlviz.network import Network

MOST_BARS = 10
LONGEST = 9
"""Letters of a class's name."""
EACH_WAY = 4
"""So many of the strongest connections in, and out, are shown."""
NAMED = 0.6
"""A unit is named after the classes to which it responds at least so strongly, measured by the strongest."""
MOST_NAMED = 3
AGAINST, NOTICED = 0.5, 0.25
"""It is used against a class whose logit it lowers by at least so much, measured by the largest effect on any, and by
so much at least."""


@dataclass(frozen=True)
class ClassFigures:
    """What a unit has to do with classes, the same ones in the same order.

    Attributes:
        names: of the classes.
        means: the mean response to each (classes,), or None.
        selectivity: between 0 and 1, NaN where it is not defined.
        effect: what the logit of each owes to the unit (classes,), or None.
    """

    names: tuple[str, ...]
    means: np.ndarray | None = None
    selectivity: float = float("nan")
    effect: np.ndarray | None = None

    @property
    def panels(self) -> tuple[Bars, ...]:
        """A bar a class; of many classes those with the largest responses, or effects."""
        chosen = self._chosen()
        names = tuple(shorten(self.names[c]) for c in chosen)
        title = "Response" if np.isnan(self.selectivity) else f"Selectivity {self.selectivity:.2f}"
        found = []
        if self.means is not None:
            found.append(Bars(names, self.means[chosen], title))
        if self.effect is not None:
            found.append(Bars(names, np.round(self.effect[chosen], 2) + 0.0, "Adds to the logit"))
        return tuple(found)

    @property
    def summary(self) -> tuple[str, ...]:
        """What its panels are, in parts of a sentence."""
        told = ["mean response to each class"] if self.means is not None else []
        return (*told, *(["what its logit loses without the unit"] if self.effect is not None else []))

    def _chosen(self) -> np.ndarray:
        values = self.effect if self.means is None else self.means
        if values is None:
            return np.zeros(0, np.int64)
        known = np.flatnonzero(~np.isnan(values))
        if len(known) <= MOST_BARS:
            return known
        return known[np.argsort(-np.abs(values[known]), kind="stable")[:MOST_BARS]]

    @property
    def name(self) -> str:
        """A name by rule: the classes to which a unit responds most, and the one that it is used against.

        >>> means, effect = np.array([0.1, 2, 1.5, 0.3]), np.array([0.5, 1, 0.2, -1.7])
        >>> ClassFigures(("0", "1", "2", "3"), means, 0.5, effect).name
        '1, 2; used against 3'
        """
        parts = []
        if self.means is not None and np.nanmax(self.means) > 0:
            order = [int(c) for c in np.argsort(-np.nan_to_num(self.means, nan=-np.inf), kind="stable")]
            strong = [self.names[c] for c in order if self.means[c] >= NAMED * np.nanmax(self.means)]
            parts += [", ".join(strong)] if len(strong) <= min(MOST_NAMED, len(order) // 2) else []
        if self.effect is not None:
            least, largest = self.effect.min(), np.abs(self.effect).max()
            if least < -NOTICED and least < -AGAINST * largest:
                parts.append(f"used against {self.names[int(self.effect.argmin())]}")
        return "; ".join(parts)


def shorten(name: str) -> str:
    """A name that leaves room for its bar."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].strip()}…"


def connection_bars(network: Network, layer: str, unit: int) -> tuple[Bars | None, str]:
    """The strongest connections of a unit, to it and from it, and what they are, the end of a sentence; None and empty
    where no plain kernel says so."""
    before, after = incoming(network, layer, unit)[:EACH_WAY], outgoing(network, layer, unit)[:EACH_WAY]
    labels, told = [], []
    for arrow, way, connections in (("←", "from", before), ("→", "to", after)):
        layers = tuple(dict.fromkeys(c.layer for c in connections))
        told += [f"{arrow} {way} {' and '.join(layers)}"] if layers else []
        labels += [f"{arrow} {c.unit}" if len(layers) == 1 else f"{arrow} {c.layer} {c.unit}" for c in connections]
    bars = Bars(tuple(labels), np.array([c.strength for c in before + after]), "Connections") if labels else None
    return bars, f"strongest weights {', '.join(told)}" if told else ""
