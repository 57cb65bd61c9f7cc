"""Batches of examples of like length, so that little is computed on padding."""

from collections.abc import Callable, Iterator

import keras
import numpy as np

from dlviz_models.training.pipelines import without_autotuning

POOL = 50
"""Batches whose examples, drawn at random, are sorted by length before they are divided."""


def buckets(lengths: np.ndarray, batch: int, random: np.random.Generator | None = None) -> list[np.ndarray]:
    """Divide examples into batches of like length.

    Args:
        lengths: of each example, (n,).
        batch: examples in each batch but the last of a pool.
        random: draws the examples of each pool, and the order of the batches; None to sort all by length.

    Returns:
        Numbers of examples, each number once.
    """
    if random is None:
        return _divided(np.argsort(lengths, kind="stable"), batch)
    found = [
        rows
        for pool in _divided(random.permutation(len(lengths)), POOL * batch)
        for rows in _divided(pool[np.argsort(lengths[pool], kind="stable")], batch)
    ]
    return [found[number] for number in random.permutation(len(found))]


def _divided(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return np.split(rows, range(size, len(rows), size))


def dataset(rows: list[np.ndarray], part: Callable[[np.ndarray], tuple]) -> object:
    """Return a `tf.data.Dataset` of `part(numbers)`, each of its own length; `fit` takes it on any backend.

    Args:
        rows: numbers of the examples of each batch, (batch,) each.
        part: gives x, y and, if there are weights, those; arrays, or dicts of arrays, whose first axis is the example.
    """
    import tensorflow as tf

    def generate() -> Iterator[tuple]:
        return map(part, rows)

    signature = keras.tree.map_structure(lambda a: tf.TensorSpec([None] * a.ndim, a.dtype), part(rows[0]))
    batches = tf.data.Dataset.from_generator(generate, output_signature=signature)
    counted = batches.apply(tf.data.experimental.assert_cardinality(len(rows)))
    return without_autotuning(counted.prefetch(2))
