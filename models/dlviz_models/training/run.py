"""A training under way: epoch after epoch of Keras's own `fit`, the best one kept, the whole state after each."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from dlviz_models.cards import Card, write_card
from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path
from dlviz_models.tasks import Task
from dlviz_models.training.augmentation import augmented
from dlviz_models.training.checkpoint import Checkpoint
from dlviz_models.training.epoch import can_start_within, compile_for, compiled, fit_epoch, seed_order
from dlviz_models.training.estimate import estimate
from dlviz_models.training.initialization import initialize
from dlviz_models.training.logs import Logs
from dlviz_models.training.precision import computing_in
from dlviz_models.training.recipe import Recipe, since_best

if TYPE_CHECKING:
    from dlviz_models.training.distribution import Workers


@dataclass(frozen=True)
class TrainingProgress:
    """Where a training stands: `done` of `epochs` (a fraction while within one), and the measures so far.

    Measures are `loss` and `accuracy` on what has been trained on, and at the end of an epoch `val_loss` and
    `val_accuracy` on the examples held out of the training part. Epochs in which layers learn on their own first count
    as well; `stage` is then the layer's name. `notes` are sentences for people, in the first report of a training: how
    the data was understood, and what the training will take.
    """

    done: float
    epochs: int
    measures: dict[str, float]
    device: str
    stage: str = ""
    notes: tuple[str, ...] = ()

    def among(self, number: int, count: int) -> "TrainingProgress":
        """Return where `count` trainings of as many epochs stand together, this being number 0, 1, ... of them."""
        notes = (*self.notes, f"This is the first of {count} trainings.") if self.notes and number == 0 else ()
        return replace(self, done=number * self.epochs + self.done, epochs=count * self.epochs, notes=notes)


@dataclass(frozen=True)
class Plan:
    """How long a network is trained and where everything goes that comes of it.

    Attributes:
        path: of the trained network.
        card: of the trained network, its accuracy still unknown.
        conditions: what must be the same when the training is resumed.
        seed: epoch e is shuffled by `seed` + e, so that a resumed epoch is shuffled as it would have been.
        progress: called several times an epoch; what it raises ends the training.
        workers: devices that divide each batch among them, or None.
    """

    path: Path
    epochs: int
    batch: int
    seed: int
    card: Card
    conditions: dict[str, Any]
    logs: Logs = field(default_factory=Logs)
    progress: Callable[[TrainingProgress], None] = lambda _: None
    workers: "Workers | None" = None


class TrainingRun:
    """A network that is being trained.

    Args:
        build: makes the network, with new weights.

    Attributes:
        model: the network as it is saved.
        history: the measures of each epoch done, with its number, seconds and learning rate.
        scores: `Task.score` of each epoch done.
        seen: how many examples of the present epoch have been seen.

    Raises:
        UserError: the network lacks the layer that the task trains, or an option of the recipe has a wrong value.
    """

    def __init__(self, plan: Plan, task: Task, recipe: Recipe, build: Callable[[], keras.Model]) -> None:
        self.plan, self.task, self.recipe = plan, task, recipe
        workers = plan.workers
        self.device = f"{workers.count} x {device_name()}" if workers else device_name()
        self.model = workers.build(build) if workers else build()
        with computing_in(recipe.precision):
            if recipe.precision == "float32":
                self.learner = self.model
            else:
                self.learner = workers.build(build) if workers else build()
            self.trainer = self._trainer(self.learner)
        self.checkpoint = Checkpoint(plan.path, self.trainer, plan.conditions)
        self.history: list[dict[str, float]] = []
        self.scores: list[float] = []
        self.seen = 0
        self._prepared_epochs = 0

    def restore(self, resume: bool) -> None:
        """Take up the state that an interrupted training left, if `resume`; all workers then have the same.

        Raises:
            UserError: as `Checkpoint.restore`.
        """
        self.history = self.checkpoint.restore() if resume else []
        if self.plan.workers:
            self.history = self.plan.workers.share(self.history, self.checkpoint.variables)
        self.scores = [self.task.score(row) for row in self.history]

    def run(self, with_estimate: bool = False) -> float:
        """Train until the last epoch, or until the recipe stops; return the seconds it took, without those of a trial.

        Args:
            with_estimate: find out by a trial what it will take, and report that first.

        Raises:
            UserError: the loss is no longer a number.
        """
        started = time.perf_counter()
        if self.history:
            self._write_outputs()  # it may have been interrupted between the checkpoint and this
        else:
            self.prepare()
        trial_started = time.perf_counter()
        self._report_notes(with_estimate)
        started += time.perf_counter() - trial_started
        while self.goes_on:
            self.run_epoch()
        return time.perf_counter() - started

    def prepare(self) -> None:
        """Do what comes before the first epoch."""
        self.task.prepare(self.learner, self.recipe, self.plan.batch, self._after_preparation_epoch)

    @property
    def goes_on(self) -> bool:
        """Whether there are epochs to come: the recipe may stop before the last one."""
        return len(self.scores) < self.plan.epochs and not self.recipe.stops(self.scores)

    def finish(self) -> dict[str, float]:
        """Measure the best epoch on the test part, write its card, remove the checkpoint; return the figures."""
        plan, workers = self.plan, self.plan.workers
        if self.learner is not self.model:
            self.trainer = self._trainer(self.model)
        if not workers or workers.first:
            self.model.load_weights(plan.path)
        if workers:
            workers.share([], self.model.variables)
        figures = {name: round(value, 6) for name, value in self.task.measure(self.model, self.trainer).items()}
        accuracy = figures.get("sequence_accuracy", figures.get("accuracy"))
        save_network(self.model, plan.path, replace(plan.card, accuracy=accuracy))
        self.checkpoint.remove()
        return figures

    def run_epoch(self, start: int = 0) -> None:
        """Train for one epoch, or for the rest of it after `start` examples (`epoch.can_start_within`).

        Raises:
            UserError: the loss is no longer a number.
        """
        epoch, started = len(self.scores), time.perf_counter()
        if (rate := self.recipe.epoch_rate(self.scores)) is not None:
            self.trainer.optimizer.learning_rate = rate
        seed_order(self.plan.seed + epoch, by_numpy=can_start_within(self.trainer, self.task))
        measures = fit_epoch(self.trainer, self.task, self.plan.batch, epoch, self._report, start)
        self._report(len(self.task.train), measures)
        rate, seconds = float(self.trainer.optimizer.learning_rate), round(time.perf_counter() - started, 3)
        self.history.append({"epoch": epoch + 1, "seconds": seconds, "learning_rate": rate, **measures})
        self.scores.append(self.task.score(measures))
        self.checkpoint.save(self.history)
        self._write_outputs()

    def _write_outputs(self) -> None:
        """Write the network if its last epoch is the best so far, and the logs of that epoch."""
        if since_best(self.scores) == 0:
            self._save(self.plan.path, self.plan.card)
        card = replace(
            self.plan.card,
            name=f"{self.plan.card.name}, epoch {len(self.scores)}",
            measured_on="",
            learning_rate=self.history[-1]["learning_rate"],
        )
        self.plan.logs.write(self.history, self.device, lambda path: self._save(path, card))

    def _save(self, path: Path, card: Card) -> None:
        if self.learner is not self.model:
            self.model.set_weights(self.learner.get_weights())
        save_network(self.model, path, card)

    def _after_preparation_epoch(self, layer: str, done: int, total: int) -> None:
        self._prepared_epochs = total
        self.checkpoint.save([])
        self.plan.progress(TrainingProgress(done, total + self.plan.epochs, {}, self.device, layer))

    def _report_notes(self, with_estimate: bool) -> None:
        """Report how the data was understood, and if asked for, what the epochs still to come will take."""
        notes, left = self.task.notes, self.plan.epochs - len(self.scores)
        if with_estimate and left > 0 and not self.plan.workers:
            found = estimate(self.trainer, self.task, self.plan.batch, left, self.checkpoint.variables)
            notes = (*notes, f"This takes {found}.")
        if notes:
            done = self._prepared_epochs + len(self.scores)
            self.plan.progress(
                TrainingProgress(done, self._prepared_epochs + self.plan.epochs, {}, self.device, notes=notes)
            )

    def _report(self, seen: int, measures: dict[str, float]) -> None:
        """Report so many examples of the present epoch as seen."""
        self.seen = seen
        before = self._prepared_epochs
        done, epochs = before + len(self.scores) + seen / len(self.task.train), before + self.plan.epochs
        self.plan.progress(TrainingProgress(done, epochs, measures, self.device))

    def _trainer(self, model: keras.Model) -> keras.Model:
        """Return a compiled model over the same layers up to the logits, so that `model` has no optimizer to save."""
        task, recipe, plan = self.task, self.recipe, self.plan
        if task.output not in {layer.name for layer in model.layers}:
            raise UserError(f"{model.name} has no layer {task.output} to train; leave include_top at its default.")
        if recipe.initializer:
            initialize(model, recipe.initializer)
        network = keras.Model(model.input, model.get_layer(task.output).output)
        if recipe.augment:
            network = augmented(network, recipe.augment)
        return compiled(network, task, plan.batch, recipe.keras_optimizer(plan.epochs, self._steps), plan.workers)

    @property
    def _steps(self) -> int:
        """Of an epoch."""
        return math.ceil(len(self.task.train) / self.plan.batch)

    def change(self, recipe: Recipe, batch: int) -> None:
        """Train on by another rate, schedule, momentum or weight decay, or with batches of another size.

        What the optimizer has gathered is kept where the new one can use it; a schedule goes on from the same share of
        the training.
        """
        only_rate = self.changes_rate_alone(recipe)
        self.plan, self.recipe = replace(self.plan, batch=batch), recipe
        if only_rate:
            self.trainer.optimizer.learning_rate = recipe.height
            return
        before = slots(self.trainer.optimizer)
        compile_for(self.trainer, self.task, batch, recipe.keras_optimizer(self.plan.epochs, self._steps))
        optimizer = self.trainer.optimizer
        optimizer.iterations.assign(len(self.scores) * self._steps + self.seen // batch)
        if len(before) == len(slots(optimizer)):
            for old, new in zip(before, slots(optimizer), strict=True):
                new.assign(old)
        self.checkpoint = Checkpoint(self.plan.path, self.trainer, self.plan.conditions)

    def changes_rate_alone(self, recipe: Recipe) -> bool:
        """Say whether another recipe differs from the present one in its rate at most, the same in all steps."""
        return recipe.schedule != "cosine" and replace(recipe, learning_rate=self.recipe.learning_rate) == self.recipe


def slots(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """Return what an optimizer has gathered of the gradients, weight by weight."""
    return [variable for variable in optimizer.variables if variable.name not in ("iteration", "learning_rate")]


def save_network(model: keras.Model, path: Path, card: Card) -> None:
    """Write a network with its card, whole or not at all."""
    with atomic_path(path) as temporary:
        model.save(temporary)
        write_card(temporary, card)


def device_name() -> str:
    """Return the name of the first device that is not a CPU, or else of the CPU."""
    devices = keras.distribution.list_devices()
    return next((device for device in devices if not device.startswith("cpu")), devices[0])
