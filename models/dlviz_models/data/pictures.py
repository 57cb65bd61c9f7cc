"""Sets of pictures with or without labels, whatever they are stored in."""

from abc import abstractmethod
from typing import Any

import numpy as np

from dlviz_models.data.pixels import BYTES, as_bytes
from dlviz_models.data.samples import ClassNumber, Picture, Samples, target_of, targets_at
from dlviz_models.errors import UserError


class Pictures(Samples):
    """Pictures in stored order, each (height, width, channel) with any number of channels.

    Going through many is quick by `batch`, which has them all as uint8 0..255; `sample` has the pixels as stored.

    Attributes:
        labels: class number of each picture, int64 (n,), or None.
        range: the values of black and white as stored.
    """

    kind = Picture.kind

    def __init__(
        self,
        name: str,
        labels: np.ndarray | None,
        class_names: tuple[str, ...] | None,
        targets: Any = None,
        notes: tuple[str, ...] = (),
        range: tuple[float, float] = BYTES,
    ) -> None:
        self.name = name
        self.labels = labels
        self.class_names = class_names
        self.notes = notes
        self.range = range
        self._others = targets

    @property
    def targets(self) -> Any:
        """The labels, or what is true of the pictures where that is not one class each."""
        return self.labels if self._others is None else self._others

    @property
    def stored_as_bytes(self) -> bool:
        """Whether `batch` has the pixels as they are stored."""
        return True

    @abstractmethod
    def __getitem__(self, index: int) -> np.ndarray:
        """Return one picture, uint8 (height, width, channel)."""

    @abstractmethod
    def batch(self, start: int, stop: int) -> np.ndarray | list[np.ndarray]:
        """Return pictures start..stop-1, uint8: one array (n, height, width, channel), or a list where sizes may
        differ."""

    def values(self, start: int, stop: int) -> np.ndarray | list[np.ndarray]:
        """Return pictures (height, width, channel) as `batch` does, but as stored: numbers in `range`."""
        return self.batch(start, stop)

    def sample(self, index: int) -> Picture:
        pixels = self.values(index, index + 1)[0]
        target = target_of(self.targets, index)
        if self.class_names and isinstance(target, int):
            target = ClassNumber(target, self.class_names)
        return Picture(pixels, self.range, name=f"{self.name}:{self.number(index)}", target=target)

    def select(self, indices: np.ndarray, name: str = "") -> "SelectedPictures":
        return SelectedPictures(name or self.name, self, indices, None if name else self.numbers_at(indices))

    def without_targets(self) -> "SelectedPictures":
        part = self.select(np.arange(len(self)))
        part.labels = part.class_names = part._others = None
        return part


class ArrayPictures(Pictures):
    """Pictures held in one array (n, height, width, channel); a `batch` of uint8 0..255 is a view of it, not a copy."""

    def __init__(
        self,
        name: str,
        pictures: np.ndarray,
        labels: np.ndarray | None = None,
        class_names: tuple[str, ...] | None = None,
        targets: Any = None,
        notes: tuple[str, ...] = (),
        range: tuple[float, float] = BYTES,
    ) -> None:
        super().__init__(name, labels, class_names, targets, notes, range)
        self.pictures = pictures

    @property
    def stored_as_bytes(self) -> bool:
        return self.pictures.dtype == np.uint8 and self.range == BYTES

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> np.ndarray:
        return as_bytes(self.pictures[index], self.range)

    def batch(self, start: int, stop: int) -> np.ndarray:
        return as_bytes(self.pictures[start:stop], self.range)

    def values(self, start: int, stop: int) -> np.ndarray:
        return self.pictures[start:stop]


class SelectedPictures(Pictures):
    """Some pictures of another set, in the given order; read from it when asked for."""

    def __init__(self, name: str, source: Pictures, indices: np.ndarray, numbers: np.ndarray | None = None) -> None:
        labels = None if source.labels is None else source.labels[indices]
        others = None if labels is not None else targets_at(source.targets, indices)
        super().__init__(name, labels, source.class_names, others, source.notes, source.range)
        self.source: Pictures = source
        self.indices: np.ndarray = indices
        if isinstance(source, SelectedPictures):
            self.source, self.indices = source.source, source.indices[indices]
        self.numbers = numbers

    @property
    def stored_as_bytes(self) -> bool:
        return self.source.stored_as_bytes

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.source[int(self.indices[index])]

    def batch(self, start: int, stop: int) -> np.ndarray | list[np.ndarray]:
        if isinstance(self.source, ArrayPictures):
            return as_bytes(self.source.pictures[self.indices[start:stop]], self.range)
        return [self.source.batch(int(index), int(index) + 1)[0] for index in self.indices[start:stop]]

    def values(self, start: int, stop: int) -> np.ndarray | list[np.ndarray]:
        if isinstance(self.source, ArrayPictures):
            return self.source.pictures[self.indices[start:stop]]
        return [self.source.values(int(index), int(index) + 1)[0] for index in self.indices[start:stop]]


def checked_labels(values: np.ndarray, count: int, class_names: tuple[str, ...] | None, name: str) -> np.ndarray:
    """Return `values` as int64 (n,) after checking that they are class numbers, one for each of `count` samples.

    Raises:
        UserError: wrong number or shape, not whole numbers, negative, or no class name for one of them.
    """
    labels = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if labels.shape != (count,):
        raise UserError(
            f"{name}: {count} samples need {count} class numbers, but the labels have the shape {values.shape}."
        )
    labels = labels.astype(np.int64)
    highest = 10**6 if class_names is None else len(class_names) - 1
    for index in np.flatnonzero((labels < 0) | (labels > highest))[:1]:
        raise UserError(
            f"{name}: sample {index} has the label {labels[index]}, outside 0..{highest}; correct the labels."
        )
    return labels
