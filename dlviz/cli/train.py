"""`dlviz train`: train one of the networks on a data set."""

import argparse
import dataclasses
import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from dlviz.cli.arguments import building
from dlviz.cli.bar import bar
from dlviz.cli.option_help import add_option_help
from dlviz.inspect.data import load_data
from dlviz.silence_logs import silence_logs
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import load_keras
from dlviz_models.networks import network
from dlviz_models.options import options_of
from dlviz_models.training.recipe import Recipe

if TYPE_CHECKING:
    from dlviz_models.training import run as training_run
    from dlviz_models.training import train as training

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
MEASURES = {"loss": "loss", "accuracy": "accuracy", "val_accuracy": "held-out accuracy"}
"""How each measure of an epoch is called."""
LOGS = ("log", "tensorboard", "keep_epochs")
"""Where each epoch can be written down."""
HELP = "train a network on a data set and write it to a .keras file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_training_arguments(parser)
    parser.add_argument("--log", metavar="FILE.csv", help="write the metrics of each epoch to a CSV file")
    parser.add_argument("--tensorboard", metavar="FOLDER", help="also write them for TensorBoard")
    parser.add_argument(
        "--keep-epochs", metavar="FOLDER", help="save the network after each epoch: epoch_001.keras, ..."
    )
    parser.add_argument(
        "--ensemble", metavar="N", type=int, help="train N networks with different seeds and average them"
    )
    parser.add_argument(
        "--bagging", action="store_true", help="train each network of the ensemble on its own bootstrap sample"
    )
    parser.add_argument(
        "--distribute",
        action="store_true",
        help="train on all GPUs, or on the machines of TF_CONFIG: docs/distributed.md",
    )


