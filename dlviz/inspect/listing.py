"""The arrays of a network or of weights alone, each with its layer, its name and its shape, as Keras orders them."""

from typing import Any

import h5py

from dlviz.inspect.hdf5 import texts
from dlviz.inspect.paths import LayerConfig, stored
from dlviz.inspect.shapes import expected

_SEEDS = "seed_generator"

Listing = dict[str, Any]
"""`naming`, how arrays find their layers, and `arrays`: layer, name and shape of each, and what must agree."""


def by_path(network: LayerConfig | None, shapes: dict[str, tuple[int, ...]]) -> Listing:
    """Return the arrays of a file of Keras 3, which have to be at the same paths in network and weights.

    Args:
        network: its clean configuration; where there is none, layers go by their paths.
    """
    layers = {path: layer for layer, path in stored(network)} if network else {}
    names = {f"{path}/vars/{n}": name for path, layer in layers.items() for n, (name, _) in enumerate(expected(layer))}
    owners = {path: _owner(path, layers) for path in shapes if _SEEDS not in path}
    if layers:  # those of one layer together, layers in their order
        places = {owner: place for place, owner in enumerate(layers)}
        owners = dict(sorted(owners.items(), key=lambda item: places.get(item[1], len(places))))
    arrays = [
        [
            str(layers[owner]["config"].get("name")) if owner in layers else owner.removeprefix("/"),
            names.get(path, path.rpartition("/")[2]),
            list(shapes[path]),
            path,
        ]
        for path, owner in owners.items()
    ]
    is_older = any(path.startswith("/_layer_checkpoint_dependencies") for path in shapes)
    return {"naming": "paths of Keras 2.13" if is_older else "paths", "arrays": arrays}


def of_configuration(network: LayerConfig) -> Listing:
    """Return the arrays that a clean configuration tells of, at Keras 3's paths; None stands for sizes left open."""
    arrays = [
        [str(layer["config"].get("name")), name, list(shape), f"{path}/vars/{number}"]
        for layer, path in stored(network)
        for number, (name, shape) in enumerate(expected(layer))
    ]
    return {"naming": "paths", "arrays": arrays, "partial": True}


def in_order(weights: h5py.File) -> Listing:
    """Return the arrays of an older HDF5 file: layers in their order have the same arrays in the same order."""
    arrays, number = [], 0
    for layer in texts(weights, "layer_names"):
        group = weights[layer]
        names = texts(group, "weight_names")
        for place, name in enumerate(names):
            own = name.rpartition("/")[2].removesuffix(":0")
            arrays.append([layer, own, list(group[name].shape), f"{number}/{place}"])
        number += bool(names)
    return {"naming": "order", "arrays": arrays}


def _owner(path: str, layers: dict[str, LayerConfig]) -> str:
    """Return the path of the layer that an array belongs to, else that of what it stands in."""
    place = path
    while place:
        place = place.rpartition("/")[0]
        if place in layers:
            return place
    return path.rpartition("/vars/")[0]
