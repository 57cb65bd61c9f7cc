"""Animations: each sheet a frame."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import matplotlib
from PIL import Image as Pillow

from dlviz.draw import lettering
from dlviz.draw.paper import STYLE, Size, sized
from dlviz.marks import mark
from dlviz.sheet import Sheet

_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>'
    '<rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title><dc:description><rdf:Alt>'
    '<rdf:li xml:lang="x-default">{said}</rdf:li></rdf:Alt></dc:description><dc:identifier>{made_by}</dc:identifier>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)
FRAME_MS, LAST_MS = 400, 2000
"""How long a frame stands, and the last one before all starts again."""


def write(sheets: Sequence[Sheet], path: Path, dpi: int, size: Size | None = None) -> None:
    """A GIF or WebP that runs for ever; pages of different heights stand on the tallest."""
    with matplotlib.rc_context(STYLE):
        frames = [sized(sheet, dpi, size) for sheet in sheets]
    largest = max(f.width for f in frames), max(f.height for f in frames)
    canvases = [Pillow.new("RGB", largest, "white") for _ in frames]
    for canvas, frame in zip(canvases, frames, strict=True):
        canvas.paste(frame, (0, 0))
    times = [FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    about = _about(sheets[-1], path.suffix.lower())
    canvases[0].save(path, save_all=True, append_images=canvases[1:], duration=times, loop=0, **about)


def _about(sheet: Sheet, ending: str) -> dict[str, Any]:
    """What the file says of itself: a comment in a GIF, XMP (ISO 16684-1) in a WebP."""
    made_by = mark(sheet.request) if sheet.request else ""
    title, said = lettering.plain(sheet.title), lettering.plain(sheet.caption)
    if ending == ".gif":
        return {"comment": "\n".join(part for part in (title, said, made_by) if part).encode()}
    return {"xmp": _XMP.format(title=escape(title), said=escape(said), made_by=made_by).encode()}
