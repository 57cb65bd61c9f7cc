"""A bar for messages and progress that does not interrupt."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QElapsedTimer, QEvent, QObject, QPoint, Qt, QTimer, Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QToolButton, QWidget

from dlviz.progress import Progress
from dlviz_gui.labels import ElidedLabel, in_words_of, label

PATIENCE = 300
"""Milliseconds of work that need no word."""
STAYS = 20_000
"""Milliseconds that a message stays."""
MARGIN = 8
"""Pixels between a message and the edges of what it floats over."""


class MessageBar(QFrame):
    """One sentence, until it is closed, replaced or old; it floats at the bottom of `over`, though not over `spared`
    there, and moves nothing."""

    def __init__(self, over: QWidget, spared: QWidget) -> None:
        super().__init__(over)
        self._spared = spared
        for placed in (over, spared):
            placed.installEventFilter(self)
        self.setObjectName("message")
        self.setAccessibleName("Message")
        self._words = label()
        self.offer = QPushButton()
        self.offer.setAccessibleName("Action offered by the message")
        self.offer.clicked.connect(self._accept)
        self._do: Callable[[], object] | None = None
        close = QToolButton()
        close.setText("✕")
        close.setAccessibleName("Close the message")
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.addWidget(self._words, 1)
        layout.addWidget(self.offer)
        layout.addWidget(close, 0, Qt.AlignTop)
        self._timer = QTimer(self, singleShot=True, interval=STAYS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def words(self) -> str:
        """What is said, empty where nothing is."""
        return self._words.text() if self.isVisible() else ""

    def say(self, words: str, offer: str = "", do: Callable[[], object] | None = None) -> None:
        """Show a sentence, perhaps beside a button with the words `offer` that does something about it."""
        self._do = do
        self.offer.setText(offer)
        self.offer.setVisible(bool(offer))
        self._words.setText(in_words_of((), words))
        self.setAccessibleDescription(words)
        self._place()
        self.show()
        self.raise_()
        self._timer.start()

    def pass_by(self) -> None:
        """Say no more what offers nothing: what it speaks of is no longer looked at."""
        if not self.offer.text():
            self.hide()

    def eventFilter(self, placed: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Resize, QEvent.Move, QEvent.Show, QEvent.Hide):
            self._place()
        return False

    def _place(self) -> None:
        over = self.parentWidget()
        room = over.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        if self._spared.isVisible():
            room.setBottom(self._spared.mapTo(over, QPoint()).y() - 1)
        layout = self.layout()
        room.setTop(room.bottom() - max(layout.heightForWidth(room.width()), layout.minimumSize().height()))
        self.setGeometry(room)

    def _accept(self) -> None:
        self.hide()
        if self._do:
            self._do()


class WorkBar(QWidget):
    """What is being done, since when, how far it has come, and Cancel, where it takes longer than a moment."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ElidedLabel("dim")
        self._words.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Progress")
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(180, 12)
        self.cancel = QPushButton("Cancel")
        self.cancel.setAccessibleName("Cancel the running work")
        self.cancel.clicked.connect(self.cancelled)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 0, 6, 2)
        layout.addWidget(self._words, 1)
        layout.addWidget(self.bar)
        layout.addWidget(self.cancel)
        self.setFixedHeight(self.cancel.sizeHint().height() + 4)
        self._resting = ""
        self._timer = QTimer(self, singleShot=True, interval=PATIENCE)
        self._timer.timeout.connect(self._show_work)
        self._doing = self._detail = ""
        self._since = QElapsedTimer()
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._tell)
        self._rest()

    @property
    def words(self) -> str:
        """What is said at the moment."""
        return self._words.toolTip() and self._words.accessibleDescription()

    def set_resting(self, words: str) -> None:
        """What is said while nothing takes long."""
        self._resting = words
        if not self.bar.isVisible():
            self._rest()

    def say(self, words: str) -> None:
        """Say something until there is news."""
        self._words.set_words(words)

    def set_busy(self, doing: str) -> None:
        """What is being done, in words; empty where nothing is."""
        if not doing:
            self._timer.stop()
            self._rest()
        elif doing != self._doing:
            self._since.start()
            self._detail = ""
            self.bar.setRange(0, 0)
        self._doing = doing
        if doing and self.bar.isVisibleTo(self):
            self._tell()
        elif doing and not self._timer.isActive():
            self._timer.start()

    def set_progress(self, progress: Progress) -> None:
        """How far the work has come."""
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)
        self._detail = progress.message
        if self.bar.isVisibleTo(self):
            self._tell()

    def _tell(self) -> None:
        seconds = self._since.elapsed() // 1000
        parts = (self._doing, self._detail, f"{seconds} s" if seconds else "")
        self._words.set_words(" · ".join(part for part in parts if part))

    def _show_work(self) -> None:
        self.bar.show()
        self.cancel.show()
        self._tick.start()
        self._tell()

    def _rest(self) -> None:
        self._tick.stop()
        self.bar.hide()
        self.cancel.hide()
        self._words.set_words(self._resting)
