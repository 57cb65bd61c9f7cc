"""Top patches of sounds and sequences as curves, and of table rows as heat maps."""

from __future__ import annotations

from collections.abc import Sequence
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
"""The maximum number of curves in a panel."""
MOST_FEATURES = 8
"""Sequences with more features are drawn as a heat map."""


def stretches(top: TopPatches, name: str) -> tuple[Panel, ...]:
    """A panel per unit: its top patches of a sound or a single feature, or the best patch with several features; each
    followed by a panel of the reconstruction, if any."""
    panels: list[Panel] = []
    for row, unit in enumerate(top.units):
        if top.silent[row, 0]:
            continue
        fed = [top.fed[int(number)][name][0] for number in top.index[row]]
        panels.append(_stretches(top, name, row, fed, f"Unit {unit}"))
        if top.reconstructions is not None and top.reconstructed_input == name:
            panels.append(_stretches(top, name, row, top.reconstructions[row], _reconstruction_title(top, unit)))
    return tuple(panels)


def _stretches(top: TopPatches, name: str, row: int, wholes: Sequence[np.ndarray], title: str) -> Panel:
    """The patches of a unit cut from its top samples or their reconstructions, `wholes` (time, ...) each."""
    seen = [place for place in range(len(wholes)) if not top.silent[row, place]]
    cuts = [_stretch(top, name, row, place, wholes[place]) for place in seen[:MOST_CURVES]]
    features, sample = cuts[0].shape[1], top.part(int(top.index[row, 0]), name)
    step = 1 / sample.rate if isinstance(sample, Sound) else 0.0
    if features == 1:
        return _curves({top.sample_caption(row, place): cut[:, 0] for place, cut in enumerate(cuts)}, step, title)
    names, best = _feature_names(top, name, row, features), cuts[0]
    title = f"{title}: {top.caption(row, 0)}"
    if features <= MOST_FEATURES:
        return _curves({n: best[:, f] for f, n in enumerate(names)}, step, title)
    return Matrix(best.T, names, tuple(map(str, range(len(best)))), "feature", "step", title)


def _reconstruction_title(top: TopPatches, unit: int) -> str:
    return f"What unit {unit} responds to ({top.mode})"


def rows_of_numbers(top: TopPatches, name: str) -> tuple[Panel, ...]:
    """A panel per unit with its top rows, followed by a panel of the reconstruction, if any."""
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
        if top.reconstructions is not None and top.reconstructed_input == name:
            reconstructions = top.reconstructions[row].reshape(fed.shape)
            panels.append(Matrix(reconstructions, captions, columns, title=_reconstruction_title(top, unit)))
    return tuple(panels)


def _stretch(top: TopPatches, name: str, row: int, place: int, whole: np.ndarray) -> np.ndarray:
    """The receptive field cut from a sample or its reconstruction `whole` (time, ...): (time, features), zero-padded
    beyond its ends."""
    number = int(top.index[row, place])
    start, stop = (int(n) for n in top.boxes(name)[row, place])
    values = np.asarray(whole, np.float32).reshape(len(whole), -1)[start:stop]
    width = max(top.field(name, number).size[0], len(values))
    before = width - len(values) if start == 0 and stop < len(top.fed[number][name][0]) else 0
    return np.pad(values, ((before, width - len(values) - before), (0, 0)))


def _curves(series: dict[str, np.ndarray], step: float, title: str) -> Curves:
    longest = max(map(len, series.values()))
    same = {n: np.pad(v, (0, longest - len(v))) for n, v in series.items()}
    x = np.arange(longest) * (1000 * step if step else 1)
    return Curves(x, same, "milliseconds" if step else "step", "", title)


def _feature_names(top: TopPatches, name: str, row: int, features: int) -> tuple[str, ...]:
    sample = top.part(int(top.index[row, 0]), name)
    known = sample.names if isinstance(sample, Numbers) and len(sample.names) == features else ()
    return known or tuple(map(str, range(features)))
