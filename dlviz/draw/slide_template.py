"""The template of slides, 16:9: a layout with a title and a sentence over room for pictures, and the usual layouts."""

from __future__ import annotations

from typing import Any

from pptx import Presentation
from pptx.enum.text import MSO_ANCHOR
from pptx.opc.constants import RELATIONSHIP_TYPE as PART
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from dlviz.draw.canvas import GREY, INK
from dlviz.style import SENTENCE, TITLE

WIDTH, HEIGHT, MARGIN = 40 / 3, 7.5, 0.4
"""Inches of a slide, and of what stays free at its edges."""
TITLE_HEIGHT = 0.6
"""Inches of a title of one line."""
TITLE_PAGE = 0
"""The layout of the first slide of a deck."""
TITLE_ONLY = 5
"""The layout of python-pptx's own template that becomes ours."""
SENTENCE_KEY = 13
"""The number of the placeholder for the sentence."""


def new_deck() -> tuple[Any, Any]:
    """An empty presentation, and the layout of its slides.

    It is python-pptx's own template, whose masters and layouts are 4:3, made as wide as 16:9.
    """
    deck = Presentation()
    master, layout = deck.slide_master, deck.slide_layouts[TITLE_ONLY]
    widened = Inches(WIDTH) / deck.slide_width
    for part in (master, *deck.slide_layouts):
        for place in part._element.iter(qn("a:xfrm")):
            for corner, name in ((place.off, "x"), (place.ext, "cx")):
                corner.set(name, str(round(int(corner.get(name)) * widened)))
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    size = deck.element.find(qn("p:sldSz"))
    size.attrib.pop("type", None)  # it says 4:3
    _without(deck.part, PART.PRINTER_SETTINGS)
    _without(deck.part.package, PART.THUMBNAIL)
    layout.name = "Title, sentence and picture"
    for shape in list(layout.placeholders):
        if shape.placeholder_format.idx == 0:
            _place(shape, 0.25, TITLE_HEIGHT)
            shape.text_frame.margin_left = shape.text_frame.margin_right = shape.text_frame.margin_top = 0
            shape.text_frame.vertical_anchor = MSO_ANCHOR.TOP
            words = shape._element.txBody
            words.replace(words.find(qn("a:lstStyle")), _style(TITLE, INK, bold=True))
    layout.shapes._spTree.insert(3, _sentence())
    return deck, layout


def _without(part: Any, kind: str) -> None:
    for key, relation in list(part._rels.items()):
        if relation.reltype == kind:
            part._rels.pop(key)


def _place(shape: Any, top: float, height: float) -> None:
    shape.left, shape.top, shape.width, shape.height = (
        Inches(MARGIN), Inches(top), Inches(WIDTH - 2 * MARGIN), Inches(height)
    )  # fmt: skip


def _style(size: float, colour: str, bold: bool = False) -> Any:
    """A list style of one level: to the left, without a bullet."""
    return parse_xml(
        f'<a:lstStyle {nsdecls("a")}><a:lvl1pPr marL="0" indent="0" algn="l">'
        '<a:lnSpc><a:spcPct val="100000"/></a:lnSpc>'
        f'<a:spcBef><a:spcPts val="0"/></a:spcBef><a:buNone/><a:defRPr sz="{Pt(size).centipoints}" b="{int(bold)}">'
        f'<a:solidFill><a:srgbClr val="{colour[1:].upper()}"/></a:solidFill></a:defRPr></a:lvl1pPr></a:lstStyle>'
    )


def _sentence() -> Any:
    """The placeholder for the sentence, under the title."""
    left, top, width, height = (Inches(n) for n in (MARGIN, 0.25 + TITLE_HEIGHT, WIDTH - 2 * MARGIN, 0.7))
    shape = parse_xml(
        f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="20" name="Sentence"/><p:cNvSpPr><a:spLocks noGrp="1"/>'
        f'</p:cNvSpPr><p:nvPr><p:ph type="body" sz="quarter" idx="{SENTENCE_KEY}"/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm>'
        f'<a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm></p:spPr><p:txBody>'
        '<a:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="t"><a:noAutofit/></a:bodyPr><a:lstStyle/><a:p>'
        '<a:pPr lvl="0"/><a:r><a:rPr lang="en-GB"/><a:t>What is seen</a:t></a:r></a:p></p:txBody></p:sp>'
    )
    shape.txBody.replace(shape.txBody.find(qn("a:lstStyle")), _style(SENTENCE, GREY))
    return shape
