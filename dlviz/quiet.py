"""Keeping TensorFlow's greetings out of a person's terminal."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Around an import of TensorFlow: what its C++ part writes to standard error before it can be asked not to; and
    from then on its advice to programmers, such as on functions that it traces again."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
