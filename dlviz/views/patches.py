"""The patches of a data set to which each unit responds most, and what in them it responds to."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.sheet import Progress, Sheet, Tiles
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
    needs = frozenset({"network", "layer", "data"})
    samples = frozenset({"picture"})
    order = 3

    per_unit: int = option(9, "how many pictures of each unit, the best first", low=1, high=100)
    reconstruct: str = option(
        "none",
        "beside the patches, the response sent back to the pixels: deconv (Zeiler and Fergus), guided or gradient",
        choices=RECONSTRUCT,
    )
    shown: int = option(32, "how many units are drawn at most; an .npz file has them all", low=1, high=1024)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.receptive_field import receptive_field

        field = receptive_field(scene.network, scene.layer)
        units = scene.units or tuple(range(scene.network.layers[scene.layer].units))
        scan = scan_of(scene, scene.pictures, self.per_unit)
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
            images = yield from reconstructed(scene, scene.pictures, tops, units, self.reconstruct)
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
        sent_back = (arrays or {}).get("reconstruction")
        panel = patch_tiles(scene, scan.pictures, tops, field, drawn, sent_back, self.reconstruct)
        silent = int((tops.score[list(units), 0] <= 0).sum())
        looked_at = f"{scan.done:,} looked at" + ("" if scan.complete else " so far")
        sentence = (
            f"The pictures of {scan.pictures.name} ({looked_at}) to which each unit of {scene.layer}"
            f" responds most, cut to the {field.size[0]} × {field.size[1]} pixels that it sees."
        )
        if sent_back is not None:
            sentence += f" Below each, what in it the unit responds to ({self.reconstruct}; grey is 0)."
        if len(drawn) < len(units):
            sentence += f" Units {drawn[0]} to {drawn[-1]} of {len(units)}."
        if silent:
            sentence += f" {silent} never respond{'s' * (silent == 1)}."
        return Sheet(f"{scene.network.name} · {scene.layer} · patches", sentence, (panel,), arrays or {})


def scan_of(scene: Scene, pictures: Pictures, k: int) -> Scan:
    """The scan of the scene's layer over `pictures` for `k` pictures a unit; taken up where it was left."""
    from dlviz.scan import Scan

    key = ("scan", scene.layer, len(pictures))
    scan: Scan | None = scene.memory.get(key)
    if scan is None or scan.k < min(k, len(pictures)):
        k = max(k, KEPT)
        kept = scene.kept(pictures, "scan", scene.layer, k)
        scan = scene.memory[key] = Scan(scene.network, (scene.layer,), pictures, k, kept)
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


def patch_tiles(
    scene: Scene,
    pictures: Pictures,
    tops: Tops,
    field: Field,
    units: Sequence[int],
    sent_back: np.ndarray | None = None,
    mode: str = "",
) -> Tiles:
    """The patches of `units`, a row each, best first; under each row their reconstructions where `sent_back` has them.

    `sent_back` is (at least as many units, k, height, width, channel) in the model's input space.
    """
    chosen = list(units)
    index, boxes = tops.index[chosen], field.boxes(tops.position[chosen])  # (units, k), (units, k, 4)
    fitted = {int(i): scene.network.fit(pictures[int(i)]) for i in np.unique(index)}
    rows, captions, labels = [], [], []
    for row, unit in enumerate(units):
        rows += [cut(fitted[int(i)], box, field.size) for i, box in zip(index[row], boxes[row], strict=True)]
        captions += [_caption(pictures, s, int(i)) for s, i in zip(tops.score[unit], index[row], strict=True)]
        labels.append(f"unit {unit}")
        if sent_back is not None:
            bgr = scene.network.preprocess.bgr
            images = [grey_at_zero(image[..., ::-1] if bgr else image) for image in sent_back[row]]
            rows += [cut(image, box, field.size) for image, box in zip(images, boxes[row], strict=True)]
            captions += [""] * len(images)
            labels.append(mode)
    k = index.shape[1]
    return Tiles(
        np.stack(rows),
        "pixels",
        f"Top patches in {pictures.name}",
        captions=tuple(captions),
        keys=tuple(unit for unit in units for _ in range(len(rows) // len(units))),
        selects="unit",
        columns=k,
        row_labels=tuple(labels),
    )


def grey_at_zero(image: np.ndarray) -> np.ndarray:
    """Signed numbers as uint8 pixels: 0 is mid-grey, the largest magnitude black or white."""
    peak = float(np.abs(image).max()) or 1.0
    return np.rint(127.5 + 127.5 * image / peak).astype(np.uint8)


def number(value: float) -> str:
    """Three digits, and never an exponent for large values."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def cut(image: np.ndarray, box: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The part of `image`, uint8 (height, width, channel), in `box`, as a tile for fields of `size` in pixels.

    Where the picture's border cuts a field, the missing side is grey.
    """
    top, left, bottom, right = (int(v) for v in box)
    tile = np.full((*size, image.shape[-1]), 127, np.uint8)
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
    image = Image.fromarray(tile.squeeze(-1) if tile.shape[-1] == 1 else tile)
    return np.asarray(image.resize((width, height), Image.Resampling.BOX)).reshape(height, width, -1)


def _caption(pictures: Pictures, score: float, index: int) -> str:
    if pictures.labels is None:
        return f"{number(score)} · #{index}"
    label = int(pictures.labels[index])
    return f"{number(score)} · #{index} ({pictures.class_names[label] if pictures.class_names else label})"
