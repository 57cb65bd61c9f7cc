"""The targets of an ascent, each a row of weights of the objective's responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlviz.feeding.groups import groups
from dlviz.maximise.objectives import Channel, Class, Objective, Unit
from dlviz.network import Network
from dlviz.spacing import evenly_spaced
from dlviz.targets import class_count
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError

LIKELIEST = 10
"""The number of classes that are maximised by default."""
RANKING_SAMPLES = 64
"""The maximum number of samples by which these are chosen."""


@dataclass(frozen=True)
class Targets:
    """Several targets of one objective.

    Attributes:
        weights: the weights of the objective's responses, (targets, units).
        names: the names of the targets.
        units: the units or classes involved.
    """

    objective: Objective
    weights: np.ndarray
    names: tuple[str, ...]
    units: tuple[int, ...]

    @property
    def is_direction(self) -> bool:
        """Whether it is a single weighted sum of units."""
        return len(self.weights) != len(self.units)


def of_units(network: Network, layer: str, units: Sequence[int], *, mean: bool = False) -> Targets:
    """One target per unit: its response at one position, or its `mean` over the map."""
    objective = (Channel if mean else Unit)(network, layer, network.input)
    weights = np.eye(network.layers[layer].units)[list(units)]
    return Targets(objective, weights, tuple(f"unit {unit}" for unit in units), tuple(units))


def of_direction(network: Network, layer: str, units: Sequence[int], weights: Sequence[float]) -> Targets:
    """One target: the weighted sum of some units, by default with equal weights, normalised to length 1.

    Raises:
        UserError: there are not as many weights as units, or they are all 0.
    """
    vector = np.array(weights or (1.0,) * len(units))
    if len(vector) != len(units) or not vector.any():
        raise UserError(
            f"Option weights has {len(vector)} numbers for {len(units)} units: give one for each, not all of them 0."
        )
    row = np.zeros((1, network.layers[layer].units))
    row[0, list(units)] = vector / np.linalg.norm(vector)
    return Targets(Unit(network, layer, network.input), row, ("direction",), tuple(units))


def of_classes(network: Network, text: str, data: Samples) -> Targets:
    """One target per class in `text`, names or numbers separated by commas; empty: the likeliest in the data.

    Raises:
        UserError: a class is unknown, or the network is not a classifier.
    """
    if network.chosen_output.kind != "classes":
        raise UserError(f"{network.name} does not output classes: choose another objective, such as unit.")
    count = class_count(network)
    titles = [network.class_name(number) for number in range(count)]
    numbers = {title.casefold(): number for number, title in reversed(list(enumerate(titles)))}
    chosen = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        number = numbers.get(part.casefold(), int(part) if part.isdecimal() else -1)
        if not 0 <= number < count:
            raise UserError(
                f"Option classes={part[:60]} is not a class of {network.name}: give names, or numbers from 0 to"
                f" {count - 1}."
            )
        chosen.append(number)
    chosen = chosen or _likeliest(network, data, count)
    objective = Class(network, network.output, network.input)
    return Targets(objective, np.eye(count)[chosen], tuple(titles[number] for number in chosen), tuple(chosen))


def _likeliest(network: Network, data: Samples, count: int) -> list[int]:
    """The `LIKELIEST` classes with the largest mean probability over samples of the data; all classes if few."""
    if count <= LIKELIEST:
        return list(range(count))
    samples = [data.sample(int(number)) for number in evenly_spaced(len(data), RANKING_SAMPLES)]
    shares = [network.probabilities(network.answer(fed)).sum(axis=0) for _, fed in groups(network, samples)]
    ranked = np.argsort(-np.sum(shares, axis=0), kind="stable")
    return [int(number) for number in ranked[:LIKELIEST]]
