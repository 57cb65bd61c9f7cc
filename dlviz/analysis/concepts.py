"""Concepts of a layer: found in crops of pictures by CRAFT; and what TCAV needs of a layer.

T. Fel et al., CRAFT: concept recursive activation factorization for explainability, CVPR 2023, arXiv 2211.10154;
B. Kim et al., Interpretability beyond feature attribution: quantitative testing with concept activation vectors, ICML
2018, arXiv 1711.11279.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from dlviz import backend
from dlviz.analysis.threads import one_thread
from dlviz.model.broken_weights import check_finite
from dlviz.network import Network
from dlviz.progress import Progress, as_part
from dlviz.saliency.score import gradient_at
from dlviz_models.errors import UserError

Tensor = Any
BATCH = 64
NUMBERS = 1 << 22
"""The maximum number of values in a batch of reconstructed activations."""
STRIDE = 0.5
"""The distance between two crops, as a share of their side."""
ITERATIONS = 400


class Layer:
    """The activations of a layer for pictures, and class logits as a function of them."""

    def __init__(self, network: Network, name: str) -> None:
        self.network, self.name = network, name
        self._layout = network.layouts[name]
        self._logit = backend.compiled(self._logit_of)
        self._gradient = backend.compiled(self._gradient_of)

    def maps(self, pictures: np.ndarray) -> np.ndarray:
        """The activations (n, *axes, units) for uint8 pictures (n, height, width, channel)."""
        function = self.network.function((self.name,))
        parts = []
        for start in range(0, len(pictures), BATCH):
            fed = backend.constant(self.network.feed_pictures(pictures[start : start + BATCH]))
            parts.append(np.asarray(self._layout.batch_of_maps(function(fed)[0]), np.float32))
        return np.concatenate(parts)

    def logits(self, maps: np.ndarray, picture: np.ndarray, number: int) -> np.ndarray:
        """The logit of class `number`, (n,), with `maps` (n, *axes, units) in place of the layer's activations for the
        picture; skip connections past the layer still come from the picture."""
        fed = backend.constant(self.network.feed_pictures(picture[None]))
        parts = [maps[start : start + BATCH] for start in range(0, len(maps), BATCH)]
        which = backend.constant(np.array(number))
        return np.concatenate([np.asarray(self._logit(fed, backend.constant(part), which)) for part in parts])

    def gradients(self, pictures: np.ndarray, number: int) -> np.ndarray:
        """The gradients of the logit of class `number` with respect to the layer's maps, (n, *axes, units)."""
        which = backend.constant(np.array(number))
        parts = []
        for start in range(0, len(pictures), BATCH):
            fed = backend.constant(self.network.feed_pictures(pictures[start : start + BATCH]))
            parts.append(np.asarray(self._gradient(fed, which), np.float32))
        return np.concatenate(parts)

    def _logit_of(self, fed: Tensor, maps: Tensor, which: Tensor) -> Tensor:
        output = self._layout.batch_of_outputs(maps)
        feeds = {self.network.input: ops.repeat(fed, ops.shape(maps)[0], axis=0), self.name: output}
        return ops.take(self.network.logits(feeds), which, axis=1)

    def _gradient_of(self, fed: Tensor, which: Tensor) -> Tensor:
        feeds = {self.network.input: fed}
        [output] = self.network.graph.run(feeds, (self.name,))

        def logit(y: Tensor) -> Tensor:
            return ops.take(self.network.logits({**feeds, self.name: y}), which, axis=1)

        return self._layout.batch_of_maps(gradient_at(logit, output)[1])


# -- CRAFT ---------------------------------------------------------------------------------------------------------


