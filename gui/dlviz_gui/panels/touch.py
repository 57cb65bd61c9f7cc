"""Setting an option by moving, clicking or dragging the pointer on a panel."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt, Signal
from qtpy.QtWidgets import QAbstractScrollArea, QWidget

from dlviz.sheet import Panel


class Touch(QObject):
    """Watches a panel's widget, which has `place_at`; a click holds what the pointer has set, another lets go."""

    touched = Signal(str, object)

    def __init__(self, body: QWidget) -> None:
        super().__init__(body)
        self.panel = Panel()
        self.held = False
        self._body = body
        self._watched = body.viewport() if isinstance(body, QAbstractScrollArea) else body
        self._watched.setMouseTracking(True)
        self._watched.installEventFilter(self)

    def set_panel(self, panel: Panel) -> None:
        """Watch for what another panel sets."""
        if panel.sets != self.panel.sets:
            self.held = False
        self.panel = panel
        if panel.sets and panel.by != "click":
            self._watched.setCursor(Qt.CrossCursor)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.panel.sets or self.panel.by in ("type", "paint", "click"):
            return False
        pressed = event.type() in (QEvent.MouseButtonPress, QEvent.MouseButtonDblClick)
        if event.type() != QEvent.MouseMove and not pressed:
            return False
        if self.panel.by == "pointer":
            if pressed:
                self.held = not self.held
            if not self.held or pressed:
                self._tell(event)
        elif pressed or event.buttons() & Qt.LeftButton:
            self._tell(event)
        return True

    def _tell(self, event) -> None:
        place = self._body.place_at(event.localPos())
        if place is not None:
            panel = self.panel
            value = tuple(o + panel.spacing * p for o, p in zip(panel.origin, place, strict=True))
            self.touched.emit(panel.sets, value)
