"""An example of each kind of panel, for tests that go through all of them."""

import numpy as np

from dlviz.sheet import (
    ArrayBox,
    Arrays,
    Bars,
    Curves,
    Diagram,
    Formula,
    Image,
    Logo,
    Logos,
    Matrix,
    Node,
    Panel,
    Paragraph,
    Passage,
    Passages,
    Scatter,
    Stems,
    Tiles,
)

RANDOM = np.random.default_rng(0)
EXAMPLES: dict[type[Panel], Panel] = {
    type(panel): panel
    for panel in (
        Tiles(RANDOM.normal(size=(7, 5, 6, 1)), captions=tuple(f"{i}: caption" for i in range(7))),
        Image(
            RANDOM.normal(size=(9, 12, 1)),
            "diverging",
            boxes=np.array([[1, 2, 5, 9]]),
            legend={"left": "#0072b2", "right": "#d55e00"},
        ),
        Matrix(RANDOM.normal(size=(2, 3)), ("a", "b"), ("x", "y", "z")),
        Curves(np.arange(3), {"train": np.array([1, 0.1, 0.001]), "test": np.ones(3)}, "epoch", "loss", log=True),
        Bars(("cat", "dog"), np.array([0.75, 0.25]), limit=1.0),
        Diagram((Node("in", ("Input",), 0, 0), Node("out", ("Dense",), 1, 0, "Dense")), ((0, 1),)),
        Paragraph("a  1\nb  2"),
        Scatter(
            {"a": np.array([[0, 0], [1, 1]]), "b": np.array([[0, 1], [1, 0]])},
            {"a": np.array([[1, 1]])},
            np.outer(np.arange(8.0), np.arange(9.0)),
            title="a plane",
        ),
        Stems(np.array([1, -2, np.nan, 0.5]), "stems", 1, (0, 7), (2, 4)),
        Formula((r"$\sum_i w_i x_i$ = 1·2 + 3·4", "= 14"), "a formula"),
        Arrays(
            (
                ArrayBox("x", np.array([[1, 2.5], [np.nan, -3]]), 0, 0, sets="x", row_labels=("a", "b")),
                ArrayBox("y", np.array([[0.125]]), 0, 1, "=", ((0, 0, 1, 1),), column_labels=("c",)),
            ),
            "arrays",
        ),
        Logos(
            tuple("ACGT"),
            tuple(Logo(f"unit {u}", RANDOM.dirichlet([0.2] * 4, 7), (2, 5), 30, u) for u in range(3)),
            "logos",
        ),
        Passages(
            (
                Passage("unit 0", "it is a very", "good film", "with a long, long end", "0.93 · #12 (positive)", 0),
                Passage("", "", "good", "", "0.9 · #3 (positive)", 0),
            ),
            "words",
        ),
    )
}
