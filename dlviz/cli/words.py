"""How words of the command line are read."""

import argparse

from dlviz_models.errors import UserError


def setting(text: str) -> tuple[str, str]:
    """`OPTION=VALUE` as a pair."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UserError(f"--set {text[:100]} has no value: write --set OPTION=VALUE.")
    return name, value


def integers(text: str) -> tuple[int, ...]:
    """`N,N,...`; argparse names the option where a ValueError is raised."""
    return tuple(int(part) for part in text.split(","))


def positive(text: str) -> int:
    """A whole number from 1 on."""
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def add_trust(parser: argparse.ArgumentParser) -> None:
    """The option that lets a file's own classes be imported."""
    says = "import this class for MODEL where its file names it; only for code that you know"
    parser.add_argument("--trust", metavar="MODULE:CLASS", action="append", default=[], help=says)


integers.__name__, positive.__name__ = "list of whole numbers", "whole number from 1 on"
"""What argparse calls them in its message."""
