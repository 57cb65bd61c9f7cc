"""Colours that colour-blind people tell apart, and one colour for a kind of layer in every medium."""

from itertools import combinations

import numpy as np
import pytest

from dlviz.style import GREY, LAYERS, RIGHT, SERIES, layer_colour, tint

# What protanopes and deuteranopes see of linear RGB: Viénot, Brettel, Mollon, Color Research & Application 24, 1999.
TO_CONES = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
BLIND = {
    "protan": np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]]),
    "deutan": np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]]),
}


def linear(colour: str) -> np.ndarray:
    levels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB."""
    xyz = rgb @ np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]).T
    f = np.cbrt(np.clip(xyz, 1e-6, None) / (0.9505, 1, 1.089))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", BLIND)
def test_layers_are_told_apart_by_the_colour_blind(kind: str) -> None:
    seen = np.linalg.inv(TO_CONES) @ BLIND[kind] @ TO_CONES
    for a, b in combinations([colour for _, colour in LAYERS], 2):
        difference = np.linalg.norm(lab(seen @ linear(a)) - lab(seen @ linear(b)))
        assert difference > 8, (a, b)


def test_series_differ() -> None:
    assert len(set(SERIES)) == len(SERIES)


def test_the_true_class_can_be_read_on_white() -> None:
    light = float(linear(RIGHT) @ (0.2126, 0.7152, 0.0722))
    assert 1.05 / (light + 0.05) >= 4.5  # WCAG 2


def test_kinds_of_layers() -> None:
    assert layer_colour("Conv2D") == layer_colour("SeparableConv1D") == layer_colour("Conv2DTranspose")
    assert layer_colour("MaxPooling2D") == layer_colour("GlobalAveragePooling1D") != layer_colour("Average")
    assert layer_colour("MultiHeadAttention") == layer_colour("LSTM")
    assert layer_colour("LayerNormalization") != layer_colour("ReLU")
    assert layer_colour("InputLayer") == GREY
    assert layer_colour("Add") == layer_colour("Concatenate") == layer_colour("Dot")


def test_tints() -> None:
    assert tint("#0072b2", 0) == "#ffffff"
    assert tint("#0072b2", 1) == "#0072b2"
    assert tint("#000000", 0.5) == "#808080"
