"""How words of the command line are read."""

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


integers.__name__, positive.__name__ = "list of whole numbers", "whole number from 1 on"
"""What argparse calls them in its message."""
