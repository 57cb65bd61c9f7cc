"""Suppress log messages of libraries that are meant for programmers."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silence_logs() -> Iterator[None]:
    """Suppress what TensorFlow's C++ code writes to standard error during import, and its warnings from then on."""
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
    """Suppress matplotlib's warnings about missing glyphs and font weights."""
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"Glyph .* missing", category=UserWarning)
            yield
    finally:
        logger.setLevel(level)
