"""A widget for each kind of panel, and a sheet's panels laid out together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QApplication, QFrame, QScrollArea, QVBoxLayout, QWidget

from dlviz.diagram import Diagram
from dlviz.layout import Rect, arrange, main_panels
from dlviz.pages import ENOUGH, capacity, fullest, page_of, parts, step_of
from dlviz.panel_registry import import_by_name, panel_kind
from dlviz.sheet import Matrix, Panel, Sheet, Tiles, Wish
from dlviz_gui.diagram_view import DiagramView
from dlviz_gui.labels import ElidedLabel
from dlviz_gui.mosaic import Mosaic
from dlviz_gui.mosaic_layout import LEAST_GAP
from dlviz_gui.pager import Pager
from dlviz_gui.touch import Touch

GAP = 8
"""Pixels between panels, and between tiles."""
BETWEEN = 2
"""Pixels between a title and its panel."""
LEAST_TILE = 40
"""Pixels of the shorter side of a tile: smaller ones are put on pages."""
TRIED = 8
"""So many heights, up to the double, are tried for pictures that are small beside other panels."""
MOST_GROWTH = 6
"""The maximum height of a scrolled sheet, in multiples of its room."""
CAPTIONED, SMALL = 3, 0.75
"""How many captions fit side by side, in type of that size."""
ROW_OF_TILES = 11
"""Lines of text that a single row of tiles is high, with what is written over and under it."""
PAGER = 30
"""Pixels that the buttons to turn pages are high."""


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
        self.wanted = panel
        """What is to be shown, of which a page may stand here."""
        self._shown: Panel | None = None
        self._title = ElidedLabel("heading", self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(BETWEEN)
        layout.addWidget(self._title)
        layout.addWidget(self.body, 1)

    def wish(self, line: float) -> Wish:
        """What its panel wishes for, and no less than its widget needs."""
        least, wish = self.minimumSizeHint(), _legible(self.wanted)
        width = max(wish.width, least.width() / line, self._captions_wide(line))
        height = max(wish.height, least.height() / line)
        return replace(
            wish,
            width=width,
            height=height,
            most_width=max(wish.most_width, width),
            most_height=max(wish.most_height, height),
        )

    def _captions_wide(self, line: float) -> float:
        """The width, in lines, of a few captions side by side in the smallest type that they are written in."""
        panel = self.wanted
        if not isinstance(panel, Tiles) or panel.columns or len(panel.images) < CAPTIONED:
            return 0.0
        longest = max(map(self.fontMetrics().horizontalAdvance, panel.captions), default=0)
        return CAPTIONED * min(SMALL * longest / line + 0.6, 6.0)

    def covered(self, panel: Tiles, rect: Rect) -> float:
        """What the tiles of a panel would cover of a rectangle without the title, as a share."""
        self._title.ensurePolished()
        height = rect.height - (self._title.fontMetrics().height() + BETWEEN if panel.title else 0)
        return self.body.grid_in(panel, height, rect.width).pictures / max(rect.width * height, 1.0)

    def fits(self, rect: Rect) -> bool:
        """Whether it can stand in a rectangle."""
        least = self.minimumSizeHint()
        return rect.width >= least.width() - 1 and rect.height >= least.height() - 1

    def show_panel(self, panel: Panel) -> None:
        """Show another panel of the same kind; the one that is shown already stays as it is."""
        if panel is self._shown:
            return
        self._shown = panel
        self._title.set_words(panel.title)
        self._title.setVisible(bool(panel.title))
        if self._touch:
            self._touch.set_panel(panel)
        self.body.set_panel(panel)


class SheetView(QScrollArea):
    """The panels of a sheet where `dlviz.layout` puts them; a contact sheet with too many tiles has pages."""

    chosen = Signal(str, object)
    """What a click chooses (`Tiles.selects`), and the key, or the name of a layer."""
    picked = Signal(int)
    """The unit that a click with Ctrl held picks beside others."""
    touched = Signal(str, object)
    """The option that a hand on a panel sets, and its value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.NoFrame)
        self._content = QWidget()
        self.setWidget(self._content)
        for widget in (self._content, self.viewport()):
            widget.setAutoFillBackground(False)
        self.sheet: Sheet | None = None
        self.frames: list[PanelFrame] = []
        self.first_page = 0
        """The page of a contact sheet that another sheet starts with."""
        self.pager = Pager(self)
        self.pager.turned.connect(self._place)
        self.pager.hide()
        self._spare: list[PanelFrame] = []
        self._shape: tuple[Any, ...] = ()
        self._selected: tuple[int, str] = (-1, "")
        self._picked: frozenset[int] = frozenset()

    @property
    def main(self) -> PanelFrame | None:
        """The frame of the main panel."""
        return self.frames[main_panels(self.sheet.panels)[0]] if self.sheet and self.frames else None

    def set_sheet(self, sheet: Sheet) -> None:
        """Show another sheet, in the same widgets where its panels are of the same kinds."""
        if self.sheet is None or sheet.title != self.sheet.title:
            self.pager.page = self.first_page
        self.sheet = sheet
        shape = tuple(type(panel) for panel in sheet.panels)
        if shape != self._shape:
            self._shape = shape
            self._build(sheet)
        for frame, panel in zip(self.frames, sheet.panels, strict=True):
            frame.wanted = panel
        self._place()

    def set_selected(self, unit: int, layer: str) -> None:
        """Mark the chosen unit and layer wherever they are shown."""
        self._selected = (unit, layer)
        for frame in self.frames:
            if isinstance(frame.body, Mosaic):
                by_unit = isinstance(frame.body.panel, Tiles) and frame.body.panel.selects == "unit"
                frame.body.set_selected(unit if by_unit else -1, self._picked if by_unit else frozenset())
            elif isinstance(frame.body, DiagramView):
                frame.body.set_selected(layer)

    def set_picked(self, units: Iterable[int]) -> None:
        """Mark units that are picked beside the chosen one."""
        self._picked = frozenset(units)
        self.set_selected(*self._selected)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._place()

    def keyPressEvent(self, event) -> None:
        by = {Qt.Key_PageUp: -1, Qt.Key_PageDown: 1}.get(event.key(), 0)
        if not (by and self.pager.turn(by)):
            super().keyPressEvent(event)

    def _place(self) -> None:
        """Lay the panels out in the room that there is now."""
        if self.sheet is None or not self.frames:
            return
        line = self.fontMetrics().height()
        panels = self.sheet.panels
        at = main_panels(panels)[0]
        rects = self._arranged(panels, 0, line)
        main = panels[at]
        if isinstance(main, Tiles):
            each = self._on_a_page(main, rects[at], line)
            if each < len(main.images):
                rects = self._arranged(panels, PAGER, line)
                each = self._on_a_page(main, rects[at], line)
            rects, each = self._grown(main, rects, each, line)
            start, stop = self.pager.set_pages(main, each)
            main = page_of(main, start, stop, each) if each < len(main.images) else main
        else:
            self.pager.clear()
        for i, (frame, rect) in enumerate(zip(self.frames, rects, strict=True)):
            frame.setGeometry(round(rect.left), round(rect.top), round(rect.width), round(rect.height))
            frame.show_panel(main if i == at else frame.wanted)
        below = PAGER if self.pager.isVisibleTo(self) else 0
        height = round(max(rect.top + rect.height for rect in rects))
        self._content.resize(self.width() - (self._bar() if height > self.height() - below else 0), height)
        self.setViewportMargins(0, 0, 0, below)
        self.pager.setGeometry(0, self.height() - PAGER, self.width(), PAGER)
        self.set_selected(*self._selected)

    def _on_a_page(self, main: Tiles, rect: Rect, line: float) -> int:
        """How many tiles of the main panel stand in a rectangle."""
        frame, step = self.frames[main_panels(self.sheet.panels)[0]], step_of(main)  # type: ignore[union-attr]
        most = capacity(main, rect.width, rect.height, LEAST_TILE, line, LEAST_GAP)
        return step * fullest(
            parts(main), max(most // step, 1), lambda n: frame.covered(page_of(main, 0, n * step), rect)
        )

    def _grown(self, main: Tiles, rects: list[Rect], each: int, line: float) -> tuple[list[Rect], int]:
        """The panels in a room that is higher, to be scrolled, and the tiles on a page, where the tiles would be small
        otherwise; what is needed with them, as the given picture, stays beside them."""
        panels = self.sheet.panels  # type: ignore[union-attr]
        at = main_panels(panels)[0]
        small = self.frames[at].covered(page_of(main, 0, each), rects[at]) < ENOUGH
        if not small or len(panels) == 1 or any(panel.role == "beside" for panel in panels):
            return rects, each
        below = PAGER if each < len(main.images) else 0
        for number in range(1, TRIED + 1):
            height = (self.height() - below) * (1 + number / TRIED)
            wishes = [frame.wish(line) for frame in self.frames]
            higher = arrange(panels, self.width() - self._bar(), height, line, GAP, wishes)
            found = self._on_a_page(main, higher[at], line)
            if self.frames[at].covered(page_of(main, 0, found), higher[at]) >= ENOUGH and self._is_seen(higher[at]):
                return higher, found
        return rects, each

    def _is_seen(self, rect: Rect) -> bool:
        """Whether a rectangle is in view before anything is scrolled."""
        return rect.top + rect.height <= self.height() - PAGER

    def _arranged(self, panels: Sequence[Panel], below: int, line: float) -> list[Rect]:
        """The panels in the room there is, or in a higher one, to be scrolled, where they need more."""
        width, height = self.width(), max(1, self.height() - below)
        most = MOST_GROWTH * height
        wishes = [frame.wish(line) for frame in self.frames]
        while True:
            rects = arrange(panels, width, height, line, GAP, wishes)
            if height > most or all(frame.fits(rect) for frame, rect in zip(self.frames, rects, strict=True)):
                break
            height += 3 * line
            width = self.width() - self._bar()
        return rects

    def _bar(self) -> int:
        """Pixels across of the scroll bar beside what is higher than the room."""
        return self.verticalScrollBar().sizeHint().width()

    def _build(self, sheet: Sheet) -> None:
        for frame in self.frames:
            frame.hide()
            self._spare.append(frame)
        self.frames = [self._frame(panel) for panel in sheet.panels]
        for frame in self.frames:
            frame.show()

    def _frame(self, panel: Panel) -> PanelFrame:
        """A frame for a panel, one that served before where there is one."""
        frame = next((frame for frame in self._spare if frame.kind is type(panel)), None)
        if frame is not None:
            self._spare.remove(frame)
            return frame
        frame = PanelFrame(panel, self._content)
        frame.touched.connect(self.touched)
        if hasattr(frame.body, "chosen"):
            frame.body.chosen.connect(self._on_chosen)
        return frame

    def _on_chosen(self, what: str, key: int = -1) -> None:
        graph = next((p for p in self.sheet.panels if isinstance(p, Diagram)), None) if self.sheet else None
        if what == "unit" and key >= 0 and QApplication.keyboardModifiers() & Qt.ControlModifier:
            self.picked.emit(key)
        elif key >= 0:
            self.chosen.emit(what, key)
        elif graph and graph.selects:
            self.chosen.emit(graph.selects, what)


def _legible(panel: Panel) -> Wish:
    """What a panel wishes for, in the type of a window: whole numbers in narrow cells, a single row of tiles large."""
    wish = panel.wish
    if isinstance(panel, Matrix) and not panel.decimals:
        return replace(wish, width=min(wish.width, 3.2 + 1.4 * panel.values.shape[1]))
    if isinstance(panel, Tiles) and panel.columns == len(panel.images) and panel.role == "main":
        return replace(wish, height=ROW_OF_TILES)
    return wish
