"""An epoch of training: plain `model.fit`, and which kind of model makes it fastest here."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING

import keras
import numpy as np

from dlviz_models.errors import UserError
from dlviz_models.tasks import Task

if TYPE_CHECKING:
    from dlviz_models.training.distribution import Workers


def compiled(
    network: keras.Model,
    task: Task,
    batch: int,
    optimizer: keras.optimizers.Optimizer,
    workers: "Workers | None" = None,
) -> keras.Model:
    """Return a model of the same layers, compiled, whose `fit` is fastest for the task on this backend and device, or
    divides its work among `workers`."""
    kind = fastest_kind() if task.steps_per_execution > 1 else keras.Model
    trainer = workers.trainer(network) if workers else kind(network.input, network.output)
    with workers.strategy.scope() if workers else nullcontext():
        compile_for(trainer, task, batch, optimizer)
    return trainer


def fastest_kind() -> type[keras.Model]:
    """Return the kind of model whose `fit` takes small steps fastest on this backend and device."""
    if keras.backend.backend() == "tensorflow":
        from dlviz_models.training import compiled_epoch

        if compiled_epoch.applies():
            return compiled_epoch.CompiledEpoch
    return keras.Model


def compile_for(trainer: keras.Model, task: Task, batch: int, optimizer: keras.optimizers.Optimizer) -> None:
    """Compile a model for a task; the optimizer has its variables then."""
    whole = getattr(trainer, "starts_within", False)
    steps = 1 if whole else max(1, min(task.steps_per_execution, len(task.train) // batch // 4))
    trainer.compile(optimizer, task.loss(), weighted_metrics=task.metrics(), steps_per_execution=steps)
    trainer.optimizer.build(trainer.trainable_variables)


class Diverged(UserError):
    """The loss is no longer a number."""


def can_start_within(trainer: keras.Model, task: Task) -> bool:
    """Say whether an epoch can be taken up after some of its examples: the order of the others is known then."""
    return task.steps_per_execution == 1 or getattr(trainer, "starts_within", False)


def seed_order(seed: int, by_numpy: bool) -> None:
    """Seed the order in which the next `fit` takes the examples.

    TensorFlow's own seed is set only where it draws that order, because with it all functions are optimized anew.
    """
    if by_numpy:
        np.random.seed(seed)  # noqa: NPY002
    else:
        keras.utils.set_random_seed(seed)


def fit_epoch(
    trainer: keras.Model,
    task: Task,
    batch: int,
    epoch: int,
    report: Callable[[int, dict[str, float]], None],
    start: int = 0,
) -> dict[str, float]:
    """Train for one epoch and return its measures, those on the held-out part as `val_...`.

    Args:
        epoch: its number, from 0 on.
        report: called several times with the number of examples seen in this epoch, and the measures on them.
        start: go on after so many examples, whole batches, of the epoch; where `can_start_within`, or 0.

    Raises:
        Diverged: the loss is no longer a number.
    """

    def after_step(step: int, logs: dict[str, float]) -> None:
        if not np.isfinite(logs["loss"]):
            raise Diverged(
                f"The loss became {logs['loss']} in epoch {epoch + 1}; train with a smaller learning rate"
                " (--set learning_rate=RATE) or clip the gradients (--set clip_norm=1)."
            )
        report(min(len(task.train), start + (step + 1) * batch), dict(logs))

    trainer.fit(
        **task.fit_on(batch, start),
        initial_epoch=epoch,
        epochs=epoch + 1,
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=after_step)],
        verbose=0,
    )
    return {name: float(values[-1]) for name, values in trainer.history.history.items()}
