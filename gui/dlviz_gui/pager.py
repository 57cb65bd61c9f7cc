"""Buttons that turn the pages of a contact sheet, and what is on the current one."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from dlviz.pages import named_page, pages_of
from dlviz.sheet import Tiles
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

    def set_pages(self, panel: Tiles, each: int) -> tuple[int, int]:
        """The first tile on this page, and the one after the last, of a contact sheet with `each` on a page."""
        pages = pages_of(panel, each)
        self._pages = len(pages)
        self.page = min(self.page, self._pages - 1)
        self.setVisible(self._pages > 1)
        if self._pages > 1:
            self._words.setText(named_page(panel, *pages[self.page]))
            self.buttons[0].setEnabled(self.page > 0)
            self.buttons[1].setEnabled(self.page < self._pages - 1)
        return pages[self.page]

    def clear(self) -> None:
        """There is nothing to turn."""
        self._pages = 1
        self.hide()

    def turn(self, by: int) -> bool:
        """Go `by` pages on; whether there are such."""
        if not 0 <= self.page + by < self._pages:
            return False
        self.page += by
        self.turned.emit()
        return True
