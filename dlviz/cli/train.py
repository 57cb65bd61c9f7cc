"""`dlviz train`: train one of the networks on a data set."""

import argparse
import dataclasses
import json
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from dlviz.quiet import quiet
from dlviz_models.data.datasets import open_dataset
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz_models import training

FIGURES = {
    "accuracy": "{:.2%} right",
    "sequence_accuracy": "{:.2%} of the sequences right",
    "bleu": "BLEU {:.1f}",
    "root_accuracy": "{:.2%} of the roots right",
    "node_accuracy": "{:.2%} of the nodes right",
    "snr_gain_db": "{:.1f} dB cleaner",
    "loss": "loss {:.4g}",
}
"""How each figure of a result is said."""
HELP = "train a network on a data set and write it to a .keras file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("network", metavar="NETWORK", help="a name of `dlviz list networks`")
    parser.add_argument("--data", metavar="SOURCE", required=True, help="a name of `dlviz list data`, a folder or file")
    parser.add_argument("--out", metavar="FILE.keras", required=True, help="where the trained network goes")
    parser.add_argument("--epochs", metavar="N", type=int, default=10, help="how often each example is seen (10)")
    parser.add_argument("--batch", metavar="N", type=int, default=128, help="examples a step (128)")
    parser.add_argument("--limit", metavar="N", type=int, help="train on N examples only, drawn by the seed")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of everything random (0)")
    parser.add_argument(
        "--set",
        metavar="OPTION=VALUE",
        action="append",
        default=[],
        help="an option of the network, or of the training: optimizer, learning_rate, schedule, warmup, patience, "
        "clip_norm, initializer, augment",
    )
    parser.add_argument("--resume", action="store_true", help="go on where the training of FILE.keras was interrupted")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON value")


def run(arguments: argparse.Namespace) -> int:
    """Train, and print what came of it.

    Raises:
        UserError: the request or the data is refused, or the training was interrupted.
    """
    options = dict(_pair(text) for text in arguments.set)
    data = open_dataset(arguments.data)
    with quiet():
        from dlviz_models.training import train  # imports Keras: seconds, so not before the request has been read

    try:
        with _progress_bar(arguments.network) as progress:
            result = train(
                arguments.network,
                data,
                arguments.out,
                epochs=arguments.epochs,
                batch=arguments.batch,
                limit=arguments.limit,
                seed=arguments.seed,
                options=options,
                resume=arguments.resume,
                command=_command(arguments),
                progress=progress,
            )
    except KeyboardInterrupt:
        raise UserError(f"Stopped. The same line with --resume goes on with {arguments.out}.") from None
    if arguments.json:
        print(json.dumps(dataclasses.asdict(result)))
    else:
        print(
            f"{result.network} on the test part of {result.data}: {_figures(result)}, after {result.epochs} epochs in "
            f"{result.seconds:.0f} s on {result.device}; written to {result.out}"
        )
    return 0


def _figures(result: "training.Result") -> str:
    """Return what was measured on the test part, in words."""
    values = {name: getattr(result, name) for name in FIGURES}
    return ", ".join(FIGURES[name].format(value) for name, value in values.items() if value is not None)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UserError(f"--set {text[:100]} has no value; write --set OPTION=VALUE.")
    return name, value


def _command(arguments: argparse.Namespace) -> str:
    """Return the line that made the file."""
    words = ["dlviz", "train", arguments.network, "--data", arguments.data]
    for name in ("epochs", "batch", "limit", "seed"):
        if getattr(arguments, name) is not None:
            words += [f"--{name}", str(getattr(arguments, name))]
    for text in arguments.set:
        words += ["--set", text]
    return shlex.join([*words, "--out", arguments.out])


@contextmanager
def _progress_bar(title: str) -> "Iterator[Callable[[training.Progress], None]]":
    """Yield the callback that shows where a training stands, on standard error if that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[says]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=None, says="")
        said = {"loss": "loss", "accuracy": "right", "val_accuracy": "held out right"}

        def show(state: "training.Progress") -> None:
            measures = {said[name]: value for name, value in state.measures.items() if name in said}
            says = "  ".join(f"{name} {value:.4f}" for name, value in measures.items())
            epoch = f"epoch {min(int(state.done) + 1, state.epochs)}/{state.epochs}"
            bar.update(task, completed=state.done, total=state.epochs, says=f"{epoch}  {says}")

        yield show
