"""Everything about one unit: its weights, its map over a picture, its top patches and what in them it responds to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.sheet import Bars, Image, Matrix, Panel, Progress, Sheet, Tiles, retitled
from dlviz.view import Scene, View
from dlviz.views.patches import RECONSTRUCT, arrays_of, number, patch_tiles, reconstructed, scan_of
from dlviz_models.data.pixels import as_bytes

if TYPE_CHECKING:
    from dlviz.receptive_field import Field
    from dlviz_models.data import Pictures

PIXELS = 1 << 24
"""How many pixels are scanned unless told otherwise: 21,000 digits, or 325 photographs of 227 × 227."""


@dataclass(frozen=True)
class Unit(View):
    name = "unit"
    says = "One unit: its weights, where it responds in the picture, and the patches it responds to most."
    needs = frozenset({"network", "layer", "sample", "data"})
    samples = frozenset({"picture"})
    one_sample = True
    beside = True
    order = 1

    per_unit: int = option(6, "how many top pictures", low=1, high=100)
    reconstruct: str = option(
        "deconv",
        "beside the patches, the response sent back to the pixels: deconv (Zeiler and Fergus), guided or gradient",
        choices=RECONSTRUCT,
    )
    scanned: int = option(0, "how many pictures are scanned at most; 0: what takes a few seconds", low=0, high=10**9)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.receptive_field import receptive_field

        network, picture = scene.network, scene.fed_pictures[0]
        feeds = network.feed([picture])
        x = feeds[network.input][0]
        maps = _maps(scene, network.activations(feeds)[scene.layer])
        unit = scene.units[0] if scene.units else int(np.unravel_index(maps.argmax(), maps.shape)[2])
        field = receptive_field(network, scene.layer)
        response = maps[..., unit]
        panels: list[Panel] = [*_weights(scene, unit), _over_the_picture(scene, response, field)]
        arrays = {"input": x, "activation": response}
        title = f"{network.name} · {scene.layer} · unit {unit}"
        says = (
            f"Unit {unit} of {scene.layer} sees {field.size[0]} × {field.size[1]} pixels and responds to {picture.name}"
            f" with {number(response.max())} at most (framed)"
        )
        yield Sheet(title, f"{says}.", tuple(panels), arrays)

        pictures = _limited(scene.pictures, self.scanned or max(1, PIXELS // int(np.prod(network.input_shape[:2]))))
        scan = scan_of(scene, pictures, self.per_unit)
        yield from scan.run()
        tops = scan.tops[scene.layer].first(self.per_unit)
        says += f"; below, where it responds most among {scan.done:,} pictures of {pictures.name}."
        patches = patch_tiles(scene, pictures, tops, field, (unit,))
        arrays |= arrays_of(tops, field, (unit,))
        yield Sheet(title, says, (*panels, replace(patches, row_labels=())), arrays)

        if self.reconstruct != "none":
            images = yield from reconstructed(scene, pictures, tops, (unit,), self.reconstruct)
            patches = patch_tiles(scene, pictures, tops, field, (unit,), images, self.reconstruct)
            says += f" Under each patch, what in it the unit responds to ({self.reconstruct}; grey is 0)."
            panels.append(replace(patches, row_labels=()))
            yield Sheet(title, says, tuple(panels), arrays | {"reconstruction": images})


def _maps(scene: Scene, answer: np.ndarray) -> np.ndarray:
    """A layer's answer as maps (rows, columns, units); a vector as maps of one position."""
    if scene.network.channels_first(scene.layer):
        return np.moveaxis(answer, 0, -1)
    return answer.reshape(*[*answer.shape[:-1], 1, 1][:2], answer.shape[-1])


def _weights(scene: Scene, unit: int) -> tuple[Panel, ...]:
    """The panels of one unit's weights."""
    from dlviz.weight_panels import Choice, panels_of
    from dlviz.weights import main_weight, weights_of

    if not scene.network.layers[scene.layer].has_kernel:
        return ()
    weights = weights_of(scene.network.keras_layer(scene.layer))
    panels = panels_of(scene.network, scene.layer, weights[main_weight(weights)], Choice((unit,), slices=64))
    many = len(panels) > 1
    return tuple(retitled(_bare(p), f"Weights: {p.title}" if many else "Weights") for p in panels)


def _bare(panel: Panel) -> Panel:
    """The same without the names that tell several units apart; a single row of numbers as bars."""
    if isinstance(panel, Tiles):
        return replace(panel, row_labels=(), column_labels=(), columns=0)
    if isinstance(panel, Matrix):
        return Bars(panel.column_labels, panel.values[0])
    return panel


def _over_the_picture(scene: Scene, response: np.ndarray, field: Field) -> Image:
    """The picture with the unit's map (rows, columns) over it, each pixel lit as the position centred nearest to it."""
    pixels = scene.network.fit(as_bytes(scene.fed_pictures[0].pixels, scene.fed_pictures[0].range))
    peak = np.unravel_index(response.argmax(), response.shape)
    nearest = [
        np.abs(seen.mean(axis=1)[:, None] - (np.arange(n) + 0.5)).argmin(axis=0)  # (n,)
        for seen, n in zip((field.rows, field.columns), pixels.shape[:2], strict=True)
    ]
    lit = np.maximum(response, 0) / max(float(response.max()), 1e-12)
    heat = lit[np.ix_(*nearest)].astype(np.float32) if response.size > 1 else None
    return Image(pixels, title=f"Map over {scene.fed_pictures[0].name}", heat=heat, boxes=field.boxes(np.array([peak])))


def _limited(pictures: Pictures, n: int) -> Pictures:
    from dlviz_models.data.pictures import SelectedPictures

    return SelectedPictures(pictures.name, pictures, np.arange(n)) if n < len(pictures) else pictures
