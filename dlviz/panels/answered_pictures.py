"""Labelled pictures with frames that show whether the network is right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlviz.network import Network
from dlviz.panels.samples import sample_panels
from dlviz.sheet import Image, Tiles
from dlviz.style import NEGATIVE, POSITIVE
from dlviz_models.data.samples import Sample

RIGHT_IS, WRONG_IS = "blue frame: right", "orange: wrong"


def answered_pictures(
    network: Network, samples: Sequence[Sample], true: np.ndarray, answered: np.ndarray, sure: np.ndarray
) -> Tiles:
    """The pictures with their predicted classes.

    Args:
        true, answered: the true and predicted classes, integers (n,).
        sure: the probability of the predicted class, 0..1, (n,).
    """
    frames = [
        _framed(_pixels(network, sample), bool(t == a)) for sample, t, a in zip(samples, true, answered, strict=True)
    ]
    return Tiles(
        np.stack(frames),
        "pixels",
        f"{RIGHT_IS}, {WRONG_IS}",
        captions=tuple(_caption(network, int(t), int(a), s) for t, a, s in zip(true, answered, sure, strict=True)),
        keys=tuple(range(len(samples))),
        selects="input",
        role="main",
    )


def _pixels(network: Network, sample: Sample) -> np.ndarray:
    panel = sample_panels(network, sample)[0]
    pixels = panel.pixels if isinstance(panel, Image) else panel.images[0]  # type: ignore[attr-defined]
    return np.broadcast_to(pixels, (*pixels.shape[:2], 3))


def _framed(pixels: np.ndarray, right: bool) -> np.ndarray:
    colour = POSITIVE if right else NEGATIVE
    levels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    width = max(2, round(max(pixels.shape[:2]) / 12))
    framed = np.empty((pixels.shape[0] + 2 * width, pixels.shape[1] + 2 * width, 3), np.uint8)
    framed[:] = levels
    framed[width:-width, width:-width] = pixels
    return framed


def _caption(network: Network, true: int, answered: int, sure: float) -> str:
    name = network.class_name(answered)
    return f"{name} {sure:.0%}" if true == answered else f"{name}, is {network.class_name(true)}"
