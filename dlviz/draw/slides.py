"""PowerPoint: slides with a title, a sentence and notes that can be edited, panels as a picture and as charts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib
from pptx.dml.color import RGBColor
from pptx.util import Emu, Inches, Pt

from dlviz.draw import lettering
from dlviz.draw.canvas import INK
from dlviz.draw.page import Placed, drawn, has_room_for_words, placed_panels
from dlviz.draw.paging import paged
from dlviz.draw.paper import STYLE, rendered
from dlviz.draw.slide_charts import add_chart, is_native
from dlviz.draw.slide_template import HEIGHT, MARGIN, SENTENCE_KEY, TITLE_HEIGHT, TITLE_PAGE, WIDTH, new_deck
from dlviz.grammar import sentences
from dlviz.marks import mark
from dlviz.sheet import Curves, Sheet
from dlviz.style import LARGE, SENTENCE, TITLE, WORDS

TOP = 0.25
"""Inches over the title."""
MOST_LINES = 3
"""Lines that the sentence takes, what it asks aside; sentences that would need more are in the notes alone."""
NARROWER = 0.88
"""How much narrower the slide's font is, at least, than the one that is measured."""
SPACING = 1.2
"""The height of a line, in font sizes."""
LEAST_DPI = 200


def write(sheets: Sequence[Sheet], path: Path, dpi: int, title: str = "") -> None:
    """All sheets as slides of 16:9, each on as many as show everything, after a slide with the title of a deck."""
    deck, layout = new_deck()
    _describe(deck, title or (sheets[0].title if sheets else ""))
    if title:
        _add_title(deck, title)
    for number, sheet in enumerate((part for whole in sheets for part in paged(whole, _room)), 1):
        title, lines = _title(sheet, number), _sentence(sheet)
        slide = deck.slides.add_slide(layout)
        heading, sentence = slide.shapes.title, slide.placeholders[SENTENCE_KEY]
        heading.text_frame.text = title
        _set(heading, TOP, _title_height(title))
        _write_sentence(sentence, lines, sheet.question)
        top = _head(sheet)
        _set(sentence, TOP + _title_height(title), top - TOP - _title_height(title))
        if notes := _notes(sheet):
            slide.notes_slide.notes_text_frame.text = notes
        _add_panels(slide, sheet, top, dpi)
    deck.save(path)


def _add_title(deck: Any, title: str) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_PAGE])
    slide.shapes.title.text_frame.text = _line(title)
    subtitle = slide.placeholders[1]._element
    subtitle.getparent().remove(subtitle)


def _describe(deck: Any, title: str) -> None:
    about = deck.core_properties
    about.title, about.author, about.last_modified_by, about.language = _line(title) or "dlviz", "dlviz", "dlviz", "en"
    about.created = about.modified = datetime.now(UTC).replace(tzinfo=None)


def _line(text: str) -> str:
    """The text in one line, with nothing in it that does not print."""
    return " ".join(lettering.plain(text).split())


def _title(sheet: Sheet, number: int) -> str:
    return _line(sheet.title) or f"Slide {number}"


def _title_height(title: str) -> float:
    return TITLE_HEIGHT * len(lettering.wrap(title, TITLE, _across(), bold=True))


def _across() -> float:
    return (WIDTH - 2 * MARGIN) / NARROWER


def _sentence(sheet: Sheet) -> tuple[str, float]:
    """What is said on the slide, and its size: whole sentences as long as they stand in `MOST_LINES`."""
    said = sentences(_line(sheet.summary))
    larger = [(LARGE, MOST_LINES)] if has_room_for_words(sheet) else []
    for count in range(len(said), 0, -1):
        text = " ".join(said[:count])
        for size, most in (*larger, (SENTENCE, 2), (WORDS, MOST_LINES)):
            if len(lettering.wrap(text, size, _across())) <= most or (count == 1 and size == WORDS):
                return text, size
    return "", SENTENCE


def _head(sheet: Sheet) -> float:
    """Inches from the top of the slide to its picture."""
    text, size = _sentence(sheet)
    lines = len(lettering.wrap(text, size, _across())) * size if text else 0
    asked = (
        len(lettering.wrap(_line(sheet.question), SENTENCE, _across(), bold=True)) * SENTENCE if sheet.question else 0
    )
    return TOP + _title_height(_title(sheet, 1)) + (lines + asked) * SPACING / 72 + 0.05


def _room(sheet: Sheet) -> float:
    """Inches that a slide leaves for the panels of a sheet."""
    return HEIGHT - _head(sheet) - MARGIN


def _set(shape: Any, top: float, height: float) -> None:
    shape.left, shape.width = Inches(MARGIN), Inches(WIDTH - 2 * MARGIN)
    shape.top, shape.height = Inches(top), Inches(height)


def _write_sentence(shape: Any, said: tuple[str, float], question: str) -> None:
    frame = shape.text_frame
    frame.text, size = said
    if size != SENTENCE:
        for run in frame.paragraphs[0].runs:
            run.font.size = Pt(size)
            if size == LARGE:
                run.font.color.rgb = RGBColor.from_string(INK[1:])
    if question:
        run = frame.add_paragraph().add_run()
        run.text, run.font.bold = _line(question), True


def _notes(sheet: Sheet) -> str:
    """What the speaker sees: everything that is said, explained, asked and answered."""
    said = (
        sheet.spoken, sheet.summary, sheet.explanation, sheet.question, sheet.answer, sheet.note, sheet.source,
        sheet.caption,
    )  # fmt: skip
    made_by = sheet.request if sheet.request == _line(sheet.request) else mark(sheet.request)
    return "\n".join([*(_line(text) for text in said if text), made_by]).rstrip()


def _add_panels(slide: Any, sheet: Sheet, top: float, dpi: int) -> None:
    """The panels over the rest of the slide; smaller only where they cannot be cut into pages."""
    if not sheet.panels:
        return
    room = HEIGHT - top
    places = placed_panels(sheet.panels, room)
    height = max(room, max(place.top + place.block.height for place in places) + MARGIN / 2)
    scale = min(1.0, room / height)
    left = WIDTH * (1 - scale) / 2
    boxes = [_box(place, scale) for place in places]
    native = [is_native(place.panel, *size) for place, size in zip(places, boxes, strict=True)]
    if not all(native):
        file = io.BytesIO()
        pictured = [place for place, is_chart in zip(places, native, strict=True) if not is_chart]
        with matplotlib.rc_context(STYLE):
            rendered(drawn(pictured, height), max(dpi, LEAST_DPI)).save(file, "png")
        across = Emu(int(Inches(WIDTH * scale)))
        picture = slide.shapes.add_picture(file, Inches(left), Inches(top), across, Inches(height * scale))
        picture.name = "Picture"
        picture._element.nvPicPr.cNvPr.set("descr", _alternative(sheet))
    for place, size, is_chart in zip(places, boxes, native, strict=True):
        if is_chart:
            corner = left + (place.room.left + MARGIN) * scale, top + place.top * scale
            add_chart(slide, place.panel, *corner, *size)  # type: ignore[arg-type]


def _box(place: Placed, scale: float) -> tuple[float, float]:
    """Width and height that a panel has as a chart, in inches: curves fill their room, bars stand close."""
    height = place.room.height if isinstance(place.panel, Curves) else place.block.height
    return place.room.width * scale, max(height, place.block.height) * scale


def _alternative(sheet: Sheet) -> str:
    """What the picture shows, for those who do not see it."""
    titles = ", ".join(_line(panel.title) for panel in sheet.panels if panel.title)
    return f"{_line(sheet.summary)} {titles}".strip() or _line(sheet.title) or "A picture"
