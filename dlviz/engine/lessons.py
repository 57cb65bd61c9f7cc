"""An engine for lessons alone: without TensorFlow it is ready in a moment, and no network keeps it waiting."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from dlviz import draw
from dlviz.films import for_file, shown, whole
from dlviz.jobs import Export, Job, Messages, Render, Rendered, Saved, Show, Work
from dlviz.lessons import lesson, lessons
from dlviz.sheet import Formula, Sheet
from dlviz_models.errors import UserError


def lesson_work() -> Work:
    """What answers the jobs of lessons."""
    lessons()
    return work


def work(job: Job) -> Generator[Any, Messages, None]:
    """The answers to a job, in order."""
    match job:
        case Show(request):
            for value in shown(lesson(request.view), request.settings):
                yield for_window(value) if isinstance(value, Sheet) else value
        case Export():
            yield from export(job)
        case Render(request, dpi):
            for value in whole(lesson(request.view), request.settings):
                yield Rendered(draw.picture(value, dpi)) if isinstance(value, Sheet) else value
        case _:
            raise UserError("That needs a network: open one first.")


def for_window(sheet: Sheet) -> Sheet:
    """The sheet as the window wants it: formulas typeset, without the raw arrays, which only files want."""
    if any(isinstance(panel, Formula) for panel in sheet.panels):
        from dlviz.draw.formulas import with_ink  # matplotlib would delay the engine's start

        sheet = with_ink(sheet)
    return replace(sheet, arrays={})


def export(job: Export) -> Generator[Any, Messages, None]:
    """A lesson written to the path, as a film where its ending has frames."""
    sheets: list[Sheet] = []
    for value in for_file(draw.ending(job.path), lesson(job.request.view), job.request.settings):
        if isinstance(value, Sheet):
            sheets.append(value)
        else:
            yield value
    draw.save(sheets, job.path, job.dpi, job.size)
    yield Saved(job.path)
