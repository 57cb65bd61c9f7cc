"""A deconvnet at work: a unit's response sent back to the pixels, one layer after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from dlviz.abbreviations import abbreviated
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Sheet, Tiles
from dlviz.spacing import thinned
from dlviz.view import RECONSTRUCT, RECONSTRUCT_LABELS, Scene, View

if TYPE_CHECKING:
    from dlviz.analysis.deconvnet import Stage

TELLING = {
    "deconv": "rectifiers pass on what is positive",
    "guided": "rectifiers pass on what is positive where the unit itself was active",
    "gradient": "rectifiers pass on what arrives where the unit itself was active",
}
MOST = 7
"""Stages shown, the end among them."""
SIDE, EDGE = 192, 0.04
"""Pixels of a picture's side at least, and what of it is a grey edge."""
GREY = 127


@dataclass(frozen=True)
class Deconvnet(View):
    """The picture and what is sent back to the part of it that the unit sees; then, for each stage on the way, the
    channel with the strongest signal: what it gave on the way forward, and below that what is sent back to it.

    >>> import dlviz
    >>> sheet = dlviz.show("deconvnet", "lenet5", layer="conv2", units=[7], input="digits:7")
    >>> sheet.arrays["sent_back"].shape  # (height, width, channel)
    (28, 28, 1)
    """

    name = "deconvnet"
    summary = "A deconvnet at work: how a unit's response is sent back to the pixels, layer by layer."
    needs = frozenset({"network", "layer", "sample"})
    samples = frozenset({"picture"})
    one_sample = True
    one_unit = True
    axes = (0, 2)
    order = 5.2

    reconstruct: str = option(
        "deconv",
        "how rectifiers let the signal pass: deconv (Zeiler and Fergus), guided or gradient",
        choices=RECONSTRUCT[1:],
        label="sent back",
        labels=RECONSTRUCT_LABELS[1:],
        formerly="mode",
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.analysis.deconvnet import stages
        from dlviz.analysis.receptive_field import receptive_field
        from dlviz.panels.patch_tiles import as_colour, grey_at_zero, shown_pixels

        network, sample = scene.network, scene.samples[0]
        feeds = network.feed([sample])
        maps = network.maps(feeds, scene.layer)  # (*axes, units)
        unit = scene.units[0] if scene.units else int(maps.reshape(-1, maps.shape[-1]).max(axis=0).argmax())
        peak = np.unravel_index(int(maps[..., unit].argmax()), maps.shape[:-1])
        yield Progress(0, 1, f"sending a response of {scene.layer} back")
        found = stages(network, scene.layer, feeds, unit, tuple(map(int, peak)), self.reconstruct)
        pixels = shown_pixels(network, network.input, sample)
        sent = as_colour(found[-1].signal.reshape(*pixels.shape[:2], -1))
        sent = sent[..., ::-1] if network.preprocess.bgr else sent
        box = receptive_field(network, scene.layer, network.input).boxes(np.array(peak)[None])[0]
        field = Field(pixels, np.clip(box, 0, [*pixels.shape[:2]] * 2))
        shown = _shown(found)
        pairs = [[field.square(grey_at_zero(field.cut(image))) for image in _pair(stage)] for stage in shown[:-1]]
        pairs.append([field.square(field.cut(pixels)), field.square(grey_at_zero(field.cut(sent)))])
        of_all = "" if len(shown) == len(found) else f" {len(shown)} of {len(found)} stages."
        sheet = Sheet(
            f"{network.name} · {scene.layer} · unit {unit} · {self.reconstruct} · {sample.short}",
            f"What in {sample.title} made unit {unit} of {scene.layer} respond, found by sending the response back:"
            f" filters are transposed, max pooling goes to where the maximum was (its switch),"
            f" {TELLING[self.reconstruct]}.{of_all} Grey is 0.",
            (),
            {"sent_back": found[-1].signal, **{f"signal:{n}": stage.signal for n, stage in enumerate(found)}},
            steps=len(shown) if len(shown) > 1 else 0,
            source="M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, 2014, arXiv"
            " 1311.2901",
        )
        layers, steps = zip(*(stage.operation.rsplit(" ", 1) for stage in shown), strict=True)
        told = [" ".join(words) for words in zip(abbreviated(layers, 11), steps, strict=True)]
        for at, (_, back) in enumerate(pairs):
            yield replace(sheet, panels=(field.ends(back, told[at]), _tiles(pairs, told, at)))


@dataclass(frozen=True)
class Field:
    """What a unit sees of a picture, uint8 (height, width, 1 or 3): a box (4,) of its pixels."""

    pixels: np.ndarray
    box: np.ndarray

    @property
    def side(self) -> int:
        """Pixels of a side of the squares that pictures are shown in."""
        return max(SIDE, *self.pixels.shape[:2])

    def cut(self, image: np.ndarray) -> np.ndarray:
        """What the unit sees of an image (any height, any width, channel), in the pixels of the picture."""
        top, left, bottom, right = map(int, self.box)
        return _resized(image, *self.pixels.shape[:2])[top:bottom, left:right]

    def square(self, image: np.ndarray) -> np.ndarray:
        """An image as large as it can stand in a square with a grey edge, (side, side, channel of the pixels)."""
        square = np.full((self.side, self.side, self.pixels.shape[-1]), GREY, np.uint8)
        top, left, bottom, right = self.place(image)
        square[top:bottom, left:right] = _resized(image, bottom - top, right - left)
        return square

    def place(self, image: np.ndarray) -> tuple[int, int, int, int]:
        """The top, left, bottom and right of an image (height, width, channel) in its square."""
        height, width = image.shape[:2]
        scale = self.side * (1 - 2 * EDGE) / max(height, width)
        tall, wide = max(1, round(scale * height)), max(1, round(scale * width))
        top, left = (self.side - tall) // 2, (self.side - wide) // 2
        return top, left, top + tall, left + wide

    def ends(self, sent: np.ndarray, told: str) -> Tiles:
        """The picture with its box, and a square (side, side, channel) of what is sent back."""
        top, left, bottom, right = self.place(self.pixels)
        down, across = (bottom - top) / self.pixels.shape[0], (right - left) / self.pixels.shape[1]
        marked = self.box * [down, across, down, across] + [top, left, top, left]
        boxes = np.array([marked, self.place(self.cut(self.pixels))])
        captions = ("the picture", f"sent back: {told}")
        shown = np.stack([self.square(self.pixels), sent])
        return Tiles(shown, "pixels", captions=captions, boxes=boxes, columns=2, role="main")


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """An image (any height, any width, channel) in larger or fewer pixels, (height, width, channel)."""
    rows, columns = (np.arange(n) * size // n for n, size in zip((height, width), image.shape[:2], strict=True))
    return image[rows][:, columns]


def _shown(found: Sequence[Stage]) -> tuple[Stage, ...]:
    """The stages that are shown: of many the first and the last of each size of map, of many sizes some."""
    several = [*(stage for stage in found[:-1] if _is_picture(stage.signal)), found[-1]]
    if len(several) > MOST:
        sizes = [list(group) for _, group in groupby(several, lambda stage: stage.signal.shape[:-1])]
        several = [stage for group in sizes for stage in (group[:1] if len(group) == 1 else (group[0], group[-1]))]
    return thinned(several, MOST)


def _is_picture(signal: np.ndarray) -> bool:
    """Whether a signal has rows and columns, and more than one place."""
    return signal.ndim == 3 and signal.shape[:2] != (1, 1)


def _pair(stage: Stage) -> tuple[np.ndarray, np.ndarray]:
    """What the channel with the strongest signal gave, and what is sent back to it, (height, width, 1) each."""
    channel = int(np.abs(stage.signal).reshape(-1, stage.signal.shape[-1]).max(axis=0).argmax())
    return stage.forward[..., channel, None], stage.signal[..., channel, None]


def _tiles(pairs: Sequence[Sequence[np.ndarray]], told: Sequence[str], at: int) -> Tiles:
    """What the stages gave and, up to one of them, what is sent back; grey where the signal has not come yet."""
    forward, back = (np.stack(images) for images in zip(*pairs, strict=True))
    back[at + 1 :] = GREY
    return Tiles(
        np.concatenate([forward, back]), "pixels", columns=len(pairs), row_labels=("forward", "sent back"),
        column_labels=tuple(told), together=2,
    )  # fmt: skip
