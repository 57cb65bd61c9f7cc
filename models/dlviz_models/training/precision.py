"""Training in half precision."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Let layers that are made meanwhile compute in a precision, by its name in Keras; their weights stay float32.

    P. Micikevicius et al., Mixed precision training, ICLR 2018, arXiv 1710.03740.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
