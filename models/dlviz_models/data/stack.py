"""Making pictures of one size and one number of channels."""

import numpy as np
from PIL import Image

from dlviz_models.data.pictures import ArrayPictures, Pictures
from dlviz_models.errors import UserError

MAX_BYTES = 8 * 1024**3


def picture_shapes(pictures: Pictures) -> set[tuple[int, int, int]]:
    """Return each (height, width, channel) that any of the pictures has.

    Raises:
        UserError: there are none.
    """
    if not len(pictures):
        raise UserError(f"{pictures.name} holds no pictures; choose another source.")
    if isinstance(pictures, ArrayPictures):
        return {pictures.pictures.shape[1:]}
    return {pictures[index].shape for index in range(len(pictures))}


def stack(pictures: Pictures, shape: tuple[int, int, int]) -> np.ndarray:
    """Return all pictures as uint8 (n, *shape): resized (bilinear, antialiased), colours made grey or grey made RGB.

    More than three channels stay as they are; pictures of fewer cannot get them.

    Raises:
        UserError: the shape is not that of a picture, or the array would be larger than 8 GiB.
    """
    if len(shape) != 3 or min(shape) < 1:
        raise UserError(f"The input shape {shape} is not height, width and channels; correct it (--set input_shape).")
    if len(pictures) * int(np.prod(shape)) > MAX_BYTES:
        raise UserError(
            f"{len(pictures)} pictures of {shape} need more than 8 GiB; use fewer (--limit) or a smaller size."
        )
    if isinstance(pictures, ArrayPictures) and pictures.pictures.shape[1:] == shape:
        return pictures.batch(0, len(pictures))
    result = np.empty((len(pictures), *shape), np.uint8)
    for index in range(len(pictures)):
        result[index] = resized(pictures[index], shape)
    return result


def resized(picture: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Return one picture (height, width, channel) in another size and number of channels."""
    height, width, channels = shape
    if picture.shape == shape:
        return picture
    if picture.shape[2] == channels and channels not in (1, 3):
        each = [resized(picture[..., [channel]], (height, width, 1)) for channel in range(channels)]
        return np.concatenate(each, axis=2)
    if not {picture.shape[2], channels} <= {1, 3}:
        raise UserError(
            f"Pictures of {picture.shape[2]} channels cannot be converted to {channels}; choose another input shape"
            f" (--set input_shape={height},{width},{picture.shape[2]})."
        )
    image = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
    image = image.convert("L" if channels == 1 else "RGB").resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(shape)
