"""Layers and arrays of Keras 1, named and laid out as Keras 2 and 3 have them.

As Keras 2.0 converted them: `keras/legacy/interfaces.py`, and `preprocess_weights_for_loading` in
`keras/engine/topology.py`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from dlviz.inspect.hdf5 import texts
from dlviz.inspect.paths import LayerConfig, layers_of
from dlviz.inspect.refusal import Refused, shown

Named = tuple[str, np.ndarray]

_CLASSES = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "TimeDistributedDense": "Dense",
}
_MERGES = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate", "dot": "Dot"}
_OPTIONS = {
    "output_dim": "units", "nb_filter": "filters", "border_mode": "padding", "subsample": "strides",
    "subsample_length": "strides", "stride": "strides", "filter_length": "kernel_size", "pool_length": "pool_size",
    "atrous_rate": "dilation_rate", "bias": "use_bias", "inner_activation": "recurrent_activation", "sigma": "stddev",
    "p": "rate", "length": "size", "concat_axis": "axis", "dot_axes": "axes",
}  # fmt: skip
_KERNEL_SIZES = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
_ONLY_TRAINING = {
    "init", "inner_init", "forget_bias_init", "beta_init", "gamma_init", "dropout_W", "dropout_U", "consume_less",
    "weights", "input_dim", "input_length", "input_dtype", "mode", "mode_type", "output_mask", "output_mask_type",
    "output_shape_type", "arguments", "create_input_layer", "W_regularizer", "U_regularizer", "b_regularizer",
    "W_constraint", "b_constraint", "beta_regularizer", "gamma_regularizer", "activity_regularizer",
}  # fmt: skip
"""Options that do not change the output of a network with given weights, and those that Keras 3 finds out itself."""
_ORDERINGS = {"th": "channels_first", "tf": "channels_last"}
_GATES = {"LSTM": (0, 2, 1, 3), "GRU": (0, 1, 2)}
"""Where the gates of Keras 2 stand among those of Keras 1: input, cell, forget, output."""


def renamed(name: str, config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return class and configuration of a layer as Keras 2 spells them.

    Raises:
        Refused: what the layer does has no equal.
    """
    if name == "Merge" and config.get("mode") in _MERGES:
        name = _MERGES[config["mode"]]
        wanted = {"Concatenate": "concat_axis", "Dot": "dot_axes"}.get(name)
        config = {key: config[key] for key in ("name", wanted) if key in config}
    elif name == "Merge":
        raise Refused("merges layers in a mode that Keras 3 does not have; save the network with current layers")
    if name == "BatchNormalization" and config.get("mode") == 1:
        raise Refused(
            "normalises each example by itself, which Keras 3 cannot do; save the network with current layers"
        )
    new = {key: value for key, value in config.items() if key not in _ONLY_TRAINING}
    if name == "Embedding":
        return name, new | {"input_dim": config.get("input_dim")}
    new = {_OPTIONS.get(key, key): value for key, value in new.items()}
    for sides in _KERNEL_SIZES:
        if all(side in new for side in sides):
            new["kernel_size"] = [new.pop(side) for side in sides]
    if "dim_ordering" in new:
        new["data_format"] = _ORDERINGS.get(new.pop("dim_ordering"))
    return _CLASSES.get(name, name), new


def rewrite(path: Path, network: LayerConfig) -> dict[str, tuple[int, ...]] | None:
    """Lay out the arrays of a clean copy as Keras 2 does, and return their shapes by path; None if they are already.

    Raises:
        Refused: a layer has arrays that do not belong to it.
    """
    layers = {str(layer["config"].get("name")): layer for layer in layers_of(network)}
    shapes = {}
    with h5py.File(path, "r+") as file:
        if any("kernel" in name for group in file.values() for name in texts(group, "weight_names")):
            return None
        for name in texts(file, "layer_names"):
            group = file[name]
            arrays = [group[weight][...] for weight in texts(group, "weight_names")]
            try:
                new = list(_arrays(layers[name], arrays)) if name in layers else list(_unnamed(arrays))
            except (ValueError, IndexError) as error:
                raise Refused(f"holds arrays of “{shown(name)}” that do not fit each other; save it again") from error
            for key in list(group):
                del group[key]
            for key, array in new:
                group[key] = array
                shapes[f"{file.name.rstrip('/')}/{name}/{key}"] = array.shape
            group.attrs["weight_names"] = np.array([key for key, _ in new], "S") if new else np.empty(0)
    return shapes


def _unnamed(arrays: Sequence[np.ndarray]) -> Iterator[Named]:
    yield from ((f"array_{number}", array) for number, array in enumerate(arrays))


def _arrays(layer: LayerConfig, arrays: list[np.ndarray]) -> Iterator[Named]:
    kind, config = layer["class_name"], layer["config"]
    if kind in ("TimeDistributed", "Bidirectional"):
        parts = ("forward", "backward") if kind == "Bidirectional" else ("layer",)
        for number, part in enumerate(parts):
            own = arrays[number * len(arrays) // len(parts) : (number + 1) * len(arrays) // len(parts)]
            yield from ((f"{part}_{name}", array) for name, array in _arrays(config["layer"], own))
        return
    if kind in _GATES and len(arrays) == 3 * len(_GATES[kind]):
        gates = [arrays[3 * gate : 3 * gate + 3] for gate in _GATES[kind]]
        for name, parts_of in zip(("kernel", "recurrent_kernel", "bias"), zip(*gates, strict=True), strict=True):
            yield name, np.concatenate(parts_of, axis=-1)
        return
    if kind in ("Dense", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose") and arrays:
        yield "kernel", _kernel(kind, config.get("data_format"), arrays[0])
        yield from (("bias", bias) for bias in arrays[1:])
        return
    names = {"SimpleRNN": ("kernel", "recurrent_kernel", "bias"), "Embedding": ("embeddings",)}.get(kind)
    yield from zip(names, arrays, strict=True) if names else _unnamed(arrays)


def _kernel(kind: str, data_format: Any, kernel: np.ndarray) -> np.ndarray:
    """Return a kernel as (..., inputs, outputs); of channels that come first, Keras 1 kept (outputs, inputs, ...)."""
    if kind == "Conv1D":
        return kernel[:, 0]
    first = data_format == "channels_first"
    if kind == "Conv2DTranspose":
        return kernel.transpose((2, 3, 0, 1) if first else (0, 1, 3, 2))
    return np.moveaxis(kernel, (0, 1), (-1, -2)) if first and kind != "Dense" else kernel
