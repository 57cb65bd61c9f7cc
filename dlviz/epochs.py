"""The epochs of a training that was kept: the same network with other weights, one at a time or as a film."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dlviz.grammar import one_of
from dlviz.jobs import Request
from dlviz.sheet import Sheet
from dlviz_models.errors import UserError
from dlviz_models.kept_epochs import kept_epochs

MOST_NAMED = 12
"""Epochs that a refusal lists one by one."""


def file_at_epoch(model: str | os.PathLike[str], epoch: int) -> Path:
    """The file of a network: of a folder of kept epochs that of one of them, the last where `epoch` is 0.

    Raises:
        UserError: there is no such epoch.
    """
    path, epochs = Path(model), kept_epochs(model)
    if not epochs and not epoch:
        return path
    if not epochs:
        raise UserError(
            f"{path.name[-100:]} is one network, not a folder of epochs, so it has no epoch {epoch}: leave epoch off,"
            " or give the folder of a training that kept its epochs (dlviz train --keep-epochs)."
        )
    if epoch and epoch not in epochs:
        numbers = [str(n) for n in epochs]
        listed = one_of(numbers) if len(numbers) <= MOST_NAMED else f"one from {numbers[0]} to {numbers[-1]}"
        raise UserError(f"{path.name[-100:]} has no epoch {epoch}: choose {listed}.")
    return epochs[epoch or max(epochs)]


def at_each_epoch(request: Request) -> list[Request]:
    """The request at every epoch of a training that was kept, where it names none of them; else the request alone."""
    epochs = [] if request.epoch else list(kept_epochs(request.model))
    return [*(replace(request, epoch=epoch) for epoch in epochs[:-1]), request]


def as_film(sheets: Sequence[Sheet]) -> list[Sheet]:
    """The sheets of one request at each epoch, as steps that are played."""
    if len(sheets) < 2:
        return list(sheets)
    return [replace(sheet, steps=len(sheets), film=sheets[-1].title) for sheet in sheets]
