"""What is killed while it writes; nothing here imports TensorFlow."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from dlviz import draw
from dlviz.cache import Entry, prune
from dlviz.sheet import Paragraph, Sheet
from dlviz_models.files import atomic_path


def put(folder: Path, key: str, size: int) -> None:
    """Keep an entry."""
    Entry(folder, key).put({"x": np.arange(size)})


def hammer(folder: Path, seed: int, seconds: float) -> None:
    """Read, write and clear a cache that others use as well; whatever is found there has to be right."""
    chance, end = random.Random(seed), time.monotonic() + seconds
    while time.monotonic() < end:
        key = chance.randrange(3)
        entry = Entry(folder, str(key))
        found = entry.get()
        if found is None:
            entry.put({"x": np.full(20_000, key)})
        else:
            assert (found["x"] == key).all()
        if chance.random() < 0.1:
            prune(folder, chance.choice((0, 200_000, 1 << 30)))


def sheets() -> list[Sheet]:
    """A small sheet."""
    arrays = {"activation": np.random.default_rng(0).normal(size=(50, 50))}
    return [Sheet("one", "A sentence.", (Paragraph("hello"),), arrays)]


def export(path: str) -> None:
    """Write the sheets."""
    draw.save(sheets(), path, dpi=50)


def keep_settings(folder: Path, seconds: float) -> None:
    """Write the window's settings again and again: the number of the time, as many letters of it."""
    from qtpy.QtCore import QSettings

    QSettings.setPath(QSettings.IniFormat, QSettings.UserScope, str(folder))
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        settings = QSettings(QSettings.IniFormat, QSettings.UserScope, "dlviz", "window")
        number += 1
        settings.setValue("number", number)
        settings.setValue("letters", "x" * (number % 7 * 300_000))
        settings.sync()


def rewrite(target: Path, sources: list[Path], seconds: float) -> None:
    """Write one source after the other to the same file, as trainings do."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for source in sources:
            with atomic_path(target) as path:
                shutil.copy(source, path)


with tempfile.TemporaryDirectory() as folder:  # what is loaded for the first one is not loaded again by a fork
    for ending in ("png", "svg", "pdf", "html", "npz", "pptx", "gif", "webp"):
        export(f"{folder}/first.{ending}")
