"""PNG, SVG and PDF; letters stay letters in the last two."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from PIL import Image as Pillow

from dlviz.draw import lettering
from dlviz.draw.page import page, room_on_page
from dlviz.draw.paging import paged
from dlviz.sheet import Sheet

STYLE = {"svg.fonttype": "none", "svg.hashsalt": "dlviz", "pdf.fonttype": 42, "font.family": lettering.FAMILY}


def rendered(figure: Figure, dpi: int) -> Pillow.Image:
    """The figure as pixels, RGB."""
    with matplotlib.rc_context(STYLE):
        figure.set_dpi(dpi)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return Pillow.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def write(sheets: Sequence[Sheet], path: Path, dpi: int) -> None:
    """All sheets as pages of a PDF, or the last one as a picture."""
    with matplotlib.rc_context(STYLE):
        if path.suffix.lower() == ".pdf":
            whole = io.BytesIO()  # on a full disk matplotlib would leave its file open
            with PdfPages(whole, metadata={"Title": lettering.plain(sheets[-1].title), "Creator": "dlviz"}) as pages:
                for sheet in (part for whole in sheets for part in paged(whole, room_on_page(whole))):
                    pages.savefig(page(sheet), dpi=dpi)
            path.write_bytes(whole.getbuffer())
        else:
            title = {"Title": lettering.plain(sheets[-1].title)}
            metadata = title | ({"Date": None, "Creator": "dlviz"} if path.suffix.lower() == ".svg" else {})
            page(sheets[-1]).savefig(path, dpi=dpi, metadata=metadata)
