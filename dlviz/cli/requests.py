"""Requests in the words of the command line: `dlviz show VIEW MODEL …` and `dlviz lesson NAME …`."""

import argparse
import os
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

from dlviz.cli.arguments import add_changes, add_preprocess, add_trust, integers, positive, setting
from dlviz.jobs import Request
from dlviz.lessons import lesson
from dlviz.options import Value, by_present_names, configure
from dlviz.provenance import found_beside, with_paths
from dlviz.views import view
from dlviz_models.cards import FITS
from dlviz_models.errors import UserError

MOST_SHOWN = 100


def add_show(parser: argparse.ArgumentParser) -> None:
    """Add the words that ask for a view."""
    parser.add_argument("view", metavar="VIEW", help="a name of `dlviz list views`")
    parser.add_argument("model", metavar="MODEL", help="a file, or a name of `dlviz list zoo`")
    parser.add_argument("--other", metavar="MODEL", default="", help="a second network, shown beside the first")
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the words that say what of a network is looked at, and how."""
    parser.add_argument("--layer", metavar="NAME", default="", help="the layer to look at (the first with weights)")
    parser.add_argument("--unit", metavar="N,N,...", type=integers, default=(), help="only these units of the layer")
    parser.add_argument(
        "--input",
        metavar="INPUT",
        action="append",
        default=[],
        help="a picture, .wav, .npy or .npz file, SOURCE:INDEX, text:WORDS, numbers:0.2,1 or tree:(3 (2 a) (4 film));"
        " for several inputs NAME=INPUT, once each",
    )
    parser.add_argument("--data", metavar="SOURCE", default="", help="the data set (default: one that suits MODEL)")
    parser.add_argument(
        "--limit", metavar="N", type=positive, default=0, help="use only the first N samples of the data"
    )
    text = "with --limit, as many samples of each class instead, for data that are sorted by class"
    parser.add_argument("--balanced", action="store_true", help=text)
    text = "which epoch, if MODEL is a folder of epochs (dlviz train --keep-epochs); without it .gif, .webp and .html"
    parser.add_argument("--epoch", metavar="N", type=positive, default=0, help=f"{text} play them all")
    parser.add_argument("--output", metavar="NAME", default="", help="which output to show, if there are several")
    add_preprocess(parser)
    parser.add_argument(
        "--fit", metavar="FIT", choices=FITS, help=f"how to fit pictures of another size: {', '.join(FITS)}"
    )
    text = "give a drawing in --input the ground, strokes, size and place of those in the data"
    parser.add_argument("--like-data", action="store_true", help=text)
    add_changes(parser)
    add_trust(parser)
    _add_settings(parser, "an option of the view")


def add_lesson(parser: argparse.ArgumentParser) -> None:
    """Add the words that ask for a lesson."""
    parser.add_argument("lesson", metavar="LESSON", help="a name of `dlviz list lessons`")
    _add_settings(parser, "an option of the lesson")


def _add_settings(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--set", metavar="OPTION=VALUE", action="append", default=[], help=text)


def request_of(arguments: argparse.Namespace) -> Request:
    """Return what parsed words ask for.

    Raises:
        UserError: the view, lesson or option is unknown, or a value is not allowed.
    """
    settings = dict(setting(text) for text in arguments.set)
    if "lesson" in arguments:
        configure(lesson(arguments.lesson), settings)
        return Request(arguments.lesson, "", settings=by_present_names(lesson(arguments.lesson), settings))
    configure(view(arguments.view), settings)
    return Request(
        arguments.view,
        arguments.model,
        arguments.layer,
        arguments.unit,
        tuple(arguments.input),
        arguments.data,
        arguments.limit,
        arguments.balanced,
        output=arguments.output,
        preprocess=arguments.preprocess,
        fit=arguments.fit or "",
        like_data=arguments.like_data,
        other=arguments.other,
        epoch=arguments.epoch,
        changes=tuple(arguments.change),
        settings=by_present_names(view(arguments.view), settings),
        trust=tuple(arguments.trust),
    )


def read_command(line: str) -> Request:
    """Return what a line of the shell asks for, such as `dlviz show activations lenet5 --layer conv2`.

    What a file says is not to be trusted: a request with --trust is without it.

    Raises:
        UserError: it is not a line of `dlviz show` or `dlviz lesson`, or one of its words is refused.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UserError(f"“{line[:MOST_SHOWN]}” has a quotation mark without its other: close it.") from error
    if words[:1] != ["dlviz"] or words[1:2] not in (["show"], ["lesson"]):
        raise UserError(f"“{line[:MOST_SHOWN]}” is not a line of `dlviz show …` or `dlviz lesson …`: write one.")
    parser = _Parser(add_help=False, allow_abbrev=False)
    (add_show if words[1] == "show" else add_lesson)(parser)
    request = request_of(parser.parse_args(words[2:]))
    return replace(request, trust=(), settings=_typed(request))


def requests_made(lines: Sequence[str], path: str) -> tuple[Request, ...]:
    """Return what the lines in a file ask for; what they name is looked for beside the file where it is gone.

    Raises:
        UserError: as `read_command`.
    """
    find = found_beside(os.path.dirname(os.path.abspath(path)))
    return tuple(with_paths(read_command(line), find) for line in lines)


def _typed(request: Request) -> dict[str, Value]:
    """The settings as their options read them, as the window wants them."""
    chosen = view(request.view)
    configured = configure(chosen, request.settings)
    return {name: getattr(configured, name) for name in request.settings}


class _Parser(argparse.ArgumentParser):
    """Refuses in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message[:1].upper()}{message[1:]}.")
