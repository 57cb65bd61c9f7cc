"""The keys, laid over the window until the next key or click."""

from __future__ import annotations

from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from dlviz_gui.labels import label

KEYS = (
    ("← → ↑ ↓", "next unit"),
    ("U  O", "previous, next layer"),
    ("Alt+← →", "back to what was looked at before, forward again"),
    ("Ctrl+F", "find a layer of a long network"),
    ("W  E", "previous, next picture"),
    ("X", "switch the chosen unit off, or on again; with Shift change a unit or a weight, with Ctrl+Shift restore all"),
    ("Ctrl+Z", "take the last change of the network back"),
    ("Ctrl+1 … 9", "choose a view, by the place of its tab"),
    ("Space  ← →", "in a lesson: play or pause, a step back, a step on"),
    ("Ctrl+I", "find the best patches of all units of all layers, beside everything else"),
    ("Ctrl+L", "watch a network learn; space: pause, → ↓ one batch, one epoch, ← ten seconds back, K keep it"),
    ("Wheel", "zoom into the mosaic; drag to pan, double click to fit"),
    ("Click", "a layer, a unit or a picture to choose it; hover for its numbers"),
    ("Click on a weight", "type another number, which every view then shows; in a tile of the chosen unit"),
    ("Ctrl+click", "pick several units, to show these alone"),
    ("Shift+click", "cut a unit on the way from input to answer, or put it back"),
    ("Ctrl+O", "open a network, a picture or data; or drop it on the window"),
    ("Ctrl+N", "choose one of the shipped networks"),
    ("Ctrl+V", "feed a picture that was copied"),
    ("Ctrl+E", "export what is shown: a picture, slides, a page, a film, the raw arrays; with Shift as a slide"),
    ("Ctrl+Shift+C, P, M", "copy what is shown as an image, as Python, as a command"),
    ("Ctrl+D", "add what is shown to the lecture; Ctrl+PgUp, PgDown go through it"),
    ("F5", "compute again"),
    ("F11", "present: the picture alone, ← → through the tray, + − type, C controls, L laser, Esc ends"),
    ("Esc", "close this help; cancel the running work"),
    ("H", "this help"),
)


class HelpOverlay(QWidget):
    """Covers its parent."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Help")
        self.setFocusPolicy(Qt.StrongFocus)
        card = QFrame(self)
        card.setObjectName("pane")
        grid = QGridLayout(card)
        grid.setContentsMargins(28, 20, 28, 24)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(7)
        grid.addWidget(
            label("A picture is a function of a network, an input and a few options.", "summary"), 0, 0, 1, 2
        )
        for row, (keys, action) in enumerate(KEYS, 1):
            grid.addWidget(label(keys, "heading", wraps=False), row, 0, Qt.AlignRight)
            grid.addWidget(label(action, wraps=False), row, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(card, 0, Qt.AlignCenter)
        parent.installEventFilter(self)
        self.hide()

    def toggle(self) -> None:
        """Show or hide."""
        self.setGeometry(self.parentWidget().rect())
        self.setVisible(not self.isVisible())
        if self.isVisible():
            self.raise_()
            self.setFocus()

    def eventFilter(self, watched, event) -> bool:
        if event.type() == QEvent.Resize:
            self.setGeometry(self.parentWidget().rect())
        return False

    def event(self, event) -> bool:
        if event.type() == QEvent.ShortcutOverride and event.key() == Qt.Key_Escape:
            event.accept()  # it closes this help, and cancels no work
            return True
        return super().event(event)

    def paintEvent(self, event) -> None:
        QPainter(self).fillRect(self.rect(), QColor(0, 0, 0, 150))

    def mousePressEvent(self, event) -> None:
        self.hide()

    def keyPressEvent(self, event) -> None:
        self.hide()
