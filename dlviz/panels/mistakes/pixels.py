"""Wrong pixels: how well each class is covered, which is taken for which, and the worst pictures."""

from __future__ import annotations

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.network import Network
from dlviz.panels.answers.pixels import COLOURS, classes_of
from dlviz.panels.mistakes.tally import Found, Tally, confusion_matrix, counted
from dlviz.sheet import Matrix, Tiles
from dlviz.sheet.numerals import percent
from dlviz_models.data.samples import Samples

PAIRS = 4
"""The number of masks in a row, each true and predicted."""
MOST = 24
"""The worst pictures that are kept while the data is gone through."""


class Count(Tally):
    def __init__(self, network: Network, data: Samples) -> None:
        super().__init__(network, data)
        self._targets = self.targets("a class for each pixel")
        classes = max(2, network.answered.shape[-1] or 2)
        self.confusion = np.zeros((classes, classes), np.int64)
        self.accuracy = np.zeros(len(data))
        self._worst: list[tuple[float, int, np.ndarray, np.ndarray]] = []

    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        said = classes_of(raw, self.network.answered.scale)  # (n, height, width)
        true = self.arrays_of(self._targets, start, said, "a class for each pixel").astype(np.int64)
        known = (true >= 0) & (true < len(self.confusion))  # others, such as 255, are left out
        counted(self.confusion, true[known], said[known])
        right = ((said == true) & known).sum(axis=(1, 2)) / np.maximum(1, known.sum(axis=(1, 2)))
        self.accuracy[start : start + len(raw)] = right
        self._worst += [(float(right[n]), start + n, true[n], said[n]) for n in range(len(raw))]
        self._worst = sorted(self._worst, key=lambda one: one[:2])[:MOST]

    def found(self, count: int) -> Found:
        hits = self.confusion.diagonal()
        true, said = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        with np.errstate(invalid="ignore"):
            union = hits / (true + said - hits)  # intersection over union
            recall = hits / true
        names = tuple(self.network.class_name(n) for n in range(len(hits)))
        table = np.nan_to_num(np.stack([true / max(1, true.sum()), union, recall], axis=1))
        columns = ("share of the pixels", "intersection over union", "right of the class")
        worst = self._worst[:count]
        masks = [mask for _, _, true_mask, said_mask in worst for mask in (true_mask, said_mask)]
        side_by_side = min(PAIRS, len(worst))
        tiles = Tiles(
            COLOURS[np.stack(masks) % len(COLOURS)], "pixels", "Worst first",
            captions=tuple(
                caption
                for share, place, *_ in worst
                for caption in (f"{self.data.number(place)}", f"{share:.0%} right")
            ),
            keys=tuple(self.data.number(place) for _, place, *_ in worst for _ in range(2)),
            selects="input", columns=2 * side_by_side, column_labels=("true", "said") * side_by_side,
        )  # fmt: skip
        accuracy = hits.sum() / max(1, true.sum())
        return Found(
            [
                Matrix(table, names, columns, "class", title="How well each class is covered"),
                confusion_matrix(self.network.class_name, self.confusion),
                tiles,
            ],
            f"{self.network.name} gets {percent(accuracy)} of the pixels of {len(self.accuracy):,} {self.things} of"
            f" {self.data.name} right; the mean intersection over union is {np.nanmean(union):.3f}.",
            {
                "examples": np.array(len(self.accuracy)), "accuracy": np.array(accuracy), "iou": union,
                "confusion": self.confusion, "index": np.argsort(self.accuracy, kind="stable"),
                "picture_accuracy": self.accuracy,
            },
        )  # fmt: skip
