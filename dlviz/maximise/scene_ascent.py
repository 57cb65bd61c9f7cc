"""The ascent for the network and data of a scene."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz.maximise.ascent import Ascent, AscentState, Regularisation
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
"""The number of samples from which the range of numbers and the spectrum of pictures are estimated."""
MAX_ASCENTS = 16
"""The number of ascents that are cached."""


class Ascents(dict[object, list[AscentState]]):
    """The states of the cached ascents, by objective, weights and recipe."""


def run_ascent(scene: Scene, targets: Targets, recipe: Recipe) -> Iterator[Progress | AscentState]:
    """Yield the progress and states of an ascent, or the cached states if it has been run before."""
    ascents = scene.memory.recall(Ascents) or scene.memory.keep(Ascents())
    key = targets.objective.name, targets.objective.layer, targets.weights.tobytes(), recipe
    if key in ascents:
        yield from ascents[key]
        return
    found = []
    for each in ascent(targets, recipe, input_statistics(targets.objective, scene.data)).run():
        if isinstance(each, AscentState):
            found.append(each)
        yield each
    ascents[key] = found
    if len(ascents) > MAX_ASCENTS:
        del ascents[next(iter(ascents))]


def maximising_pictures(scene: Scene, units: tuple[int, ...]) -> Generator[Progress, None, AscentState]:
    """Return the pictures that maximise units of the scene's layer, with the default recipe."""
    for each in run_ascent(scene, of_units(scene.network, scene.layer, units), Recipe()):
        if isinstance(each, AscentState):
            found = each
        else:
            yield each
    return found


def ascent(targets: Targets, recipe: Recipe, statistics: InputStatistics) -> Ascent:
    """The ascent that a recipe describes. Without a contrast in the recipe, sounds and numbers are limited to the root
    mean square of natural ones."""
    natural = statistics.natural
    side = min(natural.shape[1:3]) if natural.ndim == 4 else 0
    recipe = recipe.for_objective(targets.objective.name, side)
    transforms = Transforms(
        jitter=round(recipe.jitter * side),
        scale=recipe.scale
        if recipe.scale * side >= 2
        else 0.0,  # a transform that moves the border by less than a pixel only blurs
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
        (statistics.low, statistics.span),
        natural,
        k=recipe.pictures,
        steps=recipe.steps,
        rate=recipe.rate,
        seed=recipe.seed,
    )


@dataclass(frozen=True)
class InputStatistics:
    """The range of an input, and natural examples of it.

    Attributes:
        low, span: an input is `low + span * picture`.
        natural: random crops of samples with the size of the receptive field, (m, *shape), in 0..1.
    """

    low: Any
    span: Any
    natural: np.ndarray


def input_statistics(objective: Objective, data: Samples) -> InputStatistics:
    """Estimate the statistics of an objective's input from samples of the data."""
    network, spot = objective.network, objective.spot
    count = min(NATURAL, len(data))
    fed = [network.feed([data.sample(index)])[objective.input][0] for index in range(count)]
    low, span = input_range(
        network, objective.input, np.stack(fed) if len({x.shape for x in fed}) == 1 else fed[0][None]
    )
    random = np.random.default_rng(0)
    parts = []
    for x in fed:
        for axis, size in enumerate(spot.seen[: len(spot.box)]):
            start = int(random.integers(0, max(1, x.shape[axis] - size + 1)))
            x = np.take(x, np.arange(start, start + size) % x.shape[axis], axis)
        parts.append((x - low) / span)
    return InputStatistics(low, span, np.stack(parts).astype(np.float32))


def input_range(network: Network, name: str, fed: np.ndarray) -> tuple[Any, Any]:
    """The lower bound and the span of an input: for pixels and sounds the possible range, for numbers the range in the
    samples `fed` (n, ...), per entry of the last axis."""
    spec = network.inputs[name]
    if spec.kind == "picture":
        preprocess, channels = network.preprocess_of(name), fed.shape[-1]
        return preprocess.limits(channels)[0], preprocess.span(channels)
    if spec.kind == "sound":
        return np.float32(-1), np.float32(2)
    axes = tuple(range(fed.ndim - 1))
    span = np.ptp(fed, axis=axes).astype(np.float32)
    return fed.min(axis=axes).astype(np.float32), np.where(span > 0, span, 1).astype(np.float32)
