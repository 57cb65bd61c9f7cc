"""A widget for each kind of panel, and a sheet's panels laid out together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from dlviz.kinds import kind_of, named
from dlviz.sheet import Curves, Formula, Graph, Image, Matrix, Panel, Sheet, Tiles
from dlviz_gui.graph_view import GraphView
from dlviz_gui.mosaic import Mosaic
from dlviz_gui.touch import Touch
from dlviz_gui.words import ElidedLabel

MAIN, MATRIX, WIDE, NARROW = 780, 520, 260, 200
"""Pixels across of the main panel, of a matrix beside it, of others with much in them, and of pictures and words, or in
proportion."""
ROLE_MAIN, ROLE_BESIDE, ROLE_BESIDE_ONE = 400, 430, 300
"""In proportion: each of the panels that say that they are the main ones, and the column beside them or beside one."""
SIDE, HEADING = 310, 24
"""Pixels across of panels that stand upright, and high of a title."""


class PanelFrame(QWidget):
    """A panel under its title."""

    touched = Signal(str, object)
    """The option that a hand on it sets, and its value."""

    def __init__(self, panel: Panel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = type(panel)
        self.body = named(kind_of(panel).window)(self)
        self._touch = Touch(self.body) if hasattr(self.body, "place_at") else None
        for teller in (self._touch, self.body):
            if teller is not None and hasattr(teller, "touched"):
                teller.touched.connect(self.touched)
        self._title = ElidedLabel("heading", self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._title)
        layout.addWidget(self.body, 1)
        self.set_panel(panel)

    def set_panel(self, panel: Panel) -> None:
        """Show another panel of the same kind."""
        self._title.set_words(panel.title)
        self._title.setVisible(bool(panel.title))
        if self._touch:
            self._touch.set_panel(panel)
        self.body.set_panel(panel)


class SheetView(QWidget):
    """The panels of a sheet: the main one large, what stands before and after it in columns beside it.

    With `upright`, all of them from top to bottom.
    """

    chosen = Signal(str, object)
    """What a click chooses (`Tiles.selects`), and the key, or the name of a layer."""
    touched = Signal(str, object)
    """The option that a hand on a panel sets, and its value."""

    def __init__(self, parent: QWidget | None = None, *, upright: bool = False) -> None:
        super().__init__(parent)
        self.sheet: Sheet | None = None
        self.frames: list[PanelFrame] = []
        self._spare: list[PanelFrame] = []
        self._upright = upright
        self._shape: tuple[Any, ...] = ()
        self._selected: tuple[int, str] = (-1, "")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._arranged: QWidget | None = None

    @property
    def main(self) -> PanelFrame | None:
        """The frame of the main panel."""
        return self.frames[main_panel(self.sheet)] if self.sheet and self.frames else None

    def set_sheet(self, sheet: Sheet) -> None:
        """Show another sheet, in the same widgets where its panels are of the same kinds."""
        self.sheet = sheet
        shape = (main_panel(sheet), *((type(panel), panel.role) for panel in sheet.panels))
        if shape == self._shape:
            for frame, panel in zip(self.frames, sheet.panels, strict=True):
                frame.set_panel(panel)
        else:
            self._shape = shape
            self._build(sheet)
        self.set_selected(*self._selected)

    def set_selected(self, unit: int, layer: str) -> None:
        """Mark the chosen unit and layer wherever they are shown."""
        self._selected = (unit, layer)
        for frame in self.frames:
            if isinstance(frame.body, Mosaic):
                by_unit = isinstance(frame.body.panel, Tiles) and frame.body.panel.selects == "unit"
                frame.body.set_selected(unit if by_unit else -1)
            elif isinstance(frame.body, GraphView):
                frame.body.set_selected(layer)

    def _build(self, sheet: Sheet) -> None:
        for frame in self.frames:
            frame.setParent(self)
            frame.hide()
            self._spare.append(frame)
        if self._arranged is not None and self._arranged not in self.frames:
            self._arranged.hide()
            self._arranged.deleteLater()
        self.frames = [self._frame(panel) for panel in sheet.panels]
        by_role = any(panel.role for panel in sheet.panels) and not self._upright
        arrange = self._by_role if by_role else self._upright_column if self._upright else self._beside
        self._arranged = arrange(sheet)
        self._layout.addWidget(self._arranged)
        for frame in self.frames:
            frame.show()

    def _frame(self, panel: Panel) -> PanelFrame:
        """A frame for a panel, one that served before where there is one."""
        frame = next((frame for frame in self._spare if frame.kind is type(panel)), None)
        if frame is not None:
            self._spare.remove(frame)
            frame.set_panel(panel)
            return frame
        frame = PanelFrame(panel)
        frame.touched.connect(self.touched)
        if isinstance(frame.body, Mosaic | GraphView):
            frame.body.chosen.connect(self._on_chosen)
        return frame

    def _on_chosen(self, what: str, key: int = -1) -> None:
        graph = next((p for p in self.sheet.panels if isinstance(p, Graph)), None) if self.sheet else None
        if key >= 0:
            self.chosen.emit(what, key)
        elif graph and graph.selects:
            self.chosen.emit(graph.selects, what)

    def _beside(self, sheet: Sheet) -> QWidget:
        at = main_panel(sheet)
        parts = [self.frames[:at], self.frames[at : at + 1], self.frames[at + 1 :]]
        splitter = QSplitter(Qt.Horizontal)
        splitter.setChildrenCollapsible(False)
        for i, part in enumerate(parts):
            if part:
                splitter.addWidget(self._column(part))
                splitter.setStretchFactor(splitter.count() - 1, MAIN if i == 1 else _width(part))
        splitter.setSizes([MAIN if i == 1 else _width(part) for i, part in enumerate(parts) if part])
        return splitter

    def _by_role(self, sheet: Sheet) -> QWidget:
        """The main panels side by side, a column beside them, the legend below."""
        roles = [panel.role or "main" for panel in sheet.panels]
        parts = {r: [f for f, role in zip(self.frames, roles, strict=True) if role == r] for r in set(roles)}
        splitter = QSplitter(Qt.Horizontal)
        splitter.setChildrenCollapsible(False)
        for frame in parts.get("main", []):
            splitter.addWidget(frame)
        if "beside" in parts:
            splitter.addWidget(_in_column(parts["beside"]))
        main = len(parts.get("main", []))
        splitter.setSizes([ROLE_MAIN] * main + [ROLE_BESIDE_ONE if main == 1 else ROLE_BESIDE] * ("beside" in parts))
        return _in_column([splitter, *parts["legend"]]) if "legend" in parts else splitter

    def _upright_column(self, sheet: Sheet) -> QWidget:
        """The frames from top to bottom, as high as their pictures; a single picture beside the mosaic before it."""
        rows: list[list[int]] = []
        for i, frame in enumerate(self.frames):
            if (
                frame.kind is Image
                and rows
                and len(rows[-1]) == 1
                and isinstance(self.frames[rows[-1][0]].body, Mosaic)
            ):
                rows[-1].append(i)
            else:
                rows.append([i])
        column = self._column([_side_by_side([self.frames[i] for i in row]) for row in rows])
        if isinstance(column, QSplitter):
            heights = [max(_aspect(sheet.panels[i]) for i in row) * SIDE / len(row) for row in rows]
            column.setSizes([int(height) + HEADING for height in heights])
        return column

    @staticmethod
    def _column(frames: Sequence[QWidget]) -> QWidget:
        if len(frames) == 1:
            return frames[0]
        splitter = QSplitter(Qt.Vertical)
        splitter.setChildrenCollapsible(False)
        for frame in frames:
            splitter.addWidget(frame)
        return splitter


def _width(frames: list[PanelFrame]) -> int:
    kinds = {frame.kind for frame in frames}
    if Matrix in kinds:
        return MATRIX
    return WIDE if kinds & {Tiles, Graph, Curves} else NARROW


def _aspect(panel: Panel) -> float:
    """Height to width that a panel would like."""
    if isinstance(panel, Tiles) and panel.columns:
        n, height, width = panel.images.shape[:3]
        return -(-n // panel.columns) * height / (min(n, panel.columns) * width)
    if isinstance(panel, Image):
        return panel.pixels.shape[0] / panel.pixels.shape[1]
    return 0.7


def _in_column(widgets: Sequence[QWidget]) -> QWidget:
    """Widgets from top to bottom; those that show formulas are as high as these, the others share the rest."""
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        grows = not (isinstance(widget, PanelFrame) and widget.kind is Formula)
        layout.addWidget(widget, int(grows))
    return column


def _side_by_side(widgets: Sequence[QWidget]) -> QWidget:
    if len(widgets) == 1:
        return widgets[0]
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget, 1)
    return row


def main_panel(sheet: Sheet) -> int:
    """The position of the panel that deserves the most room."""

    def weight(i: int) -> tuple[int, int]:
        panel = sheet.panels[i]
        return kind_of(panel).weight, panel.images.shape[0] if isinstance(panel, Tiles) else 0

    return max(range(len(sheet.panels)), key=weight, default=0)


def empty(words: str) -> QLabel:
    """What stands where there is nothing to show."""
    label = QLabel(words)
    label.setTextFormat(Qt.PlainText)
    label.setObjectName("dim")
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignCenter)
    label.setMargin(16)
    return label
