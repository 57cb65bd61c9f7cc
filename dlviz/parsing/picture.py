"""One picture of what a person names: `SOURCE:INDEX` or an image file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from dlviz.grammar import number_of
from dlviz_models.errors import UserError


def read_picture(given: str) -> np.ndarray:
    """Its pixels, uint8 (height, width, 1 or 3); files are inspected before they are opened.

    Raises:
        UserError: the picture does not exist or is refused.
    """
    from dlviz.inspect import load_image
    from dlviz.inspect.data import load_pictures

    source, colon, index = given.rpartition(":")
    if not (colon and index.isdigit()) or Path(given).exists():
        return load_image(given)
    pictures = load_pictures(source)
    if int(index) >= len(pictures):
        raise UserError(
            f"{given[-100:]} does not exist: {source[-100:]} has {number_of(len(pictures), 'picture')},"
            " numbered from 0."
        )
    return pictures[int(index)]


@lru_cache(maxsize=16)
def grey_picture(given: str, most: int) -> np.ndarray:
    """The picture in grey, float32 (height, width) in 0..1, its longer side at most `most` pixels.

    Raises:
        UserError: as `read_picture`.
    """
    from PIL import Image  # which the window never imports

    pixels = read_picture(given)
    image = Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels[..., :3]).convert("L")
    scale = min(1.0, most / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    grey = np.asarray(image.resize(size, Image.Resampling.BOX), np.float32) / 255
    grey.setflags(write=False)
    return grey
