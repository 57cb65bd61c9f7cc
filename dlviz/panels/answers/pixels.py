"""A class for each pixel: the mask over the picture, and the area of each class."""

from __future__ import annotations

import numpy as np

from dlviz.panels.answers.base import AnswerPanels, Answers
from dlviz.sheet import Bars, Image, Panel, Tiles
from dlviz.sheet.numerals import percent

COLOURS = np.array(
    [[68, 1, 84], [230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [0, 114, 178], [213, 94, 0],
     [204, 121, 167], [127, 127, 127], [255, 255, 255]], np.uint8,
)  # fmt: skip
"""RGB of the classes of a mask, the first for class 0; after Okabe and Ito's palette for the colour-blind."""
COLOUR_NAMES = (
    "violet", "orange", "sky blue", "green", "yellow", "blue", "vermilion", "pink", "grey", "white",
)  # fmt: skip
COVER = 0.6
"""The opacity of a mask over the picture."""


def show(a: Answers) -> AnswerPanels:
    """The picture, the mask over it, and the share of each class."""
    classes = classes_of(a.raw, a.output.scale)
    panels: list[Panel] = []
    for number, mask in enumerate(classes):
        true = _true(a, number, mask.shape)
        panels += [*a.sample_panels(number), _mask(a, number, mask, "The likeliest class of each pixel")]
        panels += [_mask(a, number, true, "The true class")] if true is not None else []
        panels.append(_legend(a, mask))
        if a.raw.shape[-1] > 1 and a.output.scale == "sigmoid":
            shares = np.rint(255 * np.moveaxis(a.raw[number], -1, 0)[..., None]).astype(np.uint8)
            panels.append(Tiles(shares, "pixels", "Confidence in each class, 0 to 1", a.class_names(len(shares))))
    share = np.bincount(classes[0].ravel(), minlength=2) / classes[0].size
    largest = int(share.argmax())
    summary = f"classifies each pixel of {a.first}: {share[largest]:.0%} of them {a.network.class_in_words(largest)}"
    if (true := _true(a, 0, classes[0].shape)) is not None:
        summary += f"; {percent((true == classes[0]).mean())} of the pixels are right"
    return AnswerPanels(panels, summary, {"classes": classes})


def _true(a: Answers, number: int, shape: tuple[int, ...]) -> np.ndarray | None:
    """The true class of each pixel of a sample, int64 of the shape of the mask; None if unknown."""
    target = a.target(number)
    if not isinstance(target, np.ndarray) or target.squeeze().shape != shape:
        return None
    return target.squeeze().astype(np.int64)


def classes_of(raw: np.ndarray, scale: str) -> np.ndarray:
    """The predicted class at each position, int64 (...), for outputs (..., n); a single one is thresholded."""
    if raw.shape[-1] > 1:
        return raw.argmax(axis=-1)
    return (raw[..., 0] > (0.5 if scale == "sigmoid" else 0)).astype(np.int64)


def _mask(a: Answers, number: int, mask: np.ndarray, title: str) -> Image:
    """The colours of a mask (height, width) over the picture, in the larger size of both; labels that are no class,
    such as 255, are black."""
    is_class = (mask >= 0) & (mask < max(a.raw.shape[-1], 2))
    colours = np.where(is_class[..., None], COLOURS[mask % len(COLOURS)], 0).astype(np.float32)
    if not a.network.takes_pictures:
        return Image(colours.astype(np.uint8), title=title, role="main")
    x = a.feeds[a.network.input][number].reshape(a.network.input_shape)
    picture = a.network.preprocess.pixels(x).clip(0, 255)
    picture = picture[..., :3] if picture.shape[-1] >= 3 else np.repeat(picture[..., :1], 3, axis=-1)
    size = tuple(np.maximum(picture.shape[:2], mask.shape))
    both = COVER * _enlarged(colours, size) + (1 - COVER) * _enlarged(picture, size)
    return Image(np.rint(both).astype(np.uint8), title=title, role="main")


def _enlarged(pixels: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Resize pixels (h, w, c) by nearest neighbour."""
    rows, columns = (np.arange(new) * old // new for new, old in zip(size, pixels.shape[:2], strict=True))
    return pixels[rows[:, None], columns]


def _legend(a: Answers, mask: np.ndarray) -> Bars:
    """The share of each class present, with its colour and area."""
    area = np.bincount(mask.ravel())
    order = np.argsort(-area, kind="stable")[: a.most]
    order = order[area[order] > 0]
    names = tuple(
        f"{a.network.class_name(int(c))} ({COLOUR_NAMES[c % len(COLOUR_NAMES)]}, {area[c]:,} pixels)" for c in order
    )
    return Bars(names, area[order] / mask.size, title="Area of each class", limit=1.0)
