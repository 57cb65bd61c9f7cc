"""The ascent for what a view is looking at."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz.maximise.ascent import Ascended, Ascent, Regularisation
from dlviz.maximise.objectives import Objective
from dlviz.maximise.parametrisations import PARAMETRISATIONS
from dlviz.maximise.recipe import Recipe
from dlviz.maximise.targets import Targets, of_units
from dlviz.maximise.transforms import Transforms
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.view import Scene
from dlviz_models.data.samples import Samples

NATURAL = 64
"""Samples of the data from which the range of numbers and the strength of frequencies are estimated."""


KEPT = 16
"""How many ascents are remembered."""


class Ascents(dict[object, list[Ascended]]):
    """What ascents came through, by what they were asked to do."""


def ascended(scene: Scene, targets: Targets, recipe: Recipe) -> Iterator[Progress | Ascended]:
    """Progress towards what maximises the targets, and how far the ascent has come; one that has been done is not done
    again."""
    kept = scene.memory.recall(Ascents) or scene.memory.keep(Ascents())
    key = targets.objective.name, targets.objective.layer, targets.weights.tobytes(), recipe
    if key in kept:
        yield from kept[key]
        return
    found = []
    for each in ascent(targets, recipe, surroundings(targets.objective, scene.data)).run():
        if isinstance(each, Ascended):
            found.append(each)
        yield each
    kept[key] = found
    if len(kept) > KEPT:
        del kept[next(iter(kept))]


def maximised(scene: Scene, units: tuple[int, ...]) -> Generator[Progress, None, Ascended]:
    """Return the pictures that maximise units of the scene's layer, made as a recipe's defaults say."""
    for each in ascended(scene, of_units(scene.network, scene.layer, units), Recipe()):
        if isinstance(each, Ascended):
            found = each
        else:
            yield each
    return found


def ascent(targets: Targets, recipe: Recipe, given: Surroundings) -> Ascent:
    """The ascent that a recipe describes; sounds and numbers become as strong as natural ones are, where it names no
    contrast."""
    natural = given.natural
    side = min(natural.shape[1:3]) if natural.ndim == 4 else 0
    recipe = recipe.for_objective(targets.objective.name, side)
    transforms = Transforms(
        jitter=round(recipe.jitter * side),
        scale=recipe.scale
        if recipe.scale * side >= 2
        else 0.0,  # what moves the border by less than a pixel only blurs
        rotation=recipe.rotation if np.deg2rad(recipe.rotation) * side >= 2 else 0.0,
        blur=recipe.blur if side else 0.0,
    )
    return Ascent(
        targets.objective,
        targets.weights,
        PARAMETRISATIONS[recipe.parametrisation if side else "pixels"](),
        Regularisation(
            transforms,
            recipe.variation / side if side else 0.0,
            recipe.contrast or (0.0 if side else float(np.sqrt(np.mean((natural - 0.5) ** 2)))),
            recipe.diversity,
        ),
        (given.low, given.span),
        natural,
        k=recipe.pictures,
        steps=recipe.steps,
        rate=recipe.rate,
        seed=recipe.seed,
    )


@dataclass(frozen=True)
class Surroundings:
    """What inputs are like.

    Attributes:
        low, span: what is fed is `low + span * share`.
        natural: parts of samples as large as what is seen, (m, *shape), as shares 0..1.
    """

    low: Any
    span: Any
    natural: np.ndarray


def surroundings(objective: Objective, data: Samples) -> Surroundings:
    """What samples of the data are like; the parts are cut at random places."""
    network, spot = objective.network, objective.spot
    count = min(NATURAL, len(data))
    fed = [network.feed([data.sample(index)])[objective.of][0] for index in range(count)]
    low, span = limits(network, objective.of, np.stack(fed) if len({x.shape for x in fed}) == 1 else fed[0][None])
    random = np.random.default_rng(0)
    parts = []
    for x in fed:
        for axis, size in enumerate(spot.seen[: len(spot.box)]):
            start = int(random.integers(0, max(1, x.shape[axis] - size + 1)))
            x = np.take(x, np.arange(start, start + size) % x.shape[axis], axis)
        parts.append((x - low) / span)
    return Surroundings(low, span, np.stack(parts).astype(np.float32))


def limits(network: Network, name: str, fed: np.ndarray) -> tuple[Any, Any]:
    """The least value and the span of what an input is fed: of pixels and sounds what they can be, of numbers what they
    are in samples (n, ...), for each entry of the last axis."""
    spec = network.inputs[name]
    if spec.kind == "picture":
        preprocess, channels = network.preprocess_of(name), fed.shape[-1]
        return preprocess.limits(channels)[0], preprocess.span(channels)
    if spec.kind == "sound":
        return np.float32(-1), np.float32(2)
    axes = tuple(range(fed.ndim - 1))
    span = np.ptp(fed, axis=axes).astype(np.float32)
    return fed.min(axis=axes).astype(np.float32), np.where(span > 0, span, 1).astype(np.float32)
