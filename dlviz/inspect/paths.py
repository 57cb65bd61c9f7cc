"""Where Keras 3 keeps what belongs to a layer: `layers/CLASS[_N]`, N counting the layers of that class."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from dlviz.inspect.modern import STORED_AS

LayerConfig = dict[str, Any]


def layers_of(network: LayerConfig) -> list[LayerConfig]:
    """Return the layers in a network's clean configuration, operations as well; none where its class lists none."""
    layers = network["config"].get("layers")
    return [layer for layer in layers if _is_layer(layer)] if isinstance(layers, list) else []


def is_network(layer: LayerConfig) -> bool:
    """Whether a layer is a network of layers itself."""
    return layer["class_name"] in ("Functional", "Sequential") and isinstance(layer["config"].get("layers"), list)


def _is_layer(layer: Any) -> bool:
    return isinstance(layer, dict) and "class_name" in layer and isinstance(layer.get("config"), dict)


def stored(network: LayerConfig, prefix: str = "", as_saved: bool = True) -> Iterator[tuple[LayerConfig, str]]:
    """Yield the layers of a network that are not networks themselves, also those of networks in it, with their paths.

    Args:
        as_saved: as the file has them, else as Keras looks for them, which differs for classes that were replaced.
    """
    for layer, path in _paths(network, prefix, as_saved):
        if is_network(layer):
            yield from stored(layer, path, as_saved)
        else:
            yield layer, path


def rename(weights: Path, network: LayerConfig) -> None:
    """Rename groups of an HDF5 file of weights to where Keras looks for them."""
    with h5py.File(weights, "r+") as file:
        if "layers" in file:
            _rename(file, network, "")


def _rename(file: h5py.File, network: LayerConfig, prefix: str) -> None:
    new = _paths(network, prefix, as_saved=False)
    moves = [
        (old, path) for (_, old), (_, path) in zip(_paths(network, prefix, True), new, strict=True)
        if old != path and old in file
    ]  # fmt: skip
    for number, (old, _) in enumerate(moves):
        file.move(old, f"{prefix}/moved_{number}")
    for number, (_, path) in enumerate(moves):
        file.move(f"{prefix}/moved_{number}", path)
    for layer, path in new:
        if is_network(layer):
            _rename(file, layer, path)


def _paths(network: LayerConfig, prefix: str, as_saved: bool) -> list[tuple[LayerConfig, str]]:
    seen: Counter[str] = Counter()
    found = []
    for layer in layers_of(network):
        if str(layer.get("module")).startswith("keras.src.ops."):
            continue
        kind = layer["class_name"]
        name = _snake(str(layer.get(STORED_AS, kind)) if as_saved else kind)
        found.append((layer, f"{prefix}/layers/{name}" + (f"_{seen[name]}" if seen[name] else "")))
        seen[name] += 1
    return found


def _snake(name: str) -> str:
    """Return the class name as Keras spells it in paths: Conv2DTranspose, conv2d_transpose."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
