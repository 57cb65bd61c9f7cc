"""Words in plain lines: prose large, tables in letters of one width."""

from __future__ import annotations

from math import inf

from qtpy.QtCore import QEvent, QRectF, QSize, Qt
from qtpy.QtGui import QFont, QFontDatabase, QFontMetricsF, QTextCursor
from qtpy.QtWidgets import QApplication, QFrame, QPlainTextEdit, QWidget

from dlviz.sheet import Paragraph

PROSE, MOST_GROWTH = 1.25, 2.0
"""How much larger prose is than other words, and how much larger than that words are at most where there is room."""


class TextWidget(QPlainTextEdit):
    """Shows a `Text` panel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setFrameShape(QFrame.NoFrame)
        self.setAccessibleName("Text")
        self._is_table = False

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.fontMetrics().height() + 2 * int(self.document().documentMargin()))

    def set_panel(self, panel: Paragraph) -> None:
        """Show another panel."""
        self._is_table = _is_table(panel)
        self.setLineWrapMode(QPlainTextEdit.NoWrap if self._is_table else QPlainTextEdit.WidgetWidth)
        self.setPlainText(panel.text)
        self._set_letters()
        self.moveCursor(QTextCursor.Start)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._set_letters()

    def _set_letters(self) -> None:
        usual = QApplication.font()
        font = _even(usual) if self._is_table else _large(usual)
        font.setPointSizeF(font.pointSizeF() * self._growth(font))
        if font != self.font():
            self.setFont(font)
            self.setPlainText(self.toPlainText())  # or it stays as wide as in larger letters

    def _growth(self, font: QFont) -> float:
        """How much larger the lines may be written in the room there is; prose that does not stand there is smaller."""
        metrics, lines = QFontMetricsF(font), self.toPlainText().split("\n")
        around = self._around(metrics)
        across = (self.width() - around) / max(1.0, *map(metrics.horizontalAdvance, lines))
        down = (self.height() - around) / (metrics.lineSpacing() * len(lines))
        if not self._is_table and self._high(font, self.toPlainText(), self.width()) > self.height():
            return 1 / PROSE
        return min(max(min(across, down), 1.0), MOST_GROWTH)

    def is_legible(self, panel: Paragraph, height: float, width: float) -> bool:
        """Whether all the words would stand in so many pixels."""
        usual = QApplication.font()
        if not _is_table(panel):
            return self._high(usual, panel.text, width) <= height
        metrics = QFontMetricsF(_even(usual))
        across = max(map(metrics.horizontalAdvance, panel.text.split("\n"))) + self._around(metrics)
        return across <= width and self._high(_even(usual), panel.text, inf) <= height

    def _around(self, metrics: QFontMetricsF) -> float:
        """Pixels beside and over the words."""
        return 2 * self.document().documentMargin() + metrics.averageCharWidth()

    def _high(self, font: QFont, text: str, width: float) -> float:
        """Pixels that prose in a font is high where it is so wide."""
        metrics = QFontMetricsF(font)
        around = self._around(metrics)
        inside = QRectF(0, 0, min(max(width - around, 1), 1e6), 1e6)
        return metrics.boundingRect(inside, Qt.TextWordWrap, text).height() + around

    def changeEvent(self, event) -> None:
        """Keep the letters where the application is dressed anew."""
        super().changeEvent(event)
        if event.type() == QEvent.StyleChange:
            self._set_letters()


def _is_table(panel: Paragraph) -> bool:
    """Whether lines have columns."""
    return any("  " in line.strip() for line in panel.text.split("\n"))


def _even(font: QFont) -> QFont:
    """Letters of one width, so that tables stand in columns."""
    even = QFontDatabase.systemFont(QFontDatabase.FixedFont)
    even.setPointSizeF(font.pointSizeF())
    return even


def _large(font: QFont) -> QFont:
    large = QFont(font)
    large.setPointSizeF(PROSE * font.pointSizeF())
    return large
