"""2-D convolution of a picture, one kernel window at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlviz.options import Matrix, Position, matrix, option, position
from dlviz.parsing.picture import grey_picture
from dlviz.progress import Progress
from dlviz.sheet import ArrayBox, Arrays, Formula, Image, Sheet
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

SOBEL = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
PRESETS: dict[str, Matrix] = {
    "edge, left to right": ((-1, 0, 1),) * 3,
    "edge, right to left": ((1, 0, -1),) * 3,
    "edge, top to bottom": ((-1, -1, -1), (0, 0, 0), (1, 1, 1)),
    "edge, bottom to top": ((1, 1, 1), (0, 0, 0), (-1, -1, -1)),
    "Sobel x": SOBEL,
    "Sobel y": tuple(zip(*SOBEL, strict=True)),
    "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "emboss": ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
    "blur": ((0.04,) * 5,) * 5,
}
LARGEST = 7
"""Rows and columns that a kernel has at most."""
PADDING = {"symmetric": "symmetric", "zeros": "constant"}


def convolved(
    x: np.ndarray, kernel: np.ndarray, padding: str = "symmetric", stride: int = 1, dilation: int = 1
) -> np.ndarray:
    """Windows of `x` (height, width) times the kernel, unflipped, as Keras computes it; (rows, columns) of the map.

    `padding` is "none", "zeros" or "symmetric", the picture mirrored at its border; the last two keep its size.
    """
    return np.einsum("rcij,ij->rc", windows(x, kernel.shape, padding, stride, dilation), kernel)


def windows(x: np.ndarray, shape: tuple[int, ...], padding: str, stride: int, dilation: int) -> np.ndarray:
    """What the kernel sees at each place of the map, (rows, columns, kernel rows, kernel columns)."""
    reach = [(size - 1) * dilation for size in shape]
    if padding != "none":
        x = np.pad(x, [((r + 1) // 2, r // 2) for r in reach], mode=PADDING[padding])  # type: ignore[call-overload]
    seen = sliding_window_view(x, [r + 1 for r in reach])
    return seen[::stride, ::stride, ::dilation, ::dilation]


@dataclass(frozen=True)
class Convolution2D(View):
    """A kernel on a picture, the window under the pointer and its products.

    >>> import dlviz
    >>> dlviz.lesson("convolution2d").arrays["input"].shape
    (96, 96)
    """

    name = "convolution2d"
    summary = "A kernel slides over a picture: window times kernel, summed, is one pixel of the map."
    group = "Convolution"
    order = 6

    preset: str = option(
        "edge, left to right", "which kernel", choices=tuple(PRESETS), resets=("kernel",), label="kernel"
    )
    kernel: Matrix = matrix(
        (),
        "the numbers of the kernel, typed in; empty: those of the preset",
        low=-99,
        high=99,
        label="numbers of the kernel",
    )
    picture: str = option("photos:2", "the picture: SOURCE:INDEX, such as digits:7, or an image file", label="picture")
    at: Position = position(
        (24, 47), "row and column of the map that is worked out", low=0, label="place worked out (row, column)"
    )
    padding: str = option(
        "symmetric", "what lies beyond the border", choices=("symmetric", "zeros", "none"), label="beyond the border"
    )
    stride: int = option(1, "pixels from one window to the next", low=1, high=4, label="stride (pixels)")
    dilation: int = option(1, "pixels from one weight to the next", low=1, high=4, label="dilation (pixels)")
    flip: bool = option(
        False,
        "turn the kernel by 180 degrees first: true convolution, not Keras's",
        label="turn the kernel (true convolution)",
    )
    magnitude: bool = option(
        False, "add the kernel's transpose and the magnitude of both responses", label="with its transpose: magnitude"
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        kernel = self._kernel()
        x = grey_picture(self.picture, 96)
        if min(x.shape) < (max(kernel.shape) - 1) * self.dilation + 1:
            raise UserError(
                f"Option picture={self.picture[-80:]} has {x.shape[1]} by {x.shape[0]} pixels, fewer than the kernel."
            )
        used = kernel[::-1, ::-1] if self.flip else kernel
        seen = windows(x, kernel.shape, self.padding, self.stride, self.dilation)
        answer = np.einsum("rcij,ij->rc", seen, used)
        row, column = (min(int(v), n - 1) for v, n in zip(self.at, answer.shape, strict=True))
        window = seen[row, column]
        arrays = {"input": x, "kernel": kernel, "map": answer}
        panels = [self._picture(x, kernel.shape, row, column), self._map(answer, row, column)]
        if self.magnitude:
            other = convolved(x, used.T, self.padding, self.stride, self.dilation)
            rows, columns = (min(a, b) for a, b in zip(answer.shape, other.shape, strict=True))
            arrays["magnitude"] = np.hypot(answer[:rows, :columns], other[:rows, :columns])
            panels.append(Image(arrays["magnitude"][..., None], "each", "magnitude of both responses", role="main"))
        total = float(answer[row, column])
        where = f"row {row}, column {column}"
        yield Sheet(
            f"2-D convolution: {'your kernel' if self.kernel else self.preset}",
            f"At {where} window times kernel sums to {total:.2f}. In the map blue is positive, orange negative, "
            "white zero.",
            (*panels, _worked(window, used, total), _formula(window, used, total)),
            arrays,
            question="Which edge does this kernel see?",
            answer=_sees(used),
            explanation="The kernel is a small pattern of weights. Where the picture looks like the pattern the sum "
            "is large, where it looks like its opposite the sum is negative, and where it is even, "
            "weights that sum to zero give nothing: so one kernel finds one kind of edge, everywhere.",
            source="Convolution in 2-D: V. Dumoulin, F. Visin, A guide to convolution arithmetic for deep learning, "
            "arXiv 1603.07285",
            values={"kernel": tuple(map(tuple, kernel.tolist())), "at": (row, column)},
        )

    def _kernel(self) -> np.ndarray:
        kernel = np.array(self.kernel or PRESETS[self.preset], float)
        if max(kernel.shape) > LARGEST:
            rows, columns = kernel.shape
            raise UserError(f"Option kernel has {rows} rows of {columns} numbers: the maximum is {LARGEST} of each.")
        return kernel

    def _picture(self, x: np.ndarray, shape: tuple[int, ...], row: int, column: int) -> Image:
        reach = [(size - 1) * self.dilation for size in shape]
        before = [0 if self.padding == "none" else (r + 1) // 2 for r in reach]
        top, left = row * self.stride - before[0], column * self.stride - before[1]
        box = np.array([[top, left, top + reach[0] + 1, left + reach[1] + 1]], float)
        middle = [b / self.stride - r / 2 / self.stride for b, r in zip(before, reach, strict=True)]
        return Image(
            np.round(x * 255).astype(np.uint8)[..., None], "pixels", "picture, and the window", boxes=box, role="main",
            sets="at", origin=(middle[0], middle[1]), spacing=1 / self.stride,
        )  # fmt: skip

    def _map(self, answer: np.ndarray, row: int, column: int) -> Image:
        box = np.array([[row, column, row + 1, column + 1]], float)
        return Image(answer[..., None], "diverging", "map", boxes=box, role="main", sets="at")


def _worked(window: np.ndarray, kernel: np.ndarray, total: float) -> Arrays:
    """Window times kernel is products, and their sum."""
    return Arrays(
        (
            ArrayBox("window", window, 0, 0, limit=1.0),
            ArrayBox("kernel", kernel, 0, 1, "×", sets="kernel"),
            ArrayBox("products", window * kernel, 1, 0, "=", limit=max(float(np.abs(kernel).max()), 1e-9)),
            ArrayBox("sum", np.array([[total]]), 1, 1, "→", limit=max(float(np.abs(kernel).sum()) / 2, 1e-9)),
        ),
        role="beside",
    )


def _formula(window: np.ndarray, kernel: np.ndarray, total: float) -> Formula:
    """The sum, with its numbers where they have room, else with the sums of its rows."""
    if kernel.size <= 9:
        rows = [
            " + ".join(f"{_signed(k)}·{x:.2f}" for k, x in zip(*pair, strict=True))
            for pair in zip(kernel.tolist(), window.tolist(), strict=True)
        ]
    else:
        rows = [" + ".join(_signed(v) for v in (window * kernel).sum(axis=1)) + "   (a row each)"]
    lines = [f"{'= ' if i == 0 else '+ '}{text}" for i, text in enumerate(rows)]
    return Formula((r"$h_{r,c} = \sum_{i,j} k_{i,j}\; x_{r+i,\,c+j}$", *lines, f"= {_number(total)}"), role="beside")


def _signed(value: float) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−")


def _sees(kernel: np.ndarray) -> str:
    """Which change of brightness a kernel responds to, in words."""
    rows, columns = (np.arange(n) - (n - 1) / 2 for n in kernel.shape)
    down, right = float((kernel.sum(axis=1) * rows).sum()), float((kernel.sum(axis=0) * columns).sum())
    strength, total = float(np.abs(kernel).sum()), float(kernel.sum())
    if max(abs(down), abs(right)) < 0.05 * strength:
        kind = "it responds to spots and lines" if abs(total) < 0.05 * strength else "it keeps flat areas"
        return f"None in particular: the weights lie evenly around the middle, and as they sum to {total:.2g}, {kind}."
    mostly = f"Mostly it keeps the brightness itself, for its weights sum to {total:.3g}. Of edges: one"
    words = [
        *([("from left to right" if right > 0 else "from right to left")] if abs(right) > 0.3 * abs(down) else []),
        *([("from top to bottom" if down > 0 else "from bottom to top")] if abs(down) > 0.3 * abs(right) else []),
    ]
    where = f"where it becomes lighter {' and '.join(words)}"
    whole = mostly if abs(total) > 0.3 * strength else "One"
    return f"{whole} {where} (blue in the map); where it becomes darker that way the map is orange."
