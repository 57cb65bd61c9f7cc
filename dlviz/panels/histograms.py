"""Histograms as small pictures."""

from __future__ import annotations

import numpy as np

from dlviz.style import BLUE, tint


def histograms(shares: np.ndarray) -> np.ndarray:
    """Draw histograms (layers, bins) as pictures, uint8 (layers, height, width, 3), each scaled to its maximum."""
    height, wide = 90, 4
    tall = np.round(shares / np.maximum(shares.max(axis=1, keepdims=True), 1e-9) * (height - 6)).astype(int)
    filled = np.arange(height)[::-1, None] < np.repeat(tall, wide, axis=1)[:, None, :]  # (layers, height, width)
    filled[:, -1] = True
    return np.where(filled[..., None], _rgb(BLUE), _rgb(tint(BLUE, 0.08)))


def _rgb(colour: str) -> np.ndarray:
    """#rrggbb as uint8 (3,)."""
    return np.frombuffer(bytes.fromhex(colour[1:]), np.uint8)
