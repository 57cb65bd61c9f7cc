"""The pictures of a data set that a network classifies as a given class."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from dlviz.feeding.feed import scaled_to_bytes
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.targets import class_count, output_called
from dlviz_models.data.samples import Picture, Samples
from dlviz_models.errors import UserError

BATCH = 64


@dataclass(frozen=True)
class ClassPictures:
    """Pictures in the input's size, before preprocessing.

    Attributes:
        pictures: all pictures, uint8 (n, height, width, channel).
        predicted: their predicted classes, (n,).
        number: the class of interest.
    """

    pictures: np.ndarray
    predicted: np.ndarray
    number: int

    @property
    def of_class(self) -> np.ndarray:
        """The pictures classified as that class, (m, height, width, channel)."""
        found: np.ndarray = self.pictures[self.predicted == self.number]
        return found


def pixels_of(network: Network, data: Samples) -> np.ndarray:
    """All pictures of a set in the size of the network's input, uint8 (n, height, width, channel)."""
    samples = [data.sample(n) for n in range(len(data))]
    resized = [
        network.resize_to_input(np.rint(scaled_to_bytes(s)).clip(0, 255)) for s in samples if isinstance(s, Picture)
    ]
    return np.stack(resized).round().astype(np.uint8)


def class_pictures(network: Network, data: Samples, target: str) -> Generator[Progress, None, ClassPictures]:
    """Return the pictures and their predicted classes.

    Args:
        target: the class of interest, by its name or number; empty: the most frequent prediction.

    Raises:
        UserError: the network does not have this class, or no picture is classified as it.
    """
    chosen = output_called(network, target, class_count(network)) if target else -1
    pictures = pixels_of(network, data)
    predicted = np.zeros(len(pictures), np.int64)
    for start in range(0, len(pictures), BATCH):
        shares = network.predict(network.feed_pictures(pictures[start : start + BATCH]))
        predicted[start : start + BATCH] = shares.argmax(axis=1)
        yield Progress(min(start + BATCH, len(pictures)), len(pictures), "looking for pictures of the class")
    number = chosen if target else int(np.bincount(predicted).argmax())
    seen = ", ".join(network.class_in_words(int(n)) for n in np.argsort(-np.bincount(predicted))[:8] if n in predicted)
    if number not in predicted:
        raise UserError(
            f"None of {len(pictures)} pictures of {data.name} is taken for “{network.class_in_words(number)}”: choose"
            f" one of {seen} as target."
        )
    return ClassPictures(pictures, predicted, number)
