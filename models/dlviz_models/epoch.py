"""An epoch of training: plain `model.fit`, and which kind of model makes it fastest here."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import keras
import numpy as np

from dlviz_models.errors import UserError
from dlviz_models.tasks import Task

if TYPE_CHECKING:
    from dlviz_models.distribution import Workers


def compiled(
    network: keras.Model,
    task: Task,
    batch: int,
    optimizer: keras.optimizers.Optimizer,
    workers: "Workers | None" = None,
) -> keras.Model:
    """Return a model of the same layers, compiled, whose `fit` is fastest for the task on this backend and device, or
    divides its work among `workers`."""
    kind, steps = keras.Model, max(1, min(task.steps_per_execution, len(task.train) // batch // 4))
    if keras.backend.backend() == "tensorflow" and task.steps_per_execution > 1:
        from dlviz_models import compiled_epoch

        if compiled_epoch.applies():
            kind, steps = compiled_epoch.CompiledEpoch, 1
    trainer = workers.trainer(network) if workers else kind(network.input, network.output)
    trainer.compile(optimizer, task.loss(), weighted_metrics=list(task.metrics), steps_per_execution=steps)
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer


def fit_epoch(
    trainer: keras.Model, task: Task, batch: int, epoch: int, report: Callable[[float, dict[str, float]], None]
) -> dict[str, float]:
    """Train for one epoch and return its measures, those on the held-out part as `val_...`.

    Args:
        epoch: its number, from 0 on.
        report: called several times with the share of the epoch that is done, 0..1, and the measures so far.

    Raises:
        UserError: the loss is no longer a number.
    """
    steps = math.ceil(len(task.train) / batch)

    def after_step(batch: int, logs: dict[str, float]) -> None:
        if not np.isfinite(logs["loss"]):
            raise UserError(
                f"The loss became {logs['loss']} in epoch {epoch + 1}; train with a smaller --set learning_rate=RATE "
                "or with --set clip_norm=1."
            )
        report(min(1, (batch + 1) / steps), dict(logs))

    trainer.fit(
        **task.fit_on(batch),
        initial_epoch=epoch,
        epochs=epoch + 1,
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=after_step)],
        verbose=0,
    )
    return {name: float(values[-1]) for name, values in trainer.history.history.items()}
