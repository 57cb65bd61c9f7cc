"""How words of the command line are read."""

import argparse
import os
from collections.abc import Sequence

from dlviz.inspect import inspect_file
from dlviz.preprocessing.modes import named
from dlviz_models.errors import UserError

MOST_DOTS = 1200


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


def add_preprocess(parser: argparse.ArgumentParser) -> None:
    """Give a command the option that says how pixels become the network's input."""
    help = "how pixels are fed: auto, none, unit, tf, torch or caffe"
    parser.add_argument("--preprocess", metavar="MODE", type=preprocess_mode, default="auto", help=help)


def preprocess_mode(text: str) -> str:
    """A mode of preprocessing, or `auto`.

    Raises:
        UserError: there is no such mode.
    """
    return text if text == "auto" else named(text).mode


def add_trust(parser: argparse.ArgumentParser) -> None:
    """The option that lets a file's own classes be imported."""
    help = "import this class for MODEL where its file names it; only for code that you know"
    parser.add_argument("--trust", metavar="MODULE:CLASS", action="append", default=[], help=help)
