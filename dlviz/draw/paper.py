"""PNG, SVG and PDF; letters stay letters in the last two."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from dlviz.draw import lettering
from dlviz.draw.page import page, paper_height, room_on_page
from dlviz.draw.paging import asked_about, best_width, came_for, paged
from dlviz.marks import mark
from dlviz.sheet import Sheet

Size = tuple[int, int]
"""Pixels, width and height."""
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "dlviz", "pdf.fonttype": 42, "font.family": lettering.FAMILY}


def rendered(figure: Figure, dpi: float) -> Pillow.Image:
    """The figure as pixels, RGB."""
    with matplotlib.rc_context(STYLE):
        figure.set_dpi(dpi)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return Pillow.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def write(sheets: Sequence[Sheet], path: Path, dpi: int, size: Size | None = None, title: str = "") -> None:
    """All sheets as pages of a PDF, after one with the title of a deck, or the last one as a picture."""
    with matplotlib.rc_context(STYLE):
        match path.suffix.lower():
            case ".pdf":
                _write_pdf(sheets, path, dpi, title)
            case ".svg":
                whole_page(sheets[-1]).savefig(path, metadata=_about_svg(sheets[-1]))
            case _:
                info = about_png(sheets[-1])
                sized(sheets[-1], dpi, size).save(path, "png", pnginfo=info, dpi=(dpi, dpi))


def _write_pdf(sheets: Sequence[Sheet], path: Path, dpi: int, title: str) -> None:
    about = {
        "Title": lettering.plain(title or sheets[-1].title), "Creator": "dlviz",
        "Subject": lettering.plain(sheets[-1].caption),
        "Keywords": " ".join(mark(sheet.request) for sheet in sheets if sheet.request),
    }  # fmt: skip
    content = io.BytesIO()  # on a full disk matplotlib would leave its file open
    with PdfPages(content, metadata=about) as pages:
        if title:
            pages.savefig(page(Sheet(title, "", ())), dpi=dpi)
        for sheet in (part for whole in sheets for part in paged(whole, room_on_page)):
            pages.savefig(page(sheet) if title else page(sheet, paper_height(sheet)), dpi=dpi)
    path.write_bytes(content.getbuffer())


def _about_svg(sheet: Sheet) -> dict[str, str | None]:
    about = {"Title": sheet.title, "Description": sheet.caption}
    found: dict[str, str | None] = {name: lettering.plain(text) for name, text in about.items() if text}
    return found | ({"Identifier": mark(sheet.request)} if sheet.request else {}) | {"Date": None, "Creator": "dlviz"}


def about_png(sheet: Sheet) -> PngInfo:
    """What a .png says of itself, as text: title, caption, and the request that makes it again."""
    about = {
        "Title": lettering.plain(sheet.title), "Description": lettering.plain(sheet.caption), "Software": "dlviz",
        "Request": mark(sheet.request) if sheet.request else "",
    }  # fmt: skip
    found = PngInfo()
    for name, text in about.items():
        if text:
            found.add_text(name, text)
    return found


def whole_page(sheet: Sheet) -> Figure:
    """The sheet on one page, which is higher than a slide where what one came for, or is asked about, is then large."""
    room = room_on_page(replace(sheet, explanation="", source="", note=""))
    first, rest = asked_about(sheet.panels, room) if sheet.question else came_for(sheet.panels, room)
    shown = replace(sheet, panels=first)
    return page(shown, paper_height(shown), below=rest)


def sized(sheet: Sheet, dpi: int, size: Size | None = None) -> Pillow.Image:
    """The sheet as pixels: `dpi` an inch, or `size` pixels (width, height) whatever it holds, RGB."""
    if size is None:
        return rendered(whole_page(sheet), dpi)
    width, height = size
    across = best_width(sheet, size)
    figure = page(sheet, across * height / width, width=across)
    scale = min(1.0, across * height / width / figure.get_figheight())
    picture = rendered(figure, width / across * scale)
    canvas = Pillow.new("RGB", size, "white")
    canvas.paste(picture, ((width - picture.width) // 2, 0))
    return canvas
