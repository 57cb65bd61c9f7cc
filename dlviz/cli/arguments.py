"""Parsing arguments of the command line."""

import argparse
import os
from collections.abc import Sequence

from dlviz import draw
from dlviz.inspect import inspect_file
from dlviz.preprocessing.modes import named
from dlviz_models.errors import UserError

MOST_DOTS = 1200
LEAST_SIDE, MOST_SIDE = 200, 16_000


def setting(text: str) -> tuple[str, str]:
    """`OPTION=VALUE` as a pair."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UserError(f"--set {text[:100]} has no value: write --set OPTION=VALUE.")
    return name, value


def building(texts: Sequence[str]) -> dict[str, str]:
    """The options of a network that is built, of which a file of weights has been looked into.

    Raises:
        UserError: that file is refused.
    """
    options = dict(setting(text) for text in texts)
    if os.path.lexists(options.get("weights", "")):
        inspect_file(options["weights"])
    return options


def integers(text: str) -> tuple[int, ...]:
    """`N,N,...`; argparse names the option."""
    if not all(part.strip().removeprefix("-").isdecimal() for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"{text[:100]} is not a list of whole numbers, such as 0,3,5")
    return tuple(int(part) for part in text.split(","))


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text[:100]} is not a whole number from 1 on")
    return int(text)


def dots(text: str) -> int:
    """Pixels an inch: on a page of 13 inches, more than `MOST_DOTS` fill the memory."""
    if positive(text) > MOST_DOTS:
        raise argparse.ArgumentTypeError(f"{text[:100]} is too large: the most is {MOST_DOTS}")
    return positive(text)


def pixels(text: str) -> tuple[int, int]:
    """`WIDTHxHEIGHT`, as of a screen."""
    width, _, height = text.lower().replace("×", "x").partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text[:100]} is not a width and a height, such as 1920x1080")
    if not (LEAST_SIDE <= int(width) <= MOST_SIDE and LEAST_SIDE <= int(height) <= MOST_SIDE):
        raise argparse.ArgumentTypeError(f"{text[:100]}: each side is from {LEAST_SIDE} to {MOST_SIDE} pixels")
    return int(width), int(height)


def add_out(parser: argparse.ArgumentParser) -> None:
    """Give a command the options that say where a picture goes and how large it is."""
    parser.add_argument("--out", metavar="FILE", required=True, help=f"ending in {' '.join(draw.MEDIA)}")
    parser.add_argument(
        "--dpi", metavar="N", type=dots, default=150, help="resolution of pictures, in pixels per inch (150)"
    )
    parser.add_argument("--size", metavar="WxH", type=pixels, help="pixels of pictures, such as 1920x1080")


def add_preprocess(parser: argparse.ArgumentParser) -> None:
    """Give a command the option that says how pixels become the network's input."""
    help = "how pixels are fed: auto, none, unit, tf, torch or caffe"
    parser.add_argument("--preprocess", metavar="MODE", type=preprocess_mode, default="auto", help=help)


def preprocess_mode(text: str) -> str:
    """A mode of preprocessing, or `auto`.

    Raises:
        UserError: the mode is unknown.
    """
    return text if text == "auto" else named(text).mode


def add_changes(parser: argparse.ArgumentParser) -> None:
    """Give a command the option that changes the network before it is looked at."""
    help = (
        "first switch a unit off (off=LAYER:UNIT), scale it (scale=LAYER:UNIT:FACTOR), swap two (swap=LAYER:UNIT:UNIT)"
        " or set a weight (weight=LAYER:NAME:INDEX,INDEX,...:VALUE); may be given several times"
    )
    parser.add_argument("--change", metavar="CHANGE", action="append", default=[], help=help)


def add_trust(parser: argparse.ArgumentParser) -> None:
    """The option that lets a file's own classes be imported."""
    help = "import this class for MODEL where its file names it; only for code that you know"
    parser.add_argument("--trust", metavar="MODULE:CLASS", action="append", default=[], help=help)
