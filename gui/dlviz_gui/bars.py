"""Horizontal bars with names and numbers."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFontMetrics, QPainter, QPalette
from qtpy.QtWidgets import QSizePolicy, QWidget

from dlviz.sheet import Bars
from dlviz_gui.words import tooltip

RIGHT = QColor("#2f9e5b")
"""The bar of the true class."""
NEGATIVE = QColor("#c96a2b")
LEAST, MOST = 15, 30
"""Heights of a row, in pixels."""


class BarsWidget(QWidget):
    """Paints a `Bars` panel; what has no room is left out at the end, and said."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Bars")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.panel: Bars | None = None

    def set_panel(self, panel: Bars) -> None:
        """Show another panel."""
        self.panel = panel
        best = np.argsort(-panel.values)[:5]
        self.setAccessibleDescription("; ".join(f"{panel.labels[i]}: {panel.values[i]:.3g}" for i in best))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        n = len(self.panel.labels) if self.panel else 3
        return QSize(220, min(n, 20) * (self.fontMetrics().height() + 4))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 3 * LEAST)

    def _row_height(self) -> float:
        n = max(len(self.panel.labels) if self.panel else 0, 1)
        return min(max(self.height() / n, self.fontMetrics().height(), LEAST), MOST)

    def paintEvent(self, event) -> None:
        panel = self.panel
        if panel is None or not len(panel.labels):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        metrics, row = self.fontMetrics(), self._row_height()
        numbers = [f"{value:.3g}" for value in panel.values]
        names = max(metrics.horizontalAdvance(name) for name in panel.labels)
        left = min(names, int(0.4 * self.width())) + 10
        right = max(metrics.horizontalAdvance(number) for number in numbers) + 8
        length = max(self.width() - left - right, 10)
        full = panel.limit or float(np.abs(np.nan_to_num(panel.values)).max()) or 1.0
        fits = int(self.height() // row)
        shown = len(numbers) if fits >= len(numbers) else max(fits - 1, 1)
        for i in range(shown):
            line = QRectF(0, i * row, self.width(), row)
            share = min(abs(float(np.nan_to_num(panel.values[i]))) / full, 1.0)
            self._paint_row(painter, panel, i, line, (left, share * length), numbers[i], metrics)
        if shown < len(numbers):
            painter.setPen(self.palette().placeholderText().color())
            line = QRectF(left, shown * row, self.width() - left, row)
            painter.drawText(line, Qt.AlignVCenter | Qt.AlignLeft, f"… and {len(numbers) - shown} more")

    def _paint_row(
        self, painter: QPainter, panel: Bars, i: int, line: QRectF, bar: tuple[float, float], number: str,
        metrics: QFontMetrics,
    ) -> None:  # fmt: skip
        left, length = bar
        palette = self.palette()
        font = self.font()
        font.setBold(i == panel.right)
        painter.setFont(font)
        painter.setPen(palette.color(QPalette.Text))
        name = metrics.elidedText(panel.labels[i], Qt.ElideRight, left - 10)
        painter.drawText(QRectF(0, line.top(), left - 8, line.height()), Qt.AlignVCenter | Qt.AlignRight, name)
        colour = RIGHT if i == panel.right else palette.highlight().color()
        painter.setPen(Qt.NoPen)
        painter.setBrush(NEGATIVE if panel.values[i] < 0 else colour)
        painter.drawRoundedRect(QRectF(left, line.top() + 3, max(length, 1.5), line.height() - 6), 2, 2)
        painter.setPen(palette.color(QPalette.Text))
        text = QRectF(left + length + 6, line.top(), self.width() - left - length, line.height())
        painter.drawText(text, Qt.AlignVCenter | Qt.AlignLeft, number)

    def mouseMoveEvent(self, event) -> None:
        i = int(event.pos().y() // self._row_height())
        if self.panel and i < len(self.panel.labels):
            true = " (the true one)" if i == self.panel.right else ""
            self.setToolTip(tooltip(f"{self.panel.labels[i]}: {self.panel.values[i]:.6g}{true}"))
