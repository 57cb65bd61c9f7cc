"""Small arrays with all their numbers; cells are typed into, the pointer follows."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPalette, QPen
from qtpy.QtWidgets import QLineEdit, QSizePolicy, QWidget

from dlviz.draw.array_layout import NUMBER, Placed, numbers, placed
from dlviz.draw.pixels import is_light, shades
from dlviz.sheet import ArrayBox, Arrays
from dlviz.style import FRAME

LARGEST = 78.0
"""Pixels that a cell is high at most."""
MARK = QColor(FRAME)
WORDS = 12.5
"""Points of names."""


class ArraysWidget(QWidget):
    """Shows an `Arrays` panel; `touched` tells the option that a hand here sets, and its value."""

    touched = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Arrays of numbers")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.panel: Arrays | None = None
        self.boxes: list[Placed] = []
        """Where the boxes stand, in pixels."""
        self.editor = QLineEdit(self)
        self.editor.setAccessibleName("Number")
        self.editor.setAlignment(Qt.AlignCenter)
        self.editor.hide()
        self.editor.editingFinished.connect(self._type)
        self._edited: tuple[ArrayBox, int, int] | None = None

    def set_panel(self, panel: Arrays) -> None:
        """Show another panel."""
        self.panel = panel
        self.updateGeometry()
        self._place()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 300)

    def minimumSizeHint(self) -> QSize:
        high = self.panel.size_hint.height if self.panel else 6
        return QSize(220, int(0.85 * high * self.fontMetrics().height()))

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._place()

    def _font(self, points: float) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(points)
        return font

    def _place(self) -> None:
        if self.panel is not None:
            line = QFontMetricsF(self._font(WORDS)).height()
            self.boxes, _ = placed(self.panel, self.width() - 6.0, self.height() - 6.0, line, LARGEST)

    # -- painting ----------------------------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        painter.translate(2, 2)
        for box in self.boxes:
            self._paint_cells(painter, box)
            self._paint_words(painter, box)

    def _paint_cells(self, painter: QPainter, at: Placed) -> None:
        rgb = shades(np.asarray(at.box.values, float), at.box.limit)
        texts, light = numbers(at.box), is_light(rgb)
        font = QFont(self.font())
        font.setPixelSize(max(int(at.cell_height * NUMBER / 1.25), 7))
        painter.setFont(font)
        for row, column in np.ndindex(*light.shape):
            cell = _cell(at, row, column, row + 1, column + 1)
            painter.fillRect(cell, QColor(*map(int, rgb[row, column])))
            painter.setPen(QPen(QColor(0, 0, 0, 40)))
            painter.drawRect(cell)
            painter.setPen(QColor("#1b1b1f" if light[row, column] else "white"))
            painter.drawText(cell, Qt.AlignCenter, texts[row][column])
        typed = bool(at.box.sets)
        painter.setPen(QPen(self.palette().color(QPalette.Highlight if typed else QPalette.Mid), 2 if typed else 1))
        painter.drawRect(_cell(at, 0, 0, *at.box.values.shape))
        painter.setPen(QPen(MARK, 3))
        for mark in at.box.marked:
            painter.drawRect(_cell(at, *mark))

    def _paint_words(self, painter: QPainter, at: Placed) -> None:
        font = self._font(WORDS)
        line = QFontMetricsF(font).height()
        box, labels = at.box, line * bool(at.box.column_labels)
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.PlaceholderText))
        for row, label in enumerate(box.row_labels):
            rect = QRectF(at.left - 300, at.top + row * at.cell_height, 294, at.cell_height)
            painter.drawText(rect, Qt.AlignRight | Qt.AlignVCenter, label)
        for column, label in enumerate(box.column_labels):
            rect = QRectF(at.left + column * at.cell_width, at.top - line, at.cell_width, line)
            painter.drawText(rect, Qt.AlignCenter, label)
        painter.setPen(self.palette().color(QPalette.Text))
        if box.sign:
            painter.drawText(QRectF(at.sign_x - 20, at.top + at.height / 2 - 20, 40, 40), Qt.AlignCenter, box.sign)
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(QRectF(at.left, at.top - labels - line - 1, 400, line), Qt.AlignLeft, box.name)

    # -- what people do ----------------------------------------------------------------------------------------

    def cell_at(self, pos: QPointF) -> tuple[ArrayBox, int, int] | None:
        """The box and its cell (row, column) at a place in the widget."""
        for at in self.boxes:
            column = int((pos.x() - 2 - at.left) // at.cell_width)
            row = int((pos.y() - 2 - at.top) // at.cell_height)
            if 0 <= row < at.box.values.shape[0] and 0 <= column < at.box.values.shape[1]:
                return at.box, row, column
        return None

    def mouseMoveEvent(self, event) -> None:
        found = self.cell_at(event.localPos())
        self.setCursor(Qt.IBeamCursor if found and found[0].sets else Qt.ArrowCursor)
        if found and found[0].points:
            self.touched.emit(found[0].points, (found[1], found[2]))

    def mousePressEvent(self, event) -> None:
        found = self.cell_at(event.localPos())
        self.editor.hide()
        if found and found[0].sets:
            self.edit(*found)

    def wheelEvent(self, event) -> None:
        found = self.cell_at(event.position())
        if found and found[0].sets:
            box, row, column = found
            notch = 1.0 if np.allclose(box.values, np.rint(box.values)) else 0.1
            self._tell(box, row, column, box.values[row, column] + notch * (1 if event.angleDelta().y() > 0 else -1))
            event.accept()
        else:
            event.ignore()

    def edit(self, box: ArrayBox, row: int, column: int) -> None:
        """Let a cell's number be typed."""
        at = next(at for at in self.boxes if at.box is box)
        self._edited = (box, row, column)
        cell = _cell(at, row, column, row + 1, column + 1).translated(2, 2).toAlignedRect()
        self.editor.setGeometry(cell.adjusted(-3, -1, 3, 1))
        self.editor.setText(f"{box.values[row, column]:g}")
        self.editor.selectAll()
        self.editor.show()
        self.editor.setFocus()

    def _type(self) -> None:
        """Take what was typed; what is not a number changes nothing."""
        edited, self._edited = self._edited, None
        self.editor.hide()
        if edited is not None:
            with suppress(ValueError):
                self._tell(*edited, float(self.editor.text().replace(",", ".").replace("−", "-")))

    def _tell(self, box: ArrayBox, row: int, column: int, value: float) -> None:
        values = np.array(box.values, float)
        values[row, column] = round(value, 6)
        if np.array_equal(values, box.values):
            return
        self.touched.emit(box.sets, tuple(map(tuple, values.tolist())))


def _cell(at: Placed, top: int, left: int, bottom: int, right: int) -> QRectF:
    return QRectF(
        at.left + left * at.cell_width, at.top + top * at.cell_height, (right - left) * at.cell_width,
        (bottom - top) * at.cell_height,
    )  # fmt: skip
