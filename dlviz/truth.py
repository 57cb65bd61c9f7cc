"""The right answers of a data set in the numbers of a network's outputs."""

from __future__ import annotations

import numpy as np

from dlviz.network import Network
from dlviz_models.data import Pictures
from dlviz_models.data.classes import imagenet_wnids
from dlviz_models.errors import UserError


def class_count(network: Network) -> int:
    """How many classes the network tells apart; UserError where its output is no list of classes."""
    shape = network.layers[network.output].shape
    sizes = [n for n in shape if n != 1]
    if len(sizes) > 1 or None in sizes:
        raise UserError(f"{network.name} answers with the shape {shape}, not with classes: choose a classifier.")
    return int(sizes[0]) if sizes and sizes[0] else 2


def outputs_of_classes(network: Network, data: Pictures) -> np.ndarray:
    """The number of the output that stands for each class of `data`, int64 (classes,).

    By name where both sides have names (ImageNet's also by WordNet number), by number where one has none.

    Raises:
        UserError: a class of the data is none of the network's.
    """
    count = class_count(network)
    names = data.class_names
    if not names or not network.classes or [_plain(n) for n in names] == [_plain(n) for n in network.classes]:
        largest = len(names) if names else int(data.targets.max(initial=0)) + 1 if data.targets is not None else count
        if largest > count:
            raise UserError(
                f"{data.name} has {largest} classes, {network.name} answers with {count}: choose data of its classes."
            )
        return np.arange(largest)
    known = {_plain(name): i for i, name in enumerate(network.classes)}
    if len(network.classes) == len(imagenet_wnids()):
        known |= {wnid: i for i, wnid in enumerate(imagenet_wnids())}
    for name in names:
        if _plain(name) not in known:
            raise UserError(
                f"The class {name[:60]} of {data.name} is none of the classes of {network.name}"
                f" ({', '.join(network.classes[:3])[:80]}, ...): choose data of its classes."
            )
    return np.array([known[_plain(name)] for name in names])


def true_outputs(network: Network, data: Pictures) -> np.ndarray:
    """The right output for each picture, int64 (n,); UserError where there are no labels or no such class."""
    if data.targets is None:
        raise UserError(f"{data.name} has no labels: choose data whose pictures stand in one folder a class.")
    return outputs_of_classes(network, data)[data.targets]


def _plain(name: str) -> str:
    return name.casefold().replace("_", " ").strip()
