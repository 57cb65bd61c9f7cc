"""How a network wants its pixels, told from what it does to them before its first weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from dlviz import backend
from dlviz.grammar import in_digits
from dlviz.model.graph import Graph, Step
from dlviz.preprocessing import families
from dlviz.preprocessing.modes import MODES, RANGES, Preprocess

UNTOLD = "unit, pixels as 0..1: nothing in the network says so; try another if predictions look wrong"
"""What is said where the mode is only assumed; labelled pictures may tell then (`dlviz.preprocessing.by_labels`)."""

FREE_SIDE = 32
"""The side, in pixels, of the probes where the network leaves the size open."""
MOST_PIXELS = 2**20
"""Of an input that is larger nothing is computed."""
STATISTICS = {"Normalization", "BatchNormalization"}
"""Layers whose weights are no more than a scale and an offset for each channel."""

PICTURES = ((0.45, 0.27),)
DRAWINGS = ((0.13, 0.31),)
"""Mean and deviation of pixels as 0..1: of photographs (ImageNet), and of what is drawn bright on black (MNIST)."""
LANDINGS = ((0.0, 1.0, 0.0), (0.45, 0.27, 0.0), (-0.1, 0.54, 0.0), (-0.05, 0.27, 0.0), (0.0, 65.0, 0.5))
"""Mean and deviation of pixels as networks are trained on them, and how unusual that is: standardised, 0..1, -1..1,
-0.5..0.5, and 0..255 without their mean."""
CLOSE = 0.15
"""Two ranges are the same if they differ by less than this share of the range, such as x / 128 and x / 127.5."""


@dataclass(frozen=True)
class Affine:
    """What happens to a pixel x (channels,) on its way to the first weights: matrix @ x + offset.

    Attributes:
        matrix: (values, channels), where `values` are the channels that arrive, or all numbers of a flat picture.
        offset: (values,).
    """

    matrix: np.ndarray
    offset: np.ndarray

    def __call__(self, colours: np.ndarray) -> np.ndarray:
        """Map colours (n, channels) to what arrives, (n, values)."""
        return colours @ self.matrix.T + self.offset

    @property
    def keeps_range(self) -> bool:
        """Whether channels are at most left out, repeated or put into another order."""
        return bool(np.allclose(self.offset, 0, atol=0.01)) and bool(np.allclose(self.matrix.sum(axis=1), 1, atol=0.01))


def infer(graph: Graph, input_name: str, names: Iterable[str], card_mode: str | None) -> tuple[Preprocess, str]:
    """Return how the pictures for one input are preprocessed, and a phrase with the evidence.

    Args:
        graph: the network's.
        input_name: one of `graph.inputs`, of shape (height, width, channels).
        names: of the network and of the models in it.
        card_mode: what the network's card says, if there is one.
    """
    if card_mode in MODES:
        return MODES[card_mode], f"{card_mode}, as the network's card says"
    if "int" in str(graph.steps[input_name].outputs.dtype):
        return MODES["none"], "none, pixels as 0..255: the network takes whole numbers"
    fronts = affine_fronts(graph, input_name)
    mode, summary = _by_family(graph, fronts, names) or _by_range(fronts) or ("unit", "")
    return MODES[mode], f"{mode}, pixels as {RANGES[mode]}{summary}" if summary else UNTOLD


def _by_family(graph: Graph, fronts: dict[str, Affine], names: Iterable[str]) -> tuple[str, str] | None:
    """The mode after which a network of keras.applications gets the input it was trained on, and the evidence."""
    found = families.by_layers(graph, fronts)
    family = found[0] if found else families.by_name(names)
    if not family or not fronts:
        return None
    affine = fronts[found[1]] if found else next(iter(fronts.values()))
    mode = _landing_as(MODES[family.mode], affine)
    how = "its layers are those" if found else "its name is that"
    if not affine.keeps_range:
        how = f"the network itself brings them into its range, and {how}"
    return (mode, f": {how} of {family.name} in keras.applications") if mode else None


def _by_range(fronts: dict[str, Affine]) -> tuple[str, str] | None:
    """The mode after which pixels arrive as networks are trained on them, and as what; None where nothing is done."""
    affine = next((front for front in fronts.values() if not front.keeps_range), None)
    if affine is None:
        return None
    mode = _landing_well(affine)
    values = affine(MODES[mode].apply(_colours(affine.matrix.shape[1])[[0, -1]]))
    return mode, f", which the network itself brings to {in_digits(values.min())}..{in_digits(values.max())}"


def affine_fronts(graph: Graph, input_name: str) -> dict[str, Affine]:
    """Return, for each step with weights that pixels come to untouched by others, what happens to them before it.

    The layers are run on pictures of one colour each, so that whatever they are (arithmetic, cutting, resizing, other
    orders of the channels, Normalization) their product is exact; what is not affine in each pixel
    counts as having weights.
    """
    shape = [side or FREE_SIDE for side in graph.steps[input_name].outputs.shape[1:]]
    if len(shape) != 3 or shape[0] * shape[1] > MOST_PIXELS:
        return {}
    height, width, channels = shape
    colours = np.vstack([np.zeros(channels), 255 * np.eye(channels), np.linspace(-99, 222, channels)])
    pictures = np.broadcast_to(colours[:, None, None], (len(colours), height, width, channels))
    values = {input_name: backend.constant(pictures.astype(np.float32))}
    fronts: dict[str, Affine] = {}
    for step in graph.steps.values():
        parents = graph.parents[step.name]
        if not parents or not values.keys() >= set(parents):
            continue
        if not _learns(step):
            outputs = _outputs(graph, step, {name: values[name] for name in parents})
            if outputs is not None and _affine(outputs, colours):
                values[step.name] = outputs
                continue
        affine = _affine(values[parents[0]], colours)
        if affine:
            fronts[step.name] = affine
    return fronts


def _learns(step: Step) -> bool:
    return (
        isinstance(step.layer, keras.Layer) and bool(step.layer.weights) and type(step.layer).__name__ not in STATISTICS
    )


def _outputs(graph: Graph, step: Step, feeds: dict[str, Any]) -> Any:
    """What a step makes of the probes; None where it cannot be run on them, as a Reshape of an open size."""
    try:
        return graph.run(feeds, (step.name,))[0]
    except Exception:  # whatever the backend raises
        return None


def _affine(outputs: Any, colours: np.ndarray) -> Affine | None:
    """The map from `colours` (n, channels) to `outputs`, n pictures, at their centre; None where it is not affine.

    Colour 0 is black, the next ones have 255 in one channel each, the last one is the trial.
    """
    tensors = keras.tree.flatten(outputs)
    if len(tensors) != 1 or len(tensors[0].shape) < 2 or len(tensors[0]) != len(colours):
        return None
    values = np.asarray(keras.ops.cast(tensors[0], "float32"), np.float64)
    if values.ndim == 4:
        values = values[:, values.shape[1] // 2, values.shape[2] // 2]
    values = values.reshape(len(colours), -1)
    offset, matrix = values[0], (values[1:-1] - values[0]).T / 255
    expected = Affine(matrix, offset)(colours[-1:])[0]
    tolerance = 0.02 * max(1e-3, np.abs(values).max())
    return Affine(matrix, offset) if np.allclose(values[-1], expected, atol=tolerance, rtol=0) else None


def _colours(channels: int) -> np.ndarray:
    """Black, each channel alone, white: (channels + 2, channels) uint8."""
    return 255 * np.vstack([np.zeros(channels), np.eye(channels), np.ones(channels)]).astype(np.uint8)


def _landing_as(wanted: Preprocess, affine: Affine) -> str:
    """The mode after which the first weights get what `wanted` makes of pixels; empty where none does that."""
    arriving, channels = affine.matrix.shape
    if channels not in (1, arriving):
        return ""
    colours = _colours(channels)
    target = wanted.apply(np.broadcast_to(colours, (len(colours), arriving)))
    span = wanted.span(arriving)
    away = {name: float((np.abs(affine(mode.apply(colours)) - target) / span).max()) for name, mode in MODES.items()}
    best = min(away, key=lambda name: away[name])
    return best if away[best] < CLOSE else ""


def _landing_well(affine: Affine) -> str:
    """The mode after which pixels arrive most like what networks are trained on."""
    channels = affine.matrix.shape[1]

    def away(mode: str) -> float:
        low, high = affine(MODES[mode].apply(_colours(channels)[[0, -1]]))  # (values,) each
        return min(
            float(np.mean(np.abs(low + m * (high - low) - mean) / deviation))
            + float(np.mean(np.abs(np.log(np.maximum(s * np.abs(high - low), 1e-9) / deviation))))
            + unusual
            for m, s in (PICTURES if channels > 1 else PICTURES + DRAWINGS)
            for mean, deviation, unusual in LANDINGS
        )

    return min(("none", "unit", "tf"), key=away)
