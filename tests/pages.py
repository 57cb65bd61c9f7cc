"""Pages as they are drawn on slides: their words, their pictures, and whether they are tidy."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from dlviz.draw.page import panels_page
from dlviz.draw.paging import paged
from dlviz.draw.slide_template import HEIGHT, WIDTH
from dlviz.draw.slides import _head, _room
from dlviz.sheet import Sheet

LEGIBLE = 18


Drawn = tuple[Sheet, Figure]
"""A page and the figure of its panels."""


def drawn(sheet: Sheet) -> list[Drawn]:
    """The pages of a sheet, each drawn once."""
    found = [(page, panels_page(page.panels, HEIGHT - _head(page))) for page in paged(sheet, _room)]
    for _, figure in found:
        figure.draw_without_rendering()
    return found


def texts_of(figure: Figure) -> list:
    """All that is written, without the labels that matplotlib keeps outside the limits of an axis."""
    found = list(figure.axes[0].texts)
    for axes in figure.axes[1:]:
        found += [*axes.texts, axes.xaxis.label, axes.yaxis.label]
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
            found += [label for place, label in ticks if min(limits) <= place <= max(limits)]
    return [text for text in found if text.get_text().strip()]


def pictures_of(figure: Figure) -> list[Bbox]:
    """Pictures without the white gaps between them, and the frames of plots, in inches from the top left."""
    boxes = []
    for image in figure.axes[0].images:
        left, right, bottom, top = image.get_extent()
        filled = (np.asarray(image.get_array()) < 255).any(axis=(0, 2))
        boxes.append(Bbox([[left, top], [left + (right - left) * filled.mean(), bottom]]))
    for axes in figure.axes[1:]:
        box = axes.get_position()
        width, height = figure.get_size_inches()
        boxes.append(Bbox([[box.x0 * width, (1 - box.y1) * height], [box.x1 * width, (1 - box.y0) * height]]))
    return boxes


def assert_tidy(pages: Iterable[Drawn]) -> None:
    for page, figure in pages:
        assert figure.get_figheight() <= HEIGHT - _head(page) + 0.06, page.title
        texts = texts_of(figure)
        assert min((text.get_fontsize() for text in texts), default=LEGIBLE) >= LEGIBLE
        assert not [t.get_text() for t in texts if "…" in t.get_text()], page.title
        boxes = [text.get_window_extent() for text in texts]
        for box, text in zip(boxes, texts, strict=True):
            assert min(box.x0, WIDTH * figure.dpi - box.x1) >= -1, text
            assert min(box.y0, figure.bbox.height - box.y1) >= -3, text
        for i, a in enumerate(boxes):
            for other, b in enumerate(boxes[i + 1 :], i + 1):
                if texts[i].get_rotation() == 45 or texts[other].get_rotation() == 45:
                    continue  # the boxes round slanted words overlap where the words do not
                across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
                assert across <= 2 or down <= 5, (page.title, texts[i].get_text(), texts[other].get_text())
