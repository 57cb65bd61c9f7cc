"""Kept epochs of a training: open one of them, or show all as a film."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dlviz.draw.pixels import to_rgb
from dlviz.grammar import one_of
from dlviz.jobs import Request
from dlviz.sheet import Bars, Matrix, Panel, Sheet, Tiles, on_one_scale
from dlviz_models.errors import UserError
from dlviz_models.kept_epochs import kept_epochs

MOST_NAMED = 12
"""The maximum number of epochs listed in an error."""


def file_at_epoch(model: str | os.PathLike[str], epoch: int) -> Path:
    """The file of a network, or of one epoch in a folder of kept epochs; 0: the last.

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
    """The request for every kept epoch, if it names none; else the request itself."""
    epochs = [] if request.epoch else list(kept_epochs(request.model))
    return [*(replace(request, epoch=epoch) for epoch in epochs[:-1]), request]


def as_film(sheets: Sequence[Sheet]) -> list[Sheet]:
    """The sheets of one request at each epoch as the frames of a film, with common scales of grey, colours and bars.

    Tiles with individual scales keep these, computed over all epochs.
    """
    if len(sheets) < 2:
        return list(sheets)
    found = [replace(sheet, steps=len(sheets), film=sheets[-1].title) for sheet in sheets]
    if len({len(sheet.panels) for sheet in sheets}) > 1:
        return found
    columns = [_on_one_scale(panels) for panels in zip(*(sheet.panels for sheet in sheets), strict=True)]
    return [replace(sheet, panels=tuple(column[number] for column in columns)) for number, sheet in enumerate(found)]


def _on_one_scale(panels: Sequence[Panel]) -> Sequence[Panel]:
    """The versions of one panel at each epoch, on a common scale."""
    tiles = [panel for panel in panels if isinstance(panel, Tiles)]
    if len(tiles) == len(panels) and len({(tile.images.shape, tile.scale) for tile in tiles}) == 1:
        under_each_other = np.concatenate([tile.images for tile in tiles], axis=1)  # (n, epochs · height, width, c)
        parts = np.split(to_rgb(under_each_other, tiles[0].scale), len(tiles), axis=1)
        return [replace(tile, images=part, scale="pixels") for tile, part in zip(tiles, parts, strict=True)]
    matrices = [panel for panel in panels if isinstance(panel, Matrix)]
    if len(matrices) == len(panels):
        return on_one_scale(matrices)
    bars = [panel for panel in panels if isinstance(panel, Bars)]
    if len(bars) == len(panels) and not any(panel.limit for panel in bars):
        longest = max(float(np.nanmax(np.abs(panel.values), initial=0.0)) for panel in bars)
        return [replace(panel, limit=longest) for panel in bars]
    return panels
