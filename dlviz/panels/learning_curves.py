"""The curves of a training: loss and, if available, accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dlviz.sheet import Curves, Panel

Point = tuple[float, Mapping[str, float]]
MOST_POINTS = 400
"""The maximum number of points of a curve; neighbours are averaged."""
LEFT = "before the rewind"
"""The label of the curve from before the last rewind."""


def curve_panels(points: Sequence[Point], left: Sequence[Point]) -> tuple[Panel, ...]:
    """A panel for each metric.

    Args:
        points: (epochs done, metrics) in order: `loss`, `accuracy`, and `val_...` on held-out examples.
        left: the same for the part abandoned by a rewind.
    """
    titles = {"loss": "Loss", "accuracy": "Accuracy"}
    found = [_curves(name, title, points, left) for name, title in titles.items() if any(name in m for _, m in points)]
    return tuple(found)


def _curves(name: str, title: str, points: Sequence[Point], left: Sequence[Point]) -> Curves:
    roads = {
        "training": (points, name),
        "held-out part": (points, f"val_{name}"),
        LEFT: (left, name),
    }
    lines = {label: _line(road, measure) for label, (road, measure) in roads.items()}
    lines = {label: line for label, line in lines.items() if len(line[0])}
    x = np.unique(np.concatenate([line[0] for line in lines.values()]))
    series = {label: np.interp(x, *line, left=np.nan, right=np.nan) for label, line in lines.items()}
    return Curves(x, series, "epoch", "", title)


def _line(points: Sequence[Point], name: str) -> tuple[np.ndarray, np.ndarray]:
    """The epochs and values of a metric, thinned out."""
    known = [(done, measures[name]) for done, measures in points if np.isfinite(measures.get(name, np.nan))]
    if not known:
        return np.zeros(0), np.zeros(0)
    parts = np.array_split(np.array(known), min(len(known), MOST_POINTS))
    x, y = np.array([part[-1, 0] for part in parts]), np.array([part[:, 1].mean() for part in parts])
    return x, y
