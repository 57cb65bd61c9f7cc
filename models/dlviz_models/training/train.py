"""Training a network on a data set, from options to the file and the figures that come of it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from dlviz_models.cards import Card
from dlviz_models.errors import UserError
from dlviz_models.networks import NetworkSpec
from dlviz_models.networks import network as network_named
from dlviz_models.tasks import Task, task_for
from dlviz_models.training.logs import Logs
from dlviz_models.training.recipe import recipe_and_settings
from dlviz_models.training.run import Plan, TrainingProgress, TrainingRun

if TYPE_CHECKING:
    from dlviz_models.training.distribution import Workers


@dataclass(frozen=True)
class Result:
    """What a training came to: `dlviz train --json`.

    `score` is that of the best epoch on the held-out part (`Task.score`), to compare trainings by without a look at the
    test part. The figures from `accuracy` on are those of that epoch on the test part; None where they do not fit.
    """

    network: str
    data: str
    parameters: int
    epochs: int
    seconds: float
    examples_per_second: float
    backend: str
    device: str
    seed: int
    out: str
    score: float
    accuracy: float | None = None
    loss: float | None = None
    reconstruction_error: float | None = None
    sequence_accuracy: float | None = None
    bleu: float | None = None
    root_accuracy: float | None = None
    node_accuracy: float | None = None
    snr_gain_db: float | None = None


def train(
    network: str,
    data: Any,
    out: str | os.PathLike[str],
    *,
    epochs: int = 10,
    batch: int = 128,
    limit: int | None = None,
    seed: int = 0,
    draw: int | None = None,
    options: Mapping[str, Any] | None = None,
    resume: bool = False,
    command: str = "",
    log: str | os.PathLike[str] | None = None,
    tensorboard: str | os.PathLike[str] | None = None,
    keep_epochs: str | os.PathLike[str] | None = None,
    estimate: bool = False,
    progress: Callable[[TrainingProgress], None] = lambda _: None,
    workers: "Workers | None" = None,
) -> Result:
    """Train a network of `NETWORKS` and write it to `out` (`.keras`, with a card, without the optimizer).

    A tenth of the training part, drawn by `seed`, is held out; `out` always holds the epoch that did best there. The
    test part is looked at once, at the end. After each epoch the whole state goes into `out` + ".resume.npz", from
    which `resume` goes on as if nothing had happened; it is removed at the end. Adam, learning rate 0.002 falling to
    zero along a cosine, unless `options` says otherwise (`Recipe`).

    Args:
        data: what `open_dataset` returns.
        epochs, batch: how often each example is seen, and how many in a step.
        limit: train on that many examples only, drawn by `seed`.
        draw: draws the examples in place of `seed`.
        options: the builder's and those of `Recipe`, by name, as values or text. The others follow the data.
        command: for the card.
        log: CSV file for the measures of each epoch.
        tensorboard, keep_epochs: folders for the same in TensorBoard's format, and for the network after each epoch.
        estimate: try a few steps first, and put what all will take into the first `TrainingProgress`.
        progress: called several times an epoch; what it raises ends the training.
        workers: devices that divide each batch among them (`distribution.train_distributed`).

    Raises:
        UserError: an option, the data or the file cannot be used, or the loss is no longer a number.
    """
    run = training_run(
        network,
        data,
        out,
        epochs=epochs,
        batch=batch,
        limit=limit,
        seed=seed,
        draw=draw,
        options=options,
        command=command,
        logs=Logs(*(None if place is None else Path(place) for place in (log, tensorboard, keep_epochs))),
        progress=progress,
        workers=workers,
    )
    return _result(run, data.name, resume, estimate)


def training_run(
    network: str,
    data: Any,
    out: str | os.PathLike[str],
    *,
    epochs: int = 10,
    batch: int = 128,
    limit: int | None = None,
    seed: int = 0,
    draw: int | None = None,
    options: Mapping[str, Any] | None = None,
    command: str = "",
    logs: Logs | None = None,
    progress: Callable[[TrainingProgress], None] = lambda _: None,
    workers: "Workers | None" = None,
) -> TrainingRun:
    """Return the training that `train` runs, before its first step; the same arguments.

    Raises:
        UserError: an option, the data or the file cannot be used.
    """
    spec, path = network_named(network), Path(out)
    _check(path, epochs, batch, limit)
    keras.utils.set_random_seed(seed)
    recipe, settings = recipe_and_settings(spec, options or {})
    task = task_for(spec, data, settings, limit, seed if draw is None else draw)
    settings |= task.settings
    conditions = {"network": network, "data": data.name, "limit": limit, "batch": batch, "seed": seed, **settings}
    conditions |= recipe.chosen if draw is None else {"draw": draw, **recipe.chosen}
    card = _card(spec, data.name, task, command)
    plan = Plan(path, epochs, batch, seed, card, conditions, logs or Logs(), progress, workers)
    return TrainingRun(plan, task, recipe, lambda: spec.build(**settings))


def _result(run: TrainingRun, data: str, resume: bool, estimate: bool) -> Result:
    """Train to the end and return what came of it."""
    run.restore(resume)
    epochs_before = len(run.scores)
    seconds = run.run(estimate)
    figures = run.finish()
    epochs = len(run.scores)
    examples = (epochs - epochs_before) * len(run.task.train)
    return Result(
        network=run.plan.card.name,
        data=data,
        parameters=run.model.count_params(),
        epochs=epochs,
        seconds=round(seconds, 3),
        examples_per_second=round(examples / seconds, 1) if examples else 0.0,
        backend=keras.backend.backend(),
        device=run.device,
        seed=run.plan.seed,
        out=str(run.plan.path),
        score=max(run.scores),
        **figures,
    )


def _card(spec: NetworkSpec, data: str, task: Task, command: str) -> Card:
    return Card(
        name=spec.name,
        data=f"{data}, {len(task.train)} {task.things} of the training part",
        measured_on=f"{data}, {len(task.test)} {task.things} of the test part",
        class_names=task.class_names,
        fit=task.fit,
        command=command,
    )


def _check(path: Path, epochs: int, batch: int, limit: int | None) -> None:
    if path.suffix != ".keras":
        raise UserError(f"--out {path} must end in .keras; correct the name.")
    if not path.parent.is_dir():
        raise UserError(f"The folder of --out {path} does not exist; create it first.")
    for name, value in (("epochs", epochs), ("batch", batch), ("limit", limit)):
        if value is not None and value < 1:
            raise UserError(f"--{name} {value} is too small; the least is 1.")
