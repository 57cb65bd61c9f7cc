"""`dlviz show`: draw a view of a network and write it to a file."""

import argparse
from collections.abc import Sequence
from dataclasses import replace

from dlviz import draw, sheet
from dlviz.cli.arguments import add_preprocess, add_trust, dots, integers, positive, setting
from dlviz.cli.bar import bar
from dlviz.jobs import Request
from dlviz.options import configure
from dlviz.progress import Progress
from dlviz.silence_logs import silence_logs
from dlviz.views import view
from dlviz_models.cards import FITS
from dlviz_models.data.resize import checked_fit
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import load_keras

HELP = "draw a view of a network and write it to a file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("view", metavar="VIEW", help="a name of `dlviz list views`")
    parser.add_argument("model", metavar="MODEL", help="a file, or a name of `dlviz list zoo`")
    parser.add_argument("--layer", metavar="NAME", default="", help="the layer to look at (the first with weights)")
    parser.add_argument("--unit", metavar="N,N,...", type=integers, default=(), help="only these units of the layer")
    parser.add_argument(
        "--input",
        metavar="INPUT",
        action="append",
        default=[],
        help="a picture, .wav, .npy or .npz file, SOURCE:INDEX, text:WORDS, numbers:0.2,1 or tree:(3 (2 a) (4 film));"
        " of several inputs NAME=INPUT, once for each",
    )
    parser.add_argument("--data", metavar="SOURCE", default="", help="the pictures to look through (what suits)")
    parser.add_argument("--limit", metavar="N", type=positive, default=0, help="only the first N pictures of the data")
    parser.add_argument("--output", metavar="NAME", default="", help="of several outputs the one to look at")
    add_preprocess(parser)
    parser.add_argument("--fit", metavar="FIT", type=checked_fit, default="", help=f"of other sizes: {', '.join(FITS)}")
    help = "give a drawing in --input the ground, strokes, size and place of those in the data"
    parser.add_argument("--like-data", action="store_true", help=help)
    add_trust(parser)
    parser.add_argument("--set", metavar="OPTION=VALUE", action="append", default=[], help="an option of the view")
    parser.add_argument("--out", metavar="FILE", required=True, help=f"ending in {' '.join(draw.MEDIA)}")
    parser.add_argument("--dpi", metavar="N", type=dots, default=150, help="pixels an inch of pictures (150)")


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
        output=arguments.output,
        preprocess=arguments.preprocess,
        fit=arguments.fit,
        like_data=arguments.like_data,
        settings=settings,
        trust=tuple(arguments.trust),
    )
    sheets = run_requests(_one_each(request) if ending in draw.PAGES else [request], every=ending in draw.FRAMES)
    draw.save(sheets, arguments.out, arguments.dpi)
    return 0


def _one_each(request: Request) -> list[Request]:
    """The request; where its view looks at one picture, one for each of the pictures given."""
    if len(request.inputs) < 2 or not view(request.view).one_sample:
        return [request]
    return [replace(request, inputs=(picture,)) for picture in request.inputs]


def run_requests(requests: Sequence[Request], *, every: bool = False) -> list[sheet.Sheet]:
    """The last sheet of each request, or every one; progress is shown on standard error if that is a terminal."""
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
                    seen = [*seen, found] if every else [found]
            if not seen:
                model = request.model[-100:]
                raise UserError(f"The view {request.view} found nothing to show for {model}; try another layer.")
            sheets += seen
    return sheets
