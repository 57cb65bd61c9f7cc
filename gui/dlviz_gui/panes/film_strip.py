"""The pictures of a data set in a row, fetched as they come into view."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from qtpy.QtCore import QAbstractListModel, QModelIndex, QRect, QSize, Qt, QTimer, Signal
from qtpy.QtGui import QImage, QPainter, QPen, QPixmap
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from dlviz.jobs import Thumbnails
from dlviz_gui.labels import tooltip
from dlviz_gui.theme import DIM
from dlviz_gui.tips import TipDelegate

PAGE = 48
"""Pictures fetched together."""
KEPT = 40
"""Pages kept in memory."""
SIDE = 64
"""Pixels of a thumbnail's side."""


class _Pictures(QAbstractListModel):
    """Pictures by number; pages that were not looked at for longest are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0
        self._pages: OrderedDict[int, tuple[list[QPixmap], tuple[str, ...]]] = OrderedDict()

    def set_total(self, total: int) -> None:
        """Start anew with `total` pictures, none of them here."""
        self.beginResetModel()
        self.total = total
        self._pages.clear()
        self.endResetModel()

    def put(self, thumbnails: Thumbnails) -> None:
        """Take a page in."""
        self._pages[thumbnails.start // PAGE] = (_pixmaps(thumbnails.images), thumbnails.labels)
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)
        last = thumbnails.start + len(thumbnails.images) - 1
        self.dataChanged.emit(self.index(thumbnails.start), self.index(last))

    def has(self, page: int) -> bool:
        """Whether a page is here."""
        if page in self._pages:
            self._pages.move_to_end(page)
        return page in self._pages

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self.total

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        page, at = divmod(index.row(), PAGE)
        pixmaps, labels = self._pages.get(page, ([], ()))
        label = labels[at] if at < len(labels) else ""
        match role:
            case Qt.DecorationRole:
                return pixmaps[at] if at < len(pixmaps) else None
            case Qt.DisplayRole:
                return label
            case Qt.ToolTipRole:
                return tooltip(f"picture {index.row()}\n{label}".strip())
            case Qt.AccessibleTextRole:
                return f"picture {index.row()} {label}".strip()
        return None


def _pixmaps(images: np.ndarray) -> list[QPixmap]:
    rgb = np.ascontiguousarray(images if images.shape[-1] == 3 else np.repeat(images, 3, axis=-1))
    height, width = rgb.shape[1:3]
    return [QPixmap.fromImage(QImage(i.data, width, height, 3 * width, QImage.Format_RGB888).copy()) for i in rgb]


class _Frame(TipDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(SIDE + 10, SIDE + 10 + option.fontMetrics.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        rect = option.rect
        painter.setOpacity(1.0 if option.state & QStyle.State_Enabled else DIM)
        place = QRect(rect.left() + 5, rect.top() + 4, SIDE, SIDE)
        pixmap = index.data(Qt.DecorationRole)
        palette = option.palette
        if pixmap is None:
            painter.fillRect(place, palette.alternateBase())
        else:
            painter.drawPixmap(place, pixmap)
        chosen = bool(option.state & QStyle.State_Selected)
        if chosen or option.state & QStyle.State_MouseOver:
            painter.setPen(QPen(palette.highlight() if chosen else palette.mid(), 3))
            painter.drawRect(place.adjusted(-1, -1, 1, 1))
        painter.setPen(palette.text().color() if chosen else palette.placeholderText().color())
        line = QRect(rect.left() + 2, place.bottom() + 3, rect.width() - 4, option.fontMetrics.height())
        words = option.fontMetrics.elidedText(index.data(Qt.DisplayRole) or "", Qt.ElideRight, line.width())
        painter.drawText(line, Qt.AlignCenter, words)
        painter.setOpacity(1.0)


class FilmStrip(QListView):
    """`wanted` asks for pictures start..stop-1, one page at a time; `chosen` tells the number that was clicked."""

    wanted = Signal(int, int)
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Pictures of the data set")
        self.setFrameShape(QFrame.NoFrame)
        self.setFlow(QListView.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setItemDelegate(_Frame(self))
        self.pictures = _Pictures()
        self.setModel(self.pictures)
        height = SIDE + 14 + self.fontMetrics().height() + self.horizontalScrollBar().sizeHint().height()
        self.setFixedHeight(height)
        self._source = ""
        self._number: int | None = None
        self._soon = QTimer(self, singleShot=True, interval=50)
        self._soon.timeout.connect(self._want)
        self.horizontalScrollBar().valueChanged.connect(lambda: self._soon.start())
        self.clicked.connect(lambda index: self.chosen.emit(index.row()))

    def set_source(self, source: str) -> None:
        """Show the pictures of another source, whose number is not known yet; none where it is empty."""
        if source != self._source:
            self._source = source
            self.pictures.set_total(0)
            if source:
                self.wanted.emit(0, PAGE)

    def put(self, thumbnails: Thumbnails) -> None:
        """Take pictures in."""
        if thumbnails.source != self._source:
            return
        if self.pictures.total != thumbnails.total:
            self.pictures.set_total(thumbnails.total)
            self.set_number(self._number)
        self.pictures.put(thumbnails)
        self._soon.start()

    def set_number(self, number: int | None) -> None:
        """Mark a picture, None: none of them."""
        self._number = number
        self.selectionModel().blockSignals(True)
        if number is None or number >= self.pictures.total:
            self.clearSelection()
        elif self.currentIndex().row() != number or not self.selectedIndexes():
            self.setCurrentIndex(self.pictures.index(number))
        self.selectionModel().blockSignals(False)
        self.viewport().update()

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and self.hasFocus():
            self.chosen.emit(current.row())

    def _want(self) -> None:
        """Ask for the first page in view that is not here."""
        if not self.pictures.total:
            return
        width = max(self.sizeHintForIndex(self.pictures.index(0)).width(), 1)
        first = self.horizontalScrollBar().value() // width
        last = min(first + self.viewport().width() // width + 1, self.pictures.total - 1)
        for page in range(first // PAGE, last // PAGE + 1):
            if not self.pictures.has(page):
                self.wanted.emit(page * PAGE, (page + 1) * PAGE)
                return

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._soon.start()

    def wheelEvent(self, event) -> None:
        bar, delta = self.horizontalScrollBar(), event.angleDelta()
        bar.setValue(bar.value() - (delta.y() or delta.x()))
        event.accept()
