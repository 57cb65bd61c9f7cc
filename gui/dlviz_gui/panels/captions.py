"""Captions under tiles and names over columns: one font for all, in which they are whole where they can be."""

from __future__ import annotations

import re
from functools import lru_cache

from qtpy.QtGui import QFont, QFontMetricsF

from dlviz_gui.panels.mosaic_layout import Grid

SMALLEST = 0.72
"""Column labels and captions may be so much smaller than other words, where they would not fit otherwise."""


def captions_in(
    captions: tuple[str, ...], usual: QFont, grid: Grid, zoom: float
) -> tuple[tuple[str, ...], QFont, float]:
    """The captions as they are set under tiles, one font for all, and the screen pixels that each line has.

    They are broken where there are several lines; where a number would be cut, only what stands first in each is left.
    """
    room = grid.room_for_words(zoom)
    if grid.caption_lines > 1:
        fonts = usual, _resized(usual, SMALLEST)
        ways = [(_broken(captions, font, room), font) for font in fonts]
        broken, font = next((way for way in ways if are_whole(*way, room, grid.caption_lines)), ways[-1])
        return broken, font, room
    font = _narrowed(usual, captions, room)
    if widest(captions, font) <= room:
        return captions, font, room
    first = tuple(re.split(": | · ", words, maxsplit=1)[0] for words in captions)
    return first, _narrowed(usual, first, room), room


def headings_in(labels: tuple[str, ...], usual: QFont, room: float, lines: int) -> tuple[tuple[str, ...], QFont]:
    """Names of columns as they are set, broken between words where there are several lines of `room` screen pixels, and
    one font for all."""
    set_in = labels if lines < 2 else _broken(labels, usual, room)
    return set_in, _narrowed(usual, set_in, room)


def are_whole(captions: tuple[str, ...], font: QFont, room: float, lines: int) -> bool:
    """Whether captions stand in so many lines of so many screen pixels."""
    return widest(captions, font) <= room and all(words.count("\n") < lines for words in captions)


def widest(captions: tuple[str, ...], font: QFont) -> float:
    """Screen pixels of the longest line of some captions."""
    return _widest(captions, font.toString())


@lru_cache(1000)
def _widest(captions: tuple[str, ...], described: str) -> float:
    return max((_advance(line, described) for words in captions for line in words.split("\n")), default=0.0)


@lru_cache(50_000)
def _advance(line: str, described: str) -> float:
    """Screen pixels of a line: many layouts ask for the same ones."""
    return QFontMetricsF(font_of(described)).horizontalAdvance(line)


def font_of(described: str) -> QFont:
    """The font that `QFont.toString` describes so."""
    font = QFont()
    font.fromString(described)
    return font


def _narrowed(font: QFont, words: tuple[str, ...], width: float) -> QFont:
    """The font, smaller if all words then fit in `width` screen pixels."""
    return _resized(font, min(max((width - 3) / max(widest(words, font), 1.0), SMALLEST), 1.0))


def _resized(font: QFont, share: float) -> QFont:
    """The font in another size, in its own."""
    other = QFont(font)
    other.setPointSizeF(font.pointSizeF() * share)
    return other


def _broken(captions: tuple[str, ...], font: QFont, room: float) -> tuple[str, ...]:
    """Captions broken where a line is full."""
    described = font.toString()
    return tuple(_wrapped(words, described, room) for words in captions)


def _wrapped(words: str, described: str, room: float) -> str:
    """A caption broken where a line is full: at its dots where each part then stands in a line, else between words."""
    parts = words.split(" · ")
    if len(parts) > 1 and _advance(words, described) > room >= max(_advance(part, described) for part in parts):
        return "\n".join(parts)
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _advance(longer, described) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
