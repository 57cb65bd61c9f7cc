"""The input and the result of the panels for every kind of answer."""

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
class Answers:
    """The answers of a network to n samples.

    Attributes:
        network: the network with the output that is shown as the chosen one.
        feeds: the feeds of the samples.
        raw: the raw output, (n, ...).
        most: the maximum number of classes or alternatives shown.
        with_samples: whether the samples are shown as well.
    """

    network: Network
    samples: Sequence[Sample]
    feeds: Feeds
    raw: np.ndarray
    most: int
    with_samples: bool = True

    @property
    def output(self) -> Output:
        return self.network.chosen_output

    @property
    def first(self) -> str:
        """The first sample, for sentences."""
        return self.samples[0].title

    def target(self, number: int) -> object:
        """The target of a sample for the output that is shown; None if unknown. Targets that are not given by output
        belong to the first one."""
        is_first = self.output.name == next(iter(self.network.outputs))
        if not is_first and not isinstance(self.samples[number].target, Mapping):
            return None
        return true_answer(self.network, self.samples[number])

    def sample_panels(self, number: int) -> list[Panel]:
        """The panels of a sample, if it is to be shown."""
        return list(sample_panels(self.network, self.samples[number])) if self.with_samples else []

    def class_names(self, count: int) -> tuple[str, ...]:
        """The names of the first `count` classes, or their numbers."""
        return tuple(self.network.class_name(number) for number in range(count))


@dataclass(frozen=True)
class AnswerPanels:
    """Panels for all samples, a predicate about the first one, and raw arrays with one entry per sample."""

    panels: list[Panel]
    summary: str
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
