"""Who taught it that: the training examples that most raised or lowered the loss of one sample, beside the nearest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Panel, Sheet, Tiles
from dlviz.spacing import evenly_spaced
from dlviz.view import Scene, View

if TYPE_CHECKING:
    from dlviz.network import Network
    from dlviz_models.data.samples import Sample, Samples

ALIKE = 1e-3
"""Examples no farther away than this share of the farthest may be the sample itself."""

HELD_OUT = "They include the examples that were held out of the training to choose the epoch."


@dataclass(frozen=True)
class Influence(View):
    """TracIn: the learning rate times the product of the loss's gradients at a sample and at a training example, summed
    over the epochs that were kept.

    >>> import dlviz
    >>> sheet = dlviz.show("influence", "lenet5", data="digits", input="digits:7", samples_used=200)
    >>> sheet.arrays["influence"].shape  # of each training example
    (200,)
    """

    name = "influence"
    summary = "The training examples that taught the network its answer or led it astray, and those nearest to it."
    needs = frozenset({"network", "data", "train", "epochs"})
    optional = frozenset({"sample"})
    answers = frozenset({"classes"})
    single_label = True
    one_sample = True
    order = 5.5

    samples_used: int = option(
        2000, "training examples that are gone through, evenly spaced", low=10, high=100_000, label="examples",
        formerly="examples",
    )  # fmt: skip
    shown: int = option(4, "how many of each kind are shown", low=1, high=100)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.analysis.influence import distances, influence, worst_mistake
        from dlviz.describe import last_features, was_trained_on
        from dlviz.targets import match_classes, true_answer, true_outputs

        network = scene.network
        index = evenly_spaced(len(scene.train), self.samples_used)
        train = scene.train.select(index)
        labels, match = true_outputs(network, train), match_classes(network, train)
        in_words = match.in_words
        sample = scene.samples[0] if scene.samples else (yield from worst_mistake(network, scene.data))
        probabilities = network.probabilities(network.answer(network.feed([sample])))[0]
        true, said = true_answer(network, sample), int(probabilities.argmax())
        target = said if true is None else int(true)
        scores = yield from influence(scene.epochs, sample, target, train, labels)
        layer = last_features(tuple(network.layers.values()))
        distance = yield from distances(network, layer, sample, train)
        is_right = said == target
        raised = "hindered" if is_right else "to blame"
        values = {"helped": -scores, raised: scores} if is_right else {raised: scores, "helped": -scores}
        values["nearest"] = distance
        itself = _copies(sample, train, distance)
        ranked = {row: np.argsort(found, kind="stable") for row, found in values.items()}
        rows = {row: index[places[~np.isin(places, itself)][: self.shown]] for row, places in ranked.items()}
        captions = {int(number): match.name(label) for number, label in zip(index, labels, strict=True)}
        wrong = "" if is_right else f", but is “{in_words(target)}”"
        known = was_trained_on(network, scene.train.name)
        yield Sheet(
            f"{network.name} · influence · {sample.short}",
            f"Taken for “{in_words(said)}” ({probabilities[said]:.0%} sure){wrong}: {_those(len(train), known)}"
            f" lowered its loss as “{in_words(target)}” most (helped), raised it most ({raised}), and the nearest in"
            f" {layer}.{_left_out(index[itself])} By TracIn over {_over(len(scene.epochs))}.",
            _panels(network, sample, scene.train, rows, captions),
            {"influence": scores, "distance": distance, "index": index, "label": labels},
            note=HELD_OUT if known else _learned_elsewhere(network),
            source="G. Pruthi, F. Liu, M. Sundararajan, S. Kale, Estimating training data influence by tracing gradient"
            " descent, 2020, arXiv 2002.08484",
        )


def _those(count: int, known: bool) -> str:
    """Which examples are shown, part of a sentence."""
    if known:
        return f"of {count:,} training examples, those that"
    return f"had it learned from these {count:,} examples, those that would have"


def _copies(sample: Sample, train: Samples, distance: np.ndarray) -> list[int]:
    """The places of a sample itself among training examples at these distances (n,)."""
    from dlviz.scan.content_keys import content_key

    near, key = np.flatnonzero(distance <= ALIKE * distance.max()), content_key(sample)
    return [int(n) for n in near if content_key(train.sample(int(n))) == key]


def _left_out(numbers: np.ndarray) -> str:
    """That the sample itself, one of the training examples, is not shown, a sentence; empty where it is none."""
    return f" It is itself among them, as no. {numbers[0]}, and left out." if len(numbers) else ""


def _learned_elsewhere(network: Network) -> str:
    """What is known of the data that the network learned from, where it is not the data that is looked at."""
    known = network.card.data.split(",")[0] if network.card else ""
    if not known:
        return f"What {network.name} learned from is not known."
    return f"{network.name} learned from {known}."


def _over(states: int) -> str:
    return f"{states} epochs" if states > 1 else "its last weights"


def _panels(
    network: Network, sample: Sample, train: Samples, rows: dict[str, np.ndarray], captions: dict[int, str]
) -> tuple[Panel, ...]:
    """The sample, and the rows of training examples: of pictures one contact sheet."""
    from dlviz.panels.listed_samples import listed, pictures
    from dlviz.panels.samples import sample_panels

    given = sample_panels(network, sample)
    if not network.takes_pictures:
        listings = [listed(network, train, row, found, captions.__getitem__) for row, found in rows.items()]
        return (*given, *chain.from_iterable(listings))
    numbers = np.concatenate(list(rows.values()))
    tiles = Tiles(
        pictures(network, train, [int(number) for number in numbers]),
        "pixels",
        captions=tuple(captions[number] for number in numbers),
        columns=len(numbers) // len(rows),
        row_labels=tuple(rows),
        together=len(rows),  # to be compared
        role="main",
    )
    return (*given, tiles)
