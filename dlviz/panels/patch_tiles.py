"""Top patches of pictures, videos and volumes as tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

from dlviz.analysis.shapes import shape_of
from dlviz.feeding.feed import as_bytes, resize_to
from dlviz.sheet import Tiles
from dlviz_models.data.samples import Picture, Sample

if TYPE_CHECKING:
    from dlviz.network import Network
    from dlviz.scan.top_patches import TopPatches

LEAST_TILE, LARGE_TILE, LARGEST_TILE = 48, 96, 224
"""The longer side of a tile in pixels: the minimum, and the maximum for many and for few tiles."""
PIXELS = 2_000_000
"""The maximum total number of pixels of tiles larger than `LARGE_TILE`."""
MOST_FRAMES, BEST = 16, 3
"""The maximum number of frames or slices of a patch, and of patches per unit."""
FULL = 99
"""The percentile of magnitudes that is drawn black or white, since a few pixels are often ten times stronger."""
EMPTY = 127
"""The grey of the area beyond the border."""


def picture_tiles(top: TopPatches, name: str) -> Tiles:
    """The patches of each unit in a row, best first, followed by a row of reconstructions, if any."""
    boxes = top.boxes(name)  # (units, k, 4)
    shown = {number: shown_pixels(top.network, name, top.part(number, name)) for number in top.sample}
    height, width = top.field(name).size
    size = (height, width)
    largest = largest_tile(top.index.size)
    tiles, captions, labels = [], [], []
    for row in range(len(top.units)):
        for place, number in enumerate(top.index[row]):
            seen = np.zeros(4, np.int64) if top.silent[row, place] else boxes[row, place]
            tiles.append(cut(shown[int(number)], seen, size, largest))
            captions.append(top.caption(row, place))
        labels.append(top.label(row))
        if top.reconstructions is not None and top.reconstructed_input == name:
            bgr = top.network.preprocess_of(name).bgr
            images = [grey_at_zero(as_colour(image[..., ::-1] if bgr else image)) for image in top.reconstructions[row]]
            tiles += [cut(image, box, size, largest) for image, box in zip(images, boxes[row], strict=True)]
            captions += [""] * len(images)
            labels.append(top.mode)
    return Tiles(
        np.stack(tiles),
        "pixels",
        top.title,
        captions=tuple(captions),
        keys=tuple(unit for unit in top.units for _ in range(len(tiles) // len(top.units))),
        selects="unit",
        columns=top.index.shape[1],
        row_labels=tuple(labels),
        together=len(labels) // len(top.units),
        folded=True,
    )


def best_patches(top: TopPatches, name: str) -> list[np.ndarray]:
    """The top patch of each unit, uint8 (height, width, 1 or 3) each."""
    boxes, (height, width) = top.boxes(name)[:, 0], top.field(name).size
    pixels = [shown_pixels(top.network, name, top.part(int(number), name)) for number in top.index[:, 0]]
    return [cut_out(image, box, (height, width)) for image, box in zip(pixels, boxes, strict=True)]


def shape_seen(top: TopPatches, name: str) -> str:
    """A name for the common shape of the first unit's uncut patches, such as "horizontal stroke"; may be empty."""
    boxes, size = top.boxes(name)[0], top.field(name).size
    whole = [
        cut_out(shown_pixels(top.network, name, top.part(int(number), name)), box, (size[0], size[1]))
        for number, box, silent in zip(top.index[0], boxes, top.silent[0], strict=True)
        if not silent and (box[2] - box[0], box[3] - box[1]) == size
    ]
    return shape_of(np.stack(whole).mean(axis=-1)) if whole else ""


