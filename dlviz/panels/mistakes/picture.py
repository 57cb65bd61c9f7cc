"""Errors of output pictures: the worst reconstructions beside their inputs."""

from __future__ import annotations

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.grammar import in_digits
from dlviz.network import Network
from dlviz.panels.answers.picture import as_bytes, to_pixel_range
from dlviz.panels.mistakes.tally import Report, Tally
from dlviz.sheet import Curves, Tiles
from dlviz_models.data.samples import Samples, target_of
from dlviz_models.errors import UserError

TRIPLES = 2
"""The number of pictures, with their outputs, in a row."""
MOST = 24
"""The number of worst pictures kept during the evaluation."""


class Count(Tally):
    """Outputs are compared with the target pictures if the data has any, else with the inputs."""

    def __init__(self, network: Network, data: Samples) -> None:
        super().__init__(network, data)
        if not network.takes_pictures:
            raise UserError(f"{network.name} is not fed pictures, so there is nothing to compare its output with.")
        self.error = np.zeros(len(data))
        self._worst: list[tuple[float, int, np.ndarray]] = []

    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        answer, *_ = to_pixel_range(raw.reshape(len(raw), *self._shape(raw)))
        true = self._true(start, feeds, answer)
        errors = np.square((answer - true) / 255).mean(axis=(1, 2, 3))
        self.error[start : start + len(raw)] = errors
        for n, error in enumerate(errors):
            self._worst.append((float(error), start + n, np.stack([true[n], answer[n], np.abs(answer[n] - true[n])])))
        self._worst = sorted(self._worst, key=lambda one: (-one[0], one[1]))[:MOST]

    def report(self, count: int) -> Report:
        worst = self._worst[:count]
        order = np.argsort(-self.error, kind="stable")
        numbers = [self.data.number(place) for _, place, _ in worst]
        captions = [(f"{n}", "", in_digits(error, 2)) for n, (error, *_) in zip(numbers, worst, strict=True)]
        side_by_side = min(TRIPLES, len(worst))
        images = as_bytes(np.concatenate([triple for _, _, triple in worst]))
        tiles = Tiles(
            images, "pixels", "Worst first",
            captions=tuple(caption for row in captions for caption in row),
            keys=tuple(n for n in numbers for _ in range(3)),
            selects="input", columns=3 * side_by_side,
            column_labels=("right", "output", "error") * side_by_side,
        )  # fmt: skip
        sorted_errors = self.error[order]
        curve = Curves(
            np.arange(len(order)), {"error": sorted_errors}, self.things, "mean squared error", "Errors, sorted"
        )
        made = " The pictures are made up." if self.data.sample(0).synthetic else ""
        return Report(
            [tiles, curve],
            f"The output of {self.network.name} for {self.examples} has a mean squared"
            f" error of {self.error.mean():.4f} (pixels 0 to 1), at worst {self.error.max():.4f}.{made}",
            {"examples": np.array(len(order)), "error": self.error, "index": order},
            ("mean squared error", f"{self.error.mean():.4f}"),
        )

    def _shape(self, raw: np.ndarray) -> tuple[int, ...]:
        return raw.shape[1:] if raw.ndim == 4 else self.network.input_shape

    def _true(self, start: int, feeds: Feeds, answer: np.ndarray) -> np.ndarray:
        """The target pictures, 0..255, in the shape of the answers (n, height, width, channel)."""
        if self.data.targets is not None:
            rows = [target_of(self.data.targets, start + n) for n in range(len(answer))]
            if all(isinstance(row, np.ndarray) and row.size == answer[0].size for row in rows):
                true, *_ = to_pixel_range(np.stack(rows).reshape(answer.shape))
                return true
        x = feeds[self.network.input]
        given = self.network.preprocess.pixels(x.reshape(len(x), *self.network.input_shape))
        if given.shape != answer.shape:
            raise UserError(
                f"{self.network.name} outputs pictures of a different shape than its input: choose data with target"
                f" pictures."
            )
        return given
