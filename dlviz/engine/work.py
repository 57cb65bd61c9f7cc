"""How each kind of job is done in a session."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from dlviz import draw
from dlviz.cli.requests import requests_made
from dlviz.engine.lessons import for_window
from dlviz.engine.shown_sheets import ShownSheets
from dlviz.engine.thumbnails import small, words_of
from dlviz.epochs import as_film, at_each_epoch
from dlviz.grammar import in_digits, number_of
from dlviz.inspect import NETWORK_TIMEOUT, inspect_file
from dlviz.jobs import (
    Describe,
    Export,
    Identified,
    Identify,
    Item,
    Job,
    Lecture,
    Messages,
    Render,
    Rendered,
    Request,
    Saved,
    Show,
    Strip,
    Thumbnails,
)
from dlviz.lectures.lecture import lecture_of
from dlviz.progress import Progress
from dlviz.session import Session
from dlviz.sheet import Sheet
from dlviz.views import view
from dlviz_models.data.classes import class_title
from dlviz_models.data.samples import Sample, Samples
from dlviz_models.errors import UserError


def work(session: Session, shown: ShownSheets, job: Job) -> Generator[Any, Messages, None]:
    """The answers to a job, in order; what is shown is kept in `shown`."""
    match job:
        case Show(request):
            for value in _kept(session, shown, request):
                yield for_window(value) if isinstance(value, Sheet) else value
        case Identify(path):
            yield identify(session, path)
        case Describe(model, output, preprocess, trust, data):
            yield session.describe(model, output, preprocess, trust, data)
        case Strip():
            yield strip(session, job)
        case Export():
            yield from export(session, shown, job)
        case Render(request, dpi):
            sheet = shown.of(request) or (yield from _sheets(_kept(session, shown, request)))[-1]
            yield Rendered(draw.picture(sheet, dpi))


def _kept(session: Session, shown: ShownSheets, request: Request) -> Iterator[Progress | Sheet]:
    """Progress and sheets of a request, of which the last one is kept unless it stands beside others in the window."""
    last = None
    for value in session.show(request):
        last = value if isinstance(value, Sheet) else last
        yield value
    if last is not None and not view(request.view).beside:
        shown.keep(request, last)


def _sheets(values: Iterator[Progress | Sheet]) -> Generator[Progress, None, list[Sheet]]:
    """Yield progress; return the sheets, of which the last one stays."""
    sheets = []
    for value in values:
        if isinstance(value, Progress):
            yield value
        else:
            sheets.append(value)
    if not sheets:
        raise UserError("This view found nothing to show; try another layer.")
    return sheets


def identify(session: Session, path: str) -> Identified:
    """What the file or folder is; a data set that cannot be read is refused."""
    found = inspect_file(path, timeout=NETWORK_TIMEOUT)
    if found.kind == "lecture":
        return Identified(path, found.holds, lecture=lecture_of(found.facts, os.path.dirname(os.path.abspath(path))))
    if found.requests:
        made = tuple(Item(request) for request in requests_made(found.requests, path))
        return Identified(path, found.holds, lecture=Lecture(items=made))
    return Identified(path, found.holds, session.data(path).kind if found.holds == "data" else "")


def strip(session: Session, job: Strip) -> Thumbnails:
    """Samples of a source in small."""
    samples = session.data_for(session.network(job.model), job.source) if job.model else session.data(job.source)
    stop = min(job.stop, len(samples))
    if not 0 <= job.start < stop:
        raise UserError(
            f"{job.source} has {number_of(len(samples), 'sample')}, numbered from 0: there is no {job.start}."
        )
    shown = [samples.sample(i) for i in range(job.start, stop)]
    images = np.stack([small(sample, job.size) for sample in shown])
    texts = tuple(map(words_of, shown))
    labels = tuple(_label(samples, sample) for sample in shown) if samples.targets is not None else ()
    return Thumbnails(job.source, job.start, len(samples), images, labels, texts if any(texts) else (), samples.notes)


def _label(samples: Samples, sample: Sample) -> str:
    """What is true of a sample, in a word or two."""
    match sample.target:
        case int(number):
            names = samples.class_names
            return class_title(names[number]) if names and number < len(names) else str(number)
        case str(text):
            return text
        case float(value):
            return in_digits(value)
    return ""


def export(session: Session, shown: ShownSheets, job: Export) -> Generator[Any, Messages, None]:
    """The request written to the path: what is shown as it stands, or of a film every step."""
    ending = draw.ending(job.path)
    epochs = at_each_epoch(replace(job.request, epoch=0)) if ending in draw.FILMS else []
    if len(epochs) > 1:
        sheets = []
        for request in epochs:
            sheets.append((yield from _sheets(session.show(request)))[-1])
        sheets = as_film(sheets)
    elif (sheet := shown.of(job.request, arrays=ending == ".npz")) and not _plays(sheet, ending):
        sheets = [sheet]
    else:
        sheets = yield from _sheets(_kept(session, shown, job.request))
    draw.save(draw.sheets_in(ending, sheets), job.path, job.dpi, job.size)
    yield Saved(job.path)


def _plays(sheet: Sheet, ending: str) -> bool:
    """Whether a file with this ending holds more of a view than the sheet that stays."""
    return ending in draw.FRAMES or (ending in draw.FILMS and sheet.steps > 0)
