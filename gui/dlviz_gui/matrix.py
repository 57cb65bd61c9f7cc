"""A heat map with labels and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPalette, QPixmap
from qtpy.QtWidgets import QSizePolicy, QWidget

from dlviz.draw.pixels import PLAIN_DIAGONAL, is_light, shades
from dlviz.layout import cell_size
from dlviz.sheet import Matrix
from dlviz_gui.tips import show_tip

SMALLEST = 0.7
"""Numbers in cells and labels may be so much smaller than other words, or are left out."""
HIGHEST = 110
"""Pixels that labels over columns take at most where they are written upwards."""
MOST_NUMBERS = 2500
LEAST_TITLED = 200
"""Pixels of the height under which cells need the room of the titles of rows and columns."""
BAR, MOST_BAR = 14, 220
"""The width and the greatest height of the colours' scale, in pixels."""


def written(labels: Sequence[str], step: float, needed: float) -> tuple[float, dict[int, str]]:
    """The labels that are written along an axis, by their places, and the size of their type, 1 the usual one.

    All are written where they can be, in smaller type if need be; else every k-th, as the number of its place if some
    of them are words: words that are left out in between would not be missed.

    Args:
        step: pixels from one to the next.
        needed: pixels that each needs in the usual type.
    """
    share = min(1.0, step / needed)
    if share >= SMALLEST:
        return share, dict(enumerate(labels))
    numbers = labels if all(map(str.isdecimal, labels)) else [str(n) for n in range(len(labels))]
    return 1.0, {n: numbers[n] for n in range(0, len(labels), ceil(needed / step))}


