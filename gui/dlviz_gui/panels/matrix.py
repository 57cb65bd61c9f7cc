"""A heat map with labels and its numbers."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPalette, QPixmap
from qtpy.QtWidgets import QSizePolicy, QWidget

from dlviz.draw.pixels import PLAIN_DIAGONAL, is_light, shades
from dlviz.sheet import Matrix
from dlviz_gui.panels.matrix_layout import BAR, MOST_BAR, SMALLEST, MatrixLayout, written
from dlviz_gui.tips import show_tip


class MatrixWidget(QWidget):
    """Paints a `Matrix` panel in one pixmap; numbers stand in the cells where they fit."""

    weights_chosen = Signal(tuple)
    """The number of a weight that was clicked, a `OneWeight`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Heat map")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.panel: Matrix | None = None
        self._pixmap = QPixmap()
        self._light = np.zeros((0, 0), bool)
        self._layout: MatrixLayout | None = None

    def set_panel(self, panel: Matrix) -> None:
        """Show another panel."""
        self.panel = panel
        rgb = shades(panel.colouring, panel.magnitude)
        if panel.plain_diagonal:
            rgb[np.diag_indices(min(panel.values.shape))] = PLAIN_DIAGONAL
        self._light = is_light(rgb)
        height, width = rgb.shape[:2]
        data = np.ascontiguousarray(rgb)
        self._layout = None
        self._pixmap = QPixmap.fromImage(QImage(data.data, width, height, 3 * width, QImage.Format_RGB888).copy())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, 140)

    def covered_in(self, panel: Matrix, height: float, width: float) -> float:
        """The pixels that the cells of a panel would cover of so many."""
        field = MatrixLayout(panel, width, height, self.fontMetrics()).field
        return field.width() * field.height()

    def has_room_for_numbers(self, panel: Matrix, height: float, width: float) -> bool:
        """Whether the cells of a panel would hold their numbers in so many pixels, or are too many for that."""
        placed = MatrixLayout(panel, width, height, self.fontMetrics())
        return not placed.numbers or placed.share(placed.field) >= SMALLEST

    @property
    def placed(self) -> MatrixLayout:
        """Where cells and words stand now."""
        assert self.panel is not None
        if self._layout is None:
            self._layout = MatrixLayout(self.panel, self.width(), self.height(), self.fontMetrics())
        return self._layout

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._layout = None

    def changeEvent(self, event) -> None:
        """Measure anew where words have another size."""
        super().changeEvent(event)
        self._layout = None

    def paintEvent(self, event) -> None:
        panel = self.panel
        if panel is None or not panel.values.size:
            return
        painter = QPainter(self)
        field = self.placed.field
        painter.drawPixmap(field, self._pixmap, QRectF(self._pixmap.rect()))
        painter.setPen(self.palette().color(QPalette.Text))
        self._paint_rows(painter, field)
        self._paint_columns(painter, field)
        painter.setFont(self.font())
        self._paint_titles(painter, field)
        self._paint_numbers(painter, field)

    def _paint_rows(self, painter: QPainter, field: QRectF) -> None:
        assert self.panel is not None
        down, left = self.placed.cell(field)[1], field.left() - 6
        left -= self.fontMetrics().height() if self.placed.titles()[0] else 0
        share, names = written(self.panel.row_labels, down, self.fontMetrics().ascent())
        metrics = self._set_size(painter, share)
        for i, name in names.items():
            rect = QRectF(field.left() - 6 - left, field.top() + (i + 0.5) * down - 50, left, 100)
            words = metrics.elidedText(name, Qt.ElideMiddle, int(left))
            painter.drawText(rect, Qt.AlignRight | Qt.AlignVCenter, words)

    def _paint_columns(self, painter: QPainter, field: QRectF) -> None:
        assert self.panel is not None
        across, upright = self.placed.cell(field)[0], self.placed.is_upright()
        needed = self.fontMetrics().ascent() if upright else self.placed.widest()
        share, names = written(self.panel.column_labels, across, needed)
        metrics = self._set_size(painter, share)
        high = self.placed.names_high() - 4
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
        row_title, column_title = self.placed.titles()
        painter.setPen(self.palette().placeholderText().color())
        head = self.placed.head()
        if self.placed.has_corner(head):
            room = QRectF(0, 0, self.placed.corner(head), self.placed.line() - 2)
            painter.drawText(room, Qt.AlignRight | Qt.AlignBottom, column_title)
        else:
            painter.drawText(QRectF(field.left(), 0, field.width(), self.placed.line()), Qt.AlignCenter, column_title)
        painter.save()
        painter.translate(0, field.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, field.height(), self.placed.line()), Qt.AlignCenter, row_title)
        painter.restore()

    def _paint_numbers(self, painter: QPainter, field: QRectF) -> None:
        assert self.panel is not None
        across, down = self.placed.cell(field)
        share = self.placed.share(field)
        if share < SMALLEST:
            self._paint_scale(painter, field)
            return
        words = self.placed.numbers
        self._set_size(painter, share)
        for i, row in enumerate(words):
            for j, word in enumerate(row):
                painter.setPen(QColor("black" if self._light[i, j] else "white"))
                painter.drawText(
                    QRectF(field.left() + j * across, field.top() + i * down, across, down), Qt.AlignCenter, word
                )

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
        for words, y in zip(self.placed.ends(), (bar.top(), bar.bottom() - line), strict=True):
            painter.drawText(QRectF(bar.right() + 4, y, self.width(), line), Qt.AlignLeft | Qt.AlignTop, words)

    def cell_at(self, pos: QPointF) -> tuple[int, int] | None:
        """(row, column) at a place in the widget."""
        if self.panel is None or not self.panel.values.size:
            return None
        field = self.placed.field
        across, down = self.placed.cell(field)
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
            words = f"{row}, {column}: {self.panel.values[at]:z.{self.panel.decimals}f}"
            words += f"\n{self.panel.weight.words_at(*at)}" if self.panel.weight else ""
        show_tip(event.globalPos(), words, self)

    def mouseReleaseEvent(self, event) -> None:
        at = self.cell_at(event.localPos())
        if at and self.panel and self.panel.weight and self.panel.weight.can_be_set:
            self.weights_chosen.emit(self.panel.weight.at(*at))
