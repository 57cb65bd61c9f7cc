"""Presenter mode: one picture fills the screen in big type, arrows turn its pages and go on, the pointer is a laser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QObject, QPointF, Qt
from qtpy.QtGui import QColor, QCursor, QPainter, QPixmap, QRadialGradient
from qtpy.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QWidget

if TYPE_CHECKING:
    from dlviz_gui.window import Window

BIG, BIG_LESSON = 1.6, 1.35
"""How much larger type is than in the window at first: with a view, and with a lesson, whose panels share a page."""
LEAST, MOST, STEP = 0.7, 1.7, 1.15
"""The range of what a zoom makes of that, and a step of it."""
SPOT = 36
"""Logical pixels of the spot of light."""
KEYS = {
    Qt.Key_Right: 1, Qt.Key_PageDown: 1, Qt.Key_Left: -1, Qt.Key_PageUp: -1,
}  # fmt: skip
"""Keys, those of presenters' remote controls among them, and by how many pages or pictures they go on."""
ZOOM = {Qt.Key_Plus: STEP, Qt.Key_Equal: STEP, Qt.Key_Minus: 1 / STEP}


class Presenter(QObject):
    """Takes everything away from a window but its picture, and puts it back."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._hidden: list[QWidget] = []
        self._was_maximised = False
        self.is_on = False
        self._zoom = 1.0
        self._laser = False

    def toggle(self) -> None:
        """Start, or stop."""
        if self.is_on:
            self.stop()
        else:
            self.start()

    def start(self) -> None:
        """Fill the screen with the picture."""
        window = self._window
        self.is_on, self._was_maximised = True, window.isMaximized()
        self._hidden = [widget for widget in around_picture(window) if not widget.isHidden()]
        for widget in self._hidden:
            widget.hide()
        window.help.hide()
        window.caption.show()
        self._title()
        window.view_pane.set_presented(True)
        self._set_type()
        window.pages.currentChanged.connect(self._set_type)
        window.showFullScreen()
        self.set_laser(True)
        QApplication.instance().installEventFilter(self)
        for shown in self._changes:
            shown.connect(self._title)
        window.shown_pane.setFocus()

    def stop(self) -> None:
        """Put everything back."""
        window = self._window
        QApplication.instance().removeEventFilter(self)
        for shown in self._changes:
            shown.disconnect(self._title)
        self.is_on = False
        self.set_laser(False)
        window.caption.hide()
        window.pages.currentChanged.disconnect(self._set_type)
        window.set_scale(1.0)
        window.view_pane.set_presented(False)
        for widget in self._hidden:
            widget.show()
        if self._was_maximised:
            window.showMaximized()
        else:
            window.showNormal()

    def set_laser(self, on: bool) -> None:
        """Make the pointer a spot of red light, or an arrow again."""
        if on and not self._laser:
            QApplication.setOverrideCursor(QCursor(spot(), SPOT // 2, SPOT // 2))
        elif self._laser and not on:
            QApplication.restoreOverrideCursor()
        self._laser = on

    def zoom(self, by: float) -> None:
        """Make type larger or smaller."""
        self._zoom = min(MOST, max(LEAST, self._zoom * by))
        self._set_type()

    def _set_type(self) -> None:
        self._window.set_scale(self._zoom * (BIG_LESSON if self._window.shows_lesson else BIG))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that go on, zoom and leave, unless somebody types."""
        if event.type() not in (QEvent.KeyPress, QEvent.ShortcutOverride):
            return False
        types = isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit | QAbstractSpinBox)
        does = self._does(event.key(), types)
        if does is None:
            return False
        event.accept()
        if event.type() == QEvent.KeyPress:
            does()
        return True

    def _does(self, key: int, types: bool):
        """What a key does; None where it means what it always does."""
        if key == Qt.Key_Escape and self._window.help.isVisible():
            return self._window.help.hide
        if key in (Qt.Key_Escape, Qt.Key_F11):
            return self.stop
        if types:
            return None
        if key in ZOOM:
            return lambda: self.zoom(ZOOM[key])
        if key == Qt.Key_L:
            return lambda: self.set_laser(not self._laser)
        if key == Qt.Key_C:
            area = self._options_area
            return lambda: area.setVisible(area.isHidden())
        if key in KEYS:
            return lambda: self._go_on(KEYS[key])
        return None

    def _go_on(self, by: int) -> None:
        """To another page of the picture, or where there is none to another picture."""
        window = self._window
        window.message.hide()
        if not window.shown_pane.sheets.pager.turn(by) and window.lecturing.tray.strip.count():
            window.lecturing.tray.step(by)

    @property
    def _changes(self) -> tuple[Any, ...]:
        """The signals that another picture is chosen or shown."""
        window = self._window
        return window.lecturing.tray.strip.currentRowChanged, window.controller.sheet, window.lessons.sheet

    @property
    def _options_area(self) -> QWidget:
        """What sets the options of what is shown."""
        window = self._window
        return (window.lesson if window.shows_lesson else window.view_pane).options_area

    def _title(self) -> None:
        """Write the title of the chosen picture over it, as long as its view is what is looked at."""
        window = self._window
        chosen = window.lecturing.tray.chosen
        selection = window.controller.selection
        view = window.lessons.name if window.shows_lesson else selection and selection.view
        title = chosen.title if chosen and chosen.request.view == view else ""
        window.caption.setText(title)
        window.caption.setVisible(self.is_on and bool(title))


def around_picture(window: Window) -> list[QWidget]:
    """What presenting hides: all but the picture and what belongs to it."""
    dock = window.lecturing.dock
    others = [window.menuBar(), window.network, window.side, window.input, window.work, window.message, dock]
    return [*others, *window.view_pane.around_picture(), *window.lesson.around_picture()]


def spot() -> QPixmap:
    """A spot of red light on nothing."""
    picture = QPixmap(SPOT, SPOT)
    picture.fill(Qt.transparent)
    light = QRadialGradient(QPointF(SPOT / 2, SPOT / 2), SPOT / 2)
    for place, opacity in ((0.0, 255), (0.35, 230), (0.5, 120), (1.0, 0)):
        light.setColorAt(place, QColor(255, 20, 20, opacity))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setPen(Qt.NoPen)
    painter.setBrush(light)
    painter.drawEllipse(0, 0, SPOT, SPOT)
    painter.end()
    return picture
