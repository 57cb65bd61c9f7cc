"""`dlviz show`: draw a view of a network and write it to a file."""

import argparse
from collections.abc import Sequence
from dataclasses import replace

from dlviz import draw, sheet
from dlviz.cli.arguments import add_out
from dlviz.cli.bar import bar
from dlviz.cli.option_help import add_option_help
from dlviz.cli.requests import add_show, request_of
from dlviz.epochs import as_film, at_each_epoch
from dlviz.jobs import Request
from dlviz.options import options_of
from dlviz.progress import Progress
from dlviz.silence_logs import silence_logs
from dlviz.views import view
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import load_keras

HELP = "draw a view of a network and write it to a file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_show(parser)
    add_out(parser)
    add_option_help(parser, "view", lambda name: options_of(view(name)))


def run(arguments: argparse.Namespace) -> int:
    """Draw the view.

    Raises:
        UserError: the request is refused.
    """
    ending = draw.ending(arguments.out)
    request = request_of(arguments)  # before TensorFlow takes its seconds
    if "other" in view(request.view).needs and not request.other:
        raise UserError(f"{request.view} shows two networks: name the second one with --other MODEL.")
    frames = at_each_epoch(request) if ending in draw.FILMS else [request]
    if len(frames) > 1:
        sheets = as_film(run_requests(frames))
    else:
        requests = _one_each(request) if ending in draw.PAGES else [request]
        sheets = run_requests(requests, ending)
    draw.save(sheets, arguments.out, arguments.dpi, arguments.size)
    return 0


def _one_each(request: Request) -> list[Request]:
    """The request; where its view looks at one picture, one for each of the pictures given."""
    if len(request.inputs) < 2 or not view(request.view).one_sample:
        return [request]
    return [replace(request, inputs=(picture,)) for picture in request.inputs]


def run_requests(requests: Sequence[Request], ending: str = "") -> list[sheet.Sheet]:
    """The sheets of each request that a file with this ending holds; without one the last of each.

    Progress is shown on standard error if that is a terminal.
    """
    sheets: list[sheet.Sheet] = []
    with bar(transient=True) as progress:
        task = progress.add_task(requests[0].view, total=None, message="")
        with silence_logs():
            load_keras(for_views=True)
            from dlviz.session import Session  # TensorFlow: seconds

        session = Session()
        for request in requests:
            seen: list[sheet.Sheet] = []
            for found in session.show(request):
                if isinstance(found, Progress):
                    progress.update(task, completed=found.done, total=found.total, message=found.message)
                else:
                    seen.append(found)
            if not seen:
                model = request.model[-100:]
                raise UserError(f"The view {request.view} found nothing to show for {model}; try another layer.")
            sheets += draw.sheets_in(ending, seen)
    return sheets
