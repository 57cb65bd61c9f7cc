"""What a training is said to take, and that the trial behind it leaves no trace."""

import time
from pathlib import Path

import keras
import numpy as np
import pytest

from dlviz_models.networks import network
from dlviz_models.tasks import Task, task_for
from dlviz_models.tasks.task import Part
from dlviz_models.training import epoch
from dlviz_models.training.estimate import duration, estimate, seconds_per_example, step_memory
from dlviz_models.training.recipe import Recipe
from dlviz_models.training.run import TrainingProgress
from dlviz_models.training.train import train
from tests.models.halves import halves

HALVES = halves()


def compiled(batch: int) -> tuple[keras.Model, Task]:
    task = task_for(network("mlp"), HALVES, {}, None, 0)
    model = network("mlp").build(**task.settings, hidden=(5,))
    logits = keras.Model(model.input, model.get_layer("logits").output)
    return epoch.compiled(logits, task, batch, Recipe().keras_optimizer(1, 1)), task


def test_memory_by_hand() -> None:
    trainer, task = compiled(batch=10)
    pixels, answers = 36, (36, 36, 36, 5, 2)  # input, scaled, flat, hidden, logits
    gradients = 4 * (36 * 5 + 5 + 5 * 2 + 2)
    examples = 54 * (pixels + 8)  # bytes of pixels, int64 labels; six of the 60 are held out
    step, evaluation = 3 * 10 * 4 * sum(answers), 2 * 60 * 4 * 36
    assert step_memory(trainer, task, 10) == examples + gradients + max(step, evaluation)


def test_seconds_are_those_that_fit_takes() -> None:
    trainer, task = compiled(batch=1)
    variables = [*trainer.variables, *trainer.optimizer.variables]
    before = [keras.ops.convert_to_numpy(variable).copy() for variable in variables]
    seconds = seconds_per_example(trainer, task, 1, variables)
    assert all(np.array_equal(one, other) for one, other in zip(before, variables, strict=True))
    data = {name: value for name, value in task.fit_on(1).items() if not name.startswith("validation")}
    started = time.perf_counter()
    trainer.fit(**data, verbose=0)
    taken = (time.perf_counter() - started) / 54
    assert taken / 8 < seconds < taken * 8  # other work on the machine may disturb either


def test_estimate_counts_epochs_and_pictures() -> None:
    trainer, task = compiled(batch=10)
    found = estimate(trainer, task, 10, 200, trainer.variables)
    assert (found.epochs, found.examples, found.things) == (200, 60, "pictures")
    assert found.memory > step_memory(trainer, task, 10)


def test_a_training_is_the_same_with_a_trial(tmp_path: Path) -> None:
    weights, seen = [], []
    for trial in (False, True):
        out = tmp_path / f"{trial}.keras"
        options = {"hidden": (5,), "optimizer": "momentum", "augment": "shift"}
        train("mlp", HALVES, out, epochs=2, batch=8, options=options, estimate=trial, progress=seen.append)
        weights.append(keras.saving.load_model(out).get_weights())
    for one, other in zip(*weights, strict=True):
        assert np.array_equal(one, other)
    notes = [state.notes for state in seen if state.notes]
    assert len(notes) == 1
    assert notes[0][0].startswith("This takes about ")
    assert notes[0][0].endswith(" GB for 2 epochs of 60 pictures.")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "5 s"), (42, "40 s"), (89, "90 s"), (90, "2 min"), (3000, "50 min"), (9000, "2.5 h")]
)
def test_durations_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_only_the_first_of_several_trainings_has_notes() -> None:
    state = TrainingProgress(0, 5, {}, "cpu:0", notes=("This takes about 5 s.",))
    assert state.among(0, 3).notes == ("This takes about 5 s.", "This is the first of 3 trainings.")
    assert state.among(1, 3).notes == ()


def test_large_pictures_are_evaluated_few_at_once() -> None:
    task = task_for(network("mlp"), HALVES, {}, None, 0)
    assert task.evaluation_batch == 500
    task.train = Part(np.zeros((2, 224, 224, 3), np.uint8), np.zeros(2))
    assert task.evaluation_batch == 10_000_000 // (224 * 224 * 3)
