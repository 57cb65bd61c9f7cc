"""The first layer's filters of a shipped network, without Keras."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from dlviz_models.errors import UserError
from dlviz_models.zoo import shipped

FIRST = "layers/conv2d/vars/0"
"""Where Keras writes the kernels of a network's first convolution."""
TIMEOUT = 60.0


@lru_cache(maxsize=4)
def first_filters(name: str) -> np.ndarray:
    """The kernels of a shipped network's first convolution, float32 (height, width, channels, filters).

    Raises:
        UserError: the network is unknown or has no convolution.
    """
    import h5py

    from dlviz.inspect.process import looked_into

    entry = shipped(name)
    if entry is None:
        raise UserError(f"Unknown shipped network {name[:80]}: see dlviz list zoo.")
    with looked_into(entry.path, TIMEOUT) as (report, folder), h5py.File(folder / report["weights"]) as file:
        if FIRST not in file or file[FIRST].ndim != 4:
            raise UserError(f"The shipped network {name[:80]} has no convolution over pictures: choose another.")
        return np.asarray(file[FIRST], np.float32)
