"""A stack of linear layers is one matrix; with something non-linear between them it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import Matrix, Position, matrix, option, position
from dlviz.progress import Progress
from dlviz.sheet import ArrayBox, Arrays, Formula, Scatter, Sheet
from dlviz.sheet.numerals import number, products
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

WEIGHTS: tuple[Matrix, ...] = (((1, -1), (0.5, 1)), ((0.5, 1), (-1, 0.5)), ((1, 0.5), (-0.5, 1)))
"""Of the first, second and third layer; the fourth has those of the first again, and so on."""
BETWEEN: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "nothing": lambda z: z,
    "ReLU": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
}
POINTS = 121
LOWER = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def through(x: np.ndarray, layers: list[np.ndarray], between: str) -> list[np.ndarray]:
    """`x` (2, n) and what each layer makes of it; `between` is applied after each but the last."""
    found = [x]
    for i, w in enumerate(layers):
        z = w @ found[-1]
        found.append(z if i == len(layers) - 1 else BETWEEN[between](z))
    return found


def collapsed(layers: list[np.ndarray]) -> np.ndarray:
    """The one matrix (2, 2) of a linear stack of such, the last layer's weights on the left."""
    total = np.eye(2)
    for w in layers:
        total = w @ total
    return total


@dataclass(frozen=True)
class LinearLayers(View):
    """Without a transfer function any stack collapses to one matrix.

    >>> import dlviz
    >>> dlviz.lesson("linear_layers").arrays["product"].shape
    (2, 2)
    """

    name = "linear_layers"
    summary = "Without a nonlinearity between them, linear layers multiply to one matrix that does the same."
    group = "Why deep"
    order = 1

    depth: int = option(3, "layers", low=1, high=10, label="layers")
    between: str = option(
        "nothing", "what stands between two layers", choices=tuple(BETWEEN), label="between the layers"
    )
    x: Position = position((1, 0.5), "the input: two numbers", label="input (two numbers)")
    w1: Matrix = matrix(
        WEIGHTS[0], "weights of layers 1, 4, 7 and 10", low=-9, high=9, label="weights of layers 1, 4, 7, 10"
    )
    w2: Matrix = matrix(WEIGHTS[1], "weights of layers 2, 5 and 8", low=-9, high=9, label="weights of layers 2, 5, 8")
    w3: Matrix = matrix(WEIGHTS[2], "weights of layers 3, 6 and 9", low=-9, high=9, label="weights of layers 3, 6, 9")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        given = self._weights()
        layers = [given[i % 3] for i in range(self.depth)]
        total = collapsed(layers)
        x = np.array(self.x, float)[:, None]
        steps = through(x, layers, self.between)
        one = total @ x
        angle = np.linspace(0, 2 * np.pi, POINTS)
        circle = np.stack([np.cos(angle), np.sin(angle)])
        stack, single = through(circle, layers, self.between)[-1], total @ circle
        apart = float(np.abs(stack - single).max())
        reach = float(max(np.abs(stack).max(), np.abs(single).max(), 1.0)) * 1.1
        told = "are one" if apart < 1e-9 * reach else f"are up to {number(apart)} apart"
        yield Sheet(
            f"{self.depth} layers, {self.between} between them",
            f"What the stack and the one matrix make of the circle {told}.",
            (
                _arrays(given, steps, total, one),
                Scatter(
                    {"circle": circle.T, "one matrix": single.T, "stack": stack.T},
                    {"circle": x.T, "one matrix": one.T, "stack": steps[-1].T},
                    None, (-reach, reach, -reach, reach), "", "", "what becomes of a circle",
                    to_scale=True, role="beside", sets="x", by="drag",
                ),
                Formula(_formula(self.depth, total, x, one), role="legend"),
            ),
            {"x": x[:, 0], "stack": steps[-1][:, 0], "product": total, "one": one[:, 0], "apart": np.array(apart)},
            question="What does the stack of ten do that one does not?",
            answer=_answer(self.between, apart),
            explanation="A linear layer is a matrix, and matrices one after another are one matrix again. So a deep "
            "stack without a transfer function can do no more than a single layer. A ReLU between two "
            "layers bends the function, and then depth begins to count.",
            source="Why non-linear: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press 2016, section 6.1",
        )  # fmt: skip

    def _weights(self) -> list[np.ndarray]:
        found = []
        for name in ("w1", "w2", "w3"):
            w = np.array(getattr(self, name), float)
            if w.shape != (2, 2):
                raise UserError(f"Option {name} has the shape {w.shape}: give 2 rows of 2 numbers.")
            found.append(w)
        return found


def _arrays(given: list[np.ndarray], steps: list[np.ndarray], total: np.ndarray, one: np.ndarray) -> Arrays:
    """Weights above, the outputs layer by layer, the product below."""
    names = ["x", *(f"h{i}".translate(LOWER) for i in range(1, len(steps) - 1)), "y"]
    half = (len(steps) + 1) // 2 if len(steps) > 6 else len(steps)
    return Arrays(
        (
            *(
                ArrayBox(f"W{i + 1}".translate(LOWER), w, 0, i, sets=f"w{i + 1}", limit=2.0)
                for i, w in enumerate(given)
            ),
            ArrayBox("product W", total, 0, 3, "="),
            ArrayBox("W·x", one, 0, 4),
            *(
                ArrayBox(name, step, 1 + i // half, i % half, "→" if i else "")
                for i, (name, step) in enumerate(zip(names, steps, strict=True))
            ),
        ),
        role="main",
    )


def _formula(depth: int, total: np.ndarray, x: np.ndarray, one: np.ndarray) -> tuple[str, ...]:
    """The product of all weights times x, with its numbers."""
    stack = {1: "W_1", 2: "W_2 W_1", 3: "W_3 W_2 W_1"}.get(depth, r"W_n \cdots W_1")
    rows = ", ".join(f"{products(row, x[:, 0])} = {number(y)}" for row, y in zip(total, one[:, 0], strict=True))
    return (rf"$y = {stack}\; x = W x$:   {rows}",)


def _answer(between: str, apart: float) -> str:
    if between == "nothing":
        return "Nothing: the product of ten matrices is one matrix, with the same output for every input."
    return (
        f"It bends: with {between} between them no single matrix does the same, here the outputs are up to "
        f"{number(apart)} apart. That is what the layers are for."
    )
