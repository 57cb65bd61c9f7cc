"""What pipelines of `tf.data` have in common here."""

from typing import Any


def without_autotuning(dataset: Any) -> Any:
    """Return a `tf.data.Dataset` that does not tune itself.

    The thread that would do so sleeps for up to a minute at a time, and now and then whoever drops the pipeline has to
    wait for it: Python's garbage collection, and with it the program.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