def add_training_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of every kind of training."""
    parser.add_argument("network", metavar="NETWORK", help="a name of `dlviz list networks`")
    parser.add_argument("--data", metavar="SOURCE", required=True, help="a name of `dlviz list data`, a folder or file")
    parser.add_argument("--out", metavar="FILE.keras", required=True, help="file to write the trained network to")
    parser.add_argument("--epochs", metavar="N", type=int, default=10, help="passes over the data (10)")
    parser.add_argument("--batch", metavar="N", type=int, default=128, help="examples per step (128)")
    parser.add_argument("--limit", metavar="N", type=int, help="train on only N examples, drawn at random")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="random seed (0)")
    parser.add_argument(
        "--set",
        metavar="OPTION=VALUE",
        action="append",
        default=[],
        help="an option of the network, or of the training: optimizer, learning_rate, momentum, weight_decay, "
        "schedule, warmup, patience, clip_norm, initializer, augment, precision",
    )
    add_option_help(parser, "network", lambda name: (*network(name).options, *options_of(Recipe)))
    parser.add_argument("--resume", action="store_true", help="resume an interrupted training of FILE.keras")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON value")


def run(arguments: argparse.Namespace) -> int:
    """Train, and print what came of it.

    Raises:
        UserError: the request or the data is refused, or the training was interrupted.
    """
    if arguments.distribute and arguments.ensemble is not None:
        raise UserError("--distribute and --ensemble cannot be combined; leave one of them off.")
    options = building(arguments.set)
    data = load_data(arguments.data)
    with silence_logs():
        load_keras()
        from dlviz_models.training.distribution import (
            train_distributed,  # imports Keras: seconds, so not before all is read
        )
        from dlviz_models.training.ensemble import train_ensemble
        from dlviz_models.training.train import train

    train_it: Callable[..., training.Result] = train
    logs = {name: place for name in LOGS if (place := getattr(arguments, name)) is not None}
    if logs and arguments.ensemble is not None:
        raise UserError(
            f"--{next(iter(logs)).replace('_', '-')} and --ensemble cannot be combined; leave one of them off."
        )
    if arguments.ensemble is not None:
        train_it = partial(train_ensemble, arguments.ensemble, bagging=arguments.bagging)
    elif arguments.distribute:
        train_it = train_distributed
    with training_settings(arguments, _command(arguments)) as how:
        result = train_it(arguments.network, data, arguments.out, options=options, **logs, **how)
    if arguments.json:
        print(json.dumps(dataclasses.asdict(result)))
    else:
        epochs = "1 epoch" if result.epochs == 1 else f"{result.epochs} epochs"
        print(
            f"{result.network} on the test part of {result.data}: {_figures(result)}{_members(result)}, "
            f"after {epochs} in {result.seconds:.0f} s on {result.device}; written to "
            f"{result.out or f'{arguments.out} by worker 0'}"
        )
    return 0


def _figures(result: "training.Result") -> str:
    """Return what was measured on the test part, in words."""
    values = {name: getattr(result, name) for name in FIGURES}
    return ", ".join(FIGURES[name].format(value) for name, value in values.items() if value is not None)


def _members(result: "training.Result") -> str:
    """Return what the networks of an ensemble reach on average, in words."""
    members = getattr(result, "members", ())
    accuracies = [member.accuracy for member in members if member.accuracy is not None]
    if not accuracies:
        return ""
    return f" ({len(members)} networks together; {sum(accuracies) / len(accuracies):.2%} on average)"


def _command(arguments: argparse.Namespace) -> str:
    """Return the line that made the file."""
    words = ["dlviz", "train", *training_words(arguments)]
    if arguments.ensemble is not None:
        words += ["--ensemble", str(arguments.ensemble), *["--bagging"] * arguments.bagging]
    words += ["--distribute"] * arguments.distribute
    return shlex.join([*words, "--out", arguments.out])


def training_words(arguments: argparse.Namespace) -> list[str]:
    """Return the words that say the same training again, but --out."""
    words = [arguments.network, "--data", arguments.data]
    for name in ("epochs", "batch", "limit", "seed"):
        if getattr(arguments, name) is not None:
            words += [f"--{name}", str(getattr(arguments, name))]
    for text in arguments.set:
        words += ["--set", text]
    return words


@contextmanager
def training_settings(arguments: argparse.Namespace, command: str) -> Iterator[dict[str, Any]]:
    """Yield the keyword arguments of every training, and show its progress.

    Raises:
        UserError: it was interrupted.
    """
    names = ("epochs", "batch", "limit", "seed", "resume")
    try:
        with _progress_bar(arguments.network) as progress:
            options = {name: getattr(arguments, name) for name in names}
            yield options | {"command": command, "estimate": True, "progress": progress}
    except KeyboardInterrupt:
        raise UserError(f"Stopped. To continue {arguments.out}, run the same command with --resume.") from None


@contextmanager
def _progress_bar(title: str) -> "Iterator[Callable[[training_run.TrainingProgress], None]]":
    """Yield the callback that shows where a training stands on standard error: a bar on a terminal, or else a line an
    epoch. The notes of a training are written in either case."""
    if not sys.stderr.isatty():
        yield _EpochLines()
        return
    with bar() as shown:
        task = shown.add_task(title, total=None, message="")

        def show(state: "training_run.TrainingProgress") -> None:
            for note in state.notes:
                shown.console.print(note, highlight=False, markup=False)
            shown.update(
                task,
                description=f"{title} on {state.device}",
                completed=state.done,
                total=state.epochs,
                message="  ".join([_epoch(state, int(state.done) + 1), *_measures(state)]),
            )

        yield show


class _EpochLines:
    """Writes a line an epoch: its number, its measures, and how long the rest will take."""

    def __init__(self) -> None:
        self.started, self.done_before = time.monotonic(), 0.0
        self.written = 0

    def __call__(self, state: "training_run.TrainingProgress") -> None:
        for note in state.notes:
            print(note, file=sys.stderr, flush=True)
        if state.notes:
            self.started, self.done_before, self.written = time.monotonic(), state.done, int(state.done)
        whole = state.stage or "val_loss" in state.measures
        if not whole or state.done < self.written + 1:
            return
        self.written = int(state.done)
        left = (state.epochs - state.done) * (time.monotonic() - self.started) / (state.done - self.done_before)
        words = [_epoch(state, self.written), *_measures(state), f"{left:.0f} s left"]
        print(", ".join(words), file=sys.stderr, flush=True)


def _epoch(state: "training_run.TrainingProgress", number: int) -> str:
    return f"{state.stage} epoch {min(number, state.epochs)}/{state.epochs}".lstrip()


def _measures(state: "training_run.TrainingProgress") -> list[str]:
    return [f"{name} {state.measures[key]:.4f}" for key, name in MEASURES.items() if key in state.measures]
