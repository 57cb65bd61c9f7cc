"""Logs of a training, epoch by epoch."""

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path
from dlviz_models.kept_epochs import epoch_path, kept_epochs

Row = Mapping[str, float]
"""An epoch: `epoch` from 1 on, `seconds`, `learning_rate`, and its measures by name."""


@dataclass(frozen=True)
class Logs:
    """Where a training is written down; None: nowhere.

    Attributes:
        table: CSV file with a line an epoch, whole after each.
        tensorboard: folder for TensorBoard, which shows `loss` of the subfolders `train` and `held_out` in one chart.
        epochs: folder for the network as each epoch left it: epoch_001.keras, epoch_002.keras, ...

    Raises:
        UserError: a folder cannot be made, or the backend cannot write for TensorBoard.
    """

    table: Path | None = None
    tensorboard: Path | None = None
    epochs: Path | None = None

    def __post_init__(self) -> None:
        for option, folder in (("--tensorboard", self.tensorboard), ("--keep-epochs", self.epochs)):
            _make(option, folder)
        if self.table is not None and not self.table.parent.is_dir():
            raise UserError(f"The folder of --log {self.table} does not exist; create it first.")

    def write(self, history: Sequence[Row], device: str, save: Callable[[Path], None]) -> None:
        """Write down the last epoch of `history`; `save` writes the network as it is now."""
        if self.table is not None:
            write_table(self.table, history, device)
        if self._board is not None:
            self._board.write(history[-1])
        if self.epochs is not None:
            save(epoch_path(self.epochs, len(history)))

    def go_back(self, epochs: int) -> None:
        """Remove the networks of the epochs after the first `epochs`, which a training took up anew."""
        for number, path in kept_epochs(self.epochs or "").items():
            if number > epochs:
                path.unlink(missing_ok=True)

    @cached_property
    def _board(self) -> "Board | None":
        return None if self.tensorboard is None else Board(self.tensorboard)


def write_table(path: Path, history: Sequence[Row], device: str) -> None:
    """Write epochs as CSV: their columns, and `device`."""
    with atomic_path(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*history[0], "device"])
        writer.writeheader()
        writer.writerows({**row, "device": device} for row in history)


class Board:
    """Event files for TensorBoard, which need not be installed.

    Args:
        folder: gets the subfolders `train` and `held_out`.

    Raises:
        UserError: the files cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        self.folder = folder
        try:
            self.writers = {part: tf.summary.create_file_writer(str(folder / part)) for part in ("train", "held_out")}
        except tf.errors.OpError as error:
            raise UserError(f"--tensorboard {folder} cannot be written to; choose another folder.") from error

    def write(self, row: Row) -> None:
        """Write the measures of an epoch, and of those held out, each to its file."""
        for part, writer in self.writers.items():
            held_out = {name[4:]: value for name, value in row.items() if name.startswith("val_")}
            train = {name: value for name, value in row.items() if not name.startswith("val_") and name != "epoch"}
            with writer.as_default():
                _scalars(held_out if part == "held_out" else train, int(row["epoch"]))
            writer.flush()


def _scalars(values: Mapping[str, float], step: int) -> None:
    """Write numbers as `tf.summary.scalar` does, which needs the package tensorboard."""
    import tensorflow as tf
    from tensorflow.core.framework.summary_pb2 import Summary

    message = Summary(value=[Summary.Value(tag=name, simple_value=value) for name, value in values.items()])
    tf.summary.experimental.write_raw_pb(message.SerializeToString(), step)


def _make(option: str, folder: Path | None) -> None:
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{option} {folder} cannot be created: {os.strerror(error.errno or 0)}; choose another."
        ) from error
