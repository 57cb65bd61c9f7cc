"""Panels on the quality of a saliency map, compared with random order, an edge map, and shuffled weights."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from dlviz.abbreviations import abbreviated
from dlviz.panels.saliency import without_extremes
from dlviz.progress import Progress
from dlviz.saliency.checks import (
    EDGES,
    RANDOM,
    SHARES,
    STAGES,
    deletion_and_insertion,
    edge_map,
    rank_correlation,
    shuffled_maps,
)
from dlviz.sheet import Curves, Panel, Tiles
from dlviz.sheet.numerals import number, percent

if TYPE_CHECKING:
    from dlviz.saliency.method import Method
    from dlviz.saliency.target import Target

NAME = 8
"""The maximum length of a layer's name under a small map."""
CLOSE = 0.02
"""The minimum difference of mean probabilities that counts."""
Worth = Generator[Progress, None, tuple[str, tuple[Panel, ...], dict[str, np.ndarray]]]


def deletion_curves(curves: Mapping[str, np.ndarray]) -> tuple[Curves, Curves]:
    """The probabilities after deletion and insertion, (2, shares) by the name of the order of the pixels."""
    titles = ("Most salient deleted first", "Most salient inserted first")
    first, second = (
        Curves(
            SHARES, {name: pair[k] for name, pair in curves.items()}, "share of the pixels", "probability", title,
            limits=(0.0, 1.0),
        )
        for k, title in enumerate(titles)
    )  # fmt: skip
    return first, second


def by_deletion(method: Method, target: Target, number: int, values: np.ndarray) -> Worth:
    """Evaluate the map `values` (height, width) of class `number` by deletion and insertion."""
    random = np.random.default_rng(0).random(values.shape)
    orders, curves = {method.title: values, EDGES: edge_map(target.values), RANDOM: random}, {}
    for done, (name, order) in enumerate(orders.items()):
        yield Progress(done, len(orders), f"deleting pixels by {name}")
        curves[name] = deletion_and_insertion(target.score.network, target.values, number, order)
    means = np.array([pair.mean(axis=1) for pair in curves.values()])  # (orders, deleted and inserted)
    (deleted, deleted_edges, deleted_chance), (inserted, *others) = ([_share(mean) for mean in row] for row in means.T)
    sentence = (
        f"While pixels are deleted, the most salient first, the probability is {deleted} on average (edges first"
        f" {deleted_edges}, in random order {deleted_chance}), while they are inserted {inserted}"
        f" ({others[0]}, {others[1]}). {_verdict(*map(float, means[:, 1] - means[:, 0]))}"
    )
    arrays = {"order": np.array(list(curves)), "deletion_insertion": np.stack(list(curves.values()))}
    return sentence, deletion_curves(curves), arrays


def _share(share: float) -> str:
    """A share in per cent, with more decimals if small."""
    return percent(share, 1 if share >= 0.01 else 2)


def _verdict(gain: float, by_edges: float, by_chance: float) -> str:
    """A sentence that compares insertion minus deletion of a map with edges and random order."""
    points = [number(100 * each, 1) for each in (gain, by_edges, by_chance)]
    above = (
        f"Insertion less deletion is {points[0]} percentage points by the map, {points[1]} by edges, {points[2]} in"
        " random order: the map"
    )
    best, rest = max((by_edges, "an edge detector"), (by_chance, "random order"))
    if gain > best + CLOSE:
        return f"{above} finds what the answer rests on better than edges or chance."
    if gain < best - CLOSE:
        return f"{above} is worse than {rest}."
    return f"{above} is no better than {rest}, for less than {100 * CLOSE:g} points lie between them."


def by_randomisation(method: Method, target: Target, number: int, values: np.ndarray) -> Worth:
    """Evaluate how the map `values` (height, width) changes as weights are shuffled; `number` is not used."""
    maps = yield from shuffled_maps(method, target, STAGES, 0)
    alike = {layer: rank_correlation(values, shuffled) for layer, shuffled in maps.items()}
    *_, last = alike.values()
    sentence = (
        f"With all weights shuffled the map's rank correlation with this one is {last:.2f}; that of an edge detector,"
        " which learns nothing, stays 1."
    )
    names = abbreviated(tuple(alike), NAME)
    captions = tuple(f"{name}: {share:.2f}" for name, share in zip(names, alike.values(), strict=True))
    shown = np.stack([within_one(each) for each in maps.values()])[..., None]
    tiles = Tiles(shown, "diverging", "Weights shuffled down to each layer", captions, role="main")
    return sentence, (tiles,), {"layer": np.array(list(alike)), "correlation": np.array(list(alike.values()))}


def within_one(values: np.ndarray) -> np.ndarray:
    """A map (height, width) clipped and scaled to -1..1."""
    clipped = without_extremes(values)
    return np.asarray(clipped / (np.abs(clipped).max() or 1))


WORTH: dict[str, Callable[[Method, Target, int, np.ndarray], Worth]] = {
    "deletion": by_deletion,
    "randomisation": by_randomisation,
}
