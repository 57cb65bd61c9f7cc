"""`dlviz search`: train a network with many values of some options and keep the best."""

import argparse
import csv
import dataclasses
import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from dlviz.cli.arguments import building
from dlviz.cli.train import add_training_arguments, training_settings, training_words
from dlviz.inspect.data import load_data
from dlviz.silence_logs import silence_logs
from dlviz_models.files import atomic_path
from dlviz_models.keras_settings import load_keras

if TYPE_CHECKING:
    from dlviz_models.training.search import Found

HELP = "try values of options and write the network that does best on the validation set"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_training_arguments(parser)
    parser.add_argument(
        "--over",
        metavar="OPTION=VALUES",
        action="append",
        required=True,
        help="an option to vary: units=64,128, or a range such as learning_rate=1e-4..1e-1 or dropout=0..0.8:5 (steps)",
    )
    parser.add_argument("--random", metavar="N", type=int, help="try N random combinations instead of the whole grid")
    parser.add_argument("--table", metavar="FILE.csv", help="also write the trials to a file")


def run(arguments: argparse.Namespace) -> int:
    """Search, and print the trials.

    Raises:
        UserError: the request or the data is refused, every trial failed, or the search was interrupted.
    """
    options = building(arguments.set)
    data = load_data(arguments.data)
    with silence_logs():
        load_keras()
        from dlviz_models.training.search import search  # imports Keras: seconds, so not before all has been read

    with training_settings(arguments, _command(arguments)) as how:
        found = search(
            arguments.network, data, arguments.out, arguments.over, random=arguments.random, options=options, **how
        )
    rows = list(_rows(found))
    if arguments.table:
        with atomic_path(arguments.table) as path, open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    if arguments.json:
        trials = [dataclasses.asdict(trial) for trial in found.trials]
        print(json.dumps({**dataclasses.asdict(found.result), "best": found.best, "trials": trials}))
    else:
        _show(rows, found)
    return 0


def _rows(found: "Found") -> Iterator[dict[str, Any]]:
    """Yield the trials as rows of a table, in order."""
    for number, trial in enumerate(found.trials, start=1):
        score: object = "" if trial.score is None else round(trial.score, 6)
        yield {
            "trial": number,
            **trial.options,
            "score": score,
            "epochs": trial.epochs,
            "seconds": trial.seconds,
            "error": trial.error,
        }


def _show(rows: list[dict[str, Any]], found: "Found") -> None:
    """Print the trials, the best first, and what the best reaches on the test part."""
    console = Console(highlight=False)
    table = Table(*rows[0], box=None, pad_edge=False, header_style="bold")
    for row in sorted(rows, key=lambda row: row["score"] if row["score"] != "" else float("-inf"), reverse=True):
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)
    result = found.result
    accuracy = "" if result.accuracy is None else f", {result.accuracy:.2%} right on the test part"
    console.print(
        f"Best on the held-out part: trial {found.best + 1}{accuracy}; written to {result.out}", soft_wrap=True
    )


def _command(arguments: argparse.Namespace) -> str:
    """Return the line that made the file."""
    words = ["dlviz", "search", *training_words(arguments)]
    for text in arguments.over:
        words += ["--over", text]
    if arguments.random is not None:
        words += ["--random", str(arguments.random)]
    return shlex.join([*words, "--out", arguments.out])
