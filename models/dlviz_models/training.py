"""Training a network: plain `model.fit`, an epoch at a time, which survives being interrupted."""

import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras

from dlviz_models.augmentation import augmented
from dlviz_models.cards import Card, write_card
from dlviz_models.checkpoint import Checkpoint
from dlviz_models.epoch import compiled, fit_epoch
from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path
from dlviz_models.initialization import initialize
from dlviz_models.networks import NetworkSpec
from dlviz_models.networks import network as network_named
from dlviz_models.recipe import Recipe, recipe_and_settings, since_best
from dlviz_models.tasks import Task, task_for


@dataclass(frozen=True)
class Progress:
    """Where a training stands: `done` of `epochs` (a fraction while within one), and the measures so far.

    Measures are `loss` and `accuracy` on what has been trained on, and at the end of an epoch `val_loss` and
    `val_accuracy` on the examples held out of the training part.
    """

    done: float
    epochs: int
    measures: dict[str, float]

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
    progress: Callable[[Progress], None] = lambda _: None,
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
        progress: called several times an epoch; what it raises ends the training.

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
    model = spec.build(**settings)
    trainer = _trainer(model, task, recipe, epochs, batch)
    conditions = {"network": network, "data": data.name, "limit": limit, "batch": batch, "seed": seed}
    conditions |= settings if draw is None else {"draw": draw, **settings}
    checkpoint = Checkpoint(path, trainer, conditions | recipe.chosen)
    scores = checkpoint.restore() if resume else []
    start = len(scores)

    card = _card(spec, data.name, task, command)
    began = time.perf_counter()
    if not scores:
        task.prepare(model, recipe, batch, after_epoch=lambda: checkpoint.save([]))
    while len(scores) < epochs and not recipe.stops(scores):
        epoch = len(scores)
        if (rate := recipe.epoch_rate(scores)) is not None:
            trainer.optimizer.learning_rate = rate
        keras.utils.set_random_seed(seed + epoch)  # so that a resumed epoch shuffles as it would have

        def report(share: float, measures: dict[str, float], epoch: int = epoch) -> None:
            progress(Progress(epoch + share, epochs, measures))

        measures = fit_epoch(trainer, task, batch, epoch, report)
        report(1, measures)
        scores.append(task.score(measures))
        if since_best(scores) == 0 or not path.exists():
            save_network(model, path, card)
        checkpoint.save(scores)
    seconds = time.perf_counter() - began

    model.load_weights(path)
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
        device=_device(),
        seed=seed,
        out=str(path),
        score=max(scores),
        **figures,
    )


def _trainer(model: keras.Model, task: Task, recipe: Recipe, epochs: int, batch: int) -> keras.Model:
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
    return compiled(network, task, batch, recipe.keras_optimizer(epochs, math.ceil(len(task.train) / batch)))


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
