"""Panels of selected samples with captions: pictures as tiles, texts as lines, others one by one."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from dlviz.feeding.tokens import token_numbers
from dlviz.network import Network
from dlviz.panels.deviations import MOST_MEASURED, deviations
from dlviz.panels.sample_rows import in_rows, row_of
from dlviz.panels.samples import sample_panels
from dlviz.sheet import Bars, Matrix, Panel, Paragraph, Tiles, retitled
from dlviz.spacing import thinned_samples
from dlviz_models.data.pictures import Pictures
from dlviz_models.data.samples import Sample, Samples, Text, Tree

DRAWN = 4
"""The maximum number of samples that are neither pictures nor texts shown one by one."""
ROWS = 12
"""The maximum number of rows if they form one table."""
LETTERS = 110
"""The maximum length of a text."""
TEXTS = 6
"""The maximum number of texts, so that they fit on a slide."""


def listed(
    network: Network, data: Samples, title: str, places: Sequence[int] | np.ndarray, caption: Callable[[int], str]
) -> list[Panel]:
    """The samples with these indices (count,), as panels.

    Args:
        caption: gives the caption of the sample with an index.
    """
    shown = [int(place) for place in places]
    keys = tuple(map(data.number, shown))
    if not keys:
        return []
    if isinstance(data, Pictures) and network.takes_pictures:
        captions = tuple(map(caption, shown))
        return [Tiles(pictures(network, data, shown), "pixels", title, captions=captions, keys=keys, selects="input")]
    if _are_texts(network, data):
        lines = (f"{caption(place)}: {_text(network, data.sample(place))}" for place in shown[:TEXTS])
        return [Paragraph("\n".join(lines), title)]
    keys = keys[:ROWS]
    parts = [sample_panels(network, data.sample(place)) for place in shown[:ROWS]]
    names = tuple(f"{key}: {caption(place)}" for key, place in zip(keys, shown, strict=False))
    table = in_rows(parts, title, names, keys)
    if isinstance(table, Matrix):
        return [_in_deviations(network, data, table)]
    if table is not None:
        return [table]
    first = [replace(sample[0], role="") for sample in parts[:DRAWN]]
    panels = [retitled(panel, f"#{name}") for panel, name in zip(first, names, strict=False)]
    return [retitled(panels[0], f"{title.partition(' (')[0]}. #{names[0]}"), *panels[1:]]


def _in_deviations(network: Network, data: Samples, table: Matrix) -> Matrix:
    """The table coloured by the deviation of each number from the mean of its column in the data."""
    some = thinned_samples(data, MOST_MEASURED)
    rows = [row_of(cast("Sequence[Bars]", sample_panels(network, some.sample(n)))) for n in range(len(some))]
    like = np.stack([row for row in rows if len(row) == len(table.column_labels)] or list(table.values))
    shading = deviations(table.values, like)
    return replace(table, shading=shading, column_title="colours: deviation from the mean")


def pictures(network: Network, data: Samples, places: Sequence[int]) -> np.ndarray:
    """The pictures with these indices as shown, uint8 (count, height, width, channel)."""
    panels = [sample_panels(network, data.sample(place))[0] for place in places]
    return np.stack([p.pixels if hasattr(p, "pixels") else p.images[0] for p in panels])  # type: ignore[attr-defined]


def _are_texts(network: Network, data: Samples) -> bool:
    """Whether samples are words, or the numbers of tokens."""
    return data.kind in (Text.kind, Tree.kind) or bool(token_numbers(network, network.input, data.sample(0)))


def _text(network: Network, sample: Sample) -> str:
    match sample:
        case Text(text):
            words = text
        case Tree(leaves):
            words = " ".join(leaves)
        case _:
            words = token_numbers(network, network.input, sample)
    return textwrap.shorten(words, LETTERS, placeholder=" ...")
