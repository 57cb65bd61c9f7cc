"""ResNet, with its skip connections or without."""

from functools import partial
from typing import Any, TypeAlias

import keras
from keras import layers

from dlviz_models.errors import UserError
from dlviz_models.networks.blocks import classifier, pixels, with_weights

IMAGENET = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}  # depth: blocks in each stage
Tensor: TypeAlias = keras.KerasTensor


def ResNet(
    input_shape: tuple[int, int, int] = (32, 32, 3),
    classes: int = 10,
    depth: int = 20,
    skip: bool = True,
    filters: int = 0,
    include_top: bool = True,
    weights: str | None = None,
    name: str = "resnet",
) -> keras.Model:
    """Build a residual network of `depth` layers with weights; with `skip=False` the plain network of the same depth.

    K. He, X. Zhang, S. Ren, J. Sun, Deep residual learning for image recognition, CVPR 2016, arXiv 1512.03385.

    - Depths 6m + 2 (20, 32, 44, 56, 110), section 4.2: for 32x32 pictures, three stages of m blocks of two 3x3
      convolutions with 16, 32 and 64 maps; where the maps grow in number, the skip connection takes every second
      position and adds maps of zeros, so that it has no weights (option A).
    - Depths 18, 34 (two 3x3 convolutions a block) and 50 (bottlenecks of 1x1, 3x3, 1x1), table 1: for 224x224
      pictures, four stages beginning with 64 maps; where the shape changes, the skip connection is a 1x1 convolution
      (option B). In a bottleneck the first convolution has the stride.

    `filters` is the number of maps in the first stage; 0 is the paper's. Takes pixels 0..255, (n, *input_shape), and
    gives probabilities (n, classes); without `include_top` the maps of the last block. `weights` is a file's path.

    Raises:
        UserError: there is no network of that depth.
    """
    inputs, x = pixels(input_shape)
    if depth in IMAGENET:
        x = _imagenet_maps(x, depth, filters or 64, skip)
    elif depth >= 8 and depth % 6 == 2:
        x = _convolution(x, filters or 16, 3, 1, "conv1")  # (n, 32, 32, 16)
        x = layers.ReLU(name="relu1")(x)
        x = _stages(x, (depth // 6,) * 3, partial(_basic, shortcut=_zeros), filters or 16, skip)  # (n, 8, 8, 64)
    else:
        raise UserError(f"resnet has no depth={depth}; take 20, 32, 44, 56, 110 (6m + 2), or 18, 34, 50 for ImageNet.")
    if not include_top:
        return with_weights(keras.Model(inputs, x, name=name), weights)
    x = layers.GlobalAveragePooling2D(name="average")(x)  # (n, 64)
    return with_weights(classifier(inputs, x, classes, name), weights)


def _imagenet_maps(x: Tensor, depth: int, maps: int, skip: bool) -> Tensor:
    """A 7x7 convolution, a pooling and four stages: (n, 224, 224, 3) to (n, 7, 7, 8 * maps), four times that at 50."""
    x = layers.ZeroPadding2D(3, name="pad")(x)
    x = _convolution(x, maps, 7, 2, "conv1", padding="valid")  # (n, 112, 112, 64)
    x = layers.ReLU(name="relu1")(x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)  # (n, 56, 56, 64)
    block = partial(_bottleneck if depth == 50 else _basic, shortcut=_projection)
    return _stages(x, IMAGENET[depth], block, maps, skip)


def _stages(x: Tensor, blocks: tuple[int, ...], block: Any, maps: int, skip: bool) -> Tensor:
    """Stages of so many blocks each; from the second on, height and width are halved and `maps` doubled."""
    for stage, count in enumerate(blocks, start=1):
        for number in range(1, count + 1):
            stride = 2 if stage > 1 and number == 1 else 1
            x = block(x, maps * 2 ** (stage - 1), stride, skip, f"stage{stage}_block{number}")
    return x


def _basic(x: Tensor, maps: int, stride: int, skip: bool, name: str, shortcut: Any) -> Tensor:
    """Two 3x3 convolutions: (n, height, width, ...) to (n, height / stride, width / stride, maps)."""
    y = _convolution(x, maps, 3, stride, f"{name}_conv1")
    y = layers.ReLU(name=f"{name}_relu1")(y)
    y = _convolution(y, maps, 3, 1, f"{name}_conv2")
    return _joined(x, y, stride, skip, name, shortcut)


def _bottleneck(x: Tensor, maps: int, stride: int, skip: bool, name: str, shortcut: Any) -> Tensor:
    """Fewer maps for the 3x3 convolution: (n, height, width, ...) to (n, height / stride, width / stride, 4 * maps)."""
    y = _convolution(x, maps, 1, stride, f"{name}_conv1")
    y = layers.ReLU(name=f"{name}_relu1")(y)
    y = _convolution(y, maps, 3, 1, f"{name}_conv2")
    y = layers.ReLU(name=f"{name}_relu2")(y)
    y = _convolution(y, 4 * maps, 1, 1, f"{name}_conv3")
    return _joined(x, y, stride, skip, name, shortcut)


def _joined(x: Tensor, y: Tensor, stride: int, skip: bool, name: str, shortcut: Any) -> Tensor:
    if skip:
        if x.shape[1:] != y.shape[1:]:
            x = shortcut(x, y.shape[-1], stride, name)
        y = layers.Add(name=f"{name}_add")([x, y])
    return layers.ReLU(name=f"{name}_relu")(y)


def _projection(x: Tensor, maps: int, stride: int, name: str) -> Tensor:
    return _convolution(x, maps, 1, stride, f"{name}_skip")


def _zeros(x: Tensor, maps: int, stride: int, name: str) -> Tensor:
    """Every second position, and maps of zeros up to twice as many; no weights."""
    x = layers.MaxPooling2D(1, strides=stride, name=f"{name}_skip")(x)
    return layers.Concatenate(name=f"{name}_skip_grown")([x, layers.Rescaling(0.0, name=f"{name}_skip_zeros")(x)])


def _convolution(x: Tensor, maps: int, size: int, stride: int, name: str, padding: str = "same") -> Tensor:
    """Convolution without bias and batch normalisation; a stride keeps positions 0, 2, 4..., as the shortcut does."""
    if stride > 1 and size == 3:
        x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
        padding = "valid"
    convolve = layers.Conv2D(maps, size, stride, padding, use_bias=False, kernel_initializer="he_normal", name=name)
    return layers.BatchNormalization(name=name.replace("conv", "norm").replace("skip", "skip_norm"))(convolve(x))
