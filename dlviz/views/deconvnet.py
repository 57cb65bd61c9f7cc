"""A deconvnet at work: a unit's response sent back to the pixels, one layer after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Sheet, Tiles
from dlviz.view import RECONSTRUCT, RECONSTRUCT_LABELS, Scene, View

if TYPE_CHECKING:
    from dlviz.analysis.deconvnet import Stage

TELLING = {
    "deconv": "rectifiers pass on what is positive",
    "guided": "rectifiers pass on what is positive where the unit itself was active",
    "gradient": "rectifiers pass on what arrives where the unit itself was active",
}
COLUMNS = 4
"""Tiles in a row."""
GAP = 0.06
"""Of a picture's width, the room between both halves of a tile."""


@dataclass(frozen=True)
class Deconvnet(View):
    """For each stage on the way back the channel with the strongest signal: what it gave on the way forward, and beside
    that what is sent back to it.

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

    mode: str = option(
        "deconv",
        "how rectifiers let the signal pass: deconv (Zeiler and Fergus), guided or gradient",
        choices=RECONSTRUCT[1:],
        label="sent back",
        labels=RECONSTRUCT_LABELS[1:],
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.analysis.deconvnet import stages
        from dlviz.analysis.receptive_field import receptive_field
        from dlviz.panels.patch_tiles import as_colour, shown_pixels

        network, sample = scene.network, scene.samples[0]
        feeds = network.feed([sample])
        maps = network.maps(feeds, scene.layer)  # (*axes, units)
        unit = scene.units[0] if scene.units else int(maps.reshape(-1, maps.shape[-1]).max(axis=0).argmax())
        peak = np.unravel_index(int(maps[..., unit].argmax()), maps.shape[:-1])
        yield Progress(0, 1, f"sending a response of {scene.layer} back")
        found = stages(network, scene.layer, feeds, unit, tuple(map(int, peak)), self.mode)
        pixels = shown_pixels(network, network.input, sample).astype(np.float32) / 127.5 - 1
        sent = as_colour(found[-1].signal.reshape(*pixels.shape[:2], -1))
        back = sent[..., ::-1] if network.preprocess.bgr else sent
        box = receptive_field(network, scene.layer, network.input).boxes(np.array(peak)[None])[0]
        shown = found if found[0].signal.size > found[0].signal.shape[-1] else found[1:]  # a single place is no picture
        peaked = f"{float(maps[(*peak, unit)]):.3g}"
        yield Sheet(
            f"{network.name} · {scene.layer} · unit {unit} · {self.mode} · {sample.short}",
            f"How the largest response of unit {unit} of {scene.layer} to {sample.title}, {peaked}, goes back to the"
            " pixels that it sees: filters are transposed, max pooling gives each value to where the maximum was (its"
            f" switch), {TELLING[self.mode]}.",
            (_tiles([*map(_pair, shown[:-1]), (pixels, back)], [stage.how for stage in shown], box),),
            {"sent_back": found[-1].signal, **{f"signal:{n}": stage.signal for n, stage in enumerate(found)}},
            source="M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, 2014, arXiv"
            " 1311.2901",
        )


def _pair(stage: Stage) -> tuple[np.ndarray, np.ndarray]:
    """What the channel with the strongest signal gave, and what is sent back to it, (height, width, 1) each; of a layer
    without places all units, side by side."""
    forward, signal = stage.forward, stage.signal
    if signal.ndim == 1:
        return forward[None, :, None], signal[None, :, None]
    channel = int(np.abs(signal).reshape(-1, signal.shape[-1]).max(axis=0).argmax())
    return forward[..., channel, None], signal[..., channel, None]


def _tiles(pairs: Sequence[tuple[np.ndarray, np.ndarray]], told: Sequence[str], box: np.ndarray) -> Tiles:
    """A tile a stage, both pictures as large as the pixels and cut to a box of them."""
    (height, width), channels = pairs[-1][0].shape[:2], max(image.shape[-1] for pair in pairs for image in pair)
    top, left, bottom, right = (int(edge) for edge in np.clip(box, 0, [height, width, height, width]))
    halves = [[_enlarged(image, height, width, channels)[top:bottom, left:right] for image in pair] for pair in pairs]
    halves = [[half / (np.abs(half).max() or 1) for half in pair] for pair in halves]
    gap = np.ones((bottom - top, max(1, round(GAP * (right - left))), channels), np.float32)
    return Tiles(
        np.stack([np.concatenate([forward, gap, back], axis=1) for forward, back in halves]), "signed",
        "left: on the way forward, right: sent back, of the channel with the strongest signal; grey is 0",
        tuple(f"{number}. {how}" for number, how in enumerate(told, start=1)), columns=COLUMNS, role="main",
    )  # fmt: skip


def _enlarged(image: np.ndarray, height: int, width: int, channels: int) -> np.ndarray:
    """An image (any height, any width, channel) in larger pixels, (height, width, channels)."""
    rows, columns = (np.arange(n) * size // n for n, size in zip((height, width), image.shape[:2], strict=True))
    large = image[rows][:, columns]
    return np.repeat(large, channels, axis=-1) if image.shape[-1] < channels else large
