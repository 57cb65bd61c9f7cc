"""Wrong pixels: intersection over union of each class, the confusion matrix, and the worst pictures."""

from __future__ import annotations

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.network import Network
from dlviz.panels.answers.pixels import COLOURS, classes_of
from dlviz.panels.mistakes.tally import Report, Tally, add_to_confusion, confusion_matrix
from dlviz.sheet import Matrix, Tiles
from dlviz.sheet.numerals import percent
from dlviz_models.data.samples import Samples

PAIRS = 4
"""The number of masks in a row, each true and predicted."""
MOST = 24
"""The number of worst pictures kept during the evaluation."""


class Count(Tally):
    def __init__(self, network: Network, data: Samples) -> None:
        super().__init__(network, data)
        self._targets = self.targets("a class for each pixel")
        classes = max(2, network.chosen_output.shape[-1] or 2)
        self.confusion = np.zeros((classes, classes), np.int64)
        self.accuracy = np.zeros(len(data))
        self._worst: list[tuple[float, int, np.ndarray, np.ndarray]] = []

    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        predicted = classes_of(raw, self.network.chosen_output.scale)  # (n, height, width)
        true = self.arrays_of(self._targets, start, predicted, "a class for each pixel").astype(np.int64)
        known = (true >= 0) & (true < len(self.confusion))  # other labels, such as 255, are ignored
        add_to_confusion(self.confusion, true[known], predicted[known])
        right = ((predicted == true) & known).sum(axis=(1, 2)) / np.maximum(1, known.sum(axis=(1, 2)))
        self.accuracy[start : start + len(raw)] = right
        self._worst += [(float(right[n]), start + n, true[n], predicted[n]) for n in range(len(raw))]
        self._worst = sorted(self._worst, key=lambda one: one[:2])[:MOST]

    def report(self, count: int) -> Report:
        hits = self.confusion.diagonal()
        true, predicted = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        with np.errstate(invalid="ignore"):
            union = hits / (true + predicted - hits)  # intersection over union
            recall = hits / true
        names = tuple(self.network.class_name(n) for n in range(len(hits)))
        table = np.nan_to_num(np.stack([true / max(1, true.sum()), union, recall], axis=1))
        columns = ("share of the pixels", "intersection over union", "right of the class")
        worst = self._worst[:count]
        masks = [mask for _, _, true_mask, predicted_mask in worst for mask in (true_mask, predicted_mask)]
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
        return Report(
            [
                Matrix(table, names, columns, "class", title="How well each class is covered"),
                confusion_matrix(self.network.class_name, self.confusion),
                tiles,
            ],
            f"{self.network.name} gets {percent(accuracy)} of the pixels of {self.examples}"
            f" right; the mean intersection over union is {np.nanmean(union):.3f}.",
            {
                "examples": np.array(len(self.accuracy)), "accuracy": np.array(accuracy), "iou": union,
                "confusion": self.confusion, "index": np.argsort(self.accuracy, kind="stable"),
                "picture_accuracy": self.accuracy,
            },
            ("pixel accuracy", percent(accuracy)),
        )  # fmt: skip
