"""The tray: the pictures of a lecture or tour in their order, with the title and the notes of the chosen one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QIcon, QPixmap
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from dlviz.jobs import Item, Lecture
from dlviz_gui.job_titles import title_of_request
from dlviz_gui.labels import ElidedLabel, label, set_tip, tooltip

PICTURE = QSize(80, 45)
"""Logical pixels of a picture in the strip."""
HEIGHT = 86
ITEM = Qt.UserRole


class Tray(QWidget):
    """`visited` tells the request of the item that is to be shown; `changed`, that something was edited."""

    visited = Signal(object)
    changed = Signal()
    add_asked = Signal()
    save_asked = Signal()
    deck_asked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Lecture")
        self._title = ""
        self.bar = QWidget()
        """Its name, the title of the chosen picture and buttons, in one line over it."""
        self.name = ElidedLabel("heading")
        self.strip = QListWidget()
        self.strip.setAccessibleName("Pictures of the lecture")
        self.strip.setFlow(QListView.LeftToRight)
        self.strip.setWrapping(False)
        self.strip.setIconSize(PICTURE)
        self.strip.setViewMode(QListView.ListMode)
        self.strip.setUniformItemSizes(True)
        self.strip.setWordWrap(True)
        self.strip.setDragDropMode(QAbstractItemView.InternalMove)
        self.strip.setHorizontalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.strip.setFocusPolicy(Qt.ClickFocus)
        self.strip.currentRowChanged.connect(self._on_row)
        self.strip.itemClicked.connect(lambda item: self.visited.emit(self._item(item).request))
        self.strip.model().rowsMoved.connect(self._on_moved)
        self.title = QLineEdit()
        self.title.setAccessibleName("Title of the picture")
        self.title.textEdited.connect(self._on_edited)
        self.notes = QPlainTextEdit()
        self.notes.setObjectName("notes")
        self.notes.setPlaceholderText("What is said about it: the card of a tour, the speaker's notes of a slide")
        self.notes.setAccessibleName("Notes of the picture")
        self.notes.setTabChangesFocus(True)
        self.notes.textChanged.connect(self._on_edited)
        self.count = label("", "heading", wraps=False)
        self._arrange()
        self._show_item()

    def _arrange(self) -> None:
        self.buttons = {
            "◀": self._button("◀", "The picture before (Ctrl+PgUp)", lambda: self.step(-1)),
            "▶": self._button("▶", "The next picture (Ctrl+PgDown)", lambda: self.step(1)),
            "Add": self._button("Add what is shown", "Add what is shown to the lecture (Ctrl+D)", self.add_asked.emit),
            "⇤": self._button("⇤", "Move this picture to the left", lambda: self.move_by(-1)),
            "⇥": self._button("⇥", "Move this picture to the right", lambda: self.move_by(1)),
            "Remove": self._button("Remove", "Take this picture out of the lecture", self.remove),
            "Save": self._button("Save…", "Save the lecture as a text file", self.save_asked.emit),
            "Deck": self._button("Make slides…", "Slides, a PDF, a web page or a notebook", self.deck_asked.emit),
            "✕": self._button("✕", "Close the tray; its pictures stay in it", self.closed.emit),
        }
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(10, 2, 8, 0)
        row.addWidget(self.name, 1)
        for button in self.buttons.values():
            row.addWidget(button)
        row.insertWidget(2, self.count)
        row.insertWidget(4, self.title, 1)
        self.halves = QSplitter(Qt.Horizontal)
        self.halves.setChildrenCollapsible(False)
        self.halves.addWidget(self.strip)
        self.halves.addWidget(self.notes)
        self.halves.setSizes([560, 640])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 2)
        layout.addWidget(self.halves)
        self.setFixedHeight(HEIGHT)

    def _button(self, words: str, tip: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(words)
        set_tip(button, tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.TabFocus)
        if len(words) == 1:
            button.setFixedWidth(34)
        button.clicked.connect(lambda: do())
        return button

    # -- what is in it -----------------------------------------------------------------------------------------

    @property
    def lecture(self) -> Lecture:
        """What is in it, in its order."""
        return Lecture(self._title, tuple(self._item(self.strip.item(row)) for row in range(self.strip.count())))

    def set_lecture(self, lecture: Lecture) -> None:
        """Put other pictures in it; none of them is chosen yet."""
        self._title = lecture.title
        self.strip.clear()
        for item in lecture.items:
            self._append(item)
        self._show_item()

    def set_title(self, title: str) -> None:
        """Call the lecture so."""
        self._title = title

    def add(self, item: Item, picture: QPixmap) -> None:
        """Add a picture after the chosen one, and choose it."""
        self._append(item, self.strip.currentRow() + 1 or self.strip.count())
        self.set_picture(picture)
        self.changed.emit()

    def remove(self) -> None:
        """Take the chosen picture out."""
        if self.strip.currentRow() >= 0:
            self.strip.takeItem(self.strip.currentRow())
            self._number()
            self._show_item()
            self.changed.emit()

    def move_by(self, by: int) -> None:
        """Move the chosen picture so many places."""
        row = self.strip.currentRow()
        if row >= 0 and 0 <= row + by < self.strip.count():
            moved = self.strip.takeItem(row)
            self.strip.insertItem(row + by, moved)
            self.strip.setCurrentRow(row + by)
            self._on_moved()

    def step(self, by: int) -> None:
        """Show the picture that is so many places on; the ends stay."""
        row = self.strip.currentRow() + by if self.strip.currentRow() >= 0 else 0
        if 0 <= row < self.strip.count():
            self.strip.setCurrentRow(row)
            self.visited.emit(self.chosen.request)  # type: ignore[union-attr]

    @property
    def chosen(self) -> Item | None:
        """The chosen item."""
        item = self.strip.currentItem()
        return self._item(item) if item else None

    def set_picture(self, picture: QPixmap) -> None:
        """Show what the chosen item looks like."""
        if item := self.strip.currentItem():
            item.setIcon(QIcon(picture.scaled(PICTURE * 2, Qt.KeepAspectRatio, Qt.SmoothTransformation)))
            self._number()

    def _append(self, item: Item, row: int | None = None) -> None:
        entry = QListWidgetItem()
        entry.setData(ITEM, item)
        entry.setSizeHint(QSize(PICTURE.width() + 72, PICTURE.height() + 14))
        self.strip.insertItem(self.strip.count() if row is None else row, entry)
        self._number()
        if row is not None:
            self.strip.setCurrentItem(entry)

    @staticmethod
    def _item(entry: QListWidgetItem) -> Item:
        found: Item = entry.data(ITEM)
        return found

    # -- what is shown of it -----------------------------------------------------------------------------------

    def _number(self) -> None:
        """Write the number and title beside each picture."""
        for row in range(self.strip.count()):
            entry = self.strip.item(row)
            item = self._item(entry)
            title = item.title or title_of_request(item.request)
            entry.setText(f"{row + 1}")
            entry.setToolTip(tooltip(title))
            entry.setData(Qt.AccessibleTextRole, f"{row + 1}: {title}")
            if entry.icon().isNull():
                entry.setText(f"{row + 1}  {title}")
        self._count()

    def _count(self) -> None:
        row, total = self.strip.currentRow(), self.strip.count()
        self.count.setText(f"{row + 1} of {total}" if row >= 0 else f"{total}")

    def _on_row(self, row: int) -> None:
        self._count()
        self._show_item()

    def _on_moved(self) -> None:
        self._number()
        self.changed.emit()

    def _show_item(self) -> None:
        chosen = self.chosen
        for field, text in ((self.title, chosen.title if chosen else ""), (self.notes, chosen.notes if chosen else "")):
            field.blockSignals(True)
            field.setText(text) if field is self.title else field.setPlainText(text)
            field.setEnabled(chosen is not None)
            field.blockSignals(False)
        self.title.setPlaceholderText(title_of_request(chosen.request) if chosen else "Title over the picture")
        self._count()

    def _on_edited(self) -> None:
        entry, chosen = self.strip.currentItem(), self.chosen
        if entry and chosen:
            entry.setData(ITEM, replace(chosen, title=self.title.text(), notes=self.notes.toPlainText()))
            self._number()
            self.changed.emit()
