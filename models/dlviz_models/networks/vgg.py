"""VGG: 3x3 convolutions, as deep as wanted."""

import keras
from keras import layers

from dlviz_models.errors import UserError
from dlviz_models.networks.blocks import head, pixels


def VGG(
    input_shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    depth: int = 16,
    filters: tuple[int, ...] = (64, 128, 256, 512, 512),
    hidden: tuple[int, ...] = (4096, 4096),
    dropout: float = 0.5,
    include_top: bool = True,
    weights: str | None = None,
    name: str = "vgg",
) -> keras.Model:
    """Build a VGG network of `depth` layers with weights: blocks of 3x3 convolutions and a pooling, then dense layers.

    K. Simonyan, A. Zisserman, Very deep convolutional networks for large-scale image recognition, ICLR 2015,
    arXiv 1409.1556. Depths 11, 13, 16 and 19 are the paper's networks A, B, D and E. For small pictures take fewer
    and narrower blocks, such as depth=8, filters=(32, 64, 128), hidden=(256,): two convolutions a block.

    Takes pixels 0..255, (n, *input_shape), and gives probabilities (n, classes); without `include_top` the maps of the
    last pooling. `weights` is the path of a file.

    Raises:
        UserError: the depth leaves no convolution for some block.
    """
    convolutions = depth - len(hidden) - 1
    if convolutions < len(filters):
        least = len(filters) + len(hidden) + 1
        raise UserError(
            f"vgg with depth={depth} is too shallow for its blocks; take {least} or more, or fewer filters."
        )
    inputs, x = pixels(input_shape)
    for block, (count, maps) in enumerate(zip(_share(convolutions, len(filters)), filters, strict=True), start=1):
        for number in range(1, count + 1):
            x = layers.Conv2D(maps, 3, padding="same", activation="relu", name=f"conv{block}_{number}")(x)
        x = layers.MaxPooling2D(2, name=f"pool{block}")(x)  # (n, height / 2^block, width / 2^block, maps)
    return head(inputs, x, hidden, dropout, classes, include_top, weights, name)


def _share(convolutions: int, blocks: int) -> list[int]:
    """Deal convolutions out to blocks: at most two to each of the first two, to the others as evenly as it goes."""
    first = [min(2, convolutions // blocks)] * min(2, blocks - 1)
    left, others = convolutions - sum(first), blocks - len(first)
    return first + [(left + index) // others for index in range(others)]