class MatrixWidget(QWidget):
    """Paints a `Matrix` panel in one pixmap; numbers stand in the cells where they fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Heat map")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.panel: Matrix | None = None
        self._pixmap = QPixmap()
        self._light = np.zeros((0, 0), bool)
        self._numbers: list[list[str]] = []

    def set_panel(self, panel: Matrix) -> None:
        """Show another panel."""
        self.panel = panel
        rgb = shades(panel.colouring)
        if panel.plain_diagonal:
            rgb[np.diag_indices(min(panel.values.shape))] = PLAIN_DIAGONAL
        self._light = is_light(rgb)
        height, width = rgb.shape[:2]
        data = np.ascontiguousarray(rgb)
        few = panel.values.size <= MOST_NUMBERS
        self._numbers = [[f"{v:.{panel.decimals}f}" for v in row] for row in panel.values] if few else []
        self._pixmap = QPixmap.fromImage(QImage(data.data, width, height, 3 * width, QImage.Format_RGB888).copy())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, 140)

    def _field(self) -> QRectF:
        """Where the cells are; beside them is room for the colours' scale where their numbers have none."""
        whole = self._fitted(4)
        return whole if self._share(whole) >= SMALLEST else self._fitted(self._scale_room())

    def _scale_room(self) -> float:
        """Pixels that the colours' scale and its numbers take."""
        return BAR + 14 + max(map(self.fontMetrics().horizontalAdvance, self._ends()))

    def _ends(self) -> tuple[str, str]:
        """The largest and the smallest number that has a colour, in words."""
        assert self.panel is not None
        low, high = self.panel.ends
        return f"{high:.{self.panel.decimals}f}", f"{low:.{self.panel.decimals}f}"

    def _fitted(self, beside: float) -> QRectF:
        """Where the cells are with so many pixels beside them."""
        return self._under(self._names_high() if self._is_upright() else self._line(), beside)

    def _line(self) -> int:
        """Pixels of a line of words beside the cells."""
        return self.fontMetrics().height() + 1

    def _titles(self) -> tuple[str, str]:
        """What rows and columns are; in a low room the tooltip alone says so."""
        assert self.panel is not None
        return (self.panel.row_title, self.panel.column_title) if self.height() >= LEAST_TITLED else ("", "")

    def _widest(self) -> int:
        """Pixels of the longest name of a column, and a gap."""
        assert self.panel is not None
        return max(map(self.fontMetrics().horizontalAdvance, self.panel.column_labels), default=0) + 6

    def _names_high(self) -> int:
        """Pixels that names of columns take upwards."""
        return min(self._widest(), HIGHEST, self.height() // 3)

    def _is_upright(self) -> bool:
        """Whether the names of columns are written upwards: words that have no room otherwise."""
        assert self.panel is not None
        if all(map(str.isdecimal, self.panel.column_labels)):
            return False
        across = self._cell(self._under(self._line(), self._scale_room()))[0]
        return SMALLEST * self._widest() > across >= SMALLEST * self.fontMetrics().ascent()

    def _under(self, head: float, beside: float) -> QRectF:
        """Where the cells would be under names so many pixels high, and with so many pixels beside them."""
        assert self.panel is not None
        metrics, (row_title, column_title) = self.fontMetrics(), self._titles()
        names = max((metrics.horizontalAdvance(name) for name in self.panel.row_labels), default=0)
        left = min(names, self.width() // 3) + 7 + (self._line() if row_title else 0)
        top = head + (self._line() if column_title else 0)
        room = QRectF(left, top, max(self.width() - left - beside, 20), self.height() - top - 1)
        rows, columns = self.panel.values.shape
        across, down = cell_size(room.width(), room.height(), rows, columns)
        return QRectF(room.left(), room.top(), across * columns, down * rows)

    def _cell(self, field: QRectF) -> tuple[float, float]:
        """The width and height of a cell."""
        assert self.panel is not None
        rows, columns = self.panel.values.shape
        return field.width() / columns, field.height() / rows

    def paintEvent(self, event) -> None:
        panel = self.panel
        if panel is None or not panel.values.size:
            return
        painter = QPainter(self)
        field = self._field()
        painter.drawPixmap(field, self._pixmap, QRectF(self._pixmap.rect()))
        painter.setPen(self.palette().color(QPalette.Text))
        self._paint_rows(painter, field)
        self._paint_columns(painter, field)
        painter.setFont(self.font())
        self._paint_titles(painter, field)
        self._paint_numbers(painter, field)

    def _paint_rows(self, painter: QPainter, field: QRectF) -> None:
        assert self.panel is not None
        down, left = self._cell(field)[1], field.left() - 6
        left -= self.fontMetrics().height() if self._titles()[0] else 0
        share, names = written(self.panel.row_labels, down, self.fontMetrics().ascent())
        metrics = self._set_size(painter, share)
        for i, name in names.items():
            rect = QRectF(field.left() - 6 - left, field.top() + (i + 0.5) * down - 50, left, 100)
            words = metrics.elidedText(name, Qt.ElideMiddle, int(left))
            painter.drawText(rect, Qt.AlignRight | Qt.AlignVCenter, words)

    def _paint_columns(self, painter: QPainter, field: QRectF) -> None:
        assert self.panel is not None
        across, upright = self._cell(field)[0], self._is_upright()
        needed = self.fontMetrics().ascent() if upright else self._widest()
        share, names = written(self.panel.column_labels, across, needed)
        metrics = self._set_size(painter, share)
        high = self._names_high() - 4
        for j, name in names.items():
            painter.save()
            painter.translate(field.left() + (j + 0.5) * across, field.top() - 2)
            if upright:
                painter.rotate(-90)
                words = metrics.elidedText(name, Qt.ElideMiddle, high)
                painter.drawText(QRectF(0, -50, high + 4, 100), Qt.AlignLeft | Qt.AlignVCenter, words)
            else:
                painter.drawText(QRectF(-200, -50, 400, 50), Qt.AlignHCenter | Qt.AlignBottom, name)
            painter.restore()

    def _set_size(self, painter: QPainter, share: float) -> QFontMetricsF:
        """Write in type of another size, 1 the usual one."""
        font = self.font()
        font.setPointSizeF(share * font.pointSizeF())
        painter.setFont(font)
        return QFontMetricsF(font)

    def _paint_titles(self, painter: QPainter, field: QRectF) -> None:
        row_title, column_title = self._titles()
        painter.setPen(self.palette().placeholderText().color())
        painter.drawText(QRectF(field.left(), 0, field.width(), self._line()), Qt.AlignCenter, column_title)
        painter.save()
        painter.translate(0, field.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, field.height(), self._line()), Qt.AlignCenter, row_title)
        painter.restore()

    def _paint_numbers(self, painter: QPainter, field: QRectF) -> None:
        assert self.panel is not None
        across, down = self._cell(field)
        share = self._share(field)
        if share < SMALLEST:
            self._paint_scale(painter, field)
            return
        words = self._numbers
        self._set_size(painter, share)
        for i, row in enumerate(words):
            for j, word in enumerate(row):
                painter.setPen(QColor("black" if self._light[i, j] else "white"))
                painter.drawText(
                    QRectF(field.left() + j * across, field.top() + i * down, across, down), Qt.AlignCenter, word
                )

    def _share(self, field: QRectF) -> float:
        """How large the numbers of cells can be, in the size of other words; 0 where there are too many."""
        if not self._numbers:
            return 0.0
        across, down = self._cell(field)
        widest = max(self.fontMetrics().horizontalAdvance(w) for row in self._numbers for w in row)
        return min((across - 4) / widest, down / self.fontMetrics().height(), 1.0)

    def _paint_scale(self, painter: QPainter, field: QRectF) -> None:
        """The colours from the largest number to the smallest, beside the cells."""
        assert self.panel is not None
        low, high = self.panel.ends
        colours = np.ascontiguousarray(shades(np.linspace(high, low, 64)[:, None]))
        image = QImage(colours.data, 1, 64, 3, QImage.Format_RGB888)
        bar = QRectF(field.right() + 8, field.top(), BAR, min(field.height(), MOST_BAR))
        painter.drawImage(bar, image)
        painter.setPen(self.palette().color(QPalette.Text))
        line = self.fontMetrics().height()
        for words, y in zip(self._ends(), (bar.top(), bar.bottom() - line), strict=True):
            painter.drawText(QRectF(bar.right() + 4, y, self.width(), line), Qt.AlignLeft | Qt.AlignTop, words)

    def cell_at(self, pos: QPointF) -> tuple[int, int] | None:
        """(row, column) at a place in the widget."""
        if self.panel is None or not self.panel.values.size:
            return None
        field = self._field()
        across, down = self._cell(field)
        row, column = int((pos.y() - field.top()) // down), int((pos.x() - field.left()) // across)
        inside = 0 <= row < self.panel.values.shape[0] and 0 <= column < self.panel.values.shape[1]
        return (row, column) if inside else None

    def place_at(self, pos: QPointF) -> tuple[float, float] | None:
        """The same as numbers of a panel's place."""
        return self.cell_at(pos)

    def mouseMoveEvent(self, event) -> None:
        at = self.cell_at(event.localPos())
        words = ""
        if at and self.panel:
            row, column = (
                f"{title} {labels[i] if i < len(labels) else i}".strip()
                for title, labels, i in (
                    (self.panel.row_title, self.panel.row_labels, at[0]),
                    (self.panel.column_title, self.panel.column_labels, at[1]),
                )
            )
            words = f"{row}, {column}: {self.panel.values[at]:.{self.panel.decimals}f}"
        show_tip(event.globalPos(), words, self)