def crops(pictures: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping crops of pictures (n, height, width, channel), with sides of `share` of the picture's, and their
    boxes (m, 5): index of the picture, top, left, bottom, right."""
    _, height, width, _ = pictures.shape
    tall, wide = (max(1, round(share * side)) for side in (height, width))
    tops = np.unique(np.linspace(0, height - tall, 1 + round((1 - share) / (share * STRIDE))).round().astype(int))
    lefts = np.unique(np.linspace(0, width - wide, 1 + round((1 - share) / (share * STRIDE))).round().astype(int))
    boxes = [(n, t, left, t + tall, left + wide) for n in range(len(pictures)) for t in tops for left in lefts]
    found = np.stack([pictures[n, top:bottom, left:right] for n, top, left, bottom, right in boxes])
    return found, np.array(boxes)


@dataclass(frozen=True)
class Concepts:
    """The concepts of a layer by descending importance, from a non-negative matrix factorisation.

    Attributes:
        directions: the activations of the units for each concept, non-negative, (concepts, units).
        amounts: the coefficient of each concept in each crop, (crops, concepts).
        importance: the total Sobol index of each concept for the logit of the class, (concepts,).
        explained: the explained share of the squared activations, 0 to 1.
    """

    directions: np.ndarray
    amounts: np.ndarray
    importance: np.ndarray
    explained: float


def craft(
    layer: Layer, pictures: np.ndarray, cropped: np.ndarray, number: int, count: int, *, designs: int, seed: int = 0
) -> Generator[Progress, None, Concepts]:
    """Return the concepts of a layer for class `number`.

    Args:
        pictures: pictures of the class, uint8 (n, height, width, channel); `cropped` are crops of them, (m, ...).
        count: the number of concepts.
        designs: the number of points of the quasi-random sequence for the importance, a power of 2.

    Raises:
        UserError: the activations are negative, NaN, or all zero.
    """
    from sklearn.decomposition import NMF

    yield Progress(0, len(pictures) + 2, "crops go through the network")
    maps = layer.maps(cropped)
    check_finite(layer.network, layer.name, maps)
    if not maps.any():
        raise UserError(
            f"{layer.name} responds to none of these pictures, so it has no concepts: choose another layer."
        )
    if maps.min() < 0:
        raise UserError(
            f"{layer.name} gives negative numbers, which cannot be sums of concepts: choose a layer after a ReLU."
        )
    responses = maps.reshape(len(maps), -1, maps.shape[-1]).mean(axis=1).astype(np.float64)  # (m, units)
    yield Progress(1, len(pictures) + 2, "factorising the responses")
    count = min(count, *responses.shape)
    model = NMF(count, init="nndsvda", max_iter=ITERATIONS, tol=1e-4, random_state=seed)
    amounts = _fitted(model, responses)
    directions = model.components_
    residual = np.square(responses - amounts @ directions).sum() / max(np.square(responses).sum(), 1e-30)
    importance = np.zeros(count)
    for done, picture in enumerate(pictures):
        one = _importance(layer, model, picture, number, designs, seed)
        importance += (yield from as_part(one, done + 2, len(pictures) + 2)) / len(pictures)
    order = np.argsort(-importance, kind="stable")
    return Concepts(directions[order], amounts[:, order], importance[order], float(1 - residual))


@one_thread
def _fitted(model: Any, responses: np.ndarray) -> np.ndarray:
    """The coefficients (n, concepts) of a factorisation; it need not have converged."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found: np.ndarray = model.fit_transform(responses)
    return found


def _importance(
    layer: Layer, model: Any, picture: np.ndarray, number: int, designs: int, seed: int
) -> Generator[Progress, None, np.ndarray]:
    """Return the total Sobol indices (concepts,) of a class's logit for a picture reconstructed from its concepts."""
    maps = layer.maps(picture[None])[0]
    places = np.maximum(maps.reshape(-1, maps.shape[-1]), 0).astype(np.float64)
    amounts = one_thread(model.transform)(places).astype(np.float32)  # (places, concepts)
    directions = model.components_.astype(np.float32)
    masks = sobol_points(len(directions), designs, seed).astype(np.float32)  # (n, concepts)
    logits, at_once = [], max(1, NUMBERS // maps.size)
    for start in range(0, len(masks), at_once):
        yield Progress(start, len(masks), "how much the class depends on each concept")
        changed = (amounts * masks[start : start + at_once, None]) @ directions  # (n, places, units)
        logits.append(layer.logits(changed.reshape(-1, *maps.shape), picture, number))
    return total_sobol(np.concatenate(logits), len(directions))


def sobol_points(variables: int, designs: int, seed: int = 0) -> np.ndarray:
    """The points of the unit cube, (n, variables), for `total_sobol`.

    Args:
        designs: points of the sequence, a power of 2; n = designs · (variables + 2).
    """
    from scipy.stats import qmc

    both = qmc.Sobol(2 * variables, seed=seed).random(designs)
    a, b = both[:, :variables], both[:, variables:]
    mixed = np.repeat(a[None], variables, axis=0)  # (variables, designs, variables)
    for i in range(variables):
        mixed[i, :, i] = b[:, i]
    return np.concatenate([a, b, mixed.reshape(-1, variables)])


def total_sobol(values: np.ndarray, variables: int) -> np.ndarray:
    """The total Sobol index of each variable, (variables,), by Jansen's estimator from a function's values (n,) at
    `sobol_points`: the share of its variance due to the variable, including interactions.

    M. Jansen, Analysis of variance designs for model output, 1999, DOI 10.1016/S0010-4655(98)00154-4.
    """
    at_a, at_b, *at_mixed = values.astype(np.float64).reshape(variables + 2, -1)
    variance = np.concatenate([at_a, at_b]).var()
    if variance <= 1e-12 * max(1.0, float(np.abs(values).max()) ** 2):
        return np.zeros(variables)
    found: np.ndarray = np.square(at_a - at_mixed).mean(axis=1) / (2 * variance)
    return found
