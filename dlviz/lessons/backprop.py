"""A small CNN worked by hand: forward, then backward by the chain rule, one number a step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.grammar import number_of
from dlviz.options import Matrix, matrix, option, step
from dlviz.progress import Progress
from dlviz.sheet import ArrayBox, Arrays, Formula, Sheet
from dlviz.view import Scene, View
from dlviz_models.errors import UserError
from dlviz_models.options import LAST

Arrays2D = dict[str, np.ndarray]
PRESETS: dict[str, tuple[Matrix, Matrix, Matrix]] = {
    "worked example": (((1, 0, 2), (0, 1, 1), (2, 1, 1)), ((1, -2), (1, 1)), ((1, -1), (-1, 2))),
    "a dead ReLU": (((1, 1, 0), (0, 1, 1), (1, 1, 1)), ((-1, 0), (0, -1)), ((1, -1), (2, 1))),
    "fractions": (((0.5, -1, 0), (1, 0.5, -0.5), (0, 1, 1)), ((0.5, 1), (-0.5, 0.25)), ((1, 0.5), (0.5, -1))),
}
"""Input, W1 and W2."""
ORDER = ("Z1", "A1", "A2", "L", "dA2", "dW2", "dA1", "dZ1", "dW1")
"""In which order the numbers are worked out."""
SMALL = 1e-4
"""The step of finite differences."""


def forward(x: np.ndarray, w1: np.ndarray, w2: np.ndarray, y: float) -> Arrays2D:
    """Z1 = x * W1 (2, 2), A1 = ReLU(Z1), A2 = sum(W2 A1) and L = (A2 - y)^2, each as an array of two axes."""
    z1 = np.array([[(x[r : r + 2, c : c + 2] * w1).sum() for c in range(2)] for r in range(2)])
    a1 = np.maximum(z1, 0)
    a2 = (w2 * a1).sum().reshape(1, 1)
    return {"Z1": z1, "A1": a1, "A2": a2, "L": (a2 - y) ** 2}


def backward(x: np.ndarray, w2: np.ndarray, y: float, values: Arrays2D) -> Arrays2D:
    """The gradient of L at A2 (1, 1) and at W2, A1, Z1 and W1 (2, 2), by the chain rule; `dW1` for W1."""
    da2 = 2 * (values["A2"] - y)
    da1 = da2 * w2
    dz1 = da1 * (values["Z1"] > 0)
    dw1 = np.array([[(x[r : r + 2, c : c + 2] * dz1).sum() for c in range(2)] for r in range(2)])
    return {"dA2": da2, "dW2": da2 * values["A1"], "dA1": da1, "dZ1": dz1, "dW1": dw1}


def differences(x: np.ndarray, w1: np.ndarray, w2: np.ndarray, y: float) -> tuple[np.ndarray, np.ndarray]:
    """(L(w + e) - L(w - e)) / 2e for each weight of W1 and of W2, (2, 2) each."""
    found = []
    for which in range(2):
        slopes = np.zeros((2, 2))
        for at in np.ndindex(2, 2):
            losses = []
            for sign in (1, -1):
                moved = (w1.copy(), w2.copy())
                moved[which][at] += sign * SMALL
                losses.append(forward(x, moved[0], moved[1], y)["L"].item())
            slopes[at] = (losses[0] - losses[1]) / (2 * SMALL)
        found.append(slopes)
    return found[0], found[1]


@dataclass(frozen=True)
class Backprop(View):
    """Every number of a small CNN, forward and backward.

    >>> import dlviz
    >>> dlviz.lesson("backprop").arrays["x"].shape
    (3, 3)
    """

    name = "backprop"
    summary = "A small CNN with all its numbers: forward to the loss, then backward to the gradient of every weight."
    group = "Convolution"
    order = 11

    preset: str = option(
        "worked example",
        "which numbers",
        choices=tuple(PRESETS),
        resets=("x", "w1", "w2", "target", "updates"),
        label="example",
    )
    step: int = step(LAST, "how many numbers have been worked out")
    x: Matrix = matrix((), "the input, 3 by 3; empty: the preset's", low=-99, high=99, label="input (3 × 3)")
    w1: Matrix = matrix((), "the kernel, 2 by 2; empty: the preset's", low=-99, high=99, label="kernel (2 × 2)")
    w2: Matrix = matrix(
        (),
        "the weights of the output, 2 by 2; empty: the preset's",
        low=-99,
        high=99,
        label="weights of the answer (2 × 2)",
    )
    target: float = option(1.0, "the target", low=-20, high=20, label="answer wanted")
    rate: float = option(0.02, "the learning rate", low=0, high=0.5, label="learning rate")
    updates: int = option(0, "steps of gradient descent already taken", low=0, high=20, label="steps of descent before")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        x, w1, w2, y = self._numbers()
        before = forward(x, w1, w2, y)["L"].item()
        for _ in range(self.updates):
            gradients = backward(x, w2, y, forward(x, w1, w2, y))
            w1, w2 = w1 - self.rate * gradients["dW1"], w2 - self.rate * gradients["dW2"]
        values = forward(x, w1, w2, y)
        values |= backward(x, w2, y, values)
        cells = [(name, row, column) for name in ORDER for row, column in np.ndindex(*values[name].shape)]
        done = min(self.step, len(cells))
        now = cells[done - 1] if done else None
        yield Sheet(
            "A small CNN by hand" + (f", after {number_of(self.updates, 'step')} of descent" if self.updates else ""),
            self._says(values, before, now),
            (
                _arrays(x, w1, w2, y, _known(values, cells[:done]), differences(x, w1, w2, y), now, done == len(cells)),
                Formula(_formula(now, x, w1, w2, y, values), role="legend"),
            ),
            {"x": x, "W1": w1, "W2": w2, **values},
            question="Which weight gets no gradient, and why?",
            answer=_without_gradient(values, x),
            explanation="Forward, each number is made of earlier ones. Backward, the chain rule asks of each number "
            "how much the loss would change with it, and multiplies what comes from above by the local "
            "slope. Where a ReLU is off its slope is zero, and nothing below it learns from this example.",
            source="A small CNN by hand: D. Rumelhart, G. Hinton, R. Williams, Learning representations by "
            "back-propagating errors, 1986",
            steps=len(cells) + 1,
            values={
                "step": done, "x": _rows(x), **({} if self.updates else {"w1": _rows(w1), "w2": _rows(w2)}),
            },
        )  # fmt: skip

    def _numbers(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        preset = PRESETS[self.preset]
        arrays = []
        for name, given, usual in zip(("x", "w1", "w2"), (self.x, self.w1, self.w2), preset, strict=True):
            array = np.array(given or usual, float)
            if array.shape != np.shape(usual):
                rows, columns = np.shape(usual)
                raise UserError(f"Option {name} has the shape {array.shape}: give {rows} rows of {columns} numbers.")
            arrays.append(array)
        return arrays[0], arrays[1], arrays[2], self.target

    def _says(self, values: Arrays2D, before: float, now: tuple[str, int, int] | None) -> str:
        loss = values["L"].item()
        if now is None:
            return "The input and the weights are given; each step works out one number more."
        if now[0] in ("Z1", "A1", "A2", "L"):
            return "Forward: from the input through kernel, ReLU and weights to the loss, the squared error."
        ended = f" Descent has brought the loss from {before:.3g} to {loss:.3g}." if self.updates else ""
        return f"Backward: each gradient is the one behind it times what lies between. The loss is {loss:.3g}.{ended}"


def _rows(array: np.ndarray) -> Matrix:
    return tuple(map(tuple, array.tolist()))


def _known(values: Arrays2D, cells: list[tuple[str, int, int]]) -> Arrays2D:
    """The numbers worked out so far; NaN for the others."""
    known = {name: np.full(values[name].shape, np.nan) for name in ORDER}
    for name, row, column in cells:
        known[name][row, column] = values[name][row, column]
    return known


def _arrays(
    x: np.ndarray, w1: np.ndarray, w2: np.ndarray, y: float, known: Arrays2D, checks: tuple[np.ndarray, np.ndarray],
    now: tuple[str, int, int] | None, done: bool,
) -> Arrays:  # fmt: skip
    """Forward above, backward below, each gradient under what it belongs to; finite differences under the gradients."""

    def box(name: str, key: str, row: int, column: int, sign: str = "") -> ArrayBox:
        marked = ((now[1], now[2], now[1] + 1, now[2] + 1),) if now and now[0] == key else ()
        return ArrayBox(name, known[key], row, column, sign, marked)

    boxes = [
        ArrayBox("input x", x, 0, 0, sets="x"),
        ArrayBox("filter W₁", w1, 0, 1, "∗", sets="w1"),
        box("Z₁", "Z1", 0, 2, "="),
        box("ReLU(Z₁)", "A1", 0, 3, "→"),
        ArrayBox("W₂", w2, 0, 4, "×", sets="w2"),
        box("A₂", "A2", 0, 5, "="),
        ArrayBox("y", np.array([[y]]), 0, 6, "−"),
        box("L", "L", 0, 7, "→"),
        box("dL/dW₁", "dW1", 1, 1),
        box("dL/dZ₁", "dZ1", 1, 2, "←"),
        box("dL/dA₁", "dA1", 1, 3, "←"),
        box("dL/dW₂", "dW2", 1, 4),
        box("dL/dA₂", "dA2", 1, 5, "←"),
    ]
    if done:
        boxes += [ArrayBox("measured", check, 2, column, "≈") for check, column in zip(checks, (1, 4), strict=True)]
    return Arrays(tuple(boxes), role="main")


def _formula(
    now: tuple[str, int, int] | None, x: np.ndarray, w1: np.ndarray, w2: np.ndarray, y: float, values: Arrays2D
) -> tuple[str, ...]:
    """The rule of the number that was worked out last, and the rule with its numbers."""
    if now is None:
        return (r"$L = (A_2 - y)^2,\quad A_2 = \sum W_2\,A_1,\quad A_1 = \mathrm{ReLU}(Z_1),\quad Z_1 = x * W_1$",)
    name, r, c = now
    patch, result = x[r : r + 2, c : c + 2], values[name][r, c]
    match name:
        case "Z1":
            rule, numbers = r"$Z_1 = \sum_{i,j} W_{1,ij}\; x_{r+i,\,c+j}$", _products(w1, patch)
        case "A1":
            rule, numbers = r"$A_1 = \max(Z_1,\, 0)$", f"max({_number(values['Z1'][r, c])}, 0)"
        case "A2":
            rule, numbers = r"$A_2 = \sum_{i,j} W_{2,ij}\; A_{1,ij}$", _products(w2, values["A1"])
        case "L":
            rule, numbers = r"$L = (A_2 - y)^2$", f"({_number(values['A2'].item())} − {_signed(y)})²"
        case "dA2":
            rule = r"$\dfrac{dL}{dA_2} = 2\,(A_2 - y)$"
            numbers = f"2·({_number(values['A2'].item())} − {_signed(y)})"
        case "dW2":
            rule = r"$\dfrac{dL}{dW_2} = \dfrac{dL}{dA_2}\; A_1$"
            numbers = f"{_signed(values['dA2'].item())}·{_signed(values['A1'][r, c])}"
        case "dA1":
            rule = r"$\dfrac{dL}{dA_1} = \dfrac{dL}{dA_2}\; W_2$"
            numbers = f"{_signed(values['dA2'].item())}·{_signed(w2[r, c])}"
        case "dZ1":
            open_ = values["Z1"][r, c] > 0
            rule = r"$\dfrac{dL}{dZ_1} = \dfrac{dL}{dA_1}\; [Z_1 > 0]$"
            numbers = f"{_signed(values['dA1'][r, c])}·{int(open_)}"
        case _:
            rule = r"$\dfrac{dL}{dW_{1,ij}} = \sum_{r,c} \dfrac{dL}{dZ_{1,rc}}\; x_{r+i,\,c+j}$"
            numbers = _products(values["dZ1"], patch)
    return (f"{rule}   =   {numbers}   =   {_number(result)}",)


def _products(a: np.ndarray, b: np.ndarray) -> str:
    return " + ".join(f"{_signed(p)}·{_signed(q)}" for p, q in zip(a.ravel(), b.ravel(), strict=True))


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".").replace("-", "−") if abs(value) > 5e-4 else "0"


def _signed(value: float) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)


def _without_gradient(values: Arrays2D, x: np.ndarray) -> str:
    """Which weights get no gradient, and why."""
    dead = int((values["Z1"] <= 0).sum())
    still = int((np.abs(values["dW2"]) < 1e-12).sum())
    if abs(values["dA2"].item()) < 1e-12:
        return "None gets any: the output is right, the loss is 0 and flat."
    if dead == 4:
        return "No weight gets any: all four Z₁ are at or below 0, each ReLU is dead, and nothing goes through it."
    first = int((np.abs(values["dW1"]) < 1e-12).sum())
    why = f"{still} of W₂, each behind a dead ReLU (its A₁ is 0)" if still else "none of W₂, for every ReLU is open"
    others = f"{first or 'none'} of W₁, where the gradients of the open ReLUs meet zeros or cancel"
    return f"{why[:1].upper()}{why[1:]}; and {others}."
