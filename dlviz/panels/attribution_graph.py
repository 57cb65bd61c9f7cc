"""A picture of an attribution graph: units as tiles in a column per layer, contributions as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlviz.grammar import in_digits
from dlviz.sheet import Place
from dlviz.style import NEGATIVE, POSITIVE, tint
from dlviz_models.data.samples import Numbers, Picture, Sample, Sound

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

    from dlviz.analysis.attribution_graph import Stage
    from dlviz.network import Network

WIDTH, HEIGHT = 2160, 1120
HEAD, LABEL, AIR = 132, 58, 14
"""Pixels over the tiles of a column for its name, under each tile for its label, and between label and tile."""
LETTERS = 50
"""Pixels: 18 points where the picture is 11 inches wide; fewer where a line is wider than its column."""
ACROSS = 0.66
"""The maximum width of a tile as a share of the distance between columns; the rest is for the lines."""
WIDEST = 18
"""The width in pixels of the line of the largest contribution between two columns."""
LEAST = 0.02
"""Contributions below this share of the largest have no line."""
INK = "#1f2328"


@dataclass(frozen=True)
class Column:
    """One layer.

    Attributes:
        title: the heading, two lines.
        tiles: the response of each unit, uint8 (height, width, 3), or a word.
        labels: a line under each tile.
        received: the contributions of the tiles of the column before, (tiles before, tiles).
        crossed: the tiles that are crossed out.
        units: the unit of each tile: its layer, its number, and the value of the option `cut` that a click sets.
    """

    title: tuple[str, str]
    tiles: Sequence[np.ndarray | str]
    labels: Sequence[str]
    received: np.ndarray
    crossed: frozenset[int] = frozenset()
    units: Sequence[tuple[str, int, str]] = ()


def flow_picture(columns: Sequence[Column]) -> np.ndarray:
    """Draw the columns and the contributions between them, uint8 (HEIGHT, WIDTH, 3)."""
    from PIL import Image
    from PIL import ImageDraw as Drawing

    canvas = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = Drawing.Draw(canvas)
    boxes = _boxes(columns)
    for n, column in enumerate(columns[1:]):
        for (a, b), value in np.ndenumerate(column.received / (np.abs(column.received).max() or 1)):
            if abs(value) > LEAST and a not in columns[n].crossed and b not in column.crossed:
                _line(draw, boxes[n][a], boxes[n + 1][b], float(value))
    for column, tiles in zip(columns, boxes, strict=True):
        _words(draw, column, tiles, WIDTH / len(columns))
        for number, (tile, box) in enumerate(zip(column.tiles, tiles, strict=True)):
            _tile(canvas, draw, tile, box, number in column.crossed)
    return np.asarray(canvas)


def places_of(columns: Sequence[Column]) -> tuple[Place, ...]:
    """The places of the units in the picture."""
    return tuple(
        Place((top, left, bottom, right), *unit)
        for column, boxes in zip(columns, _boxes(columns), strict=True)
        for unit, (left, top, right, bottom) in zip(column.units, boxes, strict=False)
    )


Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""


def _boxes(columns: Sequence[Column]) -> list[list[Box]]:
    """The boxes of the tiles of each column, as large as possible."""
    pitch = WIDTH / len(columns)
    found = []
    for at, column in enumerate(columns):
        step = (HEIGHT - HEAD) / len(column.tiles)
        side = int(min(ACROSS * pitch, step - LABEL - AIR))
        left = int(pitch * (at + 0.5) - side / 2)
        tops = [int(HEAD + step * n + (step - LABEL - side) / 2) for n in range(len(column.tiles))]
        found.append([(left, top, left + side, top + side) for top in tops])
    return found


def _line(draw: ImageDraw, a: Box, b: Box, share: float) -> None:
    """Draw a line between two tiles with width and saturation by its share of the largest contribution."""
    ends = (a[2], (a[1] + a[3]) // 2, b[0], (b[1] + b[3]) // 2)
    colour = tint(POSITIVE if share > 0 else NEGATIVE, 0.35 + 0.65 * abs(share))
    draw.line(ends, fill=colour, width=max(2, round(WIDEST * abs(share))))


def _tile(canvas: Any, draw: ImageDraw, tile: np.ndarray | str, box: Box, crossed: bool) -> None:
    from PIL import Image

    draw.rectangle(box, fill="white", outline=INK, width=3)
    side, middle = box[2] - box[0] - 5, ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
    if isinstance(tile, str):
        _text(draw, middle, tile, side, "mm")
    else:
        scale = side / max(tile.shape[:2])
        size = (max(1, round(tile.shape[1] * scale)), max(1, round(tile.shape[0] * scale)))
        small = Image.fromarray(tile).resize(size, Image.Resampling.NEAREST)
        canvas.paste(small, (middle[0] - size[0] // 2, middle[1] - size[1] // 2))
    if crossed:
        for ends in (box, (box[0], box[3], box[2], box[1])):
            draw.line(ends, fill=NEGATIVE, width=10)


def _words(draw: ImageDraw, column: Column, boxes: Sequence[Box], pitch: float) -> None:
    middle = (boxes[0][0] + boxes[0][2]) // 2
    for number, line in enumerate(column.title):
        _text(draw, (middle, 8 + number * (LETTERS + 6)), line, pitch - AIR, "ma")
    for label, box in zip(column.labels, boxes, strict=True):
        _text(draw, (middle, box[3] + 4), label, pitch - AIR, "ma")


def _text(draw: ImageDraw, at: tuple[int, int], line: str, room: float, anchor: str) -> None:
    """A line of text no wider than its room."""
    from PIL import ImageFont

    wide = draw.textlength(line, ImageFont.load_default(LETTERS))
    size = LETTERS if wide <= room else LETTERS * room / wide
    draw.text(at, line, INK, ImageFont.load_default(size), anchor=anchor)


def grey(response: np.ndarray) -> np.ndarray | str:
    """One unit's response (*axes,) as a grey picture, uint8 (height, width, 3), or as text if it is a number."""
    if response.size == 1:
        return in_digits(float(response.ravel()[0]), 2)
    while response.ndim > 2:
        response = response.mean(axis=0)
    flat = np.atleast_2d(response).astype(np.float64)
    if len(flat) == 1:  # steps across, over the whole tile
        flat = np.repeat(flat, flat.shape[1], axis=0)
    low, high = float(flat.min()), float(flat.max())
    pixels = ((flat - low) / (high - low or 1) * 255).round().astype(np.uint8)
    return np.repeat(pixels[..., None], 3, axis=-1)


