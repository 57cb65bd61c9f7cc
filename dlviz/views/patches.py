"""V4: the patches of a data set to which each unit responds most, and what in them it responds to."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.sheet import Panel, Progress, Sheet, Tiles
from dlviz.view import Scene, View

if TYPE_CHECKING:
    from dlviz.receptive_field import Field
    from dlviz.scan import Scan, Tops
    from dlviz_models.data import Pictures

RECONSTRUCT = ("none", "deconv", "guided", "gradient")
KEPT = 16
"""How many pictures a scan keeps for each unit at least, so that showing a few more needs no other scan."""
LEAST_TILE, LARGEST_TILE = 48, 96
"""Pixels of the longer side of a tile."""
SECONDS = 1.0
"""Between two sheets while scanning."""


@dataclass(frozen=True)
class Patches(View):
    name = "patches"
    says = "The parts of pictures to which each unit of a layer responds most, and what in them it responds to."
    needs = frozenset({"layer", "data"})

    per_unit: int = option(9, "how many pictures of each unit, the best first", low=1, high=100)
    reconstruct: str = option(
        "none",
        "beside the patches, the response sent back to the pixels: deconv (Zeiler and Fergus), guided or gradient",
        choices=RECONSTRUCT,
    )
    shown: int = option(32, "how many units are drawn at most; an .npz file has them all", low=1, high=1024)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.receptive_field import receptive_field

        assert scene.data is not None
        field = receptive_field(scene.network, scene.layer)
        units = scene.units or tuple(range(scene.network.layers[scene.layer].units))
        scan = scan_of(scene, scene.data, self.per_unit)
        drawn_at = time.monotonic()
        for progress in scan.run():
            yield progress
            if time.monotonic() - drawn_at > SECONDS and not scan.complete:
                yield self._sheet(scene, scan, field, units)
                drawn_at = time.monotonic()
        tops = scan.tops[scene.layer].first(self.per_unit)
        arrays = arrays_of(tops, field, units)
        if self.reconstruct != "none":
            yield self._sheet(scene, scan, field, units)
            images = yield from reconstructed(scene, scene.data, tops, units, self.reconstruct)
            arrays["reconstruction"] = images
        yield self._sheet(scene, scan, field, units, arrays)

    def _sheet(
        self,
        scene: Scene,
        scan: Scan,
        field: Field,
        units: Sequence[int],
        arrays: dict[str, np.ndarray] | None = None,
    ) -> Sheet:
        tops = scan.tops[scene.layer].first(min(self.per_unit, scan.done))
        drawn = tuple(units[: self.shown])
        panels: list[Panel] = [patch_tiles(scene, scan.pictures, tops, field, drawn)]
        if arrays and "reconstruction" in arrays:
            sent_back = arrays["reconstruction"][: len(drawn)]
            panels.append(reconstruction_tiles(scene, sent_back, tops, field, drawn, self.reconstruct))
        silent = int((tops.score[list(units), 0] <= 0).sum())
        seen = "so far, " if not scan.complete else ""
        sentence = (
            f"The pictures of {scan.pictures.name} ({seen}{scan.done} looked at) to which each unit of {scene.layer}"
            f" responds most, cut to the {field.size[0]} × {field.size[1]} pixels that it sees."
        )
        if len(drawn) < len(units):
            sentence += f" Units {drawn[0]} to {drawn[-1]} of {len(units)}."
        if silent:
            sentence += f" {silent} never respond{'s' * (silent == 1)}."
        return Sheet(f"{scene.network.name} · {scene.layer}", sentence, tuple(panels), arrays or {})


def scan_of(scene: Scene, pictures: Pictures, k: int) -> Scan:
    """The scan of the scene's layer over `pictures` for `k` pictures a unit; taken up where it was left."""
    from dlviz.scan import Scan

    key = ("scan", scene.layer, len(pictures))
    scan: Scan | None = scene.memory.get(key)
    if scan is None or scan.k < min(k, len(pictures)):
        scan = scene.memory[key] = Scan(scene.network, (scene.layer,), pictures, max(k, KEPT))
    return scan


def reconstructed(
    scene: Scene, pictures: Pictures, tops: Tops, units: tuple[int, ...], mode: str
) -> Generator[Progress, None, np.ndarray]:
    """Return what made `units` respond in their top pictures, (units, k, height, width, channel) in model space."""
    from dlviz.reconstruct import Reconstruction, blank

    images = blank(scene.network, len(units), tops.score.shape[1])
    key = ("reconstruction", scene.layer, mode)
    if key not in scene.memory:
        scene.memory[key] = Reconstruction(scene.network, scene.layer, mode)
    yield from scene.memory[key].of_tops(pictures, tops, units, images)
    return images


