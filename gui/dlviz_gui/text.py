"""Words in plain lines: prose large, tables in letters of one width."""

from __future__ import annotations

from qtpy.QtCore import QSize
from qtpy.QtGui import QFont, QFontDatabase, QTextCursor
from qtpy.QtWidgets import QFrame, QPlainTextEdit, QWidget

from dlviz.sheet import Paragraph

PROSE = 1.25
"""How much larger prose is than other words."""


class TextWidget(QPlainTextEdit):
    """Shows a `Text` panel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setFrameShape(QFrame.NoFrame)
        self.setAccessibleName("Text")
        self._usual = self.font()

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.fontMetrics().height() + 2 * int(self.document().documentMargin()))

    def set_panel(self, panel: Paragraph) -> None:
        """Show another panel."""
        is_table = any("  " in line.strip() for line in panel.text.split("\n"))
        self.setFont(_even(self._usual) if is_table else _large(self._usual))
        self.setLineWrapMode(QPlainTextEdit.NoWrap if is_table else QPlainTextEdit.WidgetWidth)
        self.setPlainText(panel.text)
        self.moveCursor(QTextCursor.Start)


def _even(font: QFont) -> QFont:
    """Letters of one width, so that tables stand in columns."""
    even = QFontDatabase.systemFont(QFontDatabase.FixedFont)
    even.setPointSizeF(font.pointSizeF())
    return even


def _large(font: QFont) -> QFont:
    large = QFont(font)
    large.setPointSizeF(PROSE * font.pointSizeF())
    return large
