"""What every count of mistakes has: it is given answers batch by batch and says in the end what was wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.network import Network
from dlviz.panels.listed_samples import listed
from dlviz.sheet import Matrix, Panel
from dlviz.targets import targets_of
from dlviz_models.data.samples import Numbers, Samples, plural, target_of
from dlviz_models.errors import UserError

CLASSES_SHOWN = 20
"""A larger confusion matrix is cut to the classes with the most mistakes."""

SMALL = 4
"""The maximum number of classes in a confusion matrix that stands beside the mistakes."""


@dataclass(frozen=True)
class Found:
    """Panels, sentences and raw arrays."""

    panels: list[Panel]
    summary: str
    arrays: dict[str, Any]


class Tally(ABC):
    """A count of mistakes in a data set.

    Raises:
        UserError: the data does not say what is right.
    """

    def __init__(self, network: Network, data: Samples) -> None:
        self.network = network
        self.data = data

    @abstractmethod
    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        """Count the samples from number `start` on, whose answers are `raw` (n, ...)."""

    @abstractmethod
    def found(self, count: int) -> Found:
        """What came out of it; at most `count` mistakes are shown."""

    @property
    def things(self) -> str:
        """What the samples are called."""
        return "samples" if self.data.kind in ("numbers", "several") else plural(self.data.kind)

    def targets(self, what: str) -> Any:
        """What is true of all samples, for the output that is looked at.

        Args:
            what: how a sentence calls what is needed.

        Raises:
            UserError: there is nothing.
        """
        targets = targets_of(self.network, self.data)
        if targets is None:
            raise UserError(
                f"{self.data.name} has no targets: choose data with {what} for each of its"
                f" {self.things}{_in_a_column(self.data)}."
            )
        return targets

    def arrays_of(self, targets: Any, start: int, raw: np.ndarray, what: str) -> np.ndarray:
        """What is true of the samples from number `start` on, in the shape of `raw` (n, ...).

        Raises:
            UserError: it has another size.
        """
        rows = [np.asarray(target_of(targets, start + n)) for n in range(len(raw))]
        if any(row.size != raw[0].size or row.dtype.kind not in "biuf" for row in rows):
            shape = " × ".join(map(str, raw.shape[1:])) or "one"
            raise UserError(
                f"The targets of {self.data.name} do not fit the output of {self.network.name}, {what} of shape"
                f" {shape}: choose matching data."
            )
        return np.stack([row.reshape(raw.shape[1:]) for row in rows])

    # -- samples -----------------------------------------------------------------------------------------------

    def listed(self, title: str, places: Sequence[int] | np.ndarray, caption: Callable[[int], str]) -> list[Panel]:
        """The samples in these places (count,) with a caption each; see `panels.listed_samples.listed`."""
        return listed(self.network, self.data, title, places, caption)


def confusion_matrix(names: Callable[[int], str], confusion: np.ndarray, rows: np.ndarray | None = None) -> Matrix:
    """The confusion matrix (true, predicted); of many classes those in `rows`, at first those with the most mistakes,
    and all others as one."""
    rows = most_confused(confusion) if rows is None else rows
    values = confusion
    others: tuple[str, ...] = ()
    if len(rows) < len(confusion):
        inside = confusion[np.ix_(rows, rows)]
        outside = confusion[rows].sum(axis=1) - inside.sum(axis=1)
        values, others = np.column_stack([inside, outside]), ("another",)
    shown = tuple(names(int(i)) for i in rows)
    return Matrix(
        values, shown, shown + others, row_title="true", column_title="predicted", title="Confusion matrix", decimals=0,
        plain_diagonal=True, role="beside" if len(shown) <= SMALL else "",
    )  # fmt: skip


def most_confused(confusion: np.ndarray, most: int = CLASSES_SHOWN) -> np.ndarray:
    """The classes of a confusion matrix (true, predicted), of many those with the most mistakes, in order."""
    if len(confusion) <= most:
        return np.arange(len(confusion))
    mistakes = confusion.sum(axis=1) - confusion.diagonal()
    seen = np.flatnonzero(confusion.sum(axis=1))
    return np.sort(seen[np.argsort(-mistakes[seen], kind="stable")][:most])


def counted(confusion: np.ndarray, true: np.ndarray, said: np.ndarray) -> None:
    """Count pairs of true and said classes, of any shape, in a matrix (true, said)."""
    np.add.at(confusion, (true.ravel().astype(np.int64), said.ravel().astype(np.int64)), 1)


def _in_a_column(data: Samples) -> str:
    """Where a table may say what is right, as the end of a sentence; empty for other data."""
    first = data.sample(0)
    columns = first.names if isinstance(first, Numbers) else ()
    if not columns:
        return ""
    return f", such as a column called target or y; its columns are {', '.join(columns)[:150]}"
