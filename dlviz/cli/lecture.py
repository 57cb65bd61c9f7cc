"""`dlviz lecture`: make a deck of a lecture file, or of any network."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dlviz import draw
from dlviz.cli.arguments import add_preprocess
from dlviz.cli.bar import bar
from dlviz.jobs import Lecture
from dlviz.lectures import notebook
from dlviz.lectures.deck import lecture_on, sheets_of
from dlviz.lectures.lecture import ENDING, read_lecture, write_lecture
from dlviz.lectures.tours import TOURS
from dlviz.sheet import Sheet
from dlviz.silence_logs import silence_logs
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import load_keras

if TYPE_CHECKING:
    from dlviz.session import Session

HELP = "make slides, a PDF, a page to present or a notebook, of a lecture file or of any network"
MEDIA = (".pptx", ".pdf", ".html")
ENDINGS = (*MEDIA, notebook.ENDING, ENDING)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    text = f"a lecture file ({ENDING}), a guided tour ({', '.join(TOURS)}), a network's file or name"
    parser.add_argument("source", metavar="MODEL|LECTURE", help=text)
    parser.add_argument("--data", metavar="SOURCE", default="", help="of a network the data to look through")
    add_preprocess(parser)
    text = f"ending in {' '.join(MEDIA)}; in {notebook.ENDING}, a notebook; in {ENDING}, the lecture that it would be"
    parser.add_argument("--out", metavar="FILE", required=True, help=text)


def run(arguments: argparse.Namespace) -> int:
    """Make the deck.

    Raises:
        UserError: the lecture or network is refused, or the deck cannot be written.
    """
    out = Path(arguments.out)
    if out.suffix.lower() not in ENDINGS:
        raise UserError(f"{out.name[-100:]} is not a deck: choose one of {', '.join(ENDINGS)}.")
    session = _Session()
    lecture, is_written = _lecture(arguments, session)
    if out.suffix.lower() == ENDING:
        write_lecture(lecture, out)
    elif out.suffix.lower() == notebook.ENDING:
        notebook.write(lecture, out)
    else:
        draw.save_deck(_sheets(lecture, session, patient=not is_written), lecture.title, out)
    return 0


def _sheets(lecture: Lecture, session: "_Session", *, patient: bool) -> list[Sheet]:
    """The sheets of a lecture; progress goes to standard error: a bar on a terminal, elsewhere a line for each item."""
    sheets: list[Sheet] = []
    said = -1
    with bar(transient=True) as progress:
        task = progress.add_task("lecture", total=None, message="")
        for found in sheets_of(lecture, session, patient=patient):
            if isinstance(found, Sheet):
                sheets.append(found)
                continue
            progress.update(task, completed=found.done, total=found.total, message=found.message)
            if found.message.startswith("left out"):
                print(found.message, file=sys.stderr)
            elif progress.disable and found.done > said:
                said = found.done
                print(f"{found.done} of {found.total}: {found.message}", file=sys.stderr)
    return sheets


class _Session:
    """Opens one session, where it is first called for."""

    def __init__(self) -> None:
        self._session: Session | None = None

    def __call__(self) -> "Session":
        if self._session is None:
            with silence_logs():
                load_keras(for_views=True)
                from dlviz import session  # TensorFlow: seconds

            self._session = session.Session()
        return self._session


def _lecture(arguments: argparse.Namespace, session: _Session) -> tuple[Lecture, bool]:
    """The lecture, and whether somebody has written it.

    Raises:
        UserError: it is refused, or the network, or its data as a whole.
    """
    source = arguments.source
    is_tour = source in TOURS and not Path(source).exists()
    if is_tour or source.lower().endswith(ENDING):
        if arguments.data:
            raise UserError(f"{source[-100:]} is a lecture, whose pictures name their data: leave --data off.")
        return read_lecture(TOURS[source] if is_tour else source), True
    described = session().describe(source, preprocess=arguments.preprocess, data=arguments.data)
    session().compatible_data(session().network(source, arguments.preprocess), arguments.data or described.data)
    return lecture_on(described, source, arguments.data, arguments.preprocess), False
