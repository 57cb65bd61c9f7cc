"""Buttons that turn the pages of a contact sheet, and what is on the current one."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from dlviz.layout.pages import starts_of
from dlviz_gui.labels import label, set_tip


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
        button.setMaximumWidth(40)
        button.clicked.connect(lambda: self.turn(by))
        return button

    def set_pages(self, total: int, each: int, name: Callable[[int, int], str]) -> tuple[int, int]:
        """The first part on this page, and the one after the last, of `total` parts with at most `each` on a page.

        Args:
            name: what is on the page with the parts from one number up to another.
        """
        starts = starts_of(total, each)
        self._pages = len(starts) - 1
        self.page = min(self.page, self._pages - 1)
        self.setVisible(self._pages > 1)
        start, stop = starts[self.page : self.page + 2]
        if self._pages > 1:
            self._words.setText(name(start, stop))
            self.buttons[0].setEnabled(self.page > 0)
            self.buttons[1].setEnabled(self.page < self._pages - 1)
        return start, stop

    def turn(self, by: int) -> bool:
        """Go `by` pages on; whether there are such."""
        if not 0 <= self.page + by < self._pages:
            return False
        self.page += by
        self.turned.emit()
        return True
