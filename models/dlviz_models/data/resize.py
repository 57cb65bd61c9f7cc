"""Resizing a picture to a network's input, and mapping positions of the input back to the picture."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from dlviz_models.cards import FITS
from dlviz_models.errors import UserError

DEFAULT = "cover"
"""Scaled until it covers the input, the centre cut out (Keras's `crop_to_aspect_ratio`). The others: `stretch`, to the
input's height and width (what Keras's loaders do where nothing is said), and `contain`, scaled until it fits in, with
black borders (`pad_to_aspect_ratio`)."""


def checked_fit(fit: str) -> str:
    """Return `fit`, or the default where it is empty.

    Raises:
        UserError: it is not one of `FITS`.
    """
    if fit and fit not in FITS:
        raise UserError(f"Option --fit {fit[:60]} is unknown: choose one of {', '.join(FITS)}.")
    return fit or DEFAULT


@dataclass(frozen=True)
class Placement:
    """Where a picture lies in an input: a place in the input is `place * scale + shift`, rows and columns alike.

    Attributes:
        picture: its (height, width) in pixels.
        size: the input's.
        scale: input pixels a picture pixel, down and across.
        shift: where the picture's top left corner lies, in input pixels.
    """

    picture: tuple[int, int]
    size: tuple[int, int]
    scale: tuple[float, float]
    shift: tuple[float, float]

    @classmethod
    def of(cls, picture: tuple[int, int], size: tuple[int, int], fit: str = DEFAULT) -> "Placement":
        """Return how `fit` places a picture (height, width) in an input of that size.

        >>> place = Placement.of((100, 200), (50, 50), "contain")  # a quarter as large, black above and below
        >>> place.scale, place.shift
        ((0.25, 0.25), (12, 0))
        >>> place.to_picture(np.array([12, 0, 37, 25])).tolist()  # the left half
        [0.0, 0.0, 100.0, 100.0]
        """
        ratios = size[0] / picture[0], size[1] / picture[1]
        if fit == "stretch":
            return cls(picture, size, ratios, (0.0, 0.0))
        if fit == "cover":
            scale = max(ratios)
            return cls(picture, size, (scale, scale), _middle(size, (picture[0] * scale, picture[1] * scale)))
        scaled = tuple(min(n, max(1, round(p * min(ratios)))) for p, n in zip(picture, size, strict=True))
        top, left = _middle(size, scaled)
        return cls(picture, size, (scaled[0] / picture[0], scaled[1] / picture[1]), (int(top), int(left)))

    def to_picture(self, boxes: np.ndarray) -> np.ndarray:
        """Return boxes (..., 4), (top, left, bottom, right) in input pixels, in the picture's, cut at its border."""
        shift, scale = np.tile(self.shift, 2), np.tile(self.scale, 2)
        return np.clip((np.asarray(boxes, float) - shift) / scale, 0, np.tile(self.picture, 2))

    def to_input(self, boxes: np.ndarray) -> np.ndarray:
        """Return boxes (..., 4), (top, left, bottom, right) in picture pixels, in the input's, cut at its border."""
        shift, scale = np.tile(self.shift, 2), np.tile(self.scale, 2)
        return np.clip(np.asarray(boxes, float) * scale + shift, 0, np.tile(self.size, 2))


def resize_to_input(pixels: np.ndarray, size: tuple[int, int], fit: str = DEFAULT) -> np.ndarray:
    """Return pixels (h, w, channel), of any number type, as (*size, channel) of that type: bilinear, antialiased.

    >>> wide = np.array([[[0], [0], [100], [200]], [[0], [0], [100], [200]]], np.uint8)  # (2, 4, 1)
    >>> resize_to_input(wide, (2, 2), "cover")[..., 0].tolist()  # the middle of it
    [[0, 100], [0, 100]]
    >>> resize_to_input(wide, (2, 2), "stretch").shape
    (2, 2, 1)
    """
    if pixels.shape[:2] == size:
        return pixels
    place = Placement.of(pixels.shape[:2], size, fit)
    if fit == "contain":
        top, left = (int(n) for n in place.shift)
        height, width = (round(p * s) for p, s in zip(place.picture, place.scale, strict=True))
        result = np.zeros((*size, pixels.shape[2]), pixels.dtype)
        result[top : top + height, left : left + width] = _scaled(pixels, (height, width), (0, 0, *place.picture))
        return result
    return _scaled(pixels, size, tuple(place.to_picture(np.array([0, 0, *size]))))


def _middle(size: tuple[float, ...], part: tuple[float, ...]) -> tuple[float, float]:
    """Where a part of that size begins if it lies in the middle."""
    return (size[0] - part[0]) / 2, (size[1] - part[1]) / 2


def _scaled(pixels: np.ndarray, size: tuple[int, int], box: tuple[float, ...]) -> np.ndarray:
    """The part `box` (top, left, bottom, right) of a picture in another size."""
    top, left, bottom, right = box

    def resized(plane: np.ndarray) -> np.ndarray:
        image = Image.fromarray(plane)
        return np.asarray(image.resize(size[::-1], Image.Resampling.BILINEAR, (left, top, right, bottom)))

    if pixels.dtype == np.uint8 and pixels.shape[2] in (1, 3):
        return resized(pixels[..., 0] if pixels.shape[2] == 1 else pixels).reshape(*size, pixels.shape[2])
    scaled = np.stack([resized(plane.astype(np.float32)) for plane in np.moveaxis(pixels, -1, 0)], axis=-1)
    return (np.rint(scaled) if pixels.dtype.kind in "iu" else scaled).astype(pixels.dtype)
