"""A line for each input of a network of several: what is fed to it, by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from dlviz.jobs import Input
from dlviz_gui.labels import label, set_tip

TYPED = ("text", "numbers", "tree")
"""What is typed as it is, without its kind in front."""
HEIGHT = 110


class InputLines(QScrollArea):
    """`given` carries what all inputs are fed, each "NAME=INPUT"."""

    given = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFixedHeight(HEIGHT)
        self.lines: dict[str, QLineEdit] = {}
        self._kinds: dict[str, str] = {}
        self._source = ""

    def set_inputs(self, inputs: Sequence[Input]) -> None:
        """Make a line for each of these inputs."""
        content = QWidget()
        grid = QGridLayout()
        self.lines, self._kinds = {}, {spec.name: spec.kind for spec in inputs}
        for row, spec in enumerate(inputs):
            line = QLineEdit(placeholderText=_prompt(spec))
            line.setAccessibleName(f"What is fed to {spec.name}")
            set_tip(line, _prompt(spec))
            line.returnPressed.connect(self._tell)
            self.lines[spec.name] = line
            grid.addWidget(label(f"{spec.name} ({spec.kind})", wraps=False), row, 0)
            grid.addWidget(line, row, 1)
            if spec.kind == "picture":
                grid.addLayout(self._steps(line), row, 2)
        feed = QPushButton("Feed these")
        feed.clicked.connect(self._tell)
        outer = QVBoxLayout(content)
        outer.addLayout(grid)
        outer.addWidget(feed, 0, Qt.AlignLeft)
        outer.addStretch()
        self.setWidget(content)

    def set_given(self, source: str, number: int | None, given: Sequence[str]) -> None:
        """Show what is fed: a sample of a source that has all inputs, or what is given for each."""
        self._source = source
        if number is not None:
            given = [f"{name}={source}:{number}" for name in self.lines]
        for one in given:
            name, _, text = one.partition("=")
            if name in self.lines and not self.lines[name].hasFocus():
                stored = self._source and text.startswith(f"{self._source}:")
                self.lines[name].setText(Path(self._source).name + text[len(self._source) :] if stored else text)

    def _steps(self, line: QLineEdit) -> QHBoxLayout:
        """Buttons to the picture before and after."""
        layout = QHBoxLayout()
        for words, by in (("◀", -1), ("▶", 1)):
            button = QPushButton(words)
            button.setAccessibleName("The picture before" if by < 0 else "The next picture")
            button.setMaximumWidth(36)
            button.clicked.connect(lambda _=False, by=by: self._step(line, by))
            layout.addWidget(button)
        return layout

    def _step(self, line: QLineEdit, by: int) -> None:
        source, _, number = (line.text() or "digits:0").rpartition(":")
        if number.isdigit():
            line.setText(f"{source}:{max(0, int(number) + by)}")
            self._tell()

    def _tell(self) -> None:
        given = {name: line.text().strip() for name, line in self.lines.items()}
        if all(given.values()):
            self.given.emit(tuple(f"{name}={self._whole(name, text)}" for name, text in given.items()))

    def _whole(self, name: str, text: str) -> str:
        """What is typed for an input, with the whole name of the source that is open, or its kind, in front."""
        source, _, number = text.rpartition(":")
        if source and source == Path(self._source).name:
            return f"{self._source}:{number}"
        return f"{self._kinds[name]}:{text}" if self._kinds[name] in TYPED and ":" not in text else text


def _prompt(spec: Input) -> str:
    return {
        "picture": "an image file, or SOURCE:NUMBER such as digits:0",
        "text": "words, or SOURCE:NUMBER",
        "sound": "a .wav file, or SOURCE:NUMBER",
        "numbers": f"0.2, 1, 0 ({' × '.join('any' if n is None else str(n) for n in spec.shape)} of them)",
        "tree": "(3 (2 a) (4 film))",
    }[spec.kind]
