"""Panels of one unit: its weights, and its response to a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.analysis.receptive_field import ReceptiveField, receptive_field
from dlviz.analysis.step_labels import step_labels
from dlviz.feeding.feed import Feeds
from dlviz.feeding.groups import token_shapes
from dlviz.feeding.tokens import NO_TOKEN
from dlviz.model.weights import main_weight, weights_of
from dlviz.panels.patch_tiles import shown_pixels
from dlviz.panels.samples import sample_panels
from dlviz.panels.weights import Excerpt, panels_of, reads_inputs
from dlviz.scan.top_patches import shown_inputs
from dlviz.sheet import Bars, Curves, Image, Matrix, Panel, Tiles, retitled
from dlviz_models.data.samples import Numbers, Sample, Several

if TYPE_CHECKING:
    from dlviz.network import Network

MOST_WEIGHTS, STRONGEST = 24, 8
"""With more than `MOST_WEIGHTS` weights, only the `STRONGEST` are shown."""
MOST_LABELS = 100
"""Responses along longer sequences are shown as a curve."""


def weight_panels(network: Network, layer: str, unit: int, sample: Sample) -> tuple[Panel, ...]:
    """The weights of one unit, labelled with the names of the inputs if it reads these directly."""
    if not network.layers[layer].has_kernel:
        return ()
    weights = weights_of(network.keras_layer(layer))
    panels = panels_of(network, layer, weights[main_weight(weights)], Excerpt((unit,), slices=64))
    many = len(panels) > 1
    fed = _part(sample, shown_inputs(network, layer)[0])
    names = fed.names if isinstance(fed, Numbers) and reads_inputs(network, layer) else ()
    alone = [_alone(panel, names) for panel in panels]
    titles = [panel.title if many or isinstance(panel, Bars) else "" for panel in alone]
    return tuple(
        retitled(panel, f"Weights: {title}" if title else "Weights") for panel, title in zip(alone, titles, strict=True)
    )


def _part(sample: Sample, name: str) -> Sample:
    """The part of a sample fed to the input called `name`."""
    return sample.parts[name] if isinstance(sample, Several) else sample


def _alone(panel: Panel, names: Sequence[str]) -> Panel:
    """Adapt a panel to a single unit: no labels of units, and a single row of numbers as bars with `names`."""
    if isinstance(panel, Tiles):
        return replace(panel, row_labels=(), column_labels=(), columns=0, selects="")
    if isinstance(panel, Matrix):
        labels = tuple(names) if len(names) == panel.values.shape[1] else panel.column_labels
        return _strongest(Bars(labels, panel.values[0], panel.title, weight=panel.weight and panel.weight.cut(0)))
    return panel


def _strongest(bars: Bars) -> Bars:
    """The bars; of many those with the largest magnitudes, in descending order."""
    if len(bars.values) <= MOST_WEIGHTS:
        return bars
    first = np.argsort(-np.abs(bars.values), kind="stable")[:STRONGEST]
    return replace(
        bars,
        labels=tuple(bars.labels[i] for i in first),
        values=bars.values[first],
        title=", ".join(filter(None, (bars.title, f"the {STRONGEST} strongest of {len(bars.values)}"))),
        weight=bars.weight and bars.weight.cut(first),
    )


def response_panels(
    network: Network, layer: str, sample: Sample, feeds: Feeds, response: np.ndarray
) -> tuple[Panel, ...]:
    """The response of a unit (*axes of the map): over the picture if its receptive fields are local, else beside it."""
    name = shown_inputs(network, layer)[0]
    part = _part(sample, name)
    field = receptive_field(network, layer, name, token_shapes(network, feeds))
    if network.inputs[name].kind == "picture":
        image = _over_the_picture(network, name, part, field, response)
        return (image,) if image.heat is not None or response.ndim == 0 else (image, *_beside(response, ()))
    if response.ndim == 0:
        return sample_panels(network, sample)
    return (*sample_panels(network, sample), *_beside(response, step_labels(network, layer, feeds, sample)))


def _over_the_picture(
    network: Network, name: str, sample: Sample, field: ReceptiveField, response: np.ndarray
) -> Image:
    """A picture overlaid with the unit's map: each pixel shows the position with the nearest receptive field centre."""
    pixels = shown_pixels(network, name, sample)
    peak = np.array(np.unravel_index(response.argmax(), response.shape), np.int64)
    heat = None
    if field.is_local:
        lit = np.maximum(response, 0) / max(float(response.max()), 1e-12)
        heat = np.broadcast_to(lit[field.nearest(pixels.shape[:2])], pixels.shape[:2]).astype(np.float32)
    return Image(pixels, title="Its map", heat=heat, boxes=field.boxes(peak[None]))


def _beside(response: np.ndarray, labels: tuple[str, ...]) -> tuple[Panel, ...]:
    """A panel of the responses of a unit alone."""
    title = "Its responses"
    if response.ndim == 1:
        steps = len(response)
        if steps > MOST_LABELS:
            return (Curves(np.arange(steps), {"response": response}, "step", "", title),)
        if len(labels) != steps:
            return (Matrix(response[None], ("",), tuple(map(str, range(steps))), title=title),)
        last = max((n for n, label in enumerate(labels) if label != NO_TOKEN), default=steps - 1)
        return (Matrix(response[: last + 1, None], labels[: last + 1], ("",), title=title),)
    maps = response.reshape(-1, *response.shape[-2:])  # frames or slices, one after the other
    return (Tiles(maps[..., None].astype(np.float32), "all", title),)
