"""Words in plain lines: prose large, tables in letters of one width."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QSize
from qtpy.QtGui import QFont, QFontDatabase, QTextCursor
from qtpy.QtWidgets import QApplication, QFrame, QPlainTextEdit, QWidget

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
        self._is_table = False

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.fontMetrics().height() + 2 * int(self.document().documentMargin()))

    def set_panel(self, panel: Paragraph) -> None:
        """Show another panel."""
        self._is_table = any("  " in line.strip() for line in panel.text.split("\n"))
        self._set_letters()
        self.setLineWrapMode(QPlainTextEdit.NoWrap if self._is_table else QPlainTextEdit.WidgetWidth)
        self.setPlainText(panel.text)
        self.moveCursor(QTextCursor.Start)

    def _set_letters(self) -> None:
        usual = QApplication.font()
        self.setFont(_even(usual) if self._is_table else _large(usual))

    def changeEvent(self, event) -> None:
        """Keep the letters where the application is dressed anew."""
        super().changeEvent(event)
        if event.type() == QEvent.StyleChange:
            self._set_letters()


def _even(font: QFont) -> QFont:
    """Letters of one width, so that tables stand in columns."""
    even = QFontDatabase.systemFont(QFontDatabase.FixedFont)
    even.setPointSizeF(font.pointSizeF())
    return even


def _large(font: QFont) -> QFont:
    large = QFont(font)
    large.setPointSizeF(PROSE * font.pointSizeF())
    return large
