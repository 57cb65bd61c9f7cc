"""Weights of older versions of Keras, rewritten in the clean copy as Keras 3 has them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np

from dlviz.inspect.refusal import Refused

_GATES = {8: 4, 6: 3}
"""From how many biases a unit of a layer for cuDNN has to its gates: LSTM, GRU."""


def modernise(path: Path, backend: str | None, cudnn_layout: bool) -> list[str]:
    """Rewrite an HDF5 file of weights where it has to be, and return a sentence about each change.

    Args:
        backend: under which the network was saved.
        cudnn_layout: whether layers for NVIDIA's cuDNN keep their kernels as that library does.

    Raises:
        Refused: the arrays of a recurrent layer do not fit each other.
    """
    notes = []
    with h5py.File(path, "r+") as file:
        if backend == "theano" and sum(map(_turn, _kernels(file))):
            notes.append("It was written with Theano, so its convolution kernels are rotated by 180 degrees.")
        if sum([_from_cudnn(group, cudnn_layout) for group in _groups(file)]):
            notes.append("Its recurrent layers for NVIDIA's cuDNN are opened as LSTM and GRU.")
    return notes


def _groups(group: h5py.Group) -> Iterator[h5py.Group]:
    yield group
    for item in list(group.values()):
        if isinstance(item, h5py.Group):
            yield from _groups(item)


def _array(group: h5py.Group, name: str) -> h5py.Dataset | None:
    found = group.get(name, group.get(f"{name}:0"))
    return found if isinstance(found, h5py.Dataset) else None


def _kernels(file: h5py.File) -> Iterator[h5py.Dataset]:
    """Yield what Theano convolves with, and Keras's other backends correlate with: (..., input, output)."""
    for group in _groups(file):
        for name in ("kernel", "recurrent_kernel"):
            kernel = _array(group, name)
            if kernel is not None and kernel.ndim in (3, 4, 5):
                yield kernel


def _turn(kernel: h5py.Dataset) -> bool:
    kernel[...] = np.flip(kernel[...], tuple(range(kernel.ndim - 2)))
    return True


def _from_cudnn(group: h5py.Group, cudnn_layout: bool) -> bool:
    """Rewrite the arrays of one layer for cuDNN, recognised by its two biases for each gate; return whether it was one.

    Keras 2 kept each gate's kernel transposed in memory, and its recurrent kernel transposed; the biases of an LSTM
    are added, those of a GRU kept apart (`_convert_rnn_weights` in keras/saving/legacy/hdf5_format.py of Keras 2).
    """
    kernel, recurrent, bias = (_array(group, name) for name in ("kernel", "recurrent_kernel", "bias"))
    if kernel is None or recurrent is None or bias is None or bias.ndim != 1 or recurrent.ndim != 2:
        return False
    units = recurrent.shape[0]
    gates = _GATES.get(bias.shape[0] // units if units else 0)
    if gates is None or recurrent.shape[1] != gates * units:
        return False
    if kernel.ndim != 2 or kernel.shape[1] != gates * units or bias.shape[0] != 2 * gates * units:
        raise Refused("holds a recurrent layer whose arrays do not fit each other; download or save it again")
    if cudnn_layout:
        kernel[...] = _by_gates(kernel[...], gates, lambda k: k.ravel().reshape(k.shape[::-1]).T)
        recurrent[...] = _by_gates(recurrent[...], gates, np.transpose)
    both, name = bias[...].reshape(2, -1), bias.name
    del group[name]
    group[name] = both.sum(0) if gates == 4 else both
    return True


def _by_gates(kernel: np.ndarray, gates: int, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    return np.hstack([change(part) for part in np.hsplit(kernel, gates)])
