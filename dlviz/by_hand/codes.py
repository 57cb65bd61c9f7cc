"""Codes of thirty numbers for digits: by principal components, and by the shipped deep autoencoder, with numpy."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from dlviz.by_hand.shipped_weights import shipped_weights

NETWORK, SIZE = "autoencoder", 30


@lru_cache(maxsize=1)
def digits() -> np.ndarray:
    """The shipped digits, 0..1, float32 (1000, 784)."""
    from dlviz.inspect.data import load_pictures  # a picture library, which the window never loads

    pictures = load_pictures("digits")
    return np.stack([pictures[i] for i in range(len(pictures))]).reshape(len(pictures), -1) / np.float32(255)


@lru_cache(maxsize=1)
def components() -> tuple[np.ndarray, np.ndarray]:
    """The mean (784,) of the shipped digits and their first principal components, U (SIZE, 784), the largest first.

    They are the right singular vectors of the digits less their mean, found as eigenvectors of their covariance.
    """
    x = digits().astype(float)
    mean = x.mean(axis=0)
    _, vectors = np.linalg.eigh((x - mean).T @ (x - mean))  # the smallest first
    u = vectors.T[: -SIZE - 1 : -1]
    u = u * np.sign(u[np.arange(SIZE), np.abs(u).argmax(axis=1)])[:, None]  # a component's sign is nobody's choice
    return mean.astype(np.float32), u.astype(np.float32)


def project(x: np.ndarray) -> np.ndarray:
    """z = U (x - mean): pictures (n, 784) to codes (n, SIZE)."""
    mean, u = components()
    return np.asarray((x - mean) @ u.T)


def rebuild(z: np.ndarray) -> np.ndarray:
    """x' = U' z + mean: codes (n, SIZE) to pictures (n, 784), which may leave 0..1 a little."""
    mean, u = components()
    return np.asarray(z @ u + mean)


def encode(x: np.ndarray) -> np.ndarray:
    """The deep codes (n, SIZE) of pictures (n, 784) in 0..1.

    G. Hinton, R. Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 313, 2006, DOI
    10.1126/science.1127647.
    """
    return _linear(_hidden(x, ("encoder1", "encoder2", "encoder3")), "code")


def decode(z: np.ndarray) -> np.ndarray:
    """The pictures (n, 784) in 0..1 of deep codes (n, SIZE)."""
    return 1 / (1 + np.exp(-_linear(_hidden(z, ("decoder1", "decoder2", "decoder3")), "decoder4")))


def _hidden(x: np.ndarray, layers: tuple[str, ...]) -> np.ndarray:
    """Layers of exponential linear units."""
    for layer in layers:
        z = _linear(x, layer)
        x = np.where(z > 0, z, np.expm1(np.minimum(z, 0)))
    return x


def _linear(x: np.ndarray, layer: str) -> np.ndarray:
    kernel, bias = shipped_weights(NETWORK).arrays[layer]
    return np.asarray(x.astype(np.float32) @ kernel + bias)
