"""Training a network: plain `model.fit`, an epoch at a time, which survives being interrupted."""

import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dlviz_models.cards import Card, write_card
from dlviz_models.checkpoint import Checkpoint
from dlviz_models.data import Data
from dlviz_models.errors import UserError
from dlviz_models.examples import Examples, load_examples
from dlviz_models.files import atomic_path
from dlviz_models.networks import NetworkSpec
from dlviz_models.networks import network as network_named

LEARNING_RATE = 2e-3
STEPS_PER_EXECUTION = 64
EVALUATION_BATCH = 500


@dataclass(frozen=True)
class Progress:
    """Where a training stands: `done` of `epochs` (a fraction while within one), and the measures so far.

    Measures are `loss` and `accuracy` on what has been trained on, and at the end of an epoch `val_loss` and
    `val_accuracy` on the pictures held out of the training part.
    """

    done: float
    epochs: int
    measures: dict[str, float]


@dataclass(frozen=True)
class Result:
    """What a training came to: `dlviz train --json`. Accuracy and loss are those of the best epoch on the test part."""

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
    accuracy: float
    loss: float


def train(
    network: str,
    data: Data,
    out: str | os.PathLike[str],
    *,
    epochs: int = 10,
    batch: int = 128,
    limit: int | None = None,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    resume: bool = False,
    command: str = "",
    progress: Callable[[Progress], None] = lambda _: None,
) -> Result:
    """Train a network of `NETWORKS` and write it to `out` (`.keras`, with a card, without the optimizer).

    A tenth of the training part, drawn by `seed`, is held out; `out` always holds the epoch that did best there. The
    test part is looked at once, at the end. After each epoch the whole state goes into `out` + ".resume.npz", from
    which `resume` goes on as if nothing had happened; it is removed at the end. Adam, learning rate 0.002 falling to
    zero along a cosine.

    Args:
        epochs: how often each picture is seen.
        batch: pictures a step.
        limit: train on that many pictures only, drawn by `seed`.
        options: the builder's, by name; values may be text. By default `input_shape` and `classes` follow the data.
        command: for the card.
        progress: called several times an epoch; what it raises ends the training.

    Raises:
        UserError: an option, the data or the file does not do, or the loss is no longer a number.
    """
    spec = network_named(network)
    path = Path(out)
    _check(path, epochs, batch, limit)
    keras.utils.set_random_seed(seed)
    settings = spec.settings(options or {})
    examples = load_examples(data, settings, limit, seed)
    settings |= {"input_shape": examples.input_shape, "classes": examples.classes}
    model = spec.build(**settings)
    trainer = _trainer(model, decay_steps=epochs * math.ceil(len(examples.x) / batch), batches=len(examples.x) / batch)
    conditions = {"network": network, "data": data.name, "limit": limit, "batch": batch, "seed": seed, **settings}
    checkpoint = Checkpoint(path, trainer, conditions)
    start, best = checkpoint.restore() if resume else (0, -math.inf)

    card = _card(spec, data, examples, command)
    began = time.perf_counter()
    for epoch in range(start, epochs):
        keras.utils.set_random_seed(seed + epoch)  # so that a resumed epoch shuffles as it would have
        measures = _epoch(trainer, examples, batch, epoch, epochs, progress)
        score = measures["val_accuracy"] - 1e-3 * measures["val_loss"]  # the loss decides between equals
        if score > best:
            best = score
            _save(model, path, card)
        checkpoint.save(epoch + 1, best)
    seconds = time.perf_counter() - began

    model.load_weights(path)
    loss, accuracy = trainer.evaluate(examples.x_test, examples.y_test, batch_size=EVALUATION_BATCH, verbose=0)
    _save(model, path, replace(card, accuracy=round(accuracy, 6)))
    checkpoint.remove()
    return Result(
        network=network,
        data=data.name,
        parameters=model.count_params(),
        epochs=epochs,
        seconds=round(seconds, 3),
        examples_per_second=round((epochs - start) * len(examples.x) / seconds, 1) if epochs > start else 0.0,
        backend=keras.backend.backend(),
        device=_device(),
        seed=seed,
        out=str(path),
        accuracy=round(accuracy, 6),
        loss=round(loss, 6),
    )


def _trainer(model: keras.Model, decay_steps: int, batches: float) -> keras.Model:
    """Return a compiled model over the same layers up to the logits; so `model` itself is saved without optimizer."""
    trainer = keras.Model(model.input, model.get_layer("logits").output)
    trainer.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(LEARNING_RATE, decay_steps)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=max(1, min(STEPS_PER_EXECUTION, int(batches / 4))),
    )
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer


def _epoch(
    trainer: keras.Model,
    examples: Examples,
    batch: int,
    epoch: int,
    epochs: int,
    progress: Callable[[Progress], None],
) -> dict[str, float]:
    """Train for one epoch and return its measures."""
    steps = math.ceil(len(examples.x) / batch)

    def report(step: int, logs: dict[str, float]) -> None:
        if not np.isfinite(logs["loss"]):
            raise UserError(
                f"The loss became {logs['loss']} in epoch {epoch + 1}; train with another --seed or a larger --batch."
            )
        progress(Progress(epoch + min(1, (step + 1) / steps), epochs, dict(logs)))

    trainer.fit(
        examples.x,
        examples.y,
        batch_size=batch,
        initial_epoch=epoch,
        epochs=epoch + 1,
        validation_data=(examples.x_held_out, examples.y_held_out),
        validation_batch_size=EVALUATION_BATCH,
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=report)],
        verbose=0,
    )
    measures = {name: float(values[-1]) for name, values in trainer.history.history.items()}
    progress(Progress(epoch + 1, epochs, measures))
    return measures


def _save(model: keras.Model, path: Path, card: Card) -> None:
    with atomic_path(path) as temporary:
        model.save(temporary)
        write_card(temporary, card)


def _card(spec: NetworkSpec, data: Data, examples: Examples, command: str) -> Card:
    return Card(
        name=spec.name,
        data=f"{data.name}, {len(examples.x)} pictures of the training part",
        measured_on=f"{data.name}, {len(examples.x_test)} pictures of the test part",
        class_names=examples.class_names,
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
