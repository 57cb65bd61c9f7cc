"""Rows of a table in standard deviations, so that columns of different units share one scale of colours."""

from __future__ import annotations

import numpy as np

MOST_MEASURED = 500
"""Samples from which the mean and the spread of each column are estimated."""


def deviations(rows: np.ndarray, like: np.ndarray) -> np.ndarray:
    """How far rows (n, columns) lie from the mean of each column of `like` (m, columns), in its standard deviations; of
    a column of equal numbers in its own unit."""
    spread = like.std(axis=0, dtype=np.float64)
    found: np.ndarray = (rows - like.mean(axis=0, dtype=np.float64)) / np.where(spread > 0, spread, 1)
    return found
