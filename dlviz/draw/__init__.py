"""Sheets on paper, slides and pages: each panel kind is drawn once per medium, from the same numbers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np

from dlviz.sheet import Sheet
from dlviz.silence_logs import silence_font_warnings
from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path

MEDIA = {
    ".png": "paper", ".svg": "paper", ".pdf": "paper", ".html": "web", ".pptx": "slides", ".gif": "frames",
    ".webp": "frames", ".npz": "raw",
}  # fmt: skip
"""Ending to the module of this package that writes it."""
DECK_DPI = 200
"""Pixels an inch of the pictures on slides."""
PAGES = (".pdf", ".pptx", ".html", ".gif", ".webp")
"""Endings that hold several sheets."""
FRAMES = (".gif", ".webp")
"""Endings that take every sheet of a view, not only its last."""
PIXELS = (".png", *FRAMES)
"""Endings of pictures whose size in pixels can be chosen."""
FILMS = (".gif", ".webp", ".html")
"""Endings in which steps are played: of a lesson, of gradient ascent, of a training that was kept."""


def ending(path: str | os.PathLike[str]) -> str:
    """The ending that chooses the medium; UserError where it is none of `MEDIA`."""
    found = Path(path).suffix.lower()
    if found not in MEDIA:
        name = Path(path).name[-100:]
        raise UserError(f"{name} does not end in a format that dlviz can write: choose one of {', '.join(MEDIA)}.")
    return found


def sheets_in(found: str, sheets: Sequence[Sheet]) -> Sequence[Sheet]:
    """Of the sheets of a view, those that a file with this ending holds: all, the steps of a film, or the last."""
    if found in FRAMES:
        return sheets
    steps = [sheet for sheet in sheets if sheet.steps] if found in FILMS else []
    return steps or sheets[-1:]


def picture(sheet: Sheet, dpi: int = 150) -> np.ndarray:
    """The sheet as a .png has it, uint8 (height, width, 3)."""
    paper = import_module("dlviz.draw.paper")
    with silence_font_warnings():
        return np.asarray(paper.rendered(paper.whole_page(sheet), dpi))


def save(
    sheets: Sequence[Sheet], path: str | os.PathLike[str], dpi: int = 150, size: tuple[int, int] | None = None
) -> None:
    """Write sheets to `path`, whose ending chooses the medium; the file is whole or not there.

    `.png`, `.svg` and `.npz` (the raw arrays) hold the last sheet, `.pdf` a page, `.pptx` a slide, `.html` a section
    and `.gif` and `.webp` a frame for each. The file says in its own way what made it: a caption, and the request.

    Args:
        dpi: pixels an inch of a page 13.3 inches wide.
        size: of pictures in pixels, (width, height), whatever `dpi` says; the page is laid out for it.

    Raises:
        UserError: a size for a medium without pixels, another ending, no arrays for `.npz`, or the file cannot be
            written.
    """
    found = ending(path)
    if size and found not in PIXELS:
        raise UserError(f"A size in pixels is for {', '.join(PIXELS)}, and {Path(path).name[-100:]} has none.")
    medium = import_module(f"dlviz.draw.{MEDIA[found]}")
    with atomic_path(path) as temporary, silence_font_warnings():
        medium.write(sheets, temporary, dpi, **({"size": size} if size else {}))


def save_deck(sheets: Sequence[Sheet], title: str, path: str | os.PathLike[str]) -> None:
    """Write sheets as slides: `.pptx`, `.pdf`, or `.html` to present in a browser; the file is whole or not there. The
    first slide says the title, if there is one.

    Raises:
        UserError: the file cannot be written.
    """
    medium = "present" if ending(path) == ".html" else MEDIA[ending(path)]
    with atomic_path(path) as temporary, silence_font_warnings():
        import_module(f"dlviz.draw.{medium}").write(sheets, temporary, DECK_DPI, title=title)
