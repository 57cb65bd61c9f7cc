"""`dlviz`: hand the words of the command line to the module of `dlviz.cli` that they name."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.resources import files
from typing import Any, NoReturn

from dlviz.cli.console import write_plainly
from dlviz.grammar import one_of
from dlviz_models.errors import UserError

COMMANDS = {
    "show": "draw a view of a network and write it to a file",
    "index": "find the best samples of every unit of every layer and keep them",
    "lesson": "draw a lesson, which needs no network, and write it to a file",
    "lecture": "make slides, a PDF or a page to present, of a lecture file or of any network",
    "compare": "show where networks, or epochs of one, differ, or any view of them side by side",
    "inspect": "open a file safely and say what it is",
    "take-home": "write a page in which a small trained network runs",
    "train": "train a network on a data set",
    "search": "train a network with many values of some options and keep the best",
    "list": "list the networks, data, views, lessons, and the shipped trained networks",
    "doctor": "say what is installed, what is missing, and the line that installs it",
}
WINDOW = "window"
MOST = 400
"""Characters of an error."""


class Parser(argparse.ArgumentParser):
    """Refuses in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status: 0 done, 2 refused with one sentence on standard error."""
    words = list(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    write_plainly()
    try:
        return _run(words)
    except UserError as error:
        print(_sentence(str(error)), file=sys.stderr)
        return 2
    except MemoryError:
        print("There is not enough memory for that; try fewer pictures or units.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # such as Keras raises where a file's layers do not fit each other
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        print(
            _sentence(f"This could not be done ({reason}); try another file or layer, or report it."), file=sys.stderr
        )
        return 2


def _run(words: list[str]) -> int:
    name = words[0] if words and words[0] in COMMANDS else WINDOW
    if name == WINDOW and words:
        _refuse_view(words[0])
        _refuse_unknown(words)
    command: Any = import_module(f"dlviz.cli.{name.replace('-', '_')}")
    if name == WINDOW:
        parser = Parser("dlviz", description=command.HELP, epilog=_overview(), formatter_class=_Raw)
    else:
        about = f"{command.HELP[:1].upper()}{command.HELP[1:]}."
        parser, words = Parser(f"dlviz {name}", description=about, conflict_handler="resolve"), words[1:]
    command.add_arguments(parser)
    try:
        arguments = parser.parse_args(words)
    except SystemExit as done:  # --help
        return int(done.code or 0)
    status: int = command.run(arguments)
    sys.stdout.flush()
    return status


def _refuse_view(word: str) -> None:
    """Refuse the name of a view or a lesson in place of a command's, unless a file is called so."""
    for package, command in (("views", "show"), ("lessons", "lesson")):
        is_one = re.fullmatch(r"[a-z]\w*", word) and files("dlviz").joinpath(package, f"{word}.py").is_file()
        if is_one and not os.path.exists(word):
            raise UserError(f"{word} is not a command: write dlviz {command} {word}.")


def _refuse_unknown(words: Sequence[str]) -> None:
    """Refuse a first word that is neither a command nor, since another word follows it, a network."""
    if len(words) > 1 and not any(word.startswith("-") for word in words[:2]):
        near = get_close_matches(words[0], COMMANDS, n=1) or list(COMMANDS)
        raise UserError(f"{words[0][:60]} is not a command: choose {one_of(near)}.")


_Raw = argparse.RawDescriptionHelpFormatter


def _overview() -> str:
    return "\n".join(
        ["commands, each with its own --help:", *(f"  dlviz {n:9} {summary}" for n, summary in COMMANDS.items())]
    )


def _sentence(text: str) -> str:
    line = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(text.split()))
    return line if len(line) <= MOST else f"{line[: MOST - 1]}…"


if __name__ == "__main__":
    sys.exit(main())
