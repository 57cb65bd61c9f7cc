"""The texts of a data set, to choose from; fetched as they are needed."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem, QWidget

from dlviz.jobs import Thumbnails
from dlviz_gui.labels import set_tip, tooltip
from dlviz_gui.panes.typed_line import without_brackets
from dlviz_gui.tips import TipDelegate

PAGE = 48


class ExampleList(QListWidget):
    """`wanted` asks for samples start..stop-1; `chosen` tells the number of the one that was clicked."""

    wanted = Signal(int, int)
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Texts of the data set")
        set_tip(self, "Click on an example to feed it")
        self.setItemDelegate(TipDelegate(self))
        self.setFrameShape(QFrame.NoFrame)
        self.setFlow(QListWidget.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListWidget.Adjust)
        self.setSpacing(3)
        self.setUniformItemSizes(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setFixedHeight(3 * (self.fontMetrics().height() + 12))
        self.texts: list[str] = []
        self._source = ""
        self._total = 0
        self._number: int | None = None
        self.itemClicked.connect(lambda item: self.chosen.emit(self.row(item)))
        self.verticalScrollBar().valueChanged.connect(self._want_more)

    def set_source(self, source: str) -> None:
        """Show the texts of another source; none where it is empty."""
        if source != self._source:
            self._source, self._total = source, 0
            self.clear()
            self.texts = []
            if source:
                self.wanted.emit(0, PAGE)

    def put(self, thumbnails: Thumbnails) -> None:
        """Take texts in."""
        if thumbnails.source != self._source or thumbnails.start != len(self.texts):
            return
        self._total = thumbnails.total
        self.texts += thumbnails.texts
        for n, text in enumerate(thumbnails.texts):
            shown = without_brackets(text)
            item = QListWidgetItem(shown if len(shown) < 60 else f"{shown[:58]}…")
            if n < len(thumbnails.labels):
                item.setToolTip(tooltip(f"{text} — {thumbnails.labels[n]}"))
            self.addItem(item)
        self.set_number(self._number)

    def set_number(self, number: int | None) -> None:
        """Mark an example, None: none of them."""
        self._number = number
        self.setCurrentRow(-1 if number is None or number >= len(self.texts) else number)

    def _want_more(self, value: int) -> None:
        if value >= self.verticalScrollBar().maximum() - 2 and len(self.texts) < self._total:
            self.wanted.emit(len(self.texts), len(self.texts) + PAGE)