def arrays_of(tops: Tops, field: Field, units: Sequence[int]) -> dict[str, np.ndarray]:
    """The raw arrays of the chosen units."""
    chosen = list(units)
    return {
        "unit": np.array(chosen, np.int64),
        "score": tops.score[chosen],
        "index": tops.index[chosen],
        "position": tops.position[chosen],
        "box": field.boxes(tops.position[chosen]),
    }


# -- tiles ---------------------------------------------------------------------------------------------------------


def patch_tiles(scene: Scene, pictures: Pictures, tops: Tops, field: Field, units: Sequence[int]) -> Tiles:
    """The patches of `units`, one row each, best first."""
    index = tops.index[list(units)]
    fitted = {int(i): scene.network.fit(pictures[int(i)]) for i in np.unique(index)}
    boxes = field.boxes(tops.position[list(units)]).reshape(-1, 4)
    patches = [cut(fitted[i], box, field.size, 127) for i, box in zip(index.flat, boxes, strict=True)]
    captions = tuple(
        " · ".join(filter(None, (f"{score:.3g}", _class_of(pictures, int(i)), f"#{i}")))
        for score, i in zip(tops.score[list(units)].flat, index.flat, strict=True)
    )
    return _rows_of_units(np.stack(patches), "pixels", f"Top patches in {pictures.name}", captions, units)


def reconstruction_tiles(
    scene: Scene, images: np.ndarray, tops: Tops, field: Field, units: Sequence[int], mode: str
) -> Tiles:
    """The reconstructions (units, k, height, width, channel) of `units`, one row each, cut to what a unit sees."""
    boxes = field.boxes(tops.position[list(units)]).reshape(-1, 4)
    colours = images[..., ::-1] if scene.network.preprocess.bgr else images
    flat = colours.reshape(-1, *images.shape[2:])
    tiles = np.stack([cut(image, box, field.size, 0) for image, box in zip(flat, boxes, strict=True)])
    captions = tuple(f"{score:.3g}" for score in tops.score[list(units)].flat)
    return _rows_of_units(tiles, "signed", f"What in them it responds to ({mode})", captions, units)


def cut(image: np.ndarray, box: np.ndarray, size: tuple[int, int], fill: float) -> np.ndarray:
    """The part of `image` (height, width, channel) in `box`, as a tile for fields of `size` in pixels.

    Where the picture's border cuts a field, the missing side is filled.
    """
    top, left, bottom, right = (int(v) for v in box)
    tile = np.full((*size, image.shape[-1]), fill, image.dtype)
    down = _missing_before(top, bottom, image.shape[0], size[0])
    across = _missing_before(left, right, image.shape[1], size[1])
    tile[down : down + bottom - top, across : across + right - left] = image[top:bottom, left:right]
    return _scaled(tile)


def _missing_before(start: int, stop: int, n: int, size: int) -> int:
    """How much of a field of `size` lies before `start`: all that is missing where the border cuts it there."""
    missing = size - (stop - start)
    if (start == 0) == (stop == n):
        return missing // 2
    return missing if start == 0 else 0


def _scaled(tile: np.ndarray) -> np.ndarray:
    """Small tiles enlarged pixel by pixel, large ones averaged down."""
    longest = max(tile.shape[:2])
    if longest <= LARGEST_TILE:
        times = max(1, LEAST_TILE // longest)
        return tile.repeat(times, axis=0).repeat(times, axis=1)
    from PIL import Image

    height, width = (max(1, round(n * LARGEST_TILE / longest)) for n in tile.shape[:2])
    small = [
        np.asarray(Image.fromarray(channel.astype(np.float32)).resize((width, height), Image.Resampling.BOX))
        for channel in np.moveaxis(tile, -1, 0)
    ]
    return np.stack(small, axis=-1).astype(tile.dtype)


def _rows_of_units(
    images: np.ndarray, scale: str, title: str, captions: tuple[str, ...], units: Sequence[int]
) -> Tiles:
    k = len(images) // len(units)
    return Tiles(
        images,
        scale,  # type: ignore[arg-type]
        title,
        captions=captions,
        keys=tuple(u for u in units for _ in range(k)),
        selects="unit",
        columns=k,
        row_labels=tuple(f"unit {u}" for u in units),
    )


def _class_of(pictures: Pictures, index: int) -> str:
    if pictures.labels is None:
        return ""
    label = int(pictures.labels[index])
    return pictures.class_names[label] if pictures.class_names else f"class {label}"
