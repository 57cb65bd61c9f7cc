"""Top patches of sounds, readings and rows of tables: stretches as curves, rows as bars side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlviz.feeding.feed import feeds_from
from dlviz.panels.deviations import MOST_MEASURED, deviations
from dlviz.sheet import Curves, Matrix, Panel
from dlviz.spacing import thinned_samples
from dlviz_models.data.samples import Numbers, Sound

if TYPE_CHECKING:
    from dlviz.scan.top_patches import TopPatches

MOST_CURVES = 5
"""The maximum number of excerpts drawn over each other."""
MOST_FEATURES = 8
"""Of readings of more features they are drawn as a heat map."""


def stretches(top: TopPatches, name: str) -> tuple[Panel, ...]:
    """Of each unit a panel: its best stretches of a sound or of one reading, or the best of several readings."""
    panels: list[Panel] = []
    for row, unit in enumerate(top.units):
        if top.silent[row, 0]:
            continue
        cuts = [_stretch(top, name, row, place) for place in range(top.index.shape[1]) if not top.silent[row, place]]
        features = cuts[0][0].shape[1]
        if features == 1:
            shown = {top.caption(row, place): values[:, 0] for place, (values, _) in enumerate(cuts[:MOST_CURVES])}
            panels.append(_curves(shown, cuts[0][1], f"Unit {unit}"))
        else:
            values, step = cuts[0]
            names = _feature_names(top, name, row, features)
            title = f"Unit {unit}: {top.caption(row, 0)}"
            if features <= MOST_FEATURES:
                panels.append(_curves({n: values[:, f] for f, n in enumerate(names)}, step, title))
            else:
                places = tuple(map(str, range(len(values))))
                panels.append(Matrix(values.T, names, places, "feature", "step", title))
    return tuple(panels)


def rows_of_numbers(top: TopPatches, name: str) -> tuple[Panel, ...]:
    """Of each unit a panel: its best rows, one below the other."""
    panels: list[Panel] = []
    some = thinned_samples(top.samples, MOST_MEASURED)
    like = feeds_from(top.network, some, 0, len(some))[name].reshape(len(some), -1)
    for row, unit in enumerate(top.units):
        if top.silent[row, 0]:
            continue
        fed = np.stack([np.asarray(top.fed[int(number)][name][0], np.float32).ravel() for number in top.index[row]])
        captions = tuple(top.caption(row, place) for place in range(len(fed)))
        columns = _feature_names(top, name, row, fed.shape[1])
        panels.append(Matrix(fed, captions, columns, title=f"Unit {unit}", shading=deviations(fed, like)))
    return tuple(panels)


def _stretch(top: TopPatches, name: str, row: int, place: int) -> tuple[np.ndarray, float]:
    """What a unit sees of a sample (time, features), zeros beyond its ends, and the seconds of a step, or 0."""
    number = int(top.index[row, place])
    start, stop = (int(n) for n in top.boxes(name)[row, place])
    values = np.asarray(top.fed[number][name][0], np.float32)
    values = values.reshape(len(values), -1)[start:stop]
    width = max(top.field(name, number).size[0], len(values))
    before = width - len(values) if start == 0 and stop < len(top.fed[number][name][0]) else 0
    padded = np.pad(values, ((before, width - len(values) - before), (0, 0)))
    sample = top.part(number, name)
    return padded, 1 / sample.rate if isinstance(sample, Sound) else 0.0


def _curves(series: dict[str, np.ndarray], step: float, title: str) -> Curves:
    longest = max(map(len, series.values()))
    same = {n: np.pad(v, (0, longest - len(v))) for n, v in series.items()}
    x = np.arange(longest) * (1000 * step if step else 1)
    return Curves(x, same, "milliseconds" if step else "step", "", title)


def _feature_names(top: TopPatches, name: str, row: int, features: int) -> tuple[str, ...]:
    sample = top.part(int(top.index[row, 0]), name)
    known = sample.names if isinstance(sample, Numbers) and len(sample.names) == features else ()
    return known or tuple(map(str, range(features)))
