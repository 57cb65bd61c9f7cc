"""`dlviz show VIEW --help`: beside the words of a command, the options of the view, lesson or network that is named."""

import argparse
import shutil
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from dlviz_models.options import DESCRIPTIONS, Option

OptionsOf = Callable[[str], Sequence[Option]]
NAMES, WIDEST = 24, 110
"""Characters of the column of names, and of a line at most."""


def add_option_help(parser: argparse.ArgumentParser, named: str, options_of: OptionsOf) -> None:
    """Let --help after the argument `named` list its options as well.

    Args:
        options_of: gives the options of what has a name.
    """
    what = named.upper()
    parser.epilog = f"{parser.prog} {what} --help also lists the options of that {named}."
    text = f"show this help message, after {what} with the options of that {named}, and exit"
    parser.add_argument("-h", "--help", action=_Help, nargs=0, named=named, options_of=options_of, help=text)


class _Help(argparse.Action):
    def __init__(self, *given: Any, named: str, options_of: OptionsOf, **how: Any) -> None:
        super().__init__(*given, **how)
        self.named = named
        self.options_of = options_of

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *_: object) -> None:
        name = getattr(namespace, self.named, None)
        options = self.options_of(name) if name else ()
        parser.epilog = None if name else parser.epilog
        parser.print_help()
        if name:
            print("\n".join(["", f"options of {name} (--set OPTION=VALUE):", *map(_entry, options)]))
        parser.exit()


def _entry(option: Option) -> str:
    """An option with its default, and what it does."""
    width = min(shutil.get_terminal_size().columns, WIDEST)
    is_given = option.default not in (None, (), "")
    default = f"{option.default:g}" if option.kind == "float" else option.write(option.default) if is_given else ""
    head = (
        f"  {option.name}={default.lower() if option.kind == 'bool' else default}" if is_given else f"  {option.name}"
    )
    facts = "; ".join(_facts(option))
    text = f"{option.help or DESCRIPTIONS[option.kind]}{f' ({facts})' if facts else ''}"
    lines = textwrap.wrap(text, max(20, width - NAMES), break_long_words=False, break_on_hyphens=False)
    first = head.ljust(NAMES) + lines.pop(0) if len(head) < NAMES else head
    return "\n".join([first, *(" " * NAMES + line for line in lines)])


def _facts(option: Option) -> list[str]:
    """What values it takes, and when it counts."""
    facts = []
    choices = [str(choice) for choice in option.choices if choice != ""]
    if not all(choice in option.help for choice in choices):
        facts.append(("; " if any("," in choice for choice in choices) else ", ").join(choices))
    if option.high is not None and option.low is not None:
        facts.append(f"{option.low:g} to {option.high:g}")
    elif option.low is not None:
        facts.append(f"at least {option.low:g}")
    if option.zero and f"{option.low}:" not in option.help and "empty:" not in option.help:
        facts.append(f"{'empty' if option.kind == 'str' else f'{option.low or 0:g}'}: {option.zero}")
    if option.only:
        facts.append(f"with {option.only[0]}={' or '.join(map(str, option.only[1:]))}")
    return facts
