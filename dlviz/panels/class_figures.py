"""Panels on the relation of a unit to classes, and a rule-based name for the unit."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from dlviz.analysis.class_responses import ClassResponses, LogitEffects, class_responses
from dlviz.progress import Progress
from dlviz.sheet import Bars
from dlviz.spacing import thinned_samples
from dlviz.targets import labels_in, outputs_of_classes
from dlviz.view import Scene
from dlviz_models.data.classes import class_title
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError

FEW = 200
"""The number of samples over which the effect on the logits is averaged."""
MOST_BARS = 10
LONGEST = 18
"""The maximum length of a class name."""
NAMED = 0.6
"""A unit is named after the classes with a mean response of at least this share of the largest."""
MOST_NAMED = 3
MARKED, NOTICED = 0.5, 0.25
"""A unit speaks for, or against, a class whose logit it raises, or lowers, by at least this share of its largest effect
and by at least this many logits."""


@dataclass(frozen=True)
class ClassFigures:
    """The relation of a unit to classes.

    Attributes:
        names: the names of the classes.
        means: the mean response to each class, (classes,), or None.
        selectivity: the class selectivity index, 0..1; NaN if undefined.
        effect: the effect on each class's logit, (classes,), or None; see `LogitEffects`.
        best: the class numbers of the top samples; empty if unknown.
    """

    names: tuple[str, ...]
    means: np.ndarray | None = None
    selectivity: float = float("nan")
    effect: np.ndarray | None = None
    best: tuple[int, ...] = ()

    @property
    def panels(self) -> tuple[Bars, ...]:
        """A bar per class; of many classes those with the largest responses or effects."""
        found = []
        if self.means is not None:
            title = "Mean response"
            if not np.isnan(self.selectivity):
                title += f" (selectivity {self.selectivity:.2f})"
            found.append(self._bars(self.means, self.means, title))
        if self.effect is not None:
            found.append(self._bars(_rounded(self.effect), np.abs(self.effect), "Adds to the logit"))
        return tuple(found)

    @property
    def summary(self) -> tuple[str, ...]:
        """A sentence about each panel, after its title."""
        parts = []
        if self.means is not None:
            index = "" if np.isnan(self.selectivity) else " (selectivity 0: alike to all; 1: to one class alone)"
            parts.append(f"Mean response: to each class{index}.")
        if self.effect is not None:
            parts.append("Adds to the logit: of each class, less the mean over all classes.")
        return tuple(parts)

    def _bars(self, values: np.ndarray, counts: np.ndarray, title: str) -> Bars:
        """A bar for each class with a known value (classes,); of many those with the largest `counts`, in order."""
        shown = np.flatnonzero(~np.isnan(values))
        if len(shown) > MOST_BARS:
            shown = shown[np.argsort(-counts[shown], kind="stable")[:MOST_BARS]]
        return Bars(tuple(shorten(self.names[c]) for c in shown), values[shown], title)

    @property
    def name(self) -> str:
        """A rule-based name: the classes with the largest mean responses, if most top samples are of these classes, and
        the classes whose logits it raises and lowers most.

        >>> means, effect = np.array([0.1, 2, 1.5, 0.3]), np.array([0.5, 1, 0.2, -1.7])
        >>> ClassFigures(("0", "1", "2", "3"), means, 0.5, effect).name
        'responds to 1, 2; speaks for 1, against 3'
        >>> ClassFigures(("0", "1", "2", "3"), means, 0.5, effect, best=(0, 0, 1)).name
        'speaks for 1, against 3'
        """
        parts = []
        if self.means is not None and np.nanmax(self.means) > 0:
            order = [int(c) for c in np.argsort(-np.nan_to_num(self.means, nan=-np.inf), kind="stable")]
            strong = [c for c in order if self.means[c] >= NAMED * np.nanmax(self.means)]
            is_few = len(strong) <= min(MOST_NAMED, len(order) // 2)
            agrees = not self.best or 2 * np.isin(self.best, strong).sum() > len(self.best)
            parts += [f"responds to {', '.join(self.names[c] for c in strong)}"] if is_few and agrees else []
        if self.effect is not None:
            enough = max(NOTICED, MARKED * np.abs(self.effect).max())
            ways = (("for", self.effect), ("against", -self.effect))
            marked = [f"{way} {self.names[int(by.argmax())]}" for way, by in ways if by.max() >= enough]
            parts += [f"speaks {', '.join(marked)}"] if marked else []
        return "; ".join(parts)


def _rounded(effects: np.ndarray) -> np.ndarray:
    """Effects (n,) rounded to two decimals, or to two significant digits of the largest if that is finer."""
    largest = float(np.abs(effects).max(initial=0))
    return np.round(effects, max(2, 1 - int(np.floor(np.log10(largest)))) if largest else 2) + 0.0


def shorten(name: str) -> str:
    """Truncate a name so that it leaves space for its bar."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].strip()}…"


def figures_of(scene: Scene, unit: int, samples: Samples) -> Generator[Progress, None, ClassFigures]:
    """Return the relation of a unit of the scene's layer to the classes of the samples, or of the network if the
    samples have no labels."""
    network = scene.network
    effect = yield from _effects(scene, unit, samples)
    labels = labels_in(network, samples)
    if labels is None or not len(labels) or labels.min() < 0:
        names = tuple(network.class_in_words(n) for n in range(0 if effect is None else len(effect)))
        return ClassFigures(names, effect=effect)
    key = scene.layer, len(samples)
    known = scene.memory.recall(ClassResponses, key)
    if known is None:
        known = scene.memory.keep((yield from class_responses(network, scene.layer, samples, labels)), key)
    means = known.means[:, unit]
    names = tuple(map(class_title, samples.class_names or (f"class {n}" for n in range(len(means)))))
    if effect is not None:
        try:
            effect = effect[outputs_of_classes(network, samples)[: len(means)]]
        except UserError:  # the data has other classes
            effect = None
    return ClassFigures(names, means, known.selectivity(unit), effect)


def _effects(scene: Scene, unit: int, samples: Samples) -> Generator[Progress, None, np.ndarray | None]:
    """Return the effect of a unit of the scene's layer on each class's logit; None if the network is not a classifier
    or its output does not depend on the layer."""
    network = scene.network
    counts = network.graph.leads_to(scene.layer, network.output)
    if network.chosen_output.kind != "classes" or not counts:
        return None
    effect = scene.memory.recall(LogitEffects, scene.layer)
    effect = effect or scene.memory.keep(LogitEffects(network, scene.layer), scene.layer)
    return (yield from effect.of(unit, thinned_samples(samples, FEW)))
