"""Keeping what libraries say to programmers out of a person's terminal."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silence_logs() -> Iterator[None]:
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


@contextmanager
def silence_font_warnings() -> Iterator[None]:
    """Around drawing: matplotlib says nothing of letters and weights that the fonts lack."""
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"Glyph .* missing", category=UserWarning)
            yield
    finally:
        logger.setLevel(level)
