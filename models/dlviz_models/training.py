"""Training a network: plain `model.fit`, an epoch at a time, which survives being interrupted."""

import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from dlviz_models.augmentation import augmented
from dlviz_models.cards import Card, write_card
from dlviz_models.checkpoint import Checkpoint
from dlviz_models.epoch import compiled, fit_epoch
from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path
from dlviz_models.initialization import initialize
from dlviz_models.logs import Logs
from dlviz_models.networks import NetworkSpec
from dlviz_models.networks import network as network_named
from dlviz_models.precision import computing_in
from dlviz_models.recipe import Recipe, recipe_and_settings, since_best
from dlviz_models.tasks import Task, task_for

if TYPE_CHECKING:
    from dlviz_models.distribution import Workers


@dataclass(frozen=True)
class Progress:
    """Where a training stands: `done` of `epochs` (a fraction while within one), and the measures so far.

    Measures are `loss` and `accuracy` on what has been trained on, and at the end of an epoch `val_loss` and
    `val_accuracy` on the examples held out of the training part. Epochs in which layers learn on their own first count
    as well; `stage` is then the layer's name.
    """

    done: float
    epochs: int
    measures: dict[str, float]
    device: str
    stage: str = ""

    def among(self, number: int, count: int) -> "Progress":
        """Return where `count` trainings of as many epochs stand together, this being number 0, 1, ... of them."""
        return replace(self, done=number * self.epochs + self.done, epochs=count * self.epochs)


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
    progress: Callable[[Progress], None] = lambda _: None,
    workers: "Workers | None" = None,
) -> Result:
    """Train a network of `NETWORKS` and write it to `out` (`.keras`, with a card, without the optimizer).

    A tenth of the training part, drawn by `seed`, is held out; `out` always holds the epoch that did best there. The
    test part is looked at once, at the end. After each epoch the whole state goes into `out` + ".resume.npz", from
    which `resume` goes on as if nothing had happened; it is removed at the end. Adam, learning rate 0.002 falling to
    zero along a cosine, unless `options` says otherwise (`Recipe`).

    Args:
        data: what `open_dataset` returns.
        epochs: how often each example is seen.
        batch: examples a step.
        limit: train on that many examples only, drawn by `seed`.
        draw: draws the examples in place of `seed`.
        options: the builder's and those of `Recipe`, by name; values may be text. Those that the task's data decides
            follow the data.
        command: for the card.
        log: CSV file for the measures of each epoch.
        tensorboard: folder for the same in TensorBoard's format.
        keep_epochs: folder for the network as each epoch left it.
        progress: called several times an epoch; what it raises ends the training.
        workers: devices that divide each batch among them (`distribution.train_distributed`).

    Raises:
        UserError: an option, the data or the file does not do, or the loss is no longer a number.
    """
    spec = network_named(network)
    path = Path(out)
    _check(path, epochs, batch, limit)
    keras.utils.set_random_seed(seed)
    recipe, settings = recipe_and_settings(spec, options or {})
    task = task_for(spec, data, settings, limit, seed if draw is None else draw)
    settings |= task.settings

    def build() -> keras.Model:
        return workers.build(lambda: spec.build(**settings)) if workers else spec.build(**settings)

    model = build()
    with computing_in(recipe.precision):
        learner = model if recipe.precision == "float32" else build()
        trainer = _trainer(learner, task, recipe, epochs, batch, workers)
    conditions = {"network": network, "data": data.name, "limit": limit, "batch": batch, "seed": seed}
    conditions |= settings if draw is None else {"draw": draw, **settings}
    checkpoint = Checkpoint(path, trainer, conditions | recipe.chosen)
    logs = Logs(*(None if place is None else Path(place) for place in (log, tensorboard, keep_epochs)))
    device = f"{workers.count} x {_device()}" if workers else _device()
    card = _card(spec, data.name, task, command)
    history = checkpoint.restore() if resume else []
    if workers:
        history = workers.share(history, checkpoint.variables)
    scores = [task.score(row) for row in history]
    start = len(scores)
    ahead = 0

    def save(place: Path, card: Card) -> None:
        if learner is not model:
            model.set_weights(learner.get_weights())
        save_network(model, place, card)

    def write_down() -> None:
        if since_best(scores) == 0:
            save(path, card)
        epoch_card = replace(card, name=f"{card.name}, epoch {len(scores)}", measured_on="")
        logs.write(history, device, lambda place: save(place, epoch_card))

    def prepared(stage: str, done: int, total: int) -> None:
        nonlocal ahead
        ahead = total
        checkpoint.save([])
        progress(Progress(done, total + epochs, {}, device, stage))

    def report(share: float, measures: dict[str, float]) -> None:
        progress(Progress(ahead + len(scores) + share, ahead + epochs, measures, device))

    began = time.perf_counter()
    if history:
        write_down()  # perhaps it was interrupted between the checkpoint and this
    else:
        task.prepare(learner, recipe, batch, prepared)
    while len(scores) < epochs and not recipe.stops(scores):
        epoch, epoch_began = len(scores), time.perf_counter()
        if (rate := recipe.epoch_rate(scores)) is not None:
            trainer.optimizer.learning_rate = rate
        keras.utils.set_random_seed(seed + epoch)  # so that a resumed epoch shuffles as it would have
        measures = fit_epoch(trainer, task, batch, epoch, report)
        report(1, measures)
        rate, seconds = float(trainer.optimizer.learning_rate), round(time.perf_counter() - epoch_began, 3)
        history.append({"epoch": epoch + 1, "seconds": seconds, "learning_rate": rate, **measures})
        scores.append(task.score(measures))
        checkpoint.save(history)
        write_down()
    seconds = time.perf_counter() - began

    if learner is not model:
        trainer = _trainer(model, task, recipe, epochs, batch, workers)
    if not workers or workers.first:
        model.load_weights(path)
    if workers:
        workers.share([], model.variables)
    figures = {name: round(value, 6) for name, value in task.measure(model, trainer).items()}
    save_network(model, path, replace(card, accuracy=figures.get("sequence_accuracy", figures.get("accuracy"))))
    checkpoint.remove()
    return Result(
        network=network,
        data=data.name,
        parameters=model.count_params(),
        epochs=len(scores),
        seconds=round(seconds, 3),
        examples_per_second=round((len(scores) - start) * len(task.train) / seconds, 1) if len(scores) > start else 0.0,
        backend=keras.backend.backend(),
        device=device,
        seed=seed,
        out=str(path),
        score=max(scores),
        **figures,
    )


