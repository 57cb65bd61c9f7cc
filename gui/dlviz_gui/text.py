"""Words in plain lines."""

from __future__ import annotations

from qtpy.QtGui import QFont, QFontDatabase
from qtpy.QtWidgets import QFrame, QPlainTextEdit, QWidget

from dlviz.sheet import Text

WORDS = 280
"""Pixels across that words get at least, if they take as many."""


def _even_font(font: QFont) -> QFont:
    """Letters of one width, so that tables stand in columns."""
    even = QFontDatabase.systemFont(QFontDatabase.FixedFont)
    even.setPointSizeF(font.pointSizeF())
    return even


class TextWidget(QPlainTextEdit):
    """Shows a `Text` panel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setFrameShape(QFrame.NoFrame)
        self.setAccessibleName("Text")
        self.setFont(_even_font(self.font()))
        self.setLineWrapMode(QPlainTextEdit.NoWrap)
        self.setMinimumSize(100, 40)

    def set_panel(self, panel: Text) -> None:
        """Show another panel."""
        self.setPlainText(panel.text)
        metrics = self.fontMetrics()
        longest = max((metrics.horizontalAdvance(line) for line in panel.text.split("\n")), default=0)
        self.setMinimumWidth(
            min(longest + 2 * int(self.document().documentMargin()) + metrics.averageCharWidth(), WORDS)
        )
