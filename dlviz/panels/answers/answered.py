"""What the panels of every kind of answer are made from, and their result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.jobs import Output
from dlviz.network import Network
from dlviz.panels.samples import sample_panels
from dlviz.sheet import Panel
from dlviz.targets import true_answer
from dlviz_models.data.samples import Sample


@dataclass(frozen=True)
class Answered:
    """What a network made of n samples.

    Attributes:
        network: looked at by the output that is shown.
        feeds: what the samples were fed as.
        raw: the answer as the model gives it, (n, ...).
        most: how many of the likeliest are shown.
        with_given: whether the samples are shown as well.
    """

    network: Network
    samples: Sequence[Sample]
    feeds: Feeds
    raw: np.ndarray
    most: int
    with_given: bool = True

    @property
    def output(self) -> Output:
        return self.network.answered

    @property
    def first(self) -> str:
        """The first sample, for sentences."""
        return self.samples[0].title

    def target(self, number: int) -> object:
        """What is true of a sample, for the output that is shown; None where nothing is known.

        What belongs to no output by name belongs to the first one.
        """
        is_first = self.output.name == next(iter(self.network.outputs))
        if not is_first and not isinstance(self.samples[number].target, Mapping):
            return None
        return true_answer(self.network, self.samples[number])

    def given(self, number: int) -> list[Panel]:
        """A sample as a person knows it, where it is to be shown."""
        return list(sample_panels(self.network, self.samples[number])) if self.with_given else []

    def class_names(self, count: int) -> tuple[str, ...]:
        """The names of the first `count` classes, their numbers where they have none."""
        return tuple(self.network.class_name(number) for number in range(count))


@dataclass(frozen=True)
class Shown:
    """Panels for all samples, a predicate about the first one, and raw arrays with one entry a sample."""

    panels: list[Panel]
    summary: str
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
