"""The fast way through an epoch on TensorFlow without a GPU: a loop in the graph over examples in memory."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlviz_models.training.pipelines import without_autotuning

TURN_SECONDS = 0.25


def applies() -> bool:
    """Say whether `CompiledEpoch` can be used: on one CPU. Elsewhere examples have to be moved to the devices."""
    return not tf.config.list_physical_devices("GPU") and not tf.distribute.has_strategy()


class CompiledEpoch(keras.Model):
    """A model whose `fit` stays in the graph for a turn of `turn_seconds` or a step, whichever is longer.

    Keras's own `fit` and `train_step` do the work; but what `fit` takes for a batch is a turn of many steps. Plain
    `fit` comes back to Python after a number of steps that is set beforehand, which suits either small networks or
    large ones, and has a pipeline that prepares batches beside the steps: on two cores they are in each other's way.
    """

    starts_within = True

    def __init__(self, inputs: Any, outputs: Any) -> None:
        super().__init__(inputs, outputs)
        self.seen = tf.Variable(0)
        self.turn_seconds = tf.Variable(TURN_SECONDS, dtype=tf.float64)

    def set_turn(self, seconds: float) -> None:
        """Let a turn take so long; 0: a single step."""
        self.turn_seconds.assign(seconds)

    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        batch_size: int = 32,
        first: int = 0,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        **how: Any,
    ) -> keras.callbacks.History:
        """Train for one epoch, examples in an order drawn by numpy's global seed; what is not named is Keras's.

        The first `first` examples of that order count as seen. Callbacks are told the number of the last step after
        each turn.
        """
        order = np.random.permutation(len(y)).astype(np.int32)  # noqa: NPY002
        turn = (order, np.int32(batch_size), (x, y) if sample_weight is None else (x, y, sample_weight))
        turns = tf.data.Dataset.from_tensors(turn).repeat(-(-len(order) // batch_size))  # at most one a step
        self.seen.assign(first)
        callbacks = _Turns(callbacks, len(order), first, batch_size, model=self)
        return super().fit(without_autotuning(turns), shuffle=False, callbacks=callbacks, **how)

    def train_step(self, turn: Any) -> dict[str, Any]:
        order, batch_size, examples = turn
        first, end = self.seen.value(), tf.shape(order)[0]
        began = tf.timestamp()

        def goes_on(seen: Any) -> Any:
            return (seen < end) & ((seen == first) | (tf.timestamp() - began < self.turn_seconds))

        def step(seen: Any) -> Any:
            chosen = order[seen : seen + batch_size]
            super(CompiledEpoch, self).train_step(
                tf.nest.map_structure(lambda array: tf.gather(array, chosen), examples)
            )
            return (tf.minimum(seen + batch_size, end),)

        (seen,) = tf.while_loop(goes_on, step, (first,), parallel_iterations=1)
        self.seen.assign(seen)
        return self.get_metrics_result()


class _Turns(keras.callbacks.CallbackList):
    """Tells callbacks the number of the last step, and `fit` to stop when all examples have been seen."""

    def __init__(
        self, callbacks: Sequence[Any], examples: int, first: int, batch_size: int, model: CompiledEpoch
    ) -> None:
        super().__init__(list(callbacks), add_history=True, model=model)
        self.examples, self.first, self.batch_size = examples, first, batch_size

    def on_train_batch_end(self, turn: int, logs: dict[str, float] | None = None) -> None:
        seen = int(self.model.seen)
        super().on_train_batch_end(-(-(seen - self.first) // self.batch_size) - 1, logs)
        self.model.stop_training |= seen == self.examples
