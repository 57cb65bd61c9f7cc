"""AND, OR and XOR as units with a threshold: lines in the plane of their inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import Matrix, Position, matrix, option, position
from dlviz.progress import Progress
from dlviz.sheet import ArrayBox, Arrays, Formula, Scatter, Sheet
from dlviz.sheet.numerals import number, products, signed
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
TARGETS = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "XOR": (0, 1, 1, 0)}
PRESETS: dict[str, tuple[str, Matrix, Matrix]] = {
    "AND": ("AND", ((1, 1, -1.5),), ()),
    "OR": ("OR", ((1, 1, -0.5),), ()),
    "XOR, one unit": ("XOR", ((1, 1, -0.5),), ()),
    "XOR, two hidden units": ("XOR", ((1, 1, -0.5), (1, 1, -1.5)), ((1, -1, -0.5),)),
}
"""What is wanted, the units as rows (weight, weight, bias), and a last unit over them, if any."""
_SMALLEST = {"AND": "; AND is the smaller input", "OR": "; OR is the larger input"}
LIMITS = (-0.5, 1.5, -0.5, 1.5)
FINE = 120


def fires(x: np.ndarray, units: np.ndarray) -> np.ndarray:
    """1 where a unit's weighted sum with its bias is above 0; (n, inputs) to (n, units)."""
    return (x @ units[:, :-1].T + units[:, -1] > 0).astype(float)


def line(unit: np.ndarray) -> np.ndarray:
    """Where a unit's sum is 0, from edge to edge of LIMITS and beyond; (2, 2), or empty for weights of 0."""
    w, b = unit[:2], unit[2]
    length = float(w @ w)
    if length == 0:
        return np.zeros((0, 2))
    middle, along = -b * w / length, np.array([-w[1], w[0]]) / np.sqrt(length)
    return np.array([middle - 4 * along, middle + 4 * along])


@dataclass(frozen=True)
class LogicGates(View):
    """What one unit can and cannot separate.

    >>> import dlviz
    >>> dlviz.lesson("logic_gates").arrays["painted"].shape
    (120, 120)
    """

    name = "logic_gates"
    summary = "A unit with a threshold is a line: AND and OR need one, XOR needs two and a unit that joins them."
    group = "Why deep"
    order = 2

    preset: str = option(
        "XOR, two hidden units", "what is wanted", choices=tuple(PRESETS), resets=("weights", "last"), label="function"
    )
    weights: Matrix = matrix(
        (),
        "a row for each unit: two weights and a bias; empty: the preset's",
        low=-9,
        high=9,
        label="weights and bias (a row a unit)",
    )
    last: Matrix = matrix(
        (),
        "a weight for each unit and a bias; empty: the preset's",
        low=-9,
        high=9,
        label="weights and bias of the answer",
    )
    at: Position = position((1, 0), "row of the truth table that is worked out", low=0, label="row worked out")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        gate, units, last = self._numbers()
        hidden = fires(X, units)
        answer = fires(hidden, last) if last.size else hidden[:, :1]
        target = np.array(TARGETS[gate], float)[:, None]
        right = int((answer == target).sum())
        across, up = np.meshgrid(np.linspace(*LIMITS[:2], FINE), np.linspace(LIMITS[3], LIMITS[2], FINE))
        plane = fires(np.stack([across.ravel(), up.ravel()], axis=1), units)
        painted = (fires(plane, last)[:, 0] if last.size else plane[:, 0]).reshape(FINE, FINE)
        at = min(int(self.at[0]), 3)
        names = [f"unit {i + 1}" for i in range(len(units))]
        yield Sheet(
            f"Logic gates: {self.preset}",
            f"{right} of 4 rows of {gate} are right{_SMALLEST.get(gate, '')}.",
            (
                Scatter(
                    {name: line(unit) for name, unit in zip(names, units, strict=True)},
                    {"goal 0": X[target[:, 0] == 0], "goal 1": X[target[:, 0] == 1]},
                    None, LIMITS, "x₁", "x₂", "the output has the colour of its side",
                    np.stack([1 - painted, painted]), role="main",
                ),
                Arrays(_tables(units, last, hidden, answer, target, at), role="beside"),
                Formula(_formula(units, last, at), role="legend"),
            ),
            {"hidden": hidden, "answer": answer[:, 0], "target": target[:, 0], "painted": painted},
            question="Where must the two lines lie for XOR?",
            answer="On both sides of the two 1s: one unit is OR, x₁ + x₂ > 0.5, the other AND, x₁ + x₂ > 1.5; XOR is "
            "OR but not AND. One line never has the 1s on one side and the 0s on the other.",
            explanation="A unit with a threshold divides the plane by a line. AND and OR have their ones on one side "
            "of such a line; XOR has not. Two hidden units draw two lines, and a third unit joins their "
            "answers: that is what a hidden layer is for.",
            source="AND, OR and XOR: M. Minsky, S. Papert, Perceptrons, MIT Press 1969",
            values={
                "weights": tuple(map(tuple, units.tolist())), "last": tuple(map(tuple, last.tolist())),
                "at": (at, self.at[1]),
            },
        )  # fmt: skip

    def _numbers(self) -> tuple[str, np.ndarray, np.ndarray]:
        gate, usual, usual_last = PRESETS[self.preset]
        units = np.array(self.weights or usual, float)
        last = np.array(self.last or usual_last, float).reshape(-1, len(self.last[0]) if self.last else len(usual) + 1)
        if units.shape[1] != 3 or len(units) > 4:
            raise UserError(f"Option weights has the shape {units.shape}: give 1 to 4 rows of two weights and a bias.")
        if last.size and last.shape != (1, len(units) + 1):
            raise UserError(f"Option last has the shape {last.shape}: give one row of {len(units) + 1} numbers.")
        if not last.size and len(units) > 1:
            raise UserError(f"Option weights has {len(units)} rows: with more than one give the option last as well.")
        return gate, units, last


