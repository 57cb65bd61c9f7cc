"""`dlviz show`: draw a view of a network and write it to a file."""

import argparse
import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from dlviz import draw, sheet
from dlviz.cli.words import add_trust, integers, positive, setting
from dlviz.jobs import Request
from dlviz.options import configure
from dlviz.quiet import quiet
from dlviz.views import view
from dlviz_models.errors import UserError

HELP = "draw a view of a network and write it to a file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("view", metavar="VIEW", help="a name of `dlviz list views`")
    parser.add_argument("model", metavar="MODEL", help="a file, or a name of `dlviz list zoo`")
    parser.add_argument("--layer", metavar="NAME", default="", help="the layer to look at (the first with weights)")
    parser.add_argument("--unit", metavar="N,N,...", type=integers, default=(), help="only these units of the layer")
    parser.add_argument("--input", metavar="INPUT", action="append", default=[], help="an image file, or SOURCE:INDEX")
    parser.add_argument("--data", metavar="SOURCE", default="", help="the pictures to look through (what suits)")
    parser.add_argument("--limit", metavar="N", type=positive, default=0, help="only the first N pictures of the data")
    parser.add_argument("--preprocess", metavar="MODE", default="auto", help="auto, none, unit, tf, torch or caffe")
    add_trust(parser)
    parser.add_argument("--set", metavar="OPTION=VALUE", action="append", default=[], help="an option of the view")
    parser.add_argument("--out", metavar="FILE", required=True, help=f"ending in {' '.join(draw.MEDIA)}")
    parser.add_argument("--dpi", metavar="N", type=positive, default=150, help="pixels an inch of pictures (150)")


def run(arguments: argparse.Namespace) -> int:
    """Draw the view.

    Raises:
        UserError: the request is refused.
    """
    ending = draw.ending(arguments.out)
    settings = dict(setting(text) for text in arguments.set)
    configure(view(arguments.view), settings)  # before TensorFlow takes its seconds
    request = Request(
        arguments.view,
        arguments.model,
        arguments.layer,
        arguments.unit,
        tuple(arguments.input),
        arguments.data,
        arguments.limit,
        arguments.preprocess,
        settings,
        tuple(arguments.trust),
    )
    sheets = run_request(request, every=ending in draw.FRAMES)
    draw.save(sheets, arguments.out, arguments.dpi)
    return 0


def run_request(request: Request, *, every: bool = False) -> list[sheet.Sheet]:
    """The last sheet of a request, or every one; progress is shown on standard error if that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[says]}"), TimeRemainingColumn())
    sheets: list[sheet.Sheet] = []
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(request.view, total=None, says="")
        with quiet():
            from dlviz.session import Session  # TensorFlow: seconds

        for found in Session().show(request):
            if isinstance(found, sheet.Progress):
                bar.update(task, completed=found.done, total=found.total, says=found.says)
            else:
                sheets = [*sheets, found] if every else [found]
    if not sheets:
        raise UserError(f"The view {request.view} found nothing to show for {request.model[-100:]}; try another layer.")
    return sheets
