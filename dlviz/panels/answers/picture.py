"""A picture as output, such as of an autoencoder, beside the input."""

from __future__ import annotations

import numpy as np

from dlviz.grammar import in_digits
from dlviz.panels.answers.base import AnswerPanels, Answers
from dlviz.sheet import Panel, Tiles

DARK = 25
"""Outputs are taken for pixels 0..255 only if their maximum is at least this."""


def show(a: Answers) -> AnswerPanels:
    """Input, output and their difference side by side, a row per sample; the output alone if no picture was fed."""
    answer, scale, is_known = to_pixel_range(pictures_of(a))
    pixels = _input_pixels(a)
    summary = f"outputs a picture for {a.first}{_left_out(answer.shape[-1])}"
    if pixels is None or pixels.shape[1:3] != answer.shape[1:3]:
        panels: list[Panel] = [panel for number in range(len(a.samples)) for panel in a.sample_panels(number)]
        names = tuple(sample.short for sample in a.samples)
        return AnswerPanels([*panels, Tiles(as_bytes(answer), "pixels", f"Its answer, {scale}", names)], summary)
    pixels, answer = _same_channels(pixels, answer)
    error = np.square((answer - pixels) / 255).mean(axis=(1, 2, 3))
    images = np.stack([pixels, answer, np.abs(answer - pixels)], axis=1)  # (n, 3, height, width, channel)
    lengths = [f"error {e:.4f}" if is_known else "" for e in error]
    captions = [(sample.short, "", length) for sample, length in zip(a.samples, lengths, strict=True)]
    tiles = Tiles(
        as_bytes(images.reshape(-1, *images.shape[2:])),
        "pixels",
        f"Input and output, {scale}",
        tuple(caption for row in captions for caption in row),
        columns=3,
        column_labels=("given", "answer", "difference"),
    )
    return AnswerPanels(
        [tiles], f"{summary}; the mean squared error is {error[0]:.4f} (pixels 0 to 1)" if is_known else summary
    )


def _left_out(channels: int) -> str:
    if channels in (1, 3):
        return ""
    return f", of whose {channels} channels {'three are' if channels > 3 else 'one is'} shown"


def pictures_of(a: Answers) -> np.ndarray:
    """The outputs as (n, height, width, channel), also if they are flat or without channels."""
    shape = a.output.shape
    if len(shape) == 3:
        return a.raw
    return a.raw.reshape(len(a.raw), *a.network.input_shape)


def to_pixel_range(answer: np.ndarray) -> tuple[np.ndarray, str, bool]:
    """Outputs (n, height, width, channel) scaled to 0..255, float32; a description of the scale; and whether the range
    of pixels is known."""
    low, high = float(answer.min(initial=0)), float(answer.max(initial=0))
    for least, most in ((0, 1), (-1, 1), (0, 255)):
        if most == 255 and high < DARK:
            continue
        if low >= least - 0.05 * (most - least) and high <= most + 0.05 * (most - least):
            return (answer.astype(np.float32) - least) * (255 / (most - least)), f"{least} to {most}", True
    scaled = (answer.astype(np.float32) - low) * (255 / (high - low))
    return scaled, f"from {in_digits(low)} (black) to {in_digits(high)} (white)", False


def _input_pixels(a: Answers) -> np.ndarray | None:
    """The input pictures as pixels 0..255, (n, height, width, channel); None if no pictures are fed."""
    if not a.network.takes_pictures:
        return None
    x = a.feeds[a.network.input]
    return a.network.preprocess.pixels(x.reshape(len(x), *a.network.input_shape)).clip(0, 255)


def _same_channels(pixels: np.ndarray, answer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both with the same number of channels, by repeating grey."""
    most = max(pixels.shape[-1], answer.shape[-1])
    both = [x if x.shape[-1] == most else np.repeat(x[..., :1], most, axis=-1) for x in (pixels, answer)]
    return both[0], both[1]


def as_bytes(pixels: np.ndarray) -> np.ndarray:
    """Pixels (..., channel) on the scale 0..255 as uint8 with 1 or 3 channels."""
    some = pixels[..., :3] if pixels.shape[-1] >= 3 else pixels[..., :1]
    drawn: np.ndarray = np.rint(some.clip(0, 255)).astype(np.uint8)
    return drawn
