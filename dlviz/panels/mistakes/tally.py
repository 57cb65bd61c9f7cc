"""The base class of tallies, which take answers batch by batch and then report the mistakes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.grammar import number_of
from dlviz.network import Network
from dlviz.panels.listed_samples import listed
from dlviz.sheet import Matrix, Panel
from dlviz.targets import targets_of
from dlviz_models.data.samples import Numbers, Samples, target_of
from dlviz_models.errors import UserError

CLASSES_SHOWN = 20
"""The maximum number of classes in a confusion matrix: those with the most mistakes."""

SMALL = 4
"""The maximum number of classes in a confusion matrix that is shown beside the mistakes."""


@dataclass(frozen=True)
class Report:
    """Panels, sentences, raw arrays, and what the mistakes come to: the name of a figure, and its value."""

    panels: list[Panel]
    summary: str
    arrays: dict[str, Any]
    figure: tuple[str, str]


class Tally(ABC):
    """The mistakes of a network in a data set.

    Raises:
        UserError: the data has no suitable targets.
    """

    def __init__(self, network: Network, data: Samples) -> None:
        self.network = network
        self.data = data

    @abstractmethod
    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        """Add the samples from index `start` on, with the raw outputs `raw` (n, ...)."""

    @abstractmethod
    def report(self, count: int) -> Report:
        """The panels, summary and arrays, with at most `count` mistakes."""

    @property
    def thing(self) -> str:
        """The noun for one of the samples."""
        return "sample" if self.data.kind in ("numbers", "several") else self.data.kind

    @property
    def things(self) -> str:
        """The plural noun for the samples."""
        return f"{self.thing}s"

    @property
    def examples(self) -> str:
        """How many samples there are, and where: "200 pictures of digits"."""
        return f"{number_of(len(self.data), self.thing)} of {self.data.name}"

    def targets(self, what: str) -> Any:
        """The targets of all samples for the chosen output; UserError without targets.

        Args:
            what: the description of the targets needed, for the error.
        """
        targets = targets_of(self.network, self.data)
        if targets is None:
            raise UserError(
                f"{self.data.name} has no targets: choose data with {what} for each of its"
                f" {self.things}{_in_a_column(self.data)}."
            )
        return targets

    def arrays_of(self, targets: Any, start: int, raw: np.ndarray, what: str) -> np.ndarray:
        """The targets of the samples from index `start` on, in the shape of `raw` (n, ...); UserError if the sizes
        differ."""
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
        """The samples with these indices (count,) and captions; see `panels.listed_samples.listed`."""
        return listed(self.network, self.data, title, places, caption)


def confusion_matrix(names: Callable[[int], str], confusion: np.ndarray, rows: np.ndarray | None = None) -> Matrix:
    """The confusion matrix (true, predicted) of the classes in `rows`, by default those with the most mistakes; other
    predictions are summed in one column."""
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
    """The `most` classes with the most mistakes in a confusion matrix (true, predicted), in ascending order."""
    if len(confusion) <= most:
        return np.arange(len(confusion))
    mistakes = confusion.sum(axis=1) - confusion.diagonal()
    seen = np.flatnonzero(confusion.sum(axis=1))
    return np.sort(seen[np.argsort(-mistakes[seen], kind="stable")][:most])


def add_to_confusion(confusion: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> None:
    """Count pairs of true and predicted classes, of any shape, in a matrix (true, predicted)."""
    np.add.at(confusion, (true.ravel().astype(np.int64), predicted.ravel().astype(np.int64)), 1)


def _in_a_column(data: Samples) -> str:
    """The end of a sentence on how to mark the target column of a table; empty for other data."""
    first = data.sample(0)
    columns = first.names if isinstance(first, Numbers) else ()
    if not columns:
        return ""
    return f", such as a column called target or y; its columns are {', '.join(columns)[:150]}"
