"""Scrolling for what is too large for its part of the window."""

from __future__ import annotations

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

LEAST = QSize(120, 60)
"""The least room, in logical pixels, that is worth looking through."""


def column(*widgets: QWidget, stretched: QWidget) -> QWidget:
    """Widgets below each other, of which one takes the room that the others leave."""
    whole = QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    for widget in widgets:
        layout.addWidget(widget)
    layout.setStretchFactor(stretched, 1)
    return whole


class Scrolled(QScrollArea):
    """Shows a widget as large as there is room, and no smaller than it can be."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.NoFrame)
        self.setWidgetResizable(True)
        self.setWidget(content)
        content.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(content.accessibleName() or "Part of the window")

    def to_start(self) -> None:
        """Scroll back to the top left."""
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.setValue(bar.minimum())

    def minimumSizeHint(self) -> QSize:
        return LEAST
