"""Animations: each sheet a frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
from PIL import Image as Pillow

from dlviz.draw.page import page
from dlviz.draw.paper import STYLE, rendered
from dlviz.sheet import Sheet

FRAME_MS, LAST_MS = 400, 2000
"""How long a frame stands, and the last one before all starts again."""


def write(sheets: Sequence[Sheet], path: Path, dpi: int) -> None:
    """A GIF or WebP that runs for ever; pages of different heights stand on the tallest."""
    frames = [_frame(sheet, dpi) for sheet in sheets]
    size = max(f.width for f in frames), max(f.height for f in frames)
    canvases = [Pillow.new("RGB", size, "white") for _ in frames]
    for canvas, frame in zip(canvases, frames, strict=True):
        canvas.paste(frame, (0, 0))
    times = [FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    canvases[0].save(path, save_all=True, append_images=canvases[1:], duration=times, loop=0)


def _frame(sheet: Sheet, dpi: int) -> Pillow.Image:
    with matplotlib.rc_context(STYLE):
        return rendered(page(sheet), dpi)
