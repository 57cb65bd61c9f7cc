"""Lessons about training: they show recorded results at once, or train again."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from dlviz.experiments import Experiment, Outcome
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz.view import Scene, View

RECORDED, TRAINED_HERE = "recorded", "trained here"


def result(only: tuple[Any, ...] = ()) -> Any:
    """The option that every such lesson has; `only`: the condition under which it applies."""
    return option(
        RECORDED,
        "recorded: at once; trained here: the same training now, in less than a minute",
        choices=(RECORDED, TRAINED_HERE),
        only=only,
        label="result",
    )


class TrainedLesson(View):
    """A lesson about the outcome of an experiment, updated during training."""

    result: str

    @abstractmethod
    def experiment(self) -> Experiment:
        """The experiment for these options."""

    @abstractmethod
    def sheet(self, outcome: Outcome) -> Sheet:
        """The sheet for an outcome, parts of which may still be NaN."""

    def is_long(self) -> bool:
        return self.result == TRAINED_HERE

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        if not self.is_long():
            yield self.sheet(self.experiment().recorded())
            return
        for found in self.experiment().trained():
            yield found if isinstance(found, Progress) else self.sheet(found)