def frame_tiles(top: TopPatches, name: str) -> Tiles:
    """The frames or slices of the top patches of each unit, a row per patch, followed by a row of reconstructions, if
    any; single frames are shown in one row per unit."""
    size, places = top.field(name).size, min(BEST, top.index.shape[1])
    frames, is_single = min(size[0], MOST_FRAMES), size[0] == 1
    boxes = top.boxes(name)  # (units, k, 6)
    rows: list[tuple[str, list[np.ndarray], list[str]]] = []  # the label, tiles and captions of each
    for row, unit in enumerate(top.units):
        patches, reconstructions = [], []
        for place in range(places):
            box = np.zeros(6, np.int64) if top.silent[row, place] else boxes[row, place]
            values = as_colour(np.asarray(top.fed[int(top.index[row, place])][name][0], np.float32))
            low, high = float(values.min()), float(values.max())
            pixels = np.rint((values - low) * (255 / ((high - low) or 1))).astype(np.uint8)
            patches.append((top.caption(row, place), *_frames(pixels, box, size, frames)))
            if top.reconstructions is not None and top.reconstructed_input == name:
                back = grey_at_zero(as_colour(top.reconstructions[row, place]))
                reconstructions.append((top.mode, _frames(back, box, size, frames)[0], [""] * frames))
        if is_single:
            found = [f"{caption} · frame {frame}" if frame else "" for caption, _, [frame] in patches]
            rows.append((top.label(row), [tile for _, [tile], _ in patches], found))
            rows += [(top.mode, [tile for _, [tile], _ in reconstructions], [""] * places)] * bool(reconstructions)
            continue
        patches[0] = f"unit {unit}: {patches[0][0]}", *patches[0][1:]
        rows += (
            [each for pair in zip(patches, reconstructions, strict=True) for each in pair]
            if reconstructions
            else patches
        )
    return Tiles(
        np.stack([tile for _, tiles, _ in rows for tile in tiles]),
        "pixels",
        f"{top.title}, {'a frame each' if is_single else 'frame by frame'}",
        tuple(caption for _, _, captions in rows for caption in captions),
        tuple(unit for unit in top.units for _ in range(len(rows) // len(top.units) * len(rows[0][1]))),
        "unit",
        columns=len(rows[0][1]),
        row_labels=tuple(label for label, _, _ in rows),
        together=len(rows) // len(top.units),
        folded=True,
    )


def _frames(
    pixels: np.ndarray, box: np.ndarray, size: tuple[int, ...], frames: int
) -> tuple[list[np.ndarray], list[str]]:
    """The frames or slices in `box` of `pixels`, uint8 (frames, height, width, channel), as tiles, with the number of
    each."""
    tiles, numbers = [], []
    starts, stops = np.split(box, 2)
    for frame in range(starts[0], starts[0] + frames):
        is_inside = frame < stops[0]
        seen = np.array([*starts[1:], *stops[1:]]) if is_inside else np.zeros(4, np.int64)
        tiles.append(cut(pixels[min(frame, len(pixels) - 1)], seen, (size[1], size[2])))
        numbers.append(f"{frame}" if is_inside else "")
    return tiles, numbers


def shown_pixels(network: Network, name: str, sample: Sample) -> np.ndarray:
    """A picture in the size of an input, before preprocessing, uint8 (height, width, 1 or 3)."""
    if isinstance(sample, Picture):
        return as_colour(resize_to(network.inputs[name], as_bytes(sample), network.name, network.resizing))
    values = network.feed([sample])[name][0]
    low, high = float(values.min()), float(values.max())
    return as_colour(np.rint((values - low) * (255 / ((high - low) or 1))).astype(np.uint8))


def as_colour(pixels: np.ndarray) -> np.ndarray:
    """Convert (..., channel) to grey or colour: the first three of many channels, the mean of two."""
    channels = pixels.shape[-1]
    if channels in (1, 3):
        return pixels
    return pixels[..., :3] if channels > 3 else pixels.mean(axis=-1, keepdims=True).astype(pixels.dtype)


def grey_at_zero(image: np.ndarray) -> np.ndarray:
    """Signed numbers of any shape as uint8 pixels: 0 is mid-grey; magnitudes from the `FULL`th percentile of the
    non-zero ones on are black or white."""
    magnitudes = np.abs(image[image != 0])
    full = float(np.percentile(magnitudes, FULL)) if magnitudes.size else 1.0
    return np.rint(127.5 + 127.5 * (image / full).clip(-1, 1)).astype(np.uint8)


def largest_tile(count: int) -> int:
    """The maximum longer side in pixels for this number of tiles.

    >>> largest_tile(288), largest_tile(9)
    (96, 224)
    """
    return int(np.clip(np.sqrt(PIXELS / max(count, 1)), LARGE_TILE, LARGEST_TILE))


def cut(image: np.ndarray, box: np.ndarray, size: tuple[int, int], largest: int = LARGE_TILE) -> np.ndarray:
    """The part of `image`, uint8 (height, width, channel), in `box`, as a tile for receptive fields of `size` pixels,
    scaled to at most `largest`."""
    return _scaled(cut_out(image, box, size), largest)


def cut_out(image: np.ndarray, box: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The part of `image`, uint8 (height, width, channel), in `box`, (*size, channel).

    The part of a receptive field beyond the border is grey.
    """
    top, left, bottom, right = (int(v) for v in box)
    tile = np.full((*size, image.shape[-1]), EMPTY, np.uint8)
    down = _missing_before(top, bottom, image.shape[0], size[0])
    across = _missing_before(left, right, image.shape[1], size[1])
    tile[down : down + bottom - top, across : across + right - left] = image[top:bottom, left:right]
    return tile


def _missing_before(start: int, stop: int, n: int, size: int) -> int:
    """The padding before `start` of a field of `size` that a border cuts."""
    missing = size - (stop - start)
    if (start == 0) == (stop == n):
        return missing // 2
    return missing if start == 0 else 0


def _scaled(tile: np.ndarray, largest: int) -> np.ndarray:
    """Enlarge small tiles by repeating pixels, shrink large ones by averaging."""
    longest = max(tile.shape[:2])
    if longest <= largest:
        times = max(1, LEAST_TILE // longest)
        return tile.repeat(times, axis=0).repeat(times, axis=1)
    height, width = (max(1, round(n * largest / longest)) for n in tile.shape[:2])
    image = Pillow.fromarray(tile.squeeze(-1) if tile.shape[-1] == 1 else tile)
    return np.asarray(image.resize((width, height), Pillow.Resampling.BOX)).reshape(height, width, -1)