def _tables(
    units: np.ndarray, last: np.ndarray, hidden: np.ndarray, answer: np.ndarray, target: np.ndarray, at: int
) -> tuple[ArrayBox, ...]:
    """Weights above, the truth table below."""
    row = ((at, 0, at + 1, 1),)
    labels = tuple(f"u{i + 1}" for i in range(len(units)))
    boxes = [
        ArrayBox("units", units, 0, 0, column_labels=("w₁", "w₂", "b"), sets="weights", limit=2.0),
        *(
            [ArrayBox("last unit", last, 0, 1, sets="last", column_labels=(*labels, "b"), limit=2.0)]
            if last.size
            else []
        ),
        ArrayBox("x", X, 1, 0, marked=((at, 0, at + 1, 2),), points="at"),
        ArrayBox("units", hidden, 1, 1, "→", ((at, 0, at + 1, len(units)),), points="at"),
        ArrayBox("y", answer, 1, 2, "→", row, points="at"),
        ArrayBox("goal", target, 1, 3, "", row, points="at"),
    ]
    for name, pool in (("min", X.min(axis=1)), ("max", X.max(axis=1))):
        if (pool == target[:, 0]).all():
            boxes.append(ArrayBox(name, pool[:, None], 1, 4, "", row, points="at"))
    return tuple(boxes)


def _formula(units: np.ndarray, last: np.ndarray, at: int) -> tuple[str, ...]:
    """Each unit's sum in one row of the table, with its numbers."""
    x, lines = X[at], []
    hidden = fires(x[None], units)[0]
    for i, unit in enumerate(units):
        total = float(x @ unit[:2] + unit[2])
        lines.append(
            rf"$u_{i + 1}$ = [{products(unit[:2], x)} + {signed(unit[2])} > 0] = "
            f"[{number(total)} > 0] = {number(hidden[i])}"
        )
    if last.size:
        total = float(hidden @ last[0, :-1] + last[0, -1])
        lines.append(
            rf"$y$ = [{products(last[0, :-1], hidden)} + {signed(last[0, -1])} > 0] = [{number(total)} > 0] = "
            f"{int(total > 0)}"
        )
    return tuple(lines)
