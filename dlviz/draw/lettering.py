"""Measuring, wrapping and shortening text, so that nothing overlaps whatever a file calls its layers."""

from __future__ import annotations

from functools import lru_cache

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, findfont, get_font, get_font_names

FAMILY, MONO = "DejaVu Sans", "DejaVu Sans Mono"
"""Both come with matplotlib."""
OTHERS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Micro Hei", "Microsoft YaHei", "Malgun Gothic",
    "Arial Unicode MS", "Droid Sans Fallback", "Noto Sans Thai", "Noto Sans Devanagari", "Leelawadee UI", "Nirmala UI",
    "Noto Sans Symbols2", "Segoe UI Symbol", "Apple Symbols", "Noto Emoji", "Segoe UI Emoji",
)  # fmt: skip
"""Asked in this order, where they are installed, for letters that these two lack."""
POINT = 1 / 72
"""Inches."""
LEADING = 1.32
"""The height of a line, in font sizes."""
_DPI = 288


def plain(text: str) -> str:
    """The text with nothing in it that does not print; line breaks stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text.expandtabs(4))


@lru_cache(maxsize=20_000)
def families(text: str, mono: bool = False) -> tuple[str, ...]:
    """The families in which words are set; a box stands for a letter that none of them has."""
    own = MONO if mono else FAMILY
    index = get_font(findfont(own)).get_char_index
    return (own,) if all(index(ord(letter)) for letter in text) else (own, *_installed())


def line_height(size: float) -> float:
    """Inches, for a font size in points."""
    return size * LEADING * POINT


@lru_cache(maxsize=20_000)
def width(text: str, size: float, bold: bool = False, mono: bool = False) -> float:
    """The width of one line, in inches."""
    font = _font(families(text, mono), size, bold)
    return _renderer().get_text_width_height_descent(text, font, False)[0] / _DPI


def shorten(text: str, size: float, room: float, bold: bool = False, mono: bool = False) -> str:
    """The text in at most `room` inches, its middle replaced by an ellipsis where it is too long."""
    if width(text, size, bold, mono) <= room:
        return text
    low, high = 0, len(text)
    while low < high:  # the most characters that fit
        middle = (low + high + 1) // 2
        if width(_cut(text, middle), size, bold, mono) <= room:
            low = middle
        else:
            high = middle - 1
    return _cut(text, low)


def wrap(text: str, size: float, room: float, lines: int = 100, bold: bool = False, mono: bool = False) -> list[str]:
    """The text in at most `lines` lines of `room` inches.

    A word that is longer than a line loses its middle; of more lines than these the last ends with an ellipsis.
    """
    broken: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and width(longer, size, bold, mono) > room:
                broken.append(line)
                line = word
            else:
                line = longer
        broken.append(line)
    if len(broken) > lines:
        broken = [*broken[: lines - 1], _with_ellipsis(broken[lines - 1], size, room, bold, mono)]
    return [shorten(line, size, room, bold, mono) for line in broken]


@lru_cache(maxsize=20_000)
def fits(text: str, size: float, room: float, lines: int) -> bool:
    """Whether the whole text stands in `lines` lines of `room` inches."""
    broken = wrap(text, size, room)
    return len(broken) <= lines and not any("…" in line for line in broken if "…" not in text)


def _with_ellipsis(line: str, size: float, room: float, bold: bool, mono: bool) -> str:
    """As many of the words of a line as leave room for an ellipsis after them, at least one."""
    words = line.split(" ")
    while len(words) > 1 and width(f"{' '.join(words)} …", size, bold, mono) > room:
        words.pop()
    return f"{' '.join(words)} …"


def _cut(text: str, kept: int) -> str:
    head = (kept + 1) // 2
    return f"{text[:head]}…{text[len(text) - kept + head :]}"


@lru_cache(maxsize=64)
def _font(family: tuple[str, ...], size: float, bold: bool) -> FontProperties:
    return FontProperties(family=family, size=size, weight="bold" if bold else "normal")


@lru_cache(maxsize=1)
def _installed() -> tuple[str, ...]:
    names = set(get_font_names())
    return tuple(family for family in OTHERS if family in names)


@lru_cache(maxsize=1)
def _renderer() -> RendererAgg:
    return RendererAgg(1, 1, _DPI)
