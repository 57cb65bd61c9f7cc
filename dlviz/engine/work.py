"""How each kind of job is done in a session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from dlviz.inspect import NETWORK_TIMEOUT, inspect_file
from dlviz.jobs import Describe, Export, Identified, Identify, Job, Saved, Show, Strip, Thumbnails
from dlviz.session import Session
from dlviz.sheet import Sheet
from dlviz_models.data import Pictures
from dlviz_models.errors import UserError


def work(session: Session, job: Job) -> Iterator[Any]:
    """The answers to a job, in order; sheets without the raw arrays, which only files want."""
    match job:
        case Show(request):
            for value in session.show(request):
                yield replace(value, arrays={}) if isinstance(value, Sheet) else value
        case Identify(path):
            yield identify(session, path)
        case Describe(model, output, preprocess, trust):
            yield session.describe(model, output, preprocess, trust)
        case Strip():
            yield strip(session, job)
        case Export():
            yield from export(session, job)


def identify(session: Session, path: str) -> Identified:
    """What the file or folder is; a data set without pictures is refused."""
    holds = inspect_file(path, timeout=NETWORK_TIMEOUT).holds
    if holds == "data":
        session.data(path)
    return Identified(path, holds)


def strip(session: Session, job: Strip) -> Thumbnails:
    """Thumbnails of some pictures of a source."""
    pictures = session.data(job.source)
    if not isinstance(pictures, Pictures):
        raise UserError(f"{job.source} holds no pictures to show small.")
    stop = min(job.stop, len(pictures))
    if not 0 <= job.start < stop:
        raise UserError(f"{job.source} has {len(pictures)} pictures, numbered from 0: there is no {job.start}.")
    images = [thumbnail(pictures[i], job.size) for i in range(job.start, stop)]
    names, labels = pictures.class_names, pictures.labels
    words = [] if labels is None else [names[n] if names else str(n) for n in labels[job.start : stop]]
    return Thumbnails(job.source, job.start, len(pictures), np.stack(images), tuple(words))


def thumbnail(pixels: np.ndarray, size: int) -> np.ndarray:
    """`pixels` (h, w, 1 or 3) within a square of `size` pixels, RGB, black around it; small ones stay crisp."""
    image = Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).convert("RGB")
    scale = size / max(image.size)
    how = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BILINEAR
    image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), how)
    square = Image.new("RGB", (size, size))
    square.paste(image, ((size - image.width) // 2, (size - image.height) // 2))
    return np.asarray(square)


def export(session: Session, job: Export) -> Iterator[Any]:
    """The request shown once more, its sheets written to the path."""
    from dlviz.draw import save  # matplotlib would delay the engine's start

    sheets = []
    for value in session.show(job.request):
        if isinstance(value, Sheet):
            sheets.append(value)
        else:
            yield value
    save(sheets, job.path, dpi=job.dpi)
    yield Saved(job.path)
