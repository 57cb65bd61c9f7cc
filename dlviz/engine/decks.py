"""A worker for decks, which take a minute: a process of its own, so that the window's engines go on answering."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

from dlviz import draw
from dlviz.jobs import Job, MakeDeck, Messages, Saved, Work
from dlviz.lectures import notebook
from dlviz.lectures.deck import sheets_of
from dlviz.sheet import Sheet
from dlviz.silence_logs import silence_logs
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import load_keras

if TYPE_CHECKING:
    from dlviz.session import Session


def deck_work() -> Work:
    """What answers the jobs of decks; importing it takes TensorFlow's seconds."""
    with silence_logs():
        load_keras(for_views=True)
        from dlviz.session import Session

    return partial(work, Session())


def work(session: Session, job: Job) -> Generator[Any, Messages, None]:
    """Progress, then a `Saved`."""
    if not isinstance(job, MakeDeck):
        raise UserError("This process only makes decks.")
    if job.path.lower().endswith(notebook.ENDING):
        notebook.write(job.lecture, job.path)
        yield Saved(job.path)
        return
    sheets: list[Sheet] = []
    for value in sheets_of(job.lecture, lambda: session):
        if isinstance(value, Sheet):
            sheets.append(value)
        else:
            yield value
    draw.save_deck(sheets, job.lecture.title, job.path)
    yield Saved(job.path)