def _squared(values: np.ndarray) -> np.ndarray:
    """Numbers (steps, features) as a picture that is about square: steps go across, features down."""
    rows = np.squeeze(values).T
    return np.repeat(rows, max(1, rows.shape[1] // len(rows)), axis=0) if rows.ndim == 2 else rows


def columns_of(
    network: Network,
    sample: Sample,
    stages: Sequence[Stage],
    answer: Sequence[str],
    cut: tuple[str, int] | None,
    pictures: Mapping[str, Sequence[np.ndarray]] | None = None,
) -> list[Column]:
    """The input, each layer and the answer as columns.

    Args:
        answer: the name of the target, its value, and a line under it.
        cut: the layer and number of a unit to cross out.
        pictures: by layer, a picture of each unit to show instead of its response, uint8 (height, width, 1 or 3).
    """
    from dlviz.panels.patch_tiles import shown_pixels

    given: np.ndarray | str = sample.kind
    match sample:
        case Picture() if network.takes_pictures:
            pixels = shown_pixels(network, network.input, sample)
            given = np.broadcast_to(pixels, (*pixels.shape[:2], 3)).astype(np.uint8)
        case Numbers(values) if not network.inputs[network.input].vocabulary:
            given = grey(_squared(values))
        case Sound(samples):
            given = grey(samples)
    columns = [Column(("input", ""), [given], [""], np.zeros((0, 1)))]
    for stage in stages:
        tiles: Sequence[np.ndarray | str] = [grey(map_) for map_ in np.moveaxis(stage.maps, -1, 0)]
        if pictures:
            tiles = [np.broadcast_to(pixels, (*pixels.shape[:2], 3)) for pixels in pictures[stage.layer]]
        labels = [f"{unit}: {in_digits(value, 2, '+')}" for unit, value in zip(stage.units, stage.shown, strict=True)]
        crossed = frozenset(n for n, unit in enumerate(stage.units) if cut == (stage.layer, unit))
        total = f"all {len(stage.contributions)}: {in_digits(stage.contributions.sum(), sign='+')}"
        units = [
            (stage.layer, int(unit), "" if cut == (stage.layer, unit) else f"{stage.layer}:{unit}")
            for unit in stage.units
        ]
        title = (stage.layer.rpartition("/")[2], total)
        columns.append(Column(title, tiles, labels, stage.received, crossed, units))
    name, value, below = answer
    columns.append(Column(("answer", name), [value], [below], stages[-1].shown[:, None]))
    return columns
