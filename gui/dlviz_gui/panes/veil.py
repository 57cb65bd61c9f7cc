"""A message over a picture that is out of date."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QLabel, QWidget

COVER = 225
"""How much of the picture it hides, of 255."""


class Veil(QLabel):
    """Covers its parent, which sees to its size."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.PlainText)
        self.setObjectName("veil")
        self.setAlignment(Qt.AlignCenter)
        self.setWordWrap(True)
        self.setMargin(16)
        self.hide()

    def lay(self, words: str) -> None:
        """Cover the parent with `words`."""
        self.setText(words)
        self.setGeometry(self.parentWidget().rect())
        self.raise_()
        self.show()

    def paintEvent(self, event) -> None:
        colour = QColor(self.palette().base().color())
        colour.setAlpha(COVER)
        QPainter(self).fillRect(self.rect(), colour)
        super().paintEvent(event)
