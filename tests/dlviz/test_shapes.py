"""Names of drawn strokes, ends and edges, at every turn by 90 degrees and mirrored."""

import numpy as np
import pytest

from dlviz.analysis.shapes import shape_of

SIDE = 9
RANDOM = np.random.default_rng(0)


def drawn(name: str) -> np.ndarray:
    rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
    return {
        "horizontal stroke": (abs(rows) <= 1),
        "right end of a horizontal stroke": (abs(rows) <= 1) & (columns <= 0),
        "horizontal edge, light above": rows < 0,
        "falling stroke": abs(rows - columns) <= 1,
        "lower right end of a falling stroke": (abs(rows - columns) <= 1) & (rows + columns <= 0),
        "falling edge, light above": rows < columns,
        "dark horizontal stroke": abs(rows) > 1,
    }[name].astype(float)


def few(picture: np.ndarray) -> np.ndarray:
    """The picture a few times, each with some noise."""
    return picture + RANDOM.normal(0, 0.1, (5, *picture.shape))


@pytest.mark.parametrize(
    ("name", "turned", "upside_down"),
    [
        ("horizontal stroke", "vertical stroke", "horizontal stroke"),
        ("right end of a horizontal stroke", "upper end of a vertical stroke", "right end of a horizontal stroke"),
        ("horizontal edge, light above", "vertical edge, light on the left", "horizontal edge, light below"),
        ("falling stroke", "rising stroke", "rising stroke"),
        ("lower right end of a falling stroke", *["upper right end of a rising stroke"] * 2),
        ("falling edge, light above", "rising edge, light above", "rising edge, light below"),
        ("dark horizontal stroke", "dark vertical stroke", "dark horizontal stroke"),
    ],
)  # fmt: skip
def test_what_is_drawn_has_its_name(name, turned, upside_down):
    picture = drawn(name)
    assert shape_of(few(picture)) == name
    assert shape_of(few(np.rot90(picture))) == turned  # anticlockwise
    assert shape_of(few(picture[::-1])) == upside_down


def test_what_has_no_orientation_or_differs_has_no_name():
    rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
    assert shape_of(few((np.hypot(rows, columns) < 2).astype(float))) == ""
    assert shape_of(np.stack([drawn("horizontal stroke"), drawn("horizontal stroke").T, drawn("falling stroke")])) == ""
    assert shape_of(RANDOM.normal(size=(6, SIDE, SIDE))) == ""
    assert shape_of(np.zeros((4, SIDE, SIDE))) == ""
