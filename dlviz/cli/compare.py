"""`dlviz compare`: several networks, or several epochs of one, side by side."""

import argparse
from dataclasses import replace

from dlviz import draw
from dlviz.cli.arguments import add_out
from dlviz.cli.requests import add_options, request_of
from dlviz.cli.show import run_requests
from dlviz.layout.side_by_side import side_by_side
from dlviz_models.errors import UserError

HELP = "show where networks, or epochs of one, differ, or any view of them side by side"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", metavar="MODEL", nargs="+", help="two or more files, or names of `dlviz list zoo`")
    text = "a view of each side by side, instead of their structure, weights and representations"
    parser.add_argument("--view", metavar="VIEW", default="compare", help=text)
    add_options(parser)
    add_out(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare the networks, and write the sheet; more than two without a view, each with the first, make a page each.

    Raises:
        UserError: the request is refused.
    """
    first, *others = arguments.models
    if not others:
        raise UserError(f"There is nothing to compare {first[-100:]} with: name a second network.")
    draw.ending(arguments.out)
    arguments.model, arguments.other = first, ""
    request = request_of(arguments)
    if request.view == "compare":
        sheets = run_requests([replace(request, other=other) for other in others])
    else:
        found = run_requests([replace(request, model=model) for model in arguments.models])
        sheets = [side_by_side(found)]
    draw.save(sheets, arguments.out, arguments.dpi, arguments.size)
    return 0
