"""A picture moves: its map moves with it, and its pooled map stays while nothing leaves its pooling window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import Position, option, position, step
from dlviz.parsing.picture import grey_picture
from dlviz.progress import Progress
from dlviz.sheet import Curves, Formula, Sheet, Tiles
from dlviz.view import Scene, View

PICTURE, REACH, EDGE = 28, 12, 1
"""Pixels of the picture's longer side, how far it can be moved, and what is free around."""
SIDE = PICTURE + 2 * (REACH + EDGE)
LARGEST = 12
"""Rows and columns of a pooling window."""
WHAT = ("map", "pooled map")
PRESETS = ("a picture", "a point")


def placed(x: np.ndarray, down: int, right: int) -> np.ndarray:
    """A picture in the middle of a black one, (SIDE, SIDE), moved by so many pixels."""
    canvas = np.zeros((SIDE, SIDE))
    top, left = ((SIDE - n) // 2 + by for n, by in zip(x.shape, (down, right), strict=True))
    canvas[top : top + x.shape[0], left : left + x.shape[1]] = x
    return canvas


def mapped(canvas: np.ndarray) -> np.ndarray:
    """The map of the kernel with three rows of -1, 0, 1, after a ReLU: edges from dark to light, (SIDE, SIDE)."""
    padded = np.pad(canvas, 1)
    slope = padded[:, 2:] - padded[:, :-2]
    return np.asarray(np.maximum(slope[:-2] + slope[1:-1] + slope[2:], 0))


def pooled(values: np.ndarray, size: int) -> np.ndarray:
    """The largest of each window of a map (SIDE, SIDE); beyond the lower and the right border all is 0. Each side is
    SIDE / size, rounded up."""
    count = -(-SIDE // size)
    full = np.pad(values, (0, count * size - SIDE))
    return np.asarray(full.reshape(count, size, count, size).max(axis=(1, 3)))


@dataclass(frozen=True)
class Translation(View):
    """Equivariance of the map, invariance of the pooled map.

    >>> import dlviz
    >>> dlviz.lesson("translation").arrays["picture"].shape
    (54, 54)
    """

    name = "translation"
    summary = "Move the picture, and its map moves with it; pool the map, and small moves vanish within the windows."
    group = "Convolution"
    order = 5

    preset: str = option("a picture", "what is moved", choices=PRESETS, resets=("shift",), label="what is moved")
    picture: str = option("digits:0", "the picture: SOURCE:INDEX, such as digits:7, or an image file",
                          only=("preset", "a picture"), resets=("shift",), label="picture")  # fmt: skip
    shift: Position = position(
        (0, 0), f"pixels down and to the right, at most {REACH}", label="shift (pixels down, right)"
    )
    step: int = step(1, "pixels further to the right", high=REACH)
    pool: int = option(4, "rows and columns of a pooling window", low=1, high=LARGEST, label="pooling window (pixels)")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        x = self._picture()
        done = min(self.step, REACH)
        down, right = (int(np.clip(round(v), -REACH, REACH)) for v in self.shift)
        by = (down, int(np.clip(right + done, -REACH, REACH)))
        before, after = placed(x, 0, 0), placed(x, *by)
        maps = mapped(before), mapped(after)
        pools = pooled(maps[0], self.pool), pooled(maps[1], self.pool)
        moved = np.roll(maps[0], by, axis=(0, 1))
        rows = (
            (before, maps[0], _large(pools[0], self.pool)),
            (after, maps[1], _large(pools[1], self.pool)),
            (after - before, maps[1] - moved, _large(pools[1] - pools[0], self.pool)),
        )
        changes = dict(zip(WHAT, changed(x, self.pool), strict=True))
        yield Sheet(
            "Translation: convolution follows, pooling forgives",
            f"Moved by ({by[0]}, {by[1]}): the map moves along, the difference is "
            f"{np.abs(maps[1] - moved).max():.3g}; the pooled map changes by {_share(pools):.0%}.",
            (
                Tiles(np.stack([tile for row in rows for tile in row])[..., None], "diverging",
                      columns=3, row_labels=("before", "moved", "difference"),
                      column_labels=("picture", "map", f"pooled, {self.pool} by {self.pool}"),
                      role="main", sets="shift", by="drag", hint="drag the moved picture",
                      origin=(-SIDE / 2, -SIDE / 2 - done)),
                Curves(np.arange(REACH + 1), changes, "pixels to the right", title="how much changes",
                       role="beside"),
                Formula((r"$f(T x) = T f(x)$",
                         rf"$|p(Tx) - p(x)|\, /\, |p(x)|$ = {_share(pools):.2f}",
                         f"of the map itself {_share(maps):.2f}"), role="beside"),
            ),
            {"picture": before, "moved": after, "map": maps[0], "moved:map": maps[1], "pooled": pools[0],
             "moved:pooled": pools[1], **{f"change:{name}": values for name, values in changes.items()}},
            question="By how many pixels can it move before the pooled map changes?",
            answer=_answer(changes, self.pool),
            explanation="The same kernel looks at every place, so a pattern that moves is found just as well where it "
            "has gone: the map moves along (equivariance). Max-pooling keeps only the largest of each window, and as "
            "long as that stays inside, the pooled map does not change (invariance). Many windows together are less "
            "strict: some edge always crosses a border.",
            source="Why convolution, pooling: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press 2016, "
            "sections 9.2 and 9.3",
            steps=REACH + 1,
            values={"step": done, "shift": (down, right)},
        )  # fmt: skip

    def _picture(self) -> np.ndarray:
        if self.preset == "a picture":
            return grey_picture(self.picture, PICTURE).astype(float)
        x = np.zeros((PICTURE, PICTURE))
        window = SIDE // 2 // self.pool * self.pool
        x[window - REACH, window - REACH] = 1  # its map begins where a window begins
        return x


def changed(x: np.ndarray, size: int) -> np.ndarray:
    """How much the map and the pooled map change, as shares of their lengths, (2, REACH + 1), with each pixel that a
    picture moves to the right."""
    maps = [mapped(placed(x, 0, right)) for right in range(REACH + 1)]
    pools = [pooled(values, size) for values in maps]
    return np.array([[_share((each[0], after)) for after in each] for each in (maps, pools)])


def _share(pair: tuple[np.ndarray, np.ndarray]) -> float:
    before, after = pair
    return float(np.linalg.norm(after - before) / max(float(np.linalg.norm(before)), 1e-12))


def _large(values: np.ndarray, size: int) -> np.ndarray:
    """Each number as a square of pixels, (SIDE, SIDE)."""
    return np.asarray(np.kron(values, np.ones((size, size)))[:SIDE, :SIDE])


def _answer(changes: dict[str, np.ndarray], size: int) -> str:
    """How far this picture can move to the right, and how much changes with the next pixel."""
    of_map, of_pooled = (changes[name] for name in WHAT)
    free = int((np.append(of_pooled, 1) > 0).argmax()) - 1
    after = min(free + 1, REACH)
    return (
        f"This one by {free} to the right. With {free + 1} the pooled map changes by {of_pooled[after]:.0%}, the map "
        f"itself by {of_map[after]:.0%}. A single point has at best {size - 1}, from one side of its "
        "window to the other."
    )
