"""How long a training will take and how much memory, before its first step."""

import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dlviz_models.tasks import Task
from dlviz_models.tasks.task import Part

TRIAL_SECONDS = 0.5
"""A trial goes on for so long, or for one step, whichever is longer; and one step before it, while all is compiled."""
FORWARD = 1 / 3
"""What an example costs that is only measured: a pass backward takes about twice as long as one forward."""
EPOCH_SECONDS = 0.5
"""What writing the state and the network takes after an epoch, and evaluating them, beside the examples."""
FLOAT_BYTES = 4
KEPT = 3
"""How often a step holds what a layer answers: the answer, its gradient, and what the layer needs in between (measured:
1.5 to 4 times)."""


@dataclass(frozen=True)
class Estimate:
    """What a training will take: seconds, and bytes of memory of the whole process."""

    seconds: float
    memory: int
    epochs: int
    examples: int
    things: str

    def __str__(self) -> str:
        epochs = "1 epoch" if self.epochs == 1 else f"{self.epochs} epochs"
        return (
            f"about {duration(self.seconds)} and {self.memory / 1e9:.1f} GB for {epochs} of {self.examples:,} "
            f"{self.things}"
        )


def estimate(
    trainer: keras.Model, task: Task, batch: int, epochs: int, variables: Sequence[keras.Variable]
) -> Estimate:
    """Return what training for so many epochs will take: seconds by a short trial, memory by adding it up.

    Args:
        trainer: a compiled model.
        variables: the whole state of the trainer, which is as before afterwards.
    """
    memory = process_memory() + step_memory(trainer, task, batch)
    examples = epochs * (len(task.train) + FORWARD * len(task.held_out)) + FORWARD * len(task.test)
    seconds = epochs * EPOCH_SECONDS + examples * seconds_per_example(trainer, task, batch, variables)
    return Estimate(seconds, memory, epochs, len(task.train) + len(task.held_out), task.things)


def seconds_per_example(trainer: keras.Model, task: Task, batch: int, variables: Sequence[keras.Variable]) -> float:
    """Return how long an example takes in training, by a trial that leaves the variables as they were."""
    before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
    for seconds in (0.0, TRIAL_SECONDS):  # in the first fit, functions are compiled
        clock = _Clock(seconds)
        data = {name: value for name, value in task.fit_on(batch).items() if not name.startswith("validation")}
        trainer.fit(**data, callbacks=[clock], verbose=0)
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    return clock.elapsed / min(clock.steps * batch, len(task.train))


class _Clock(keras.callbacks.Callback):
    """Stops a `fit` after some seconds and knows how many steps it took until then."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.started = self.elapsed = 0.0
        self.steps = 0

    def on_train_begin(self, logs: Any = None) -> None:
        self.started = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.steps = batch + 1
        self.elapsed = time.perf_counter() - self.started
        if self.elapsed >= self.seconds:
            self.model.stop_training = True


def step_memory(trainer: keras.Model, task: Task, batch: int) -> int:
    """Return the bytes that training takes beside what there is already: examples as tensors, gradients, and what
    layers answer, which a step keeps for its way back, and an evaluation while the next layer needs it."""
    gradients = sum(FLOAT_BYTES * math.prod(variable.shape) for variable in trainer.trainable_variables)
    sizes = [FLOAT_BYTES * size for size in _answer_sizes(trainer, _longest(task.train))] or [0]
    step = KEPT * min(batch, len(task.train)) * sum(sizes)
    evaluation = 2 * min(task.evaluation_batch, max(len(task.held_out), len(task.test))) * max(sizes)
    return _part_bytes(task.train) + gradients + max(step, evaluation)


def _answer_sizes(network: keras.Model, length: int) -> list[int]:
    """Return how many numbers each layer answers to one example; lengths that are open are `length`."""
    sizes = []
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            sizes += _answer_sizes(layer, length)
            continue
        for node in layer._inbound_nodes:
            for tensor in node.outputs:
                sizes.append(math.prod(length if size is None else size for size in tensor.shape[1:]))
    return sizes


def _longest(part: Part) -> int:
    arrays = part.x.values() if isinstance(part.x, dict) else [part.x]
    return max((array.shape[1] for array in arrays if array.ndim > 1), default=1)


def _part_bytes(part: Part) -> int:
    arrays = [*(part.x.values() if isinstance(part.x, dict) else [part.x]), part.y, part.weight]
    return sum(array.nbytes for array in arrays if array is not None)


def process_memory() -> int:
    """Return the bytes of memory that this process holds at present; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, AttributeError, ValueError):
        return 0


def duration(seconds: float) -> str:
    """Return seconds as people say them.

    >>> duration(3), duration(47), duration(200), duration(9000)
    ('5 s', '45 s', '3 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
