"""Several networks that differ by their seed, and one network that averages their predictions."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import keras
from keras import layers

from dlviz_models.cards import Card
from dlviz_models.errors import UserError
from dlviz_models.networks import network as network_named
from dlviz_models.tasks import Task, task_for
from dlviz_models.training.checkpoint import state_path
from dlviz_models.training.journal import Journal
from dlviz_models.training.recipe import recipe_and_settings
from dlviz_models.training.run import TrainingProgress, save_network
from dlviz_models.training.train import Result, train

LEAST = 1e-30
"""Added to probabilities before their logarithm is taken, since those of sure networks are rounded to 0."""


@dataclass(frozen=True)
class EnsembleResult(Result):
    """What the training of an ensemble came to: the figures are those of all together; `members` has each one's.

    `score` is the mean of the members' own.
    """

    members: tuple[Result, ...] = ()

    def mean(self, figure: str) -> float:
        """Return what the members reach on average, by the name of a figure, such as `accuracy`."""
        return sum(getattr(member, figure) for member in self.members) / len(self.members)


def ensemble(members: Sequence[keras.Model], name: str = "ensemble") -> keras.Model:
    """Return the classifier whose probabilities are the means of those of `members`.

    L. K. Hansen, P. Salamon, Neural network ensembles, IEEE PAMI 1990, DOI 10.1109/34.58871. The networks stand in it
    whole, as the layers `member1`, `member2`, ... (their weights are shared, not copied). The mean is followed by its
    logarithm and a softmax, which change nothing, so that it has logits as every classifier.

    Args:
        members: of the same inputs and outputs; each gives probabilities (n, ..., classes).

    Raises:
        UserError: they differ in the shape of their inputs or outputs.
    """
    first = members[0]
    for member in members[1:]:
        if (member.input_shape, member.output_shape) != (first.input_shape, first.output_shape):
            raise UserError(
                f"{member.name} takes {member.input_shape} and gives {member.output_shape}, {first.name} takes "
                f"{first.input_shape} and gives {first.output_shape}; an ensemble needs networks of one shape."
            )
    inputs = keras.tree.map_structure(lambda t: keras.Input(t.shape[1:], dtype=t.dtype, name=t.name), first.input)
    parts = [keras.Model(m.input, m.output, name=f"member{number}") for number, m in enumerate(members, start=1)]
    answers = [part(inputs) for part in parts]  # each (n, ..., classes)
    mean = layers.Average(name="average")(answers) if len(answers) > 1 else answers[0]
    return keras.Model(inputs, layers.Softmax(name="probabilities")(keras.ops.log(mean + LEAST)), name=name)


def train_ensemble(
    size: int,
    network: str,
    data: Any,
    out: str | os.PathLike[str],
    *,
    bagging: bool = False,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    limit: int | None = None,
    resume: bool = False,
    command: str = "",
    estimate: bool = False,
    progress: Callable[[TrainingProgress], None] = lambda _: None,
    **how: Any,
) -> EnsembleResult:
    """Train `size` networks and write the network that averages them to `out`.

    The members have the seeds `seed`, `seed` + 1, ...: they differ in initial weights, order of the examples and
    dropout. They stand beside `out` as "NAME.member1.keras", ... until all are done; `resume` goes on with the one that
    was interrupted.

    Args:
        bagging: let each member draw its own `limit` examples and its own tenth to hold out, as well. Drawn without
            putting back, unlike L. Breiman, Bagging predictors, 1996, DOI 10.1007/BF00058655.
        progress: counts the epochs of all members.
        network, data, seed, options, limit, command, estimate, how: as in `train`.

    Raises:
        UserError: the network is not a classifier, members drawn differently know other words, or as `train`.
    """
    spec, path = network_named(network), Path(out)
    if not spec.kind.endswith("classifier"):
        raise UserError(f"{network} is not a classifier; leave --ensemble off, or train a classifier.")
    if size < 2:
        raise UserError(f"--ensemble {size} is too small; the least is 2.")
    _, settings = recipe_and_settings(spec, options or {})
    task = task_for(spec, data, settings, limit, seed)
    draws = [seed + number if bagging else seed for number in range(size)]
    if any(task_for(spec, data, settings, limit, draw).settings != task.settings for draw in draws[1:] if bagging):
        raise UserError(f"What {network} learns of {data.name} depends on the draw; leave --bagging off.")
    how = {**how, "options": dict(options or {}), "limit": limit}
    conditions = {"ensemble": size, "bagging": bagging, "network": network, "data": data.name, "seed": seed, **how}
    journal = Journal(path, conditions, resume)
    files = [path.with_name(f"{path.stem}.member{number}.keras") for number in range(1, size + 1)]
    how |= {"network": network, "data": data, "seed": seed, "resume": resume, "progress": progress}
    _train_members(journal, files, draws, estimate=estimate, **how)
    models = [_loaded(spec.build(**settings | task.settings), file) for file in files]
    figures = _write(ensemble(models, f"{network}_ensemble"), task, path, f"{network}, {size} averaged", data, command)
    journal.remove()
    for file in files:
        file.unlink()
    return _result([Result(**part) for part in journal.done], figures, seed, str(path))


def _train_members(
    journal: Journal,
    files: Sequence[Path],
    draws: Sequence[int],
    *,
    seed: int,
    resume: bool,
    estimate: bool,
    progress: Callable[[TrainingProgress], None],
    **how: Any,
) -> None:
    """Train the members that the journal does not have, each to its file, and write them down in it."""
    for number in range(len(journal.done), len(files)):
        result = train(
            out=files[number],
            seed=seed + number,
            draw=draws[number],
            resume=resume and state_path(files[number]).exists(),
            estimate=estimate and number == 0,
            progress=lambda state, number=number: progress(state.among(number, len(files))),  # type: ignore[misc]
            **how,
        )
        journal.add(asdict(result))


def _loaded(model: keras.Model, file: Path) -> keras.Model:
    """Return the model with the weights in a file."""
    model.load_weights(file)
    return model


def _write(model: keras.Model, task: Task, out: Path, name: str, data: Any, command: str) -> dict[str, float]:
    """Measure the ensemble on the test part, write it to `out`, and return its figures."""
    logits = keras.Model(model.input, model.get_layer("probabilities").input)
    logits.compile(loss=task.loss(), weighted_metrics=task.metrics())
    figures = {name: round(value, 6) for name, value in task.measure(model, logits).items()}
    card = Card(
        name=name,
        data=f"{data.name}, {len(task.train)} {task.things} of the training part for each",
        measured_on=f"{data.name}, {len(task.test)} {task.things} of the test part",
        accuracy=figures.get("accuracy"),
        class_names=task.class_names,
        command=command,
    )
    save_network(model, out, card)
    return figures


def _result(members: Sequence[Result], figures: dict[str, float], seed: int, out: str) -> EnsembleResult:
    seconds = sum(member.seconds for member in members)
    common = {field.name: getattr(members[0], field.name) for field in fields(Result)}
    together = {
        "parameters": sum(member.parameters for member in members),
        "epochs": max(member.epochs for member in members),
        "seconds": round(seconds, 3),
        "examples_per_second": round(sum(m.examples_per_second * m.seconds for m in members) / max(seconds, 1e-9), 1),
        "score": sum(member.score for member in members) / len(members),
        "seed": seed,
        "out": out,
    }
    return EnsembleResult(**common | together | figures, members=tuple(members))
