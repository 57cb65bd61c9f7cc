"""A set of pictures with or without labels, whatever it is stored in."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from dlviz_models.data.samples import Picture, Samples, SelectedSamples
from dlviz_models.errors import UserError


class Pictures(Samples):
    """Pictures in stored order, each uint8 (height, width, channel) with 1 or 3 channels.

    Attributes:
        name: how the set is called in captions and messages.
        labels: class number of each picture, int64 (n,), or None.
        class_names: one name a class, or None.
    """

    kind = Picture.kind

    def __init__(self, name: str, labels: np.ndarray | None, class_names: tuple[str, ...] | None) -> None:
        self.name = name
        self.labels = labels
        self.class_names = class_names

    @property
    def targets(self) -> np.ndarray | None:
        return self.labels

    @abstractmethod
    def __getitem__(self, index: int) -> np.ndarray:
        """Return one picture, uint8 (height, width, channel)."""

    @abstractmethod
    def batch(self, start: int, stop: int) -> np.ndarray | list[np.ndarray]:
        """Return pictures start..stop-1: one array (n, height, width, channel), or a list where sizes may differ."""

    def sample(self, index: int) -> Picture:
        label = None if self.labels is None else int(self.labels[index])
        return Picture(self[index], name=f"{self.name}:{index}", target=label)


class ArrayPictures(Pictures):
    """Pictures held in one array, uint8 (n, height, width, channel); `batch` is a view of it, not a copy."""

    def __init__(
        self,
        name: str,
        pictures: np.ndarray,
        labels: np.ndarray | None = None,
        class_names: tuple[str, ...] | None = None,
    ) -> None:
        super().__init__(name, labels, class_names)
        self.pictures = pictures

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.pictures[index]

    def batch(self, start: int, stop: int) -> np.ndarray:
        return self.pictures[start:stop]


class SelectedPictures(Pictures):
    """Some pictures of another set, in the given order; read from it when asked for."""

    def __init__(self, name: str, source: Pictures, indices: np.ndarray) -> None:
        labels = None if source.labels is None else source.labels[indices]
        super().__init__(name, labels, source.class_names)
        self.source = source
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.source[int(self.indices[index])]

    def batch(self, start: int, stop: int) -> np.ndarray | list[np.ndarray]:
        if isinstance(self.source, ArrayPictures):
            return self.source.pictures[self.indices[start:stop]]
        return [self.source[int(index)] for index in self.indices[start:stop]]


def selected(samples: Samples, indices: np.ndarray) -> Samples:
    """Return some samples of a set, in the given order; read from it when asked for."""
    if isinstance(samples, Pictures):
        return SelectedPictures(samples.name, samples, indices)
    return SelectedSamples(samples, indices)


@dataclass(frozen=True)
class Data:
    """A data set in two parts.

    `whole` is what is looked at when nobody says which part: the test part, or every picture in stored order of a
    source that is not divided. Such a source lends every fifth picture to `test`, the others to `train`.
    """

    name: str
    train: Pictures
    test: Pictures
    whole: Pictures

    @classmethod
    def divided(cls, name: str, train: Pictures, test: Pictures) -> "Data":
        """Return the data set of a source that says what its test part is."""
        return cls(name, train, test, whole=test)

    @classmethod
    def undivided(cls, name: str, pictures: Pictures) -> "Data":
        """Return the data set of a source that does not."""
        index = np.arange(len(pictures))
        train = SelectedPictures(f"{name}/train", pictures, index[index % 5 != 4])
        test = SelectedPictures(f"{name}/test", pictures, index[index % 5 == 4])
        return cls(name, train, test, whole=pictures)


def checked_labels(values: np.ndarray, count: int, class_names: tuple[str, ...] | None, name: str) -> np.ndarray:
    """Return `values` as int64 (n,) after checking that they are class numbers, one for each of `count` pictures.

    Raises:
        UserError: wrong number or shape, not whole numbers, negative, or no class name for one of them.
    """
    labels = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if labels.shape != (count,):
        raise UserError(
            f"{name}: {count} pictures need {count} class numbers, but the labels have the shape {values.shape}."
        )
    if labels.dtype.kind not in "biuf":
        raise UserError(f"{name}: the labels must be class numbers 0, 1, 2, ..., not of type {labels.dtype}.")
    if labels.dtype.kind == "f" and not (np.isfinite(labels).all() and (labels == np.rint(labels)).all()):
        raise UserError(f"{name}: the labels must be whole class numbers 0, 1, 2, ...; some are fractions or NaN.")
    labels = labels.astype(np.int64)
    highest = 10**6 if class_names is None else len(class_names) - 1
    for index in np.flatnonzero((labels < 0) | (labels > highest))[:1]:
        raise UserError(
            f"{name}: picture {index} has the label {labels[index]}, outside 0..{highest}; correct the labels."
        )
    return labels
