"""Texts in files: one a line, or pairs of a text and what is to be made of it, its translation or class, in a table."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlviz_models.data.lines import read_lines
from dlviz_models.data.parts import EVERY, Data
from dlviz_models.data.samples import ListedSamples, Text
from dlviz_models.data.targets import classes_in
from dlviz_models.errors import UserError

MAX_TEXT = 10_000
MAX_TEST = 2_000


def read_pairs(path: Path) -> Data[ListedSamples]:
    """Read a `.tsv(.gz)`: on each line a text, a tab, and what is to be made of it; further columns are left out.

    Raises:
        UserError: it cannot be read, or a line has not two texts.
    """
    return text_data(path.name, *pairs_of(path))


def read_texts(path: Path) -> Data[ListedSamples]:
    """Read a `.txt(.gz)` of one text a line; empty lines are left out.

    Raises:
        UserError: it cannot be read, or a line is too long.
    """
    return text_data(path.name, texts_of(path))


def pairs_of(path: Path) -> tuple[list[str], list[str]]:
    """Return the first texts of a table of pairs and the second ones, as `read_pairs` reads them."""
    texts, targets = [], []
    for number, line in enumerate(read_lines(path), 1):
        columns = line.split("\t")
        if len(columns) < 2 or not columns[0].strip() or not columns[1].strip():
            raise UserError(f"{path}, line {number} does not hold two texts separated by a tab; correct the line.")
        _check(columns[:2], path, number)
        texts.append(columns[0])
        targets.append(columns[1])
    return texts, targets


def texts_of(path: Path) -> list[str]:
    """Return the lines of a file that are not empty, as `read_texts` reads them."""
    texts = []
    for number, line in enumerate(read_lines(path), 1):
        _check([line], path, number)
        if line.strip():
            texts.append(line)
    return texts


def text_data(
    name: str, texts: Sequence[str], targets: Sequence[str] | None = None, notes: tuple[str, ...] = ()
) -> Data[ListedSamples]:
    """Return the data set of texts and of what is to be made of each, if that is known.

    Where few different targets stand for many texts, they are names of classes, and if the texts come second, the two
    are exchanged. A fifth, at most 2,000 and evenly spread, are for testing; the others are learned from, but for those
    whose text is also one of the test part's. Texts that differ in one word may well be on both sides.
    """
    if targets is None:
        listed = ListedSamples(name, Text.kind, [Text(text) for text in texts], notes=notes)
        return Data.undivided(name, listed)
    classes = classes_in(targets)
    if classes is None and (swapped := classes_in(texts)) is not None:
        classes, texts, targets = swapped, targets, texts
        notes = (*notes, f"The class stands first in {name}, the text second.")
    if classes:
        notes = (*notes, f"{name} distinguishes {len(classes):,} classes: {', '.join(classes)[:100]}.")
    count = min(len(texts) // EVERY, MAX_TEST)
    test = np.array([(number + 1) * len(texts) // count - 1 for number in range(count)], np.int64)
    asked = {texts[number] for number in test}
    train = np.array([number for number, text in enumerate(texts) if text not in asked], np.int64)
    if repeated := len(texts) - len(test) - len(train):
        notes = (*notes, f"Of {name}, {repeated:,} texts are not learned from: they repeat texts of the test part.")
    whole = as_texts(name, list(zip(texts, targets, strict=True)), classes, notes)
    learned, tested = whole.select(train, f"{name}/train"), whole.select(test, f"{name}/test")
    return Data(name, learned, tested, whole)  # type: ignore[arg-type]


def as_texts(
    name: str, pairs: Sequence[tuple[str, str]], classes: tuple[str, ...] | None = None, notes: tuple[str, ...] = ()
) -> ListedSamples:
    """Return pairs of texts as samples whose target is the second text, or its number among `classes`."""
    number = {text: number for number, text in enumerate(classes or ())}
    texts = [Text(text, target=number[target] if classes else target) for text, target in pairs]
    return ListedSamples(name, Text.kind, texts, classes, notes)


def _check(texts: Sequence[str], path: Path, number: int) -> None:
    if max(map(len, texts)) > MAX_TEXT:
        raise UserError(f"{path}, line {number} has a text of more than {MAX_TEXT:,} letters; shorten it.")
