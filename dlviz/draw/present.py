"""Slides as one HTML file, to present in a browser: arrow keys, notes, answers on demand, no network needed."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

import matplotlib

from dlviz.draw import lettering
from dlviz.draw.page import drawn, placed_panels
from dlviz.draw.paging import paged
from dlviz.draw.paper import STYLE, rendered
from dlviz.marks import mark
from dlviz.sheet import Sheet

ROOM = 6.1
"""Inches that a slide leaves for its panels under title and sentence."""


def write(sheets: Sequence[Sheet], path: Path, dpi: int, title: str) -> None:
    """All sheets as slides, each on as many as show everything, after one with the title."""
    style = (files("dlviz.draw") / "present.css").read_text("utf-8")
    script = (files("dlviz.draw") / "present.js").read_text("utf-8")
    first = [f"<section>\n<h1>{_plain(title)}</h1>\n</section>\n"] if title else []
    slides = first + [_slide(part, dpi) for whole in sheets for part in paged(whole, lambda sheet: ROOM)]
    requests = dict.fromkeys(sheet.request for sheet in sheets if sheet.request)
    about = "".join(f'<meta name="dlviz-request" content="{mark(request)}">\n' for request in requests)
    path.write_text(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{_plain(title) or "Lecture"}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n{about}'
        f"<style>\n{style}</style></head>\n"
        f"<body>\n<main>\n{''.join(slides)}</main>\n<output></output>\n<script>\n{script}</script>\n</body></html>\n",
        "utf-8",
    )


def _slide(sheet: Sheet, dpi: int) -> str:
    """A slide: title, sentence, question with its hidden answer, the panels as a picture, and hidden notes."""
    answer = f"<p class=answer hidden>{_plain(sheet.answer)}</p>" if sheet.answer else ""
    asked = f"<p class=question>{_plain(sheet.question)}</p>{answer}" if sheet.question else ""
    said = (sheet.spoken, sheet.answer, sheet.note, sheet.source, sheet.caption)
    notes = "".join(f"<p>{_plain(text)}</p>" for text in said if text)
    return (
        f"<section>\n<h1>{_plain(sheet.title)}</h1>\n<p class=summary>{_plain(sheet.summary)}</p>{asked}\n"
        f"{_picture(sheet, dpi)}\n<aside hidden>{notes}</aside></section>\n"
    )


def _picture(sheet: Sheet, dpi: int) -> str:
    if not sheet.panels:
        return ""
    file = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        rendered(drawn(placed_panels(sheet.panels, ROOM), ROOM), dpi).save(file, "webp", lossless=True)
    content = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{_plain(sheet.summary)}" src="data:image/webp;base64,{content}">'


def _plain(text: str) -> str:
    return escape(lettering.plain(text))
