"""What can be looked at of a network while it learns: each part a function to a sheet, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from dlviz.analysis.loss_gradients import LossGradients, WeightGradient
from dlviz.applies import obstacle, obstacle_of_layer
from dlviz.describe import describe, first_layer
from dlviz.feeding.feed import Feeds
from dlviz.grammar import in_digits
from dlviz.model.weights import main_weight, weights_of
from dlviz.network import Network
from dlviz.options import Value, configure
from dlviz.panels.answered_pictures import answered_pictures
from dlviz.panels.layer_gallery import gallery, gallery_layers
from dlviz.panels.samples import sample_panels
from dlviz.panels.weights import Excerpt, panels_of
from dlviz.sheet import Panel, Sheet
from dlviz.spacing import thinned_samples
from dlviz.view import Scene, View
from dlviz.views import view
from dlviz.watching.jobs import Look
from dlviz_models.data.pictures import Pictures
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError
from dlviz_models.tasks.task import Part

PICTURES = 60
"""Test pictures on the sheet of answers."""
ANSWERED = 4
"""Samples of other kinds whose answers are shown."""
SCANNED = 1000
"""Test samples among which the top patches are looked for."""


@dataclass(frozen=True)
class Learner:
    """A network that is being trained, with what it is tested on.

    Attributes:
        samples: the test part.
        test: the same as arrays, as the network is trained on them.
    """

    network: Network
    samples: Samples
    test: Part
    gradients: LossGradients

    @cached_property
    def has_classes(self) -> bool:
        """Whether it tells the classes of pictures."""
        y = self.test.y
        is_numbers = y.ndim == 1 and np.issubdtype(y.dtype, np.integer)
        return self.network.takes_pictures and self.network.chosen_output.kind == "classes" and is_numbers

    def rows(self, number: int) -> tuple[Feeds, np.ndarray, np.ndarray | None]:
        """What is fed, the targets and their weights, or None, of one test sample: (1, ...) each."""
        part, row = self.test, slice(number, number + 1)
        x = part.x if isinstance(part.x, dict) else {self.network.input: part.x}
        return {n: a[row] for n, a in x.items()}, part.y[row], None if part.weight is None else part.weight[row]

    def sheet_of(self, name: str, look: Look, samples: tuple[int, ...] = (), **options: Value) -> Sheet:
        """The last sheet of a view.

        Raises:
            UserError: the view has nothing to show of the layer.
        """
        chosen: type[View] = view(name)
        described = describe(self.network)
        layer = look.layer or first_layer(chosen, described)
        reason = obstacle(chosen, described) or obstacle_of_layer(chosen, described, self.network.layer(layer))
        if reason:
            raise UserError(reason)
        numbers = samples or (look.sample,)
        given: dict[Any, Any] = {
            "network": self.network,
            "layer": layer,
            "sample": tuple(self.samples.sample(number) for number in numbers),
            "data": thinned_samples(self.samples, SCANNED),
        }
        needed = {need: value for need, value in given.items() if need in chosen.needs}
        *_, sheet = (s for s in configure(chosen, options).run(Scene(needed)) if isinstance(s, Sheet))
        return sheet


def answers(learner: Learner, look: Look) -> Sheet:
    """Test pictures with right and wrong answers; of other samples, what the network answers to a few."""
    if not learner.has_classes or not isinstance(learner.samples, Pictures):
        last = min(look.sample + ANSWERED, len(learner.samples))
        return learner.sheet_of("predictions", look, tuple(range(look.sample, last)))
    network, count = learner.network, min(PICTURES, len(learner.samples))
    samples = [learner.samples.sample(number) for number in range(count)]
    probabilities = network.probabilities(network.answer(network.feed(samples)))
    true, answered = learner.test.y[:count], probabilities.argmax(axis=1)
    right = int(np.sum(true == answered))
    tiles = answered_pictures(network, samples, true, answered, probabilities.max(axis=1))
    return Sheet(
        f"{network.name} · test pictures",
        f"{right} of {count} test pictures are classified correctly.",
        (tiles,),
        arrays={"probabilities": probabilities, "label": true},
    )


def maps(learner: Learner, look: Look) -> Sheet:
    """The maps of every layer for a test sample, or of the chosen one."""
    if look.layer:
        return learner.sheet_of("activations", look)
    network, sample = learner.network, learner.samples.sample(look.sample)
    feeds = network.feed([sample])
    activations = network.activations(feeds)
    found = {name: network.layouts[name].maps(activations[name]) for name in gallery_layers(network)}
    return Sheet(
        f"{network.name} · maps · {sample.title}",
        f"What every layer answers to {sample.title}; black is its least value, white its largest.",
        (*sample_panels(network, sample), *gallery(found, "all")),
        arrays=found,
    )


def gradients(learner: Learner, look: Look) -> Sheet:
    """The gradient of the loss of a test sample at the maps of every layer, or at the weights of the chosen one."""
    if look.layer and weights_of(learner.network.keras_layer(look.layer)):
        return _weight_gradients(learner, look)
    network, sample = learner.network, learner.samples.sample(look.sample)
    names = (look.layer,) if look.layer else gallery_layers(network)
    found = learner.gradients.at_layers(names, *learner.rows(look.sample))
    found = {name: network.layouts[name].maps(values[0]) for name, values in found.items()}
    return Sheet(
        f"{network.name} · gradients · {sample.title}",
        f"How the loss of {sample.title} grows with what every layer answers; grey is 0, white above, black below.",
        (*sample_panels(network, sample), *gallery(found, "signed")),
        arrays=found,
    )


def _weight_gradients(learner: Learner, look: Look) -> Sheet:
    network = learner.network
    weights = weights_of(network.keras_layer(look.layer))
    weight = weights[main_weight(weights)]
    [values] = learner.gradients.at_weights([weight.variable], *learner.rows(look.sample))
    shown = WeightGradient(weight.name, weight.owner, weight.variable, values)
    panels: tuple[Panel, ...] = panels_of(network, look.layer, shown, Excerpt())
    return Sheet(
        f"{network.name} · {look.layer} · gradient of the weights",
        f"How the loss of {learner.samples.sample(look.sample).title} grows with the weights of {look.layer}:"
        f" {in_digits(values.min())} to {in_digits(values.max())}. A step goes the other way.",
        panels,
        arrays={"gradient": values},
    )


def filters(learner: Learner, look: Look) -> Sheet:
    """The weights of a layer, whose numbers are left to the training."""
    sheet = learner.sheet_of("filters", look)
    panels = (replace(p, weight=p.weight and replace(p.weight, can_be_set=False)) for p in sheet.panels)
    return replace(sheet, panels=tuple(panels))


def patches(learner: Learner, look: Look) -> Sheet:
    """The patches of test samples to which the units of a layer respond most."""
    return learner.sheet_of("patches", look, per_unit=6)


PARTS: dict[str, Callable[[Learner, Look], Sheet]] = {
    "answers": answers,
    "maps": maps,
    "filters": filters,
    "gradients": gradients,
    "patches": patches,
}
