"""Three sanity checks of saliency maps, each compared with an edge detector, which ignores the network.

Grid pointing game: M. Böhle et al., Convolutional dynamic alignment networks, CVPR 2021, arXiv 2104.00032.
Deletion and insertion: V. Petsiuk et al., RISE, BMVC 2018, arXiv 1806.07421.
Model randomisation: J. Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018, arXiv 1810.03292.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter, sobel
from scipy.stats import rankdata

from dlviz.network import Network
from dlviz.progress import Progress, as_part
from dlviz.saliency.method import Method
from dlviz.saliency.target import Target
from dlviz.spacing import evenly_spaced

CHANCE = 0.25
EDGES, RANDOM, TRAINED = "edges (Sobel)", "random order", "trained"
STAGES = 8
"""The maximum number of maps computed while weights are shuffled layer by layer."""
SHARES = np.linspace(0, 1, 21)
"""Shares of the pixels that are deleted or inserted."""
BLUR = 0.1
"""The sigma of the blur of the picture into which pixels are inserted, as a share of its longer side."""


def edge_map(values: np.ndarray) -> np.ndarray:
    """The magnitude of Sobel's gradient of a picture (height, width, channel), its channels averaged."""
    grey = values.mean(axis=-1)
    found: np.ndarray = np.hypot(sobel(grey, 0), sobel(grey, 1))
    return found


def pointing_game(method: Method, target: Target, quarters: np.ndarray, own: int) -> Generator[Progress, None, float]:
    """The share of the positive attribution in the correct quarter of a 2 × 2 grid of pictures; by chance 0.25.

    Each picture is fed alone, in the network's own size, and the answers are averaged, so that the map of the grid
    consists of the maps of its pictures.

    Args:
        target: the class of picture `own`; its values are ignored.
        quarters: the pictures as fed, (4, height, width, channel).
    """
    positive = []
    for values in quarters:
        found = yield from method.attribute(replace(target, values=values))
        positive.append(float(np.maximum(found.values, 0).sum()))
    return positive[own] / sum(positive) if sum(positive) else CHANCE


def deletion_and_insertion(network: Network, values: np.ndarray, number: int, saliency: np.ndarray) -> np.ndarray:
    """The probability of class `number` while pixels are deleted and inserted, most salient first, (2, shares).

    Deleted pixels get the mean colour of the picture; inserted ones replace those of a blurred copy.
    """
    rank = np.empty(saliency.size)
    rank[np.argsort(-saliency.ravel(), kind="stable")] = np.arange(saliency.size) / saliency.size
    first = (rank.reshape(saliency.shape) < SHARES[:, None, None])[..., None]
    mean = values.mean(axis=(0, 1))
    blurred = gaussian_filter(values, (BLUR * max(values.shape[:2]),) * 2 + (0,))
    altered = np.concatenate([np.where(first, mean, values), np.where(first, values, blurred)])
    return network.predict(altered.astype(np.float32))[:, number].reshape(2, -1)


def deletion_matters(network: Network, x: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Whether pictures (n, height, width, channel) leave their classes (n,) once all pixels are deleted, bool (n,)."""
    mean = np.broadcast_to(x.mean(axis=(1, 2), keepdims=True), x.shape)
    left: np.ndarray = network.predict(mean.astype(np.float32)).argmax(axis=1) != classes
    return left


def randomised(network: Network, stages: int, seed: int) -> Generator[str, None, None]:
    """Shuffle the weights layer by layer, from the last to the first; restore them at the end.

    Yield the name of the last layer shuffled, at most `stages` times.
    """
    random = np.random.default_rng(seed)
    steps = [s for s in reversed(network.graph.steps.values()) if getattr(s.layer, "trainable_weights", ())]
    before = [(weight, np.asarray(weight)) for step in steps for weight in step.layer.weights]
    stops = set(evenly_spaced(len(steps), stages).tolist())
    try:
        for number, step in enumerate(steps):
            for weight in step.layer.weights:
                weight.assign(random.permutation(np.asarray(weight).ravel()).reshape(weight.shape))
            if number in stops:
                yield step.name
    finally:
        for weight, value in before:
            weight.assign(value)


def shuffled_maps(
    method: Method, target: Target, stages: int, seed: int
) -> Generator[Progress, None, dict[str, np.ndarray]]:
    """Return the maps (*places,) by name: "trained" for the trained network, and the name of a layer for a network with
    the weights shuffled from the last layer down to that one."""
    network = target.score.network
    maps = {TRAINED: (yield from method.attribute(target)).values}
    layers = randomised(network, stages, seed)
    try:
        for layer in layers:
            maps[layer] = (yield from as_part(method.attribute(target), len(maps), stages + 1)).values
    finally:
        layers.close()
    return maps


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation of two maps (*places,); 0 if one is constant."""
    ranks = [rankdata(values.ravel()) for values in (one, other)]
    if not all(np.ptp(rank) for rank in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
