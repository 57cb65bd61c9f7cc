"""A bank of filters over a block of numbers: shapes, weights and multiplications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Formula, Image, Sheet
from dlviz.style import AMBER, BLUE, GREEN, tint
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

PRESETS = {
    "LeNet-5, first layer": (28, 28, 1, 6, 5, 1, "same"),
    "AlexNet, first layer": (227, 227, 3, 96, 11, 4, "valid"),
    "VGG, second layer": (224, 224, 64, 64, 3, 1, "same"),
    "a 1 by 1 convolution": (28, 28, 192, 64, 1, 1, "same"),
}
"""Height, width, depth, filters, kernel, stride and padding."""
NAMES = ("height", "width", "depth", "filters", "kernel", "stride")
SLANT = 0.42
"""Depth is drawn to the right and upwards, shortened so."""
WIDE, HIGH, EDGE = 1150, 520, 66
"""Pixels of the drawing, and around it."""


@dataclass(frozen=True)
class Counts:
    """What a convolution makes of a block.

    Attributes:
        output: height, width and depth.
        weights: of all filters, with a bias each.
        products: multiplications for one picture.
        dense: weights of a fully connected layer from the same input to the same output.
    """

    output: tuple[int, int, int]
    weights: int
    products: int
    dense: int


def counts(height: int, width: int, depth: int, filters: int, kernel: int, stride: int, padding: str) -> Counts:
    """The numbers of a convolution as Keras makes it: "valid" stays inside, "same" pads with zeros."""
    if padding == "same":
        rows, columns = -(-height // stride), -(-width // stride)
    else:
        rows, columns = (height - kernel) // stride + 1, (width - kernel) // stride + 1
    cells = rows * columns * filters
    one = kernel * kernel * depth
    return Counts((rows, columns, filters), filters * (one + 1), cells * one, (height * width * depth + 1) * cells)


@dataclass(frozen=True)
class FilterBanks(View):
    """The shape of the output, and how many weights it takes.

    >>> import dlviz
    >>> dlviz.lesson("filter_banks").arrays["output"].shape
    (3,)
    """

    name = "filter_banks"
    summary = "Each filter goes through the whole depth of a block and makes one map of the next block."
    group = "Convolution"
    order = 8

    preset: str = option(
        "AlexNet, first layer", "which numbers", choices=tuple(PRESETS), resets=(*NAMES, "padding"), label="example"
    )
    height: int = option(0, "rows of the input", low=0, high=1024, zero="the preset's", label="input height (rows)")
    width: int = option(0, "columns of the input", low=0, high=1024, zero="the preset's", label="input width (columns)")
    depth: int = option(0, "channels of the input", low=0, high=2048, zero="the preset's", label="input channels")
    filters: int = option(0, "how many filters", low=0, high=2048, zero="the preset's", label="filters")
    kernel: int = option(
        0, "rows and columns of a filter", low=0, high=64, zero="the preset's", label="filter size (cells)"
    )
    stride: int = option(0, "stride of the filter", low=0, high=64, zero="the preset's", label="stride (cells)")
    padding: str = option(
        "preset", "what lies beyond the border", choices=("preset", "valid", "same"), label="beyond the border"
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        *usual, usual_padding = PRESETS[self.preset]
        numbers = {name: getattr(self, name) or int(number) for name, number in zip(NAMES, usual, strict=True)}
        height, width, depth, filters, kernel, stride = numbers.values()
        padding = str(usual_padding) if self.padding == "preset" else self.padding
        if padding == "valid" and kernel > min(height, width):
            raise UserError(
                f"Option kernel={kernel} is larger than the input, {height} by {width}: choose a smaller one."
            )
        found = counts(height, width, depth, filters, kernel, stride, padding)
        yield Sheet(
            f"A filter bank: {self.preset}",
            f"{filters:,} filters of {_written((kernel, kernel, depth))} make a block of {_written(found.output)}.",
            (
                _blocks((height, width, depth), kernel, found.output),
                Formula(_formula((height, width, depth), kernel, stride, padding, found), role="beside"),
            ),
            {
                "output": np.array(found.output), "weights": np.array(found.weights),
                "products": np.array(found.products), "dense": np.array(found.dense),
            },
            question="How many weights does it have, and how many would a fully connected layer have?",
            answer=_answer(kernel, found),
            explanation="A layer takes a block of height, width and depth. Each filter is as deep as the block and "
            "makes one map, so the next block is as deep as there are filters. The weights do not depend "
            "on the size of the picture; those of a fully connected layer do, which is why it needs so "
            "many more.",
            source="Filter banks and tensors: V. Dumoulin, F. Visin, A guide to convolution arithmetic for deep "
            "learning, arXiv 1603.07285",
            values={**numbers, "padding": padding},
        )  # fmt: skip


def _answer(kernel: int, found: Counts) -> str:
    rows, columns, _ = found.output
    return (
        f"{found.weights:,} against {found.dense:,}, {found.dense / found.weights:,.0f} times as many. A filter "
        f"sees {kernel} by {kernel} cells, and {rows * columns:,} places share its weights."
    )


def _formula(shape: tuple[int, int, int], kernel: int, stride: int, padding: str, found: Counts) -> tuple[str, ...]:
    """Height of the output, weights and multiplications, with their numbers."""
    height, _, depth = shape
    rows, columns, filters = found.output
    if padding == "same":
        side = r"rows: $\lceil H / s \rceil$", f"= ⌈{height} / {stride}⌉ = {rows}"
    else:
        side = r"rows: $\lfloor (H - k) / s \rfloor + 1$", f"= ⌊({height} − {kernel}) / {stride}⌋ + 1 = {rows}"
    return (
        *side,
        r"weights: $m\,(k^2 D + 1)$",
        f"= {filters:,}·({kernel}²·{depth:,} + 1) = {found.weights:,}",
        r"products: $H' W' m\, k^2 D$",
        f"= {rows}·{columns}·{filters:,}·{kernel}²·{depth:,} = {found.products:,}",
        r"fully connected: $(H W D + 1)\, H' W' m$",
        f"= {found.dense:,}",
    )


def _blocks(shape: tuple[int, int, int], kernel: int, output: tuple[int, int, int]) -> Image:
    """Input, one filter in its front corner, and output as boxes, all to one scale."""
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    across = [width + depth * SLANT for _, width, depth in (shape, output)]
    tall = max(height + depth * SLANT for height, _, depth in (shape, output))
    scale = min((WIDE - 3 * EDGE) / sum(across), (HIGH - 3 * EDGE) / tall)
    picture = Pillow.new("RGB", (WIDE, HIGH), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(38)
    edge = (WIDE - sum(across) * scale) / 3
    second = 2 * edge + across[0] * scale
    inside = (kernel, kernel, shape[2])
    for what, left, colour in ((shape, edge, BLUE), (inside, edge, AMBER), (output, second, GREEN)):
        _draw_cuboid(draw, what, left, scale, colour)
    for what, left, name in ((shape, edge, "input"), (output, second, "output")):
        text = f"{name} {_plain(what)}"
        draw.text((min(left, WIDE - font.getlength(text) - 4), HIGH - EDGE + 12), text, "#1c1c20", font)
    draw.rectangle((edge, 14, edge + 28, 42), AMBER, "black")
    draw.text((edge + 42, 8), f"one filter {_plain(inside)}", "#1c1c20", font)
    return Image(np.asarray(picture), "pixels", "the blocks, to scale", role="main")


def _written(shape: tuple[int, int, int]) -> str:
    return " × ".join(f"{n:,}" for n in shape)


def _plain(shape: tuple[int, int, int]) -> str:
    """In the letters that Pillow's own font has."""
    return _written(shape).replace("×", "x")


def _draw_cuboid(draw: Any, shape: tuple[int, int, int], left: float, scale: float, colour: str) -> None:
    """The three visible faces of a block that stands on the ground, a pixel thick at least."""
    height, width, depth = (max(n * scale, 4) for n in shape)
    d, ground = depth * SLANT, HIGH - EDGE
    a, b, c, e = (
        (left, ground),
        (left + width, ground),
        (left + width, ground - height),
        (left, ground - height),
    )
    b_back, c_back, e_back = ((x + d, y - d) for x, y in (b, c, e))
    for face, share in (((a, b, c, e), 0.55), ((b, b_back, c_back, c), 1.0), ((e, c, c_back, e_back), 0.35)):
        draw.polygon(face, tint(colour, share), "#1c1c20" if height > 12 else colour, 2)
