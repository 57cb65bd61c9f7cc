"""The whole window takes what is dropped on it, and shows that it does."""

from __future__ import annotations

from qtpy.QtCore import QEvent, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPen, QWindow
from qtpy.QtWidgets import QWidget

from dlviz_gui.incoming import is_welcome

WORDS = "Drop a network, data or a picture anywhere"
MARGIN = 10
"""Pixels between the window's edge and the frame."""


class DropArea(QWidget):
    """Laid over its parent while something is dragged over it; `dropped` tells the QMimeData.

    It listens before any widget does, because lists, lines and maps would each take or refuse a drop themselves.
    """

    dropped = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.setAccessibleName(WORDS)
        self.hide()

    def listen(self, window: QWindow) -> None:
        """Take what is dropped on a window of the system."""
        window.installEventFilter(self)

    def eventFilter(self, watched, event) -> bool:
        kind = event.type()
        if kind == QEvent.DragLeave:
            self.hide()
        if kind not in (QEvent.DragEnter, QEvent.DragMove, QEvent.Drop) or not is_welcome(event.mimeData()):
            return False
        event.setDropAction(Qt.CopyAction)
        event.accept()
        if kind == QEvent.DragEnter:
            self.setGeometry(self.parentWidget().rect())
            self.raise_()
            self.show()
        elif kind == QEvent.Drop:
            self.hide()
            self.dropped.emit(event.mimeData())
        return True

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        colour = self.palette().highlight().color()
        painter.fillRect(self.rect(), QColor(0, 0, 0, 110))
        painter.setPen(QPen(colour, 4, Qt.DashLine))
        painter.drawRoundedRect(self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN), 8, 8)
        font = painter.font()
        font.setPointSizeF(1.5 * font.pointSizeF())
        painter.setFont(font)
        words = painter.fontMetrics().boundingRect(self.rect(), Qt.AlignCenter | Qt.TextWordWrap, WORDS)
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(words.adjusted(-24, -14, 24, 14), 8, 8)
        painter.setPen(self.palette().highlightedText().color())
        painter.drawText(self.rect(), Qt.AlignCenter | Qt.TextWordWrap, WORDS)
