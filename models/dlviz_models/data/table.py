"""Reading tables, `.csv` and `.tsv`: columns of numbers, or of texts, and a column of targets."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np

from dlviz_models.data.lines import read_text
from dlviz_models.data.npz import data_in
from dlviz_models.data.parts import Data
from dlviz_models.data.targets import classes_in
from dlviz_models.data.texts import MAX_TEXT, text_data
from dlviz_models.errors import UserError

TARGETS = ("label", "labels", "target", "targets", "class", "y", "category", "species", "output", "sentiment")
TEXTS = ("text", "sentence", "review", "comment", "tweet", "message", "content", "phrase", "source", "x")
CHUNK = 1000
MAX_COLUMNS = 100_000
NAMED = 3
"""The maximum number of omitted rows that are named."""


@dataclass(frozen=True)
class Table:
    """The samples of a table: rows of numbers, or texts.

    Attributes:
        numbers: (n, columns), or None where there are texts.
        columns: their names, or empty.
        texts: one for each row, or None.
        targets: what is true of each row: numbers (n,), texts, or None.
        notes: sentences about what was inferred or left out.
    """

    numbers: np.ndarray | None
    columns: tuple[str, ...]
    texts: list[str] | None
    targets: np.ndarray | list[str] | None
    notes: tuple[str, ...]


def table_data(
    table: Table, name: str, inputs: Mapping[str, str] | None = None, outputs: Collection[str] = ()
) -> Data[Any]:
    """Return the data set that a table holds.

    Where no column is known to hold the targets, one that is named like one of the network's `outputs` does.
    """
    table = _with_targets(table, outputs)
    if table.texts is not None:
        targets = None if table.targets is None else [str(target) for target in table.targets]
        return text_data(name, table.texts, targets, table.notes)
    assert table.numbers is not None
    arrays: dict[str, np.ndarray] = {"x": table.numbers}
    if table.columns:
        arrays["columns"] = np.array(table.columns)
    if table.targets is not None:
        arrays["y"] = np.asarray(table.targets)
    return data_in(arrays, name, None, inputs, table.notes)


def _with_targets(table: Table, outputs: Collection[str]) -> Table:
    """Return the table with the column that is named like an output as its targets, if it has none yet."""
    called = {output.lower() for output in outputs}
    found = next((number for number, column in enumerate(table.columns) if column.lower() in called), None)
    if table.targets is not None or table.numbers is None or found is None or len(table.columns) == 1:
        return table
    return replace(
        table,
        numbers=np.delete(table.numbers, found, axis=1),
        columns=(*table.columns[:found], *table.columns[found + 1 :]),
        targets=table.numbers[:, found],
        notes=(*table.notes, f"The targets are the column {table.columns[found]}, named like the network's output."),
    )


def read_table(path: Path) -> Table:
    """Read a table with commas, semicolons or tabs between its columns, quoted where needed, with or without a header.

    The targets are the column that is called label, target, class, y, ...; or else the only column of names. Rows that
    cannot be read are left out and said.

    Raises:
        UserError: it cannot be read, or no row holds samples.
    """
    text = read_text(path)
    csv.field_size_limit(10 * MAX_TEXT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text.split("\n", 1)[0]))
    rows = (row for row in reader if any(cell.strip() for cell in row))
    try:
        first = list(islice(rows, CHUNK))
        header = header_of(first)
        width = len(first[0])
        if width > MAX_COLUMNS:
            raise UserError(f"{path} has {width:,} columns; at most {MAX_COLUMNS:,} are read.")
        body = first[1:] if header else first
        numeric = [column for column in range(width) if _is_numeric(body, column)]
        return _Reading(path, header, width, numeric).table(chain(body, rows))
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: {error}; correct the line.") from error


class _Reading:
    """One table while it is read."""

    def __init__(self, path: Path, header: list[str], width: int, numeric: Sequence[int]) -> None:
        self.path = path
        self.header = header
        self.width = width
        self.numeric = list(numeric)
        self.words = [column for column in range(width) if column not in set(numeric)]
        self.notes: list[str] = []
        self.left_out: list[str] = []
        self.texts: dict[int, list[str]] = {column: [] for column in self.words}
        self.chunks: list[np.ndarray] = []
        self.row = 0

    def table(self, rows: Iterator[list[str]]) -> Table:
        """Return what the rows hold."""
        while chunk := list(islice(rows, CHUNK)):
            self._take(chunk)
        if self.left_out:
            count = len(self.left_out)
            more = f" and {count - NAMED:,} more" if count > NAMED else ""
            self.notes.append(f"Left out {count:,} of {self.row:,} rows: {', '.join(self.left_out[:NAMED])}{more}.")
        numbers = np.concatenate(self.chunks) if self.chunks else np.empty((0, len(self.numeric)))
        if not len(numbers):
            raise UserError(f"{self.path.name} holds no rows of {self.width} columns that can be read; correct it.")
        target = self._target(numbers)
        text = self._text(target)
        if text is not None:
            return self._texts(text, target, numbers)
        features = [column for column in self.numeric if column != target]
        for column in self.words:
            if column != target:
                self.notes.append(f"The column {self._name(column)} is not numbers and is left out.")
        if not features:
            raise UserError(f"{self.path.name} has no column of numbers or of texts to feed; give it one.")
        values = numbers[:, [self.numeric.index(column) for column in features]]
        if values.dtype == np.uint8 and len(features) < 64:
            values = values.astype(np.int64)
        columns = tuple(self._name(column) for column in features) if self.header else ()
        return Table(values, columns, None, self._targets(target, numbers), tuple(self.notes))

    def _take(self, rows: list[list[str]]) -> None:
        good = [row for row in rows if len(row) == self.width]
        try:
            values = np.array([[row[column] for column in self.numeric] for row in good], np.str_).astype(np.float64)
        except ValueError:
            values = np.empty(0)
        if len(good) < len(rows) or len(values) < len(good):
            good, numbers = [], []
            for number, row in enumerate(rows, self.row + 1):
                try:
                    if len(row) != self.width:
                        raise ValueError(f"{len(row)} columns")
                    numbers.append([_number(row[column]) for column in self.numeric])
                    good.append(row)
                except ValueError as error:
                    self.left_out.append(f"row {number} ({str(error)[:40]})")
            values = np.array(numbers, np.float64).reshape(len(good), len(self.numeric))
        self.row += len(rows)
        self.chunks.append(_smallest(values))
        for column in self.words:
            self.texts[column] += [row[column].strip()[:MAX_TEXT] for row in good]

    def _target(self, numbers: np.ndarray) -> int | None:
        names = [name.strip().lower() for name in self.header]
        for name in TARGETS:
            if name in names:
                return names.index(name)
        named = [column for column in self.words if classes_in(self.texts[column])]
        if len(named) == 1 and len(self.words) <= 2 and (self.numeric or len(self.words) == 2):
            self.notes.append(f"The targets are the column {self._name(named[0])}, the only one of names.")
            return named[0]
        width = self.width
        if not self.words and width > 64 and isqrt(width) ** 2 != width and isqrt(width - 1) ** 2 == width - 1:
            column = 0 if len(np.unique(numbers[:, 0])) > 1 else width - 1
            self.notes.append(f"The targets are the column {self._name(column)}, the others being pixels.")
            return column
        return None

    def _text(self, target: int | None) -> int | None:
        """Return the column of the texts to feed, if that is what the table is about."""
        words = [column for column in self.words if column != target]
        names = [name.strip().lower() for name in self.header]
        called = [column for column in words if names and names[column] in TEXTS]
        if called:
            return called[0]
        if not words or len([column for column in self.numeric if column != target]) > 1:
            return None
        return max(words, key=lambda column: sum(map(len, self.texts[column])))

    def _texts(self, text: int, target: int | None, numbers: np.ndarray) -> Table:
        others = [column for column in self.words + self.numeric if column not in (text, target)]
        if target is None and len(others) == 1:
            target, others = others[0], []
        if others:
            self.notes.append(f"Of the table, {', '.join(map(self._name, others))[:100]} are left out.")
        targets = self._targets(target, numbers)
        if isinstance(targets, np.ndarray):
            targets = [f"{value:g}" for value in targets]
        return Table(None, (), self.texts[text], targets, tuple(self.notes))

    def _targets(self, target: int | None, numbers: np.ndarray) -> np.ndarray | list[str] | None:
        if target is None:
            return None
        return numbers[:, self.numeric.index(target)] if target in self.numeric else self.texts[target]

    def _name(self, column: int) -> str:
        return self.header[column].strip()[:60] if self.header else str(column + 1)


def _delimiter(line: str) -> str:
    return max("\t;,", key=line.count)


def header_of(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the names of the columns if the first row holds such, else none."""
    if not rows or any(is_number(cell) for cell in rows[0]):
        return []
    known = {cell.strip().lower() for cell in rows[0]} & {*TARGETS, *TEXTS}
    return list(rows[0]) if known or any(is_number(cell) for row in rows[1:2] for cell in row) else []


def _is_numeric(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Say whether most cells of a column are numbers."""
    cells = [row[column] for row in rows if column < len(row) and row[column].strip()]
    return bool(cells) and sum(is_number(cell) for cell in cells) > 0.8 * len(cells)


def is_number(cell: str) -> bool:
    """Say whether a cell holds a number."""
    try:
        _number(cell)
    except ValueError:
        return False
    return True


def _number(cell: str) -> float:
    """Return the number in a cell, also one with a decimal comma; ValueError where there is none."""
    if not cell.strip():
        raise ValueError("an empty cell")
    try:
        return float(cell)
    except ValueError:
        if cell.count(",") == 1:
            return float(cell.replace(",", "."))
        raise ValueError(f"“{cell.strip()[:20]}” is not a number") from None


def _smallest(values: np.ndarray) -> np.ndarray:
    """Return the numbers as bytes where they are such, because tables of pixels are large."""
    is_bytes = values.size > 0 and bool(((values >= 0) & (values <= 255) & (values == np.rint(values))).all())
    return values.astype(np.uint8) if is_bytes else values
