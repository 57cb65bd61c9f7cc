"""A panel under its title, and the room that it needs."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from dlviz import layout
from dlviz.layout import Rect
from dlviz.layout.blocks import stands_in_blocks
from dlviz.layout.pages import capacity
from dlviz.sheet import Image, Matrix, Panel, Paragraph, SizeHint, Tiles
from dlviz.sheet.panel_registry import import_by_name, panel_kind
from dlviz_gui.labels import HeadingLabel
from dlviz_gui.panels.captions import widest
from dlviz_gui.panels.mosaic_layout import LEAST_GAP
from dlviz_gui.panels.series_names import SeriesNames
from dlviz_gui.panels.touch import Touch

BETWEEN = 2
"""Pixels between a title and its panel."""
LEAST_TILE, LARGE_TILE, FINE = 40, 64, 1.5
"""Pixels of the shorter side of a tile: smaller ones are put on pages; and more, up to `LARGE_TILE`, where it shows
finer things: so many to a pixel of its own."""
LEAST_PATCH = 72
"""Pixels of the shorter side of a tile of a block, which holds what one unit responds to."""
CAPTIONED, SMALL = 3, 0.75
"""How many captions fit side by side, in type of that size."""
ROW_OF_TILES = 11
"""Lines of text that a single row of tiles is high, with what is written over and under it."""


class PanelFrame(QWidget):
    """A panel under its title."""

    touched = Signal(str, object)
    """The option that a hand on it sets, and its value."""

    def __init__(self, panel: Panel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = type(panel)
        self.body = import_by_name(panel_kind(panel).window)(self)
        self._touch = Touch(self.body) if hasattr(self.body, "place_at") else None
        for teller in (self._touch, self.body):
            if teller is not None and hasattr(teller, "touched"):
                teller.touched.connect(self.touched)
        self.panel: Panel | None = None
        """What is shown now: a panel, or a page of it."""
        self._title = HeadingLabel("heading", self)
        self._names = SeriesNames(self)
        self._names.set_names((), ())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(BETWEEN)
        layout.addWidget(self._title)
        layout.addWidget(self._names)
        layout.addWidget(self.body, 1)

    def size_hint(self, panel: Panel, line: float) -> SizeHint:
        """The size hint of its panel, or a page of it, but at least what its widget needs."""
        least, size_hint = self.minimumSizeHint(), self._legible(panel, line)
        width = max(size_hint.width, least.width() / line, self._captions_wide(panel, line))
        height = max(size_hint.height, least.height() / line)
        return replace(
            size_hint,
            width=width,
            height=height,
            most_width=max(size_hint.most_width, width),
            most_height=max(size_hint.most_height, height),
        )

    def _legible(self, panel: Panel, line: float) -> SizeHint:
        """The size hint of a panel in a window: narrow cells for whole numbers, large tiles in a single row."""
        size_hint = panel.size_hint
        if isinstance(panel, Matrix) and not panel.decimals:
            names = widest(panel.row_labels, self.font()) / line
            return replace(size_hint, width=min(size_hint.width, names + 2.6 + 1.4 * panel.values.shape[1]))
        if isinstance(panel, Tiles) and panel.columns == len(panel.images) and panel.role == "main":
            return replace(size_hint, height=ROW_OF_TILES)
        return size_hint

    def _captions_wide(self, panel: Panel, line: float) -> float:
        """The width, in half lines, of a few captions side by side in the smallest type that they are written in."""
        if not isinstance(panel, Tiles) or panel.columns or len(panel.images) < CAPTIONED:
            return 0.0
        longest = widest(panel.captions, self.font())
        return ceil(2 * CAPTIONED * min(SMALL * longest / line + 0.6, 6.0)) / 2

    def covered(self, panel: Panel, rect: Rect, line: float) -> float:
        """What the pictures of a panel would cover of a rectangle without the title, as a share."""
        height = self._under_title(panel, rect)
        if hasattr(self.body, "covered_in"):
            return float(self.body.covered_in(panel, height, rect.width) / max(rect.width * height, 1.0))
        size_hint = panel.size_hint
        has = min(1.0, rect.width / (size_hint.width * line)) * min(1.0, rect.height / (size_hint.height * line))
        return has * layout.covered(size_hint, rect, line) / max(rect.width * rect.height, 1.0)

    def is_legible(self, panel: Panel, rect: Rect, line: float) -> bool:
        """Whether what a panel shows would be large enough in a rectangle, with all that is written under it."""
        height = self._under_title(panel, rect)
        if not isinstance(panel, Tiles):
            return bool(getattr(self.body, "is_legible", lambda *_: True)(panel, height, rect.width))
        least = min(max(FINE * min(panel.images.shape[1:3]), LEAST_TILE), LARGE_TILE)
        if stands_in_blocks(panel):
            least = LEAST_PATCH
        large = capacity(panel, rect.width, rect.height, least, line, LEAST_GAP) >= len(panel.images)
        return large and self.body.has_room_for_captions(panel, height, rect.width)

    def is_cramped(self, panel: Panel, rect: Rect) -> bool:
        """Whether the cells of a table would have no room for their numbers in a rectangle."""
        height = self._under_title(panel, rect)
        return isinstance(panel, Matrix) and not self.body.has_room_for_numbers(panel, height, rect.width)

    def _under_title(self, panel: Panel, rect: Rect) -> float:
        """The height of a rectangle without the title."""
        heading = _heading(panel)
        return rect.height - (self._title.height_of(heading, rect.width, not panel.sets) + BETWEEN if heading else 0)

    def fits(self, panel: Panel, rect: Rect, line: float) -> bool:
        """Whether a panel can stand in a rectangle, words with all their lines."""
        least = self.minimumSizeHint()
        has_room = rect.width >= least.width() - 1 and rect.height >= least.height() - 1
        return has_room and (not isinstance(panel, Paragraph) or self.is_legible(panel, rect, line))

    def show_panel(self, panel: Panel) -> None:
        """Show another panel of the same kind; the one that is shown already stays as it is."""
        if panel is self.panel:
            return
        self.panel = panel
        self._title.set_heading(_heading(panel), not panel.sets)
        self._title.setVisible(bool(_heading(panel)))
        legend = panel.legend if isinstance(panel, Image) else {}
        self._names.set_names([*legend], [*legend.values()])
        if self._touch:
            self._touch.set_panel(panel)
        self.body.set_panel(panel)


def _heading(panel: Panel) -> str:
    """The title of a panel, and what a hand can do with it."""
    return ": ".join(part for part in (panel.title, panel.hint) if part)
