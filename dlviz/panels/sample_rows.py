"""Samples of equal structure as the rows of one table: numbers as a matrix, pictures and frames as tiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from dlviz.sheet import Bars, Image, Matrix, Panel, Tiles

MOST_COLUMNS, MOST_ROWS = 16, 6
"""The maximum number of columns of a table, and of rows of a table of numbers."""


def in_rows(
    samples: Sequence[Sequence[Panel]], title: str, names: tuple[str, ...], keys: tuple[int, ...]
) -> Panel | None:
    """A table with a row for each sample; None if they are too long or differ in structure.

    Args:
        samples: the panels of each sample.
        names: the name of each row.
        keys: the index of each sample in the data.
    """
    panels = [panel for sample in samples for panel in sample]
    if all(isinstance(panel, Bars) for panel in panels):
        return _matrix(cast("Sequence[Sequence[Bars]]", samples), title, names)
    if all(isinstance(panel, Tiles | Image) for panel in panels):
        return _tiles(cast("Sequence[Sequence[Tiles | Image]]", samples), title, names, keys)
    return None


def row_of(sample: Sequence[Bars]) -> np.ndarray:
    """The numbers of a sample, (columns,)."""
    return np.concatenate([bars.values for bars in sample])


def _matrix(samples: Sequence[Sequence[Bars]], title: str, names: tuple[str, ...]) -> Matrix | None:
    rows = [row_of(sample) for sample in samples]
    if len({len(row) for row in rows}) > 1 or len(rows[0]) > MOST_COLUMNS:
        return None
    columns = tuple(_column(bars, label, len(samples[0]) > 1) for bars in samples[0] for label in bars.labels)
    values = np.stack(rows[:MOST_ROWS])
    largest = float(np.abs(values).max(initial=0))
    decimals = 0 if largest >= 1000 else 1 if largest >= 10 else 2
    return Matrix(values, names[:MOST_ROWS], columns, title=title, decimals=decimals, role="beside")


def _column(bars: Bars, label: str, several: bool) -> str:
    """The name of a column, with the name of its input if there are several."""
    name = bars.title.split(":")[0]
    if not several:
        return label
    return f"{name} {label}" if len(bars.labels) > 1 else name


def _tiles(
    samples: Sequence[Sequence[Tiles | Image]], title: str, names: tuple[str, ...], keys: tuple[int, ...]
) -> Tiles | None:
    rows = [[picture for panel in sample for picture in _pictures(panel)] for sample in samples]
    shapes = {picture.shape for row in rows for picture in row}
    columns = len(rows[0])
    if len(shapes) > 1 or len({len(row) for row in rows}) > 1 or columns > MOST_COLUMNS:
        return None
    parts = len(samples[0])
    return Tiles(
        images=np.stack([picture for row in rows for picture in row]),
        scale=samples[0][0].scale,
        title=title,
        keys=tuple(key for key in keys for _ in range(columns)),
        selects="input",
        columns=columns,
        row_labels=names,
        column_labels=tuple(panel.title.split(":")[0] for panel in samples[0]) if 1 < parts == columns else (),
    )


def _pictures(panel: Tiles | Image) -> list[np.ndarray]:
    return [panel.pixels] if isinstance(panel, Image) else list(panel.images)
