"""Words where there is no picture."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QWidget


class Placeholder(QLabel):
    """Large words, or smaller ones where large ones would be cut."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self.setTextFormat(Qt.PlainText)
        self.setObjectName("veil")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignCenter)
        self.setMargin(16)

    def setText(self, words: str) -> None:
        super().setText(words)
        self._fit()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self._set_small(False)
        self._set_small(self.heightForWidth(self.width()) > self.height())

    def _set_small(self, small: bool) -> None:
        if bool(self.property("small")) != small:
            self.setProperty("small", small)
            self.style().polish(self)
