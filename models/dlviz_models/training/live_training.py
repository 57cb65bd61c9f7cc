"""A training that is looked at and steered while it runs: turned, stepped, rewound, kept at any moment."""

import os
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from dlviz_models.cards import MAX_TEXT
from dlviz_models.errors import UserError
from dlviz_models.training.epoch import Diverged, can_start_within
from dlviz_models.training.handover import reports_of
from dlviz_models.training.recipe import OPTIONS, Recipe, since_best
from dlviz_models.training.run import TrainingProgress, TrainingRun, save_network
from dlviz_models.training.snapshots import Snapshots

TURN_SECONDS = 0.1
"""Of training from one moment to the next, where steps are shorter."""
Point = tuple[float, dict[str, float]]
"""Epochs done, and the measures there: `loss` and `accuracy` since the point before, or `val_...` of an epoch."""


@dataclass(frozen=True)
class Hyperparameters:
    """What can be turned while a network is trained; the momentum is None where the optimizer has none."""

    learning_rate: float
    momentum: float | None
    weight_decay: float
    batch: int


@dataclass(frozen=True)
class Moment:
    """Where a live training stands.

    Attributes:
        done: epochs, a fraction while within one.
        epochs: how many there are to be.
        seen: examples of the present epoch that have been seen.
        seconds: of training so far.
        stage: the layer that learns on its own before the first epoch, or empty.
        diverged: a sentence, where the loss is no longer a number; then there is nothing to do but rewind.
        figures: those of the best epoch on the test part, once all epochs are done; its weights are in the network.
    """

    done: float
    epochs: int
    seen: int
    seconds: float
    hyperparameters: Hyperparameters
    stage: str = ""
    diverged: str = ""
    figures: dict[str, float] = field(default_factory=dict)


class _Restart(Exception):
    """The epoch is to be taken up anew from `LiveTraining._start`."""


