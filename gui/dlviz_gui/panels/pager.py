"""Buttons that turn the pages of a contact sheet, and what is on the current one."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from dlviz_gui.labels import label, set_tip

WIDEST, BESIDE = 40, 24
"""Pixels of a button at most, and of the gaps beside what is on the page."""


class Pager(QWidget):
    """`turned` is emitted to ask for another page."""

    turned = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page = 0
        self._pages = 1
        self._words = label("", "dim", wraps=False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch()
        self.buttons = [
            self._button("◀", "Previous page (Page Up)", -1),
            self._button("▶", "Next page (Page Down)", 1),
        ]
        layout.addWidget(self.buttons[0])
        layout.addWidget(self._words)
        layout.addWidget(self.buttons[1])
        layout.addStretch()

    def _button(self, words: str, tip: str, by: int) -> QPushButton:
        button = QPushButton(words)
        button.setAccessibleName(tip)
        set_tip(button, tip)
        button.setFocusPolicy(Qt.TabFocus)
        button.setMaximumWidth(WIDEST)
        button.clicked.connect(lambda: self.turn(by))
        return button

    def set_pages(self, names: Sequence[str]) -> int:
        """The number of the page to show, of those that are called so."""
        self._pages = len(names)
        self.page = min(self.page, self._pages - 1)
        self.setVisible(self._pages > 1)
        room = self.parentWidget().width() - 2 * WIDEST - BESIDE if self.parentWidget() else self.width()
        self._words.setText(self.fontMetrics().elidedText(names[self.page], Qt.ElideRight, room))
        set_tip(self._words, names[self.page])
        self.buttons[0].setEnabled(self.page > 0)
        self.buttons[1].setEnabled(self.page < self._pages - 1)
        return self.page

    def turn(self, by: int) -> bool:
        """Go `by` pages on; whether there are such."""
        if not 0 <= self.page + by < self._pages:
            return False
        self.page += by
        self.turned.emit()
        return True
