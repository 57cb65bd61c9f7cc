"""How fast LeNet-5 is trained: ours, plain `model.fit`, and a compiled epoch written by hand, turn by turn.

    python benchmarks/training.py [FILE.npz] [--turns N] [--limit N]

FILE.npz holds MNIST as x_train, y_train (n, 28, 28); without it, the shipped 5,000 digits, again and again.
Ratios are medians over the turns, of seconds on the clock and of seconds of the processors, which other work beside
changes less.
"""

import argparse
import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from dlviz_models.data import open_data
from dlviz_models.networks.lenet import LeNet5
from dlviz_models.tasks.pictures import ClassifyPictures
from dlviz_models.tasks.task import Part
from dlviz_models.training.epoch import compiled, fit_epoch
from dlviz_models.training.recipe import Recipe

BATCH = 128
EXAMPLES = 60_000


class Learn(ClassifyPictures):
    """One epoch of training alone: none are held out."""

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self.train = Part(x, y)

    def fit_on(self, batch: int) -> dict[str, object]:
        return {"x": self.train.x, "y": self.train.y, "batch_size": batch}


def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    model = LeNet5()
    return keras.Model(model.input, model.get_layer("logits").output)


def optimizer() -> keras.optimizers.Optimizer:
    return Recipe().keras_optimizer(100, EXAMPLES // BATCH)


def ours(task: Learn) -> Callable[[], object]:
    trainer = compiled(network(), task, BATCH, optimizer())
    return lambda: fit_epoch(trainer, task, BATCH, 0, lambda share, measures: None)


def plain_fit(task: Learn) -> Callable[[], object]:
    model = network()
    model.compile(optimizer(), task.loss(), weighted_metrics=["accuracy"])
    return lambda: model.fit(task.train.x, task.train.y, batch_size=BATCH, verbose=0)


def by_hand(task: Learn) -> Callable[[], object]:
    model, rule = network(), optimizer()
    x, y = tf.constant(task.train.x), tf.constant(task.train.y)
    weights = model.trainable_variables
    rule.build(weights)

    @tf.function
    def epoch() -> tuple[tf.Tensor, tf.Tensor]:
        order = tf.random.shuffle(tf.range(len(x)))
        loss, right = 0.0, 0
        for start in tf.range(0, len(x), BATCH):
            chosen = order[start : start + BATCH]
            with tf.GradientTape() as tape:
                logits = model(tf.gather(x, chosen), training=True)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.gather(y, chosen), logits)
                mean = tf.reduce_mean(losses)
            rule.apply(tape.gradient(mean, weights), weights)
            loss += tf.reduce_sum(losses)
            right += tf.math.count_nonzero(tf.argmax(logits, -1) == tf.gather(y, chosen), dtype=tf.int32)
        return loss / len(x), right / len(x)

    return lambda: [float(value) for value in epoch()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", default="digits")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--limit", type=int, default=EXAMPLES, help="examples an epoch")
    arguments = parser.parse_args()
    pictures = open_data(arguments.file).train
    chosen = np.arange(arguments.limit) % len(pictures)
    task = Learn(pictures.batch(0, len(pictures))[chosen], pictures.labels[chosen])
    ways = {way.__name__: way(task) for way in (ours, plain_fit, by_hand)}
    for epoch in ways.values():
        epoch()  # compiles
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(arguments.turns):
        for name, epoch in ways.items():
            began = time.perf_counter(), time.process_time()
            epoch()
            taken[name].append((time.perf_counter() - began[0], time.process_time() - began[1]))
    seconds = {name: np.array(values) for name, values in taken.items()}  # each (turns, 2)
    for name, values in seconds.items():
        rates = np.sort(arguments.limit / values[:, 0])
        print(f"{name:10} {np.median(rates):8.0f} examples a second ({rates[0]:.0f} to {rates[-1]:.0f})")
    for name in ("plain_fit", "by_hand"):
        clock, processors = np.median(seconds[name] / seconds["ours"], axis=0)
        print(f"speed over {name}: {clock:.2f}; by processor time {processors:.2f}")


if __name__ == "__main__":
    main()
