"""Thumbnails for a film strip: pictures, sounds and numbers as curves, texts as words."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from dlviz.feeding.feed import as_bytes
from dlviz_models.data.samples import Numbers, Picture, Sample, Several, Sound, Text, Tree

GROUND, INK = (24, 26, 32), (120, 180, 255)


def small(sample: Sample, size: int) -> np.ndarray:
    """A sample within a square of `size` pixels, uint8 (size, size, 3); nothing is drawn of a text."""
    match sample:
        case Picture():
            return _picture(as_bytes(sample), size)
        case Sound(samples):
            return _curve(samples, size)
        case Numbers(values):
            return _numbers(values.astype(np.float32), size)
        case Several(parts) if parts:
            return small(next(iter(parts.values())), size)
    return np.full((size, size, 3), GROUND, np.uint8)


def words_of(sample: Sample) -> str:
    """A text, or a tree in the brackets in which one is typed; empty for other samples."""
    match sample:
        case Text(text):
            return text
        case Tree():
            return in_brackets(sample)
    return ""


def in_brackets(tree: Tree) -> str:
    """A tree as `(3 (2 a) (4 film))`; where no classes are known, 2 stands at each node."""
    labels = [2] * (2 * len(tree.words) - 1) if tree.target is None else [int(label) for label in tree.target]
    found = [f"({label} {word})" for label, word in zip(labels, tree.words, strict=False)]
    for label, (left, right) in zip(labels[len(tree.words) :], tree.children, strict=True):
        found.append(f"({label} {found[left]} {found[right]})")
    return found[-1]


def _picture(pixels: np.ndarray, size: int) -> np.ndarray:
    """`pixels` (h, w, channel), RGB, black around it; small ones stay crisp."""
    channels = pixels.shape[-1]
    shown = pixels[..., :3] if channels >= 3 else np.repeat(pixels[..., :1], 3, axis=-1)
    image = Image.fromarray(np.ascontiguousarray(shown))
    scale = size / max(image.size)
    how = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BILINEAR
    image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), how)
    square = Image.new("RGB", (size, size))
    square.paste(image, ((size - image.width) // 2, (size - image.height) // 2))
    return np.asarray(square)


def _numbers(values: np.ndarray, size: int) -> np.ndarray:
    """A row of numbers as a curve, more axes as a grey plane."""
    if values.ndim < 2 or min(values.shape[:2]) < 2:
        return _curve(values.ravel(), size)
    plane = values if values.ndim == 2 else values.reshape(-1, values.shape[-1])
    if values.ndim >= 3:  # the first frame or slice
        while values.ndim > 3:
            values = values[0]
        plane = values[..., 0]
    low, high = float(plane.min()), float(plane.max())
    grey = ((plane - low) * (255 / ((high - low) or 1))).astype(np.uint8)
    return np.asarray(Image.fromarray(grey).resize((size, size), Image.Resampling.BILINEAR).convert("RGB"))


def _curve(values: np.ndarray, size: int) -> np.ndarray:
    """The least and largest value in each column of pixels, joined."""
    image = Image.new("RGB", (size, size), GROUND)
    if values.size:
        draw = ImageDraw.Draw(image)
        peak = float(np.abs(values).max()) or 1.0
        for column, part in enumerate(np.array_split(values, min(size, values.size))):
            x = round(column * (size - 1) / max(1, min(size, values.size) - 1))
            top, bottom = (round((1 - v / peak) * (size - 1) / 2) for v in (float(part.max()), float(part.min())))
            draw.line([(x, min(top, size // 2)), (x, max(bottom, size // 2))], fill=INK)
    return np.asarray(image)
