"""Data that a straight line parts, for tests of trainings."""

import numpy as np

from dlviz_models.data import ArrayPictures, Data


def halves(side: int = 6) -> Data:
    """60 noisy grey pictures, to train on and to test, whose left (class 0) or right (class 1) half is bright."""
    labels = np.arange(60) % 2
    pictures = np.random.default_rng(0).integers(0, 100, (60, side, side, 1), np.uint8)
    pictures[labels == 0, :, : side // 2] += 155
    pictures[labels == 1, :, side // 2 :] += 155
    return Data.divided("halves", *[ArrayPictures("halves", pictures, labels)] * 2)
