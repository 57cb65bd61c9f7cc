"""A 1-D convolution as a matrix product, beside the fully connected layer of the same size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import Matrix, Position, Signal, matrix, option, position
from dlviz.progress import Progress
from dlviz.sheet import ArrayBox, Arrays, Formula, Sheet
from dlviz.sheet.numerals import number, products
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

LONGEST, WIDEST, MOST_PADDED = 12, 5, 14
X: Signal = (2, 1, 3, -1, 2, 0, 1, -2, 1, 3, 2, -1)
F: Signal = (1, -2, 3, -1, 2)
"""Of these the first are taken where none are given."""


def toeplitz(f: np.ndarray, padded: int, stride: int) -> np.ndarray:
    """The matrix W (outputs, padded) whose product with a padded signal is its convolution with f, unflipped.

    V. Dumoulin, F. Visin, A guide to convolution arithmetic for deep learning, 2016, arXiv 1603.07285, section 4.1.
    """
    w = np.zeros(((padded - len(f)) // stride + 1, padded))
    for row in range(len(w)):
        w[row, row * stride : row * stride + len(f)] = f
    return w


@dataclass(frozen=True)
class ConvolutionMatrix(View):
    """Shared weights on a band, against a weight of its own for every pair.

    >>> import dlviz
    >>> dlviz.lesson("convolution_matrix").arrays["W"].shape
    (5, 7)
    """

    name = "convolution_matrix"
    summary = "A convolution is a matrix product: each row holds the same few weights, one place further right."
    group = "Convolution"
    order = 4

    inputs: int = option(5, "numbers of the signal", low=3, high=LONGEST, label="inputs n", resets=("x",))
    weights: int = option(3, "weights of the filter", low=1, high=WIDEST, label="weights k", resets=("f",))
    stride: int = option(1, "places from one output to the next", low=1, high=4, label="stride (places)")
    padding: int = option(1, "zeros on either side", low=0, high=3, label="padding (zeros each side)")
    at: Position = position((2, 0), "row of the output that is worked out", low=0, label="row worked out")
    x: Matrix = matrix((), "the signal, a row of numbers; empty: of n numbers", low=-99, high=99, label="signal")
    f: Matrix = matrix(
        (), "the filter, a row of weights; empty: of k weights", low=-99, high=99, label="filter (weights)"
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        x = np.ravel(np.array(self.x or X[: self.inputs], float))
        f = np.ravel(np.array(self.f or F[: self.weights], float))
        padded = np.pad(x, self.padding)
        if not (len(x) <= LONGEST and len(f) <= min(WIDEST, len(padded)) and len(padded) <= MOST_PADDED):
            raise UserError(
                f"{len(padded)} inputs with their zeros and {len(f)} weights do not fit: there may be {MOST_PADDED}, "
                f"{LONGEST} of them not zeros, and {WIDEST} weights, no more than inputs."
            )
        w = toeplitz(f, len(padded), self.stride)
        full = np.rint(np.random.default_rng(0).normal(0, 1.5, w.shape))
        at = min(int(self.at[0]), len(w) - 1)
        h = w @ padded
        seen = slice(at * self.stride, at * self.stride + len(f))
        yield Sheet(
            "1-D convolution as a matrix product",
            f"{len(h)} outputs from {len(padded)} padded inputs: {_count(len(f))} in the convolution, "
            f"{_count(w.size)} in the fully connected layer.",
            (
                Arrays((ArrayBox("signal x", x[None], 0, 0, sets="x"),
                        ArrayBox("filter f", f[None], 0, 3, sets="f"),
                        *_product(w, padded, at, f"convolution: {len(f)}", 0, (seen.start, seen.stop)),
                        *_product(full, padded, at, f"fully connected: {w.size}", 3, (0, len(padded)))),
                       role="main"),
                Formula(
                    (rf"$h = W x$,   $h_{{{at}}} = \sum_j f_j\; x_{{{at}s + j}}$   =   {products(f, padded[seen])}"
                     f"   =   {number(float(h[at]))}   with s = {self.stride}",),
                    role="legend",
                ),
            ),
            {"x": padded, "f": f, "W": w, "h": h, "full": full},
            question="How many weights has the fully connected layer?",
            answer=f"{len(h)} × {len(padded)} = {w.size}, one for every pair of an output and an input; the "
            f"convolution has {_count(len(f))}, however long the signal is.",
            explanation="Convolution is linear, so it is a matrix times the signal. Most of this matrix is zero, for "
            "an output sees only its neighbourhood (sparse connections), and all its rows hold the same weights "
            "(shared weights). A fully connected layer of the same size has to learn every cell for itself.",
            source="Convolution as a matrix: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press 2016, "
            "section 9.2",
            values={"x": (tuple(x.tolist()),), "f": (tuple(f.tolist()),), "at": (at, self.at[1])},
        )  # fmt: skip


def _product(
    w: np.ndarray, x: np.ndarray, at: int, name: str, column: int, seen: tuple[int, int]
) -> tuple[ArrayBox, ArrayBox, ArrayBox]:
    """W x = h with the row of an output framed, and what it sees."""
    first, last = seen
    return (
        ArrayBox(name, w, 1, column, "", ((at, first, at + 1, last),), points="at"),
        ArrayBox("x", x[:, None], 1, column + 1, "·", ((first, 0, last, 1),)),
        ArrayBox("h", (w @ x)[:, None], 1, column + 2, "=", ((at, 0, at + 1, 1),), points="at"),
    )


def _count(weights: int) -> str:
    return f"{weights} weight{'' if weights == 1 else 's'}"
