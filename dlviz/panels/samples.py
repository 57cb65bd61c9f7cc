"""A sample as panels."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from dlviz.feeding.feed import as_bytes
from dlviz.feeding.tokens import token_numbers
from dlviz.sheet import Bars, Curves, Image, Matrix, Panel, Paragraph, Tiles, retitled
from dlviz_models.data.samples import Numbers, Picture, Sample, Several, Sound, Tree
from dlviz_models.data.samples import Text as TextSample

if TYPE_CHECKING:
    from dlviz.network import Network

MOST_BARS = 64
MOST_LINES = 8
"""The maximum number of features drawn as lines."""


def sample_panels(network: Network, sample: Sample, name: str = "") -> tuple[Panel, ...]:
    """Panels of a sample for the input called `name`, the network's only one by default, to be shown beside the
    results."""
    return tuple(replace(panel, role="beside") for panel in _own_panels(network, sample, name or network.input))


def _own_panels(network: Network, sample: Sample, name: str) -> tuple[Panel, ...]:
    if ids := token_numbers(network, name, sample):
        return (Paragraph(ids, title=sample.short),)
    match sample:
        case Picture():
            return _picture(network, sample)
        case TextSample(text):
            return (Paragraph(text, title=sample.short),)
        case Sound(samples, rate):
            time = np.arange(len(samples)) / rate
            return (Curves(time, {"sound": samples}, "seconds", "", sample.short),)
        case Tree(words):
            return (Paragraph(" ".join(words), title=sample.short),)
        case Numbers(values, names):
            return (numbers(values, names, sample.short),)
        case Several(parts):
            of_parts = (_named(sample_panels(network, part, name), name) for name, part in parts.items())
            return tuple(chain.from_iterable(of_parts))
    return ()


def _named(panels: tuple[Panel, ...], name: str) -> tuple[Panel, ...]:
    return tuple(retitled(panel, f"{name}: {panel.title}" if panel.title else name) for panel in panels)


def _picture(network: Network, sample: Picture) -> tuple[Panel, ...]:
    """A picture in colour, with further channels as tiles."""
    pixels = as_bytes(sample)
    if network.takes_pictures and pixels.shape[-1] in (1, 3, network.input_shape[2]):
        pixels = network.resize_to_input(pixels)
    channels = pixels.shape[-1]
    if channels in (1, 3):
        return (Image(pixels, title=sample.short),)
    rest = np.moveaxis(pixels[..., 3:] if channels > 3 else pixels, -1, 0)[..., None]
    first = 3 if channels > 3 else 0
    tiles = Tiles(rest, "pixels", "Further channels", tuple(f"channel {first + n}" for n in range(len(rest))))
    return (Image(pixels[..., :3], title=sample.short), tiles) if channels > 3 else (tiles,)


def numbers(values: np.ndarray, names: tuple[str, ...], title: str) -> Panel:
    """An array of any shape as bars, curves, a matrix, or tiles of its planes."""
    if values.ndim <= 1:
        row = np.atleast_1d(values).astype(np.float32)
        if len(row) > MOST_BARS:
            return Curves(np.arange(len(row)), {"value": row}, "place", "", title)
        return Bars(names or tuple(map(str, range(len(row)))), row, title)
    if values.ndim == 2:
        steps, features = values.shape
        if features == 1 or steps > 4 * MOST_BARS:
            shown = {names[f] if names else str(f): values[:, f] for f in range(min(features, MOST_LINES))}
            which = f"the first {MOST_LINES} of {features}" if features > MOST_LINES else ""
            return Curves(np.arange(steps), shown, "step", which, title)
        columns = names or tuple(map(str, range(features)))
        return Matrix(values.T, columns, tuple(map(str, range(steps))), "", "step", title)
    if values.shape[-1] not in (1, 3):
        values = (
            values[..., None] if values.ndim == 3 else np.moveaxis(values, -1, -3).reshape(-1, *values.shape[-3:-1], 1)
        )
    return Tiles(values.reshape(-1, *values.shape[-3:]).astype(np.float32), "all", title)