class LiveTraining:
    """A `TrainingRun` that stands still at every moment, a tenth of a second or a batch apart, until one asks for the
    next. Left alone it is `TrainingRun.run` and `finish`, step for step.

    Args:
        make: returns the training, given what is to be called with its progress (`training.training_run`).

    Attributes:
        points: how it went so far.
        left: how it went on the road that the last rewinding left.
        changes: what was turned by hand so far, in words.
        now: the present moment.

    Raises:
        UserError: it does not compute in float32.
    """

    def __init__(self, make: Callable[[Callable[[TrainingProgress], None]], TrainingRun]) -> None:
        self.run = make(self._on_progress)
        if self.run.learner is not self.run.model:
            raise UserError("A training in mixed precision cannot be watched; leave precision as it is.")
        self.points: list[Point] = []
        self.left: list[Point] = []
        self.changes: list[str] = []
        self.card = self.run.plan.card
        self._snapshots = Snapshots()
        self._best: list[np.ndarray] = []
        self._seconds = self._resumed = 0.0
        self._start = 0
        self._is_prepared = self._is_within = self._is_restarting = False
        self._later: tuple[Recipe, int] | None = None
        self._means = _Means(0)
        self._report: Callable[[Moment], None] = lambda _: None
        self.now = self._moment()
        self._moments: Generator[Moment, None, None] = reports_of(self._train)
        self.go_by_batches(False)

    # -- going on ----------------------------------------------------------------------------------------------

    def moments(self) -> Iterator[Moment]:
        """Yield moment after moment, from where it stands now; the last one has `figures`.

        Raises:
            UserError: the loss is no longer a number and one goes on all the same.
        """
        for moment in self._moments:  # noqa: UP028  # `yield from` would end the training where one leaves off
            yield moment
        self._moments = reports_of(self._train)  # it may be rewound yet

    def close(self) -> None:
        """End the training where it stands."""
        self._moments.close()

    def _train(self, report: Callable[[Moment], None]) -> None:
        self._report, self._resumed = report, time.perf_counter()
        if not self._is_prepared:
            self.run.prepare()
            self._is_prepared = True
            self._hand_over()
        while self._goes_on():
            self._train_epoch()
            if not self.run.goes_on:
                self._finish()

    def _goes_on(self) -> bool:
        """Whether there are epochs to come; what waited for the next one is changed."""
        if self._later:
            self.run.change(*self._later)
            self._later = None
        return self.run.goes_on

    def _train_epoch(self) -> None:
        """Train to the end of an epoch, or until it is to be taken up anew."""
        start, self._start = self._start, 0
        self._means, self._is_within, self._is_restarting = _Means(start), True, False
        try:
            self.run.run_epoch(start)
        except _Restart:
            return
        except Diverged as error:
            self._hand_over(diverged=f"{str(error).split(';')[0]}: rewind, and take a smaller learning rate.")
            if not self._is_restarting:
                raise
            return
        self._is_within, self.run.seen = False, 0
        if since_best(self.run.scores) == 0:
            self._best = self.run.model.get_weights()
        self._add({name: value for name, value in self.run.history[-1].items() if name.startswith("val_")})
        self._hand_over()

    def _finish(self) -> None:
        figures = self.run.finish()
        accuracy = figures.get("sequence_accuracy", figures.get("accuracy"))
        self.card = replace(self.run.plan.card, accuracy=accuracy)
        self._hand_over(figures=figures)

    def _on_progress(self, progress: TrainingProgress) -> None:
        if progress.stage:
            self._hand_over(stage=progress.stage)
        elif self._is_within and "val_loss" not in progress.measures:
            self._add(self._means.since(self.run.seen, progress.measures))
            if self.run.seen < len(self.run.task.train):  # else the epoch's end follows
                self._hand_over()
            if self._is_restarting:
                raise _Restart

    def _add(self, measures: dict[str, float]) -> None:
        self.points.append((self.done, measures))

    def _hand_over(self, *, stage: str = "", diverged: str = "", figures: dict[str, float] | None = None) -> None:
        """Stand still until the next moment is asked for."""
        run, now = self.run, time.perf_counter()
        self._seconds += now - self._resumed
        if not (stage or diverged or figures) and (not self._is_within or self._can_start_within):
            self._snapshots.take(run, self._seconds, self._best, len(self.points), len(self.changes))
        self.now = self._moment(stage, diverged, figures)
        self._report(self.now)
        self._resumed = time.perf_counter()

    def _moment(self, stage: str = "", diverged: str = "", figures: dict[str, float] | None = None) -> Moment:
        plan, seen, turned = self.run.plan, self.run.seen, self.hyperparameters
        return Moment(self.done, plan.epochs, seen, self._seconds, turned, stage, diverged, figures or {})

    # -- stepping in -------------------------------------------------------------------------------------------

    @property
    def done(self) -> float:
        """Epochs done, a fraction while within one."""
        return len(self.run.scores) + self.run.seen / len(self.run.task.train)

    @property
    def hyperparameters(self) -> Hyperparameters:
        """What they stand at."""
        recipe, batch = self._later or (self.run.recipe, self.run.plan.batch)
        rate = float(self.run.trainer.optimizer.learning_rate)
        return Hyperparameters(rate, recipe.momentum_used, recipe.weight_decay, batch)

    @property
    def _can_start_within(self) -> bool:
        return can_start_within(self.run.trainer, self.run.task)

    def change(self, **turned: float) -> None:
        """Go on with another `learning_rate`, which then stays, `momentum`, `weight_decay` or `batch`: from the next
        step on where an epoch can be taken up at any step, or else from the next epoch on.

        Raises:
            UserError: a value is out of range, or the optimizer has no momentum.
        """
        recipe, batch = self._later or (self.run.recipe, self.run.plan.batch)
        batch = _whole(turned.pop("batch", batch))
        new = {name: OPTIONS[name].read(value) for name, value in turned.items()}
        if new.get("momentum", 0) and recipe.momentum_used is None:
            raise UserError(f"The optimizer {recipe.optimizer} has no momentum; turn something else.")
        if "learning_rate" in new:
            recipe = replace(recipe, schedule="constant", warmup=0)
        recipe = replace(recipe, **new)
        self._write_down([*self.changes, self._in_words(asdict(recipe), batch)])
        if self.run.changes_rate_alone(recipe) and batch == self.run.plan.batch and not self._later:
            self.run.change(recipe, batch)
        elif self._is_within and not self._can_start_within:
            self._later = recipe, batch
        else:
            self.run.change(recipe, batch)
            self._restart(self.run.seen)
        self.now = replace(self.now, hyperparameters=self.hyperparameters)

    def _in_words(self, recipe: dict[str, Any], batch: int) -> str:
        before = asdict(self.run.recipe) | {"batch": self.run.plan.batch}
        after = recipe | {"batch": batch}
        said = [f"{name}={value}" for name, value in after.items() if value != before[name]]
        step = int(self.run.trainer.optimizer.iterations)
        return f"{', '.join(said)} from step {step} (epoch {self.done:.2f})"

    def _write_down(self, changes: list[str]) -> None:
        """Have what was turned stand in the card of each network that is kept from now on."""
        self.changes = changes
        said = "; ".join(changes)
        turned = said if len(said) <= MAX_TEXT else f"{said[: MAX_TEXT - 1]}…"
        self.run.plan = replace(self.run.plan, card=replace(self.run.plan.card, turned=turned))
        self.card = replace(self.card, turned=turned)

    def rewind(self, seconds: float = 10.0) -> None:
        """Go back by so many seconds of training, or to the oldest moment that is remembered; the learning rate and all
        else that was turned stand as they did then.

        Raises:
            UserError: nothing is remembered yet.
        """
        found = self._snapshots.back(self._seconds - seconds)
        if found is None:
            raise UserError("There is nothing to go back to yet; wait for the first epoch.")
        found.restore(self.run)
        self.run.plan.logs.go_back(len(self.run.scores))
        self.card = self.run.plan.card
        self._later, self._best, self._seconds = None, found.best, found.seconds
        self.points, self.left = self.points[: found.points], self.points[found.points :]
        self._write_down(self.changes[: found.changes])
        self._restart(found.seen)
        self.now = self._moment()

    def _restart(self, seen: int) -> None:
        """Take the epoch up after so many examples as soon as the next moment is asked for."""
        self._start, self._is_restarting = seen, True

    def go_by_batches(self, wanted: bool) -> None:
        """Stand still after every batch, or only a few times a second; where Keras takes several batches at once, after
        these."""
        if hasattr(self.run.trainer, "set_turn"):
            self.run.trainer.set_turn(0 if wanted else TURN_SECONDS)

    def keep(self, path: str | os.PathLike[str]) -> None:
        """Write the network as it stands to a .keras file, with its card.

        Raises:
            UserError: the file cannot be written.
        """
        path = Path(path)
        if path.suffix != ".keras":
            raise UserError(f"{path.name} must end in .keras; correct the name.")
        measured = self.card.measured_on if self.card.accuracy is not None else ""
        save_network(self.run.model, path, replace(self.card, measured_on=measured))


class _Means:
    """Means over the last examples, from means over all since `start`."""

    def __init__(self, start: int) -> None:
        self._start = self._seen = start
        self._before: dict[str, float] = {}

    def since(self, seen: int, means: dict[str, float]) -> dict[str, float]:
        """Return the means over the examples between the call before and this one."""
        done, new = self._seen - self._start, max(1, seen - self._seen)
        found = {n: (m * (done + new) - self._before.get(n, 0.0) * done) / new for n, m in means.items()}
        self._seen, self._before = seen, dict(means)
        return found


def _whole(batch: float) -> int:
    if batch < 1 or batch != int(batch):
        raise UserError(f"A batch of {batch:g} is too small; the least is 1.")
    return int(batch)