def _trainer(
    model: keras.Model, task: Task, recipe: Recipe, epochs: int, batch: int, workers: "Workers | None" = None
) -> keras.Model:
    """Return a compiled model over the same layers up to the logits; so `model` itself is saved without optimizer.

    Raises:
        UserError: the model has no such layer, or an option of the recipe does not do.
    """
    if task.output not in {layer.name for layer in model.layers}:
        raise UserError(f"{model.name} has no layer {task.output} to be trained by; leave include_top as it is.")
    if recipe.initializer:
        initialize(model, recipe.initializer)
    network = keras.Model(model.input, model.get_layer(task.output).output)
    if recipe.augment:
        network = augmented(network, recipe.augment)
    optimizer = recipe.keras_optimizer(epochs, math.ceil(len(task.train) / batch))
    return compiled(network, task, batch, optimizer, workers)


def save_network(model: keras.Model, path: Path, card: Card) -> None:
    """Write a network with its card, whole or not at all."""
    with atomic_path(path) as temporary:
        model.save(temporary)
        write_card(temporary, card)


def _card(spec: NetworkSpec, data: str, task: Task, command: str) -> Card:
    return Card(
        name=spec.name,
        data=f"{data}, {len(task.train)} {task.things} of the training part",
        measured_on=f"{data}, {len(task.test)} {task.things} of the test part",
        class_names=task.class_names,
        command=command,
    )


def _device() -> str:
    devices = keras.distribution.list_devices()
    return next((device for device in devices if not device.startswith("cpu")), devices[0])


def _check(path: Path, epochs: int, batch: int, limit: int | None) -> None:
    if path.suffix != ".keras":
        raise UserError(f"--out {path} must end in .keras; correct the name.")
    if not path.parent.is_dir():
        raise UserError(f"The folder of --out {path} does not exist; make it first.")
    for name, value in (("epochs", epochs), ("batch", batch), ("limit", limit)):
        if value is not None and value < 1:
            raise UserError(f"--{name} {value} is too small; the least is 1.")
