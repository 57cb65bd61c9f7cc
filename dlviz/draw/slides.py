"""PowerPoint: a slide for each sheet, its title and sentence as words that can be edited, its panels as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from pptx import Presentation
from pptx.util import Inches, Pt

from dlviz.draw import words
from dlviz.draw.page import HEADER, HEIGHT, MARGIN, WIDTH, page, paged
from dlviz.draw.paper import STYLE
from dlviz.sheet import Sheet

QUESTION = 0.5
"""Inches at the foot of a slide for the question that it asks."""
BLANK = 6
"""The empty layout of the default template."""


def write(sheets: Sequence[Sheet], path: Path, dpi: int) -> None:
    """All sheets as slides of 16:9."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    for sheet in (part for whole in sheets for part in paged(whole, header=False)):
        slide = deck.slides.add_slide(deck.slide_layouts[BLANK])
        _say(slide, sheet.title, 0.18, 0.7, 26, bold=True)
        _say(slide, sheet.says, 0.78, 0.65, 18)
        if sheet.question:
            _say(slide, sheet.question, HEIGHT - QUESTION, 0.4, 18, bold=True)
            slide.notes_slide.notes_text_frame.text = words.plain(f"{sheet.question}\n{sheet.answer}")
        file = io.BytesIO()
        with matplotlib.rc_context(STYLE):
            figure = page(sheet, header=False)
            figure.savefig(file, format="png", dpi=max(dpi, 150))
        width, height = figure.get_size_inches()
        scale = min(1.0, (HEIGHT - HEADER - (QUESTION if sheet.question else 0)) / height)
        picture = slide.shapes.add_picture(
            file, Inches(0), Inches(HEADER), Inches(width * scale), Inches(height * scale)
        )
        picture._element.nvPicPr.cNvPr.set("descr", words.plain(sheet.says))
    deck.save(path)


def _say(slide: Any, text: str, top: float, height: float, size: float, bold: bool = False) -> None:
    box = slide.shapes.add_textbox(Inches(MARGIN - 0.1), Inches(top), Inches(WIDTH - 2 * MARGIN + 0.2), Inches(height))
    box.text_frame.word_wrap = True
    run = box.text_frame.paragraphs[0].add_run()
    run.text = words.plain(text)
    run.font.size, run.font.bold = Pt(size), bold
