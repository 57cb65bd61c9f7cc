"""Training on several GPUs or machines at once: each takes its share of every batch.

The engine is `tf.distribute`: `MirroredStrategy` for the GPUs of one machine, `MultiWorkerMirroredStrategy` for
machines that find each other by the environment variable TF_CONFIG. The gradients are summed over all of them at each
step, so that all have the same weights as one device with the whole batch would. Batch normalisation looks at each
share alone.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dlviz_models.errors import UserError
from dlviz_models.networks import network as network_named
from dlviz_models.training.train import Result, train

PAGE = "docs/distributed.md"
ADDRESS = re.compile(r"[^\s:/]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")


@dataclass(frozen=True)
class Cluster:
    """What TF_CONFIG says: the addresses "host:port" of all workers, and which of them this is."""

    addresses: tuple[str, ...]
    index: int


def read_cluster(text: str) -> Cluster:
    """Read TF_CONFIG, such as {"cluster": {"worker": ["a:2000", "b:2000"]}, "task": {"type": "worker", "index": 0}}.

    Raises:
        UserError: it is anything else.
    """

    def wrong(what: str) -> UserError:
        return UserError(f"TF_CONFIG {what}; write it as in {PAGE}, or leave --distribute off.")

    try:
        config = json.loads(text)
    except ValueError as error:
        raise wrong("is not JSON") from error
    cluster = config.get("cluster") if isinstance(config, dict) else None
    addresses = cluster.get("worker") if isinstance(cluster, dict) else None
    if not isinstance(addresses, list) or not addresses or list(cluster or ()) != ["worker"]:
        raise wrong('lacks a "cluster" of "worker" addresses and of nothing else')
    for address in addresses:
        if not isinstance(address, str) or not ADDRESS.fullmatch(address):
            raise wrong(f"has the worker {str(address)[:60]}, which is not host:port")
    if len(set(addresses)) < len(addresses):
        raise wrong("names a worker twice")
    task = config.get("task")
    index = task.get("index") if isinstance(task, dict) else None
    if not isinstance(index, int) or task.get("type") != "worker" or not 0 <= index < len(addresses):
        raise wrong(f'needs a "task" of type worker and index 0..{len(addresses) - 1}')
    return Cluster(tuple(addresses), index)


def train_distributed(network: str, data: Any, out: str | os.PathLike[str], **how: Any) -> Result:
    """Train as `train` does on the workers of TF_CONFIG, or where there is none on all GPUs of this machine.

    Every worker runs the same line and reads the same data. `batch` is that of all together. The first worker writes
    `out` and what `resume` needs; the others write nothing that stays, and their `Result.out` is empty.

    Raises:
        UserError: TF_CONFIG is wrong, there is only one device, a worker went away, or as `train`.
    """
    if network_named(network).kind == "belief net":
        raise UserError(f"{network} learns its layers one by one, which cannot be divided; leave --distribute off.")
    if keras.backend.backend() != "tensorflow":
        raise UserError(f"--distribute needs TensorFlow, not {keras.backend.backend()}; leave KERAS_BACKEND unset.")
    cluster = read_cluster(os.environ["TF_CONFIG"]) if os.environ.get("TF_CONFIG") else None
    workers = Workers(_strategy(cluster), first=cluster is None or cluster.index == 0)
    if workers.first:
        with _told():
            return train(network, data, out, workers=workers, **how)
    how |= dict.fromkeys(("log", "tensorboard", "keep_epochs"))
    with tempfile.TemporaryDirectory() as folder, _told():
        result = train(network, data, Path(folder) / Path(out).name, workers=workers, **how)
        return replace(result, out="")


def _strategy(cluster: Cluster | None) -> Any:
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # it warns of the one step that is not compiled
    if cluster is None:
        devices = tf.config.list_logical_devices("GPU")
        if len(devices) < 2:
            raise UserError(
                f"--distribute found {len(devices)} GPU here and no TF_CONFIG in the environment; leave it off, or "
                f"name the machines as in {PAGE}."
            )
        return tf.distribute.MirroredStrategy()
    others = [address for number, address in enumerate(cluster.addresses) if number != cluster.index]
    print(f"Worker {cluster.index} waits for {', '.join(others)}", file=sys.stderr)
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except (tf.errors.OpError, RuntimeError, ValueError) as error:
        raise UserError(
            f"The workers of TF_CONFIG did not find each other ({str(error)[:120]}); check that each one runs, that"
            f" its address is free, and that the others can reach it."
        ) from error


@contextmanager
def _told() -> Iterator[None]:
    """Say in one sentence that another worker went away."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        raise UserError("The workers lost each other; start all of them again with --resume.") from error


