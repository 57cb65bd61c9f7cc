"""A lesson: its controls, what is seen, the picture, its steps, and the question with its answer on demand."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from dlviz.lessons import lessons
from dlviz.options import options_of
from dlviz.sheet import Sheet
from dlviz_gui.controls import Controls
from dlviz_gui.labels import ElidedLabel, in_words_of, label, title, tooltip
from dlviz_gui.lesson_controller import LessonController
from dlviz_gui.panes.play_bar import PlayBar
from dlviz_gui.panes.sheet_pane import SheetPane
from dlviz_gui.scrolled import Scrolled, column

PICTURE = "picture"
"""The option that a picture dropped on the lesson sets."""
CLOSED, OPEN = "Show the answer", "Hide the answer"
EXPLAIN, EXPLAINED = "Explain", "Hide the explanation"


class LessonPane(QFrame):
    """Fills the window in the network's place; `left` is emitted to return to the network."""

    left = Signal()

    def __init__(self, controller: LessonController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.setAcceptDrops(True)
        self.controller = controller
        self._step = ""
        self._sheet: Sheet | None = None
        self.choices = QComboBox()
        self.choices.setAccessibleName("Lesson")
        self.choices.setFocusPolicy(Qt.TabFocus)
        self.choices.activated.connect(self._on_lesson_chosen)
        back = QPushButton("◀  Network")
        back.setAccessibleName("Back to the network")
        back.setFocusPolicy(Qt.TabFocus)
        back.clicked.connect(self.left)
        self.controls = Controls(after=0, without=("step",))
        self.options_area = column(self.controls, stretched=self.controls)
        """Its controls, which hide by themselves where there are none."""
        self.summary = label("", "lesson")
        self.sheet_pane = SheetPane("The lesson", "Starting…")
        self.play = PlayBar()
        self.question = label("", "question")
        self.answer = label("", "lesson")
        self.tell = QPushButton(CLOSED)
        self.tell.setFocusPolicy(Qt.TabFocus)
        self.tell.clicked.connect(lambda: self._show_answer(not self.answer.isVisibleTo(self)))
        self.explanation = label("", "lesson")
        self.explain = QPushButton(EXPLAIN)
        self.explain.setFocusPolicy(Qt.TabFocus)
        self.explain.clicked.connect(lambda: self._show_explanation(not self.explanation.isVisibleTo(self)))
        self.source = ElidedLabel("dim")
        self._arrange(back)
        self._wire()

    def _arrange(self, back: QPushButton) -> None:
        self._top = QWidget()
        top = QHBoxLayout(self._top)
        top.setContentsMargins(0, 0, 0, 0)
        top.addWidget(back)
        top.addWidget(self.choices)
        top.addWidget(self.source, 1)
        asked = QHBoxLayout()
        asked.addWidget(self.question, 1)
        asked.addWidget(self.explain)
        asked.addWidget(self.tell)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 8)
        layout.setSpacing(6)
        layout.addWidget(self._top)
        layout.addWidget(
            Scrolled(column(self.options_area, self.summary, self.sheet_pane, stretched=self.sheet_pane)), 1
        )
        layout.addWidget(self.play)
        layout.addLayout(asked)
        layout.addWidget(self.answer)
        layout.addWidget(self.explanation)

    def _wire(self) -> None:
        self.controls.changed.connect(self._on_controls)
        self.sheet_pane.sheets.touched.connect(self._on_touched)
        self.play.moved.connect(lambda step: self.controller.set_option(self._step, step))
        self.controller.opened.connect(self._on_opened)
        self.controller.sheet.connect(self.set_sheet)
        self.controller.failed.connect(self.say)

    def around_picture(self) -> list[QWidget]:
        """What a class need not see."""
        return [self._top, self.options_area]

    def set_sheet(self, sheet: Sheet) -> None:
        """Show a sheet of the lesson."""
        asked = self._sheet.question if self._sheet else ""
        self._sheet = sheet
        self.summary.setText(sheet.summary)
        self.sheet_pane.set_sheet(sheet)
        self.controls.show_values(sheet.values)
        self.play.setVisible(sheet.steps > 0)
        if self._step:
            self.play.set_step(int(sheet.values.get(self._step, 0)), sheet.steps)  # type: ignore[arg-type]
        self.question.setText(sheet.question)
        self.answer.setText(sheet.answer)
        self.explanation.setText(sheet.explanation)
        self.explain.setVisible(bool(sheet.explanation))
        self.tell.setVisible(bool(sheet.answer))
        self.source.set_words(sheet.source)
        if sheet.question != asked:
            self._show_answer(False)

    def say(self, words: str) -> None:
        """Say why an option is refused; the picture stays."""
        name = self.choices.currentData()
        words = in_words_of(options_of(lessons()[name]), words) if name else words
        self.summary.setText(words)
        if self._sheet is None:
            self.sheet_pane.say(words)

    def key(self, event) -> None:
        """Arrows step, space plays."""
        by = {Qt.Key_Left: -1, Qt.Key_Right: 1}.get(event.key())
        if self._step and by:
            self.play.step(by)
        elif self._step and event.key() == Qt.Key_Space:
            self.play.toggle()

    def dragEnterEvent(self, event) -> None:
        if PICTURE in self.controller.options and event.mimeData().urls():
            event.acceptProposedAction()

    def dropEvent(self, event) -> None:
        """A user's own picture."""
        event.acceptProposedAction()
        self._on_touched(PICTURE, event.mimeData().urls()[0].toLocalFile())

    def leave(self) -> None:
        """Rest while something else is shown."""
        self.play.stop()

    def _on_lesson_chosen(self, number: int) -> None:
        if self.choices.itemData(number):
            self.controller.open(self.choices.itemData(number))

    def _list_lessons(self) -> None:
        """A heading a chapter."""
        chapter = ""
        for name, lesson in lessons().items():
            if lesson.group != chapter:
                chapter = lesson.group
                self.choices.addItem(chapter.upper())
                self.choices.model().item(self.choices.count() - 1).setEnabled(False)
            self.choices.addItem(f"   {title(name)}", name)
            self.choices.setItemData(self.choices.count() - 1, tooltip(lesson.summary), Qt.ToolTipRole)

    def _on_opened(self, name: str) -> None:
        self.play.stop()
        self._sheet = None
        options = options_of(lessons()[name])
        self._step = next((option.name for option in options if option.kind == "step"), "")
        if not self.choices.count():
            self._list_lessons()
        self.choices.setCurrentIndex(self.choices.findData(name))
        self.controls.set_options(options, self.controller.values)
        self.summary.setText(lessons()[name].summary)
        self.question.setText("")
        self.tell.hide()
        self.explain.hide()
        self._show_answer(False)
        self._show_explanation(False)
        self.sheet_pane.wait(f"{title(name)}…")

    def _on_controls(self, values: dict) -> None:
        step = {self._step: self.controller.values[self._step]} if self._step in self.controller.values else {}
        self.controller.set_options(values | step)

    def _on_touched(self, name: str, value: object) -> None:
        self.controller.set_option(name, value)  # type: ignore[arg-type]
        self.controls.set_values(self.controller.values)

    def _show_answer(self, shown: bool) -> None:
        self.answer.setVisible(shown)
        self.tell.setText(OPEN if shown else CLOSED)

    def _show_explanation(self, shown: bool) -> None:
        self.explanation.setVisible(shown)
        self.explain.setText(EXPLAINED if shown else EXPLAIN)
