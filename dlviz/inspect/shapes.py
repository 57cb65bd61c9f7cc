"""Comparing the weights of common layers with their configuration, without Keras.

Keras 3 keeps a layer's arrays at `layers/CLASS[_N]/vars/I`, N counting the layers of that class in their network; HDF5
files with a network in them at `model_weights/NAME/.../kernel`. What cannot be told here, Keras tells when the weights
are set.
"""

import re
from typing import Any

from dlviz.inspect.paths import layers_of, stored
from dlviz.inspect.refusal import Refused, shown

Shape = tuple[int, ...]
LEGACY_GROUP = "/model_weights"


def check_shapes(network: dict[str, Any], shapes: dict[str, Shape]) -> None:
    """Compare the clean configuration of a `.keras` file's network with the arrays' shapes, by path.

    Raises:
        Refused: a layer's weights are missing or of another shape than its configuration says.
    """
    if any(path.startswith("/_layer_checkpoint_dependencies/") for path in shapes):
        return  # Keras 2.13 named them otherwise
    for layer, path in stored(network):
        for index, (_, wanted) in enumerate(expected(layer)):
            _compare(layer, wanted, shapes.get(f"{path}/vars/{index}"))


def check_legacy_shapes(network: dict[str, Any], shapes: dict[str, Shape]) -> None:
    """As `check_shapes`, for the network of an HDF5 file; networks nested in it are not looked into.

    Raises:
        Refused: as `check_shapes`.
    """
    groups = {f"{LEGACY_GROUP}/{layer['config'].get('name')}" for layer in layers_of(network)}
    found: dict[tuple[str, str], Shape] = {}
    for path, shape in shapes.items():
        variable = path.rpartition("/")[2].removesuffix(":0")
        for end in (at for at, letter in enumerate(path) if letter == "/"):
            if path[:end] in groups:
                found.setdefault((path[:end], variable), shape)
    for layer in layers_of(network):
        for variable, wanted in expected(layer):
            _compare(layer, wanted, found.get((f"{LEGACY_GROUP}/{layer['config'].get('name')}", variable)))


def _compare(layer: dict[str, Any], wanted: tuple[Any, ...], found: Shape | None) -> None:
    if found is not None and _agrees(found, wanted):
        return
    label = shown(layer["config"].get("name", layer["class_name"]))
    wrong = "is missing" if found is None else f"has the shape {shown(found)}"
    raise Refused(
        f"declares a weight of the layer “{label}” as {shown(_text(wanted))}, but it {wrong}; download or save it again"
    )


def _agrees(found: Shape, wanted: tuple[Any, ...]) -> bool:
    return len(found) == len(wanted) and all(
        size is None or size == there for size, there in zip(wanted, found, strict=True)
    )


def _text(wanted: tuple[Any, ...]) -> str:
    return f"({', '.join('?' if size is None else str(size) for size in wanted)})"


def expected(layer: dict[str, Any]) -> list[tuple[str, tuple[Any, ...]]]:
    """Return names and shapes of a layer's weights, None for a size that is not told; nothing for other layers."""
    name, config = layer["class_name"], layer["config"]
    policy = config.get("dtype")
    if config.get("lora_rank") or (isinstance(policy, dict) and policy.get("class_name") != "DTypePolicy"):
        return []  # quantised and adapted layers keep more arrays
    channels = _channels(layer.get("build_config"), config.get("data_format"))
    bias = bool(config.get("use_bias", True))
    if name == "Dense":
        units = config.get("units")
        return [("kernel", (channels, units))] + [("bias", (units,))] * bias
    if re.fullmatch(r"Conv[123]D", name):
        filters, groups, kernel = config.get("filters"), config.get("groups", 1), config.get("kernel_size")
        if isinstance(kernel, list):
            inputs = (
                channels // groups if isinstance(channels, int) and isinstance(groups, int) and groups > 0 else None
            )
            return [("kernel", (*kernel, inputs, filters))] + [("bias", (filters,))] * bias
    if name == "Embedding":
        return [("embeddings", (config.get("input_dim"), config.get("output_dim")))]
    return []


def _channels(build: Any, data_format: Any) -> int | None:
    shape = build.get("input_shape") if isinstance(build, dict) else None
    if not isinstance(shape, list) or len(shape) < 2:
        return None
    size = shape[1 if data_format == "channels_first" else -1]
    return size if isinstance(size, int) else None