class Workers:
    """Devices that train together.

    Args:
        strategy: a `tf.distribute.Strategy`.
        first: this process is the one that writes files.

    Attributes:
        count: how many devices there are in all.
    """

    def __init__(self, strategy: Any, first: bool = True) -> None:
        self.strategy, self.first = strategy, first
        self.count: int = strategy.num_replicas_in_sync

    def build(self, make: Callable[[], keras.Model]) -> keras.Model:
        """Return the network that `make` builds, its weights the same on all devices."""
        with self.strategy.scope():
            network = make()
        return keras.Model(network.input, network.output, name=network.name)  # made outside: predicts where it is

    def trainer(self, network: keras.Model) -> keras.Model:
        """Return a model of the same layers whose `fit` and `evaluate` divide each batch among the devices."""
        return DistributedModel(network, self.strategy)

    def as_first(self, values: Sequence[Any]) -> list[np.ndarray]:
        """Return the first worker's values, which on the others may be different numbers of the same shapes."""
        import tensorflow as tf

        def everywhere(mine: list[Any]) -> list[Any]:
            context = tf.distribute.get_replica_context()
            share = tf.cast(context.replica_id_in_sync_group == 0, tf.float64)
            return context.all_reduce(tf.distribute.ReduceOp.SUM, [share * value for value in mine])

        exact = [tf.constant(keras.ops.convert_to_numpy(value), tf.float64) for value in values]
        found = tf.function(lambda: self.strategy.run(everywhere, args=(exact,)))()
        return [self.strategy.experimental_local_results(value)[0].numpy() for value in found]

    def share(self, history: list[Any], variables: Sequence[keras.Variable]) -> list[Any]:
        """Set variables as they are on the first worker, and return its `history`, which JSON can hold."""
        text = json.dumps(history).encode()
        [length] = self.as_first([np.array(len(text))])
        mine = np.resize(np.frombuffer(text, np.uint8), int(length))
        first, *values = self.as_first([mine, *variables])
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value.astype(variable.dtype))
        return json.loads(bytes(first.astype(np.uint8)))


class DistributedModel(keras.Model):
    """A model whose `fit` and `evaluate` give each replica of a strategy its share of every batch.

    Keras 3's own `fit` does not run under `MultiWorkerMirroredStrategy`: it reduces what is one value a worker already
    (https://github.com/keras-team/keras/issues/20585). Everything of it is used here but its two step functions.
    """

    def __init__(self, network: keras.Model, strategy: Any) -> None:
        super().__init__(network.input, network.output)
        self.strategy = strategy

    def compile(self, optimizer: keras.optimizers.Optimizer, *arguments: Any, **how: Any) -> None:
        with self.strategy.scope():
            again = type(optimizer).from_config(optimizer.get_config())
            super().compile(again, *arguments, **how | {"steps_per_execution": 1})
            again.build(self.trainable_variables)

    def fit(self, *arguments: Any, **how: Any) -> keras.callbacks.History:
        with self.strategy.scope():
            return super().fit(*arguments, **how)

    def evaluate(self, *arguments: Any, **how: Any) -> Any:
        with self.strategy.scope():
            return super().evaluate(*arguments, **how)

    def make_train_function(self, force: bool = False) -> None:
        if getattr(self, "train_function", None) is None or force:
            self.train_function: Any = self._everywhere(self.train_step)

    def make_test_function(self, force: bool = False) -> None:
        if getattr(self, "test_function", None) is None or force:
            self.test_function: Any = self._everywhere(self.test_step)

    def _everywhere(self, step: Callable[[Any], Mapping[str, Any]]) -> Callable[[Any], dict[str, Any]]:
        """Return the function that runs a step on the next batch; it returns the measures of this worker's share."""
        import tensorflow as tf

        run = tf.function(lambda batch: self.strategy.run(step, args=(batch,)), reduce_retracing=True)

        def function(iterator: Any) -> dict[str, Any]:
            batch = next(iterator)
            if not all(metric.variables for metric in self.metrics):
                self.strategy.run(self.test_step, args=(batch,))  # a compiled step must not make the metrics' variables
                self.reset_metrics()
            return {name: self.strategy.experimental_local_results(v)[0] for name, v in run(batch).items()}

        return function
