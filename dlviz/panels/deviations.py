"""Standardise the columns of a table, so that they share one colour scale."""

from __future__ import annotations

import numpy as np

MOST_MEASURED = 500
"""The number of samples from which the mean and standard deviation of each column are estimated."""


def deviations(rows: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Standardise rows (n, columns) by the mean and standard deviation of each column of `like` (m, columns); constant
    columns are only centred."""
    spread = like.std(axis=0, dtype=np.float64)
    found: np.ndarray = (rows - like.mean(axis=0, dtype=np.float64)) / np.where(spread > 0, spread, 1)
    return found
