"""A data set in two parts."""

from dataclasses import dataclass
from typing import Generic, TypeVar, cast

import numpy as np

from dlviz_models.data.samples import Samples

S = TypeVar("S", bound=Samples, covariant=True)
EVERY = 5
"""Every fifth sample of a source that is not divided is for testing."""


@dataclass(frozen=True)
class Data(Generic[S]):
    """A data set in two parts, to learn from and to test on.

    `whole` is what is looked at when nobody says which part: the test part, or every sample in stored order of a source
    that is not divided. Such a source lends every fifth sample to `test`, the others to `train`.
    """

    name: str
    train: S
    test: S
    whole: S

    @property
    def kind(self) -> str:
        """The kind of its samples, one of `dlviz_models.data.samples.KINDS`."""
        return self.whole.kind

    @classmethod
    def divided(cls, name: str, train: S, test: S) -> "Data[S]":  # type: ignore[misc]
        """Return the data set of a source that says what its test part is."""
        return cls(name, train, test, whole=test)

    @classmethod
    def undivided(cls, name: str, samples: S) -> "Data[S]":  # type: ignore[misc]
        """Return the data set of a source that does not."""
        number = np.arange(len(samples))
        is_test = number % EVERY == EVERY - 1
        train = samples.select(number[~is_test], f"{name}/train")
        test = samples.select(number[is_test], f"{name}/test")
        return cls(name, cast(S, train), cast(S, test), whole=samples)
