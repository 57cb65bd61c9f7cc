"""The panels of a sheet laid out together, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from dlviz.sheet import Diagram, Panel, Sheet, Tiles
from dlviz_gui.panels.diagram_view import DiagramView
from dlviz_gui.panels.mosaic import Mosaic
from dlviz_gui.panels.pager import Pager
from dlviz_gui.panels.panel_frame import PanelFrame
from dlviz_gui.panels.sheet_pages import PAGER, Room, SheetPages, paged, presented


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
        self.mains: list[PanelFrame] = []
        """The frames of the main panels that are on the page."""
        self.first_page = 0
        """The page of a contact sheet that another sheet starts with."""
        self.pager = Pager(self)
        self.pager.turned.connect(self._place)
        self.pager.hide()
        self._pages: list[SheetPages] = []
        self._room: Room | None = None
        self._paged: Sheet | None = None
        self._presented = False
        self._spare: list[PanelFrame] = []
        self._shape: tuple[Any, ...] = ()
        self._selected: tuple[int, str] = (-1, "")
        self._picked: frozenset[int] = frozenset()

    def set_sheet(self, sheet: Sheet) -> None:
        """Show another sheet, in the same widgets where its panels are of the same kinds."""
        if self.sheet is None or sheet.title != self.sheet.title:
            self.pager.page = self.first_page
        self.sheet = sheet
        shape = tuple(type(panel) for panel in sheet.panels)
        if shape != self._shape:
            self._shape = shape
            self._build(sheet)
        self._place()

    def set_presented(self, on: bool) -> None:
        """Put what would make the main pictures small on pages after them, or everything together again."""
        self._presented, self._room = on, None
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
        """Lay the panels of the page out in the room that there is now."""
        if self.sheet is None or not self.frames:
            return
        room = Room(self.width(), self.height(), self.fontMetrics().height(), self._bar())
        if self._room != room or self._paged is not self.sheet:
            self._room, self._paged = room, self.sheet
            self._pages = (presented if self._presented else paged)(SheetPages(self.sheet.panels, self.frames, room))
        cut = [(some, *ends) for some in self._pages for ends in some.cuts]
        names = [some.name(*ends) or f"{number} of {len(cut)}" for number, (some, *ends) in enumerate(cut, 1)]
        some, start, stop = cut[self.pager.set_pages(names)]
        each, rects = some.best
        page = some.page(start, stop, each)
        self.mains = [some.frames[i] for i in some.mains if i in page]
        for i, rect in some.places(page, rects).items():
            some.frames[i].setGeometry(round(rect.left), round(rect.top), round(rect.width), round(rect.height))
            some.frames[i].show_panel(page[i])
        shown = [some.frames[i] for i in page]
        for frame in self.frames:
            frame.setVisible(frame in shown)
        below = PAGER if self.pager.isVisibleTo(self) else 0
        height = round(max(rect.top + rect.height for rect in rects.values()))
        self._content.resize(self.width() - (self._bar() if height > self.height() - below else 0), height)
        self.setViewportMargins(0, 0, 0, below)
        self.pager.setGeometry(0, self.height() - PAGER, self.width(), PAGER)
        self.set_selected(*self._selected)

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
        if isinstance(frame.body, Mosaic):
            frame.body.place_chosen.connect(lambda place: self.chosen.emit("place", place))
        if hasattr(frame.body, "weights_chosen"):
            frame.body.weights_chosen.connect(lambda weights: self.chosen.emit("weights", weights))
        return frame

    def _on_chosen(self, what: str, key: int = -1) -> None:
        graph = next((p for p in self.sheet.panels if isinstance(p, Diagram)), None) if self.sheet else None
        if what == "unit" and key >= 0 and QApplication.keyboardModifiers() & Qt.ControlModifier:
            self.picked.emit(key)
        elif key >= 0:
            self.chosen.emit(what, key)
        elif graph and graph.selects:
            self.chosen.emit(graph.selects, what)
