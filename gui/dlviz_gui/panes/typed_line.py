"""A line to type a text, a parse tree or numbers in; predictions follow while one types."""

from __future__ import annotations

import re

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from dlviz_gui.labels import label, set_tip

TELL = 30
"""Milliseconds between the last letter and its signal."""
PROMPTS = {
    "text": "Type a text: the network answers while you type",
    "tree": "Type a sentence, or a tree in brackets with a class before each phrase: (3 (2 a) (4 film))",
    "numbers": "Type numbers separated by commas: 0.2, 1, 0",
}


class TypedLine(QWidget):
    """`typed` tells the whole line with its kind in front, such as "text:74+8", while it is typed."""

    typed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = "text"
        self._soon = QTimer(self, singleShot=True, interval=TELL)
        self._soon.timeout.connect(self._tell)
        self.line = QLineEdit()
        self.line.setObjectName("typed")
        self.line.textEdited.connect(lambda: self._soon.start())
        self._hint = label("", "dim")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.line)
        layout.addWidget(self._hint)
        self.set_kind("text")

    def set_kind(self, kind: str) -> None:
        """What is typed: text, tree or numbers."""
        self._kind = kind
        self.line.clear()
        self.line.setPlaceholderText(PROMPTS[kind])
        self.line.setAccessibleName(PROMPTS[kind])
        set_tip(self.line, PROMPTS[kind])
        self._hint.setText("")

    def set_text(self, text: str) -> None:
        """Show what is fed; a line that is being typed in stays."""
        if not self._soon.isActive() and not self.line.hasFocus():
            self.line.setText(text)

    def _tell(self) -> None:
        text = self.line.text()
        self._hint.setText(unfinished(self._kind, text))
        if text.strip() and not self._hint.text():
            self.typed.emit(f"{self._kind}:{text}")


def without_brackets(text: str) -> str:
    """The sentence of a tree in brackets; other texts as they are."""
    return re.sub(r"\(\d+ |\)", "", text) if text.startswith("(") else text


def unfinished(kind: str, text: str) -> str:
    """What is still missing in a line that is being typed; empty where it can be fed."""
    if kind == "tree":
        missing = text.count("(") - text.count(")")
        if missing > 0:
            return f"{missing} bracket{'s' * (missing > 1)} still open"
    if kind == "numbers":
        for word in text.replace(",", " ").split():
            try:
                float(word)
            except ValueError:
                return f"“{word[:20]}” is not a number yet"
    return ""
