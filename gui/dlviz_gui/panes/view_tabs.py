"""A tab for each view: as many as there is room for, the others in a menu at their end."""

from __future__ import annotations

from qtpy.QtCore import QSize, Signal
from qtpy.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from dlviz.views import views
from dlviz_gui.labels import set_tip, title, tooltip
from dlviz_gui.tips import TipTabBar


class ViewTabs(QWidget):
    """Emits the name of the view that is chosen; no tab is ever cut, and the chosen one is always in sight."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        self._last_from_menu: set[int] = set()
        self.bar = TipTabBar()
        self.bar.setAccessibleName("Views")
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(False)
        self.bar.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self.more = QToolButton()
        self.more.setText("More")
        self.more.setObjectName("more")
        self.more.setAccessibleName("More views")
        self.more.setPopupMode(QToolButton.InstantPopup)
        set_tip(self.more, "Views for which there is no room beside these")
        self.more.setMenu(QMenu(self.more))
        self.more.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar, 1)
        layout.addWidget(self.more)
        self.bar.currentChanged.connect(self._on_changed)
        self.more.menu().triggered.connect(lambda action: self.bar.setCurrentIndex(action.data()))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.more.sizeHint().width(), super().minimumSizeHint().height())

    def set_views(self, names: tuple[str, ...]) -> None:
        """Offer views in this order, and choose none."""
        if names == self.names:
            return
        self.bar.blockSignals(True)
        while self.bar.count():
            self.bar.removeTab(0)
        self.names, self._last_from_menu = names, set()
        for number, name in enumerate(names):
            self.bar.addTab(title(name))
            self.bar.setTabToolTip(number, tooltip(views()[name].summary))
        self.bar.blockSignals(False)
        self._fit()

    def choose(self, name: str) -> None:
        """Light the tab of a view without emitting that it was chosen."""
        self.bar.blockSignals(True)
        self.bar.setCurrentIndex(self.names.index(name))
        self.bar.blockSignals(False)
        self._fit()

    def step_to(self, name: str) -> None:
        """Choose a view as a click on its tab does, where there is one."""
        if name in self.names:
            self.bar.setCurrentIndex(self.names.index(name))

    def _on_changed(self, number: int) -> None:
        self._fit()
        self.chosen.emit(self.names[number])

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        self._fit()  # type may have become larger

    def _fitting(self, widths: list[int], kept: set[int]) -> set[int]:
        """Some tabs, and from the left as many others as there is room for beside them and the menu."""
        room = self.width() - self.more.sizeHint().width() - sum(widths[number] for number in kept)
        shown = set(kept)
        for number in (n for n in range(len(widths)) if n not in kept):
            room -= widths[number]
            if room < 0:
                break
            shown.add(number)
        return shown

    def _fit(self) -> None:
        """Show the tabs that there is room for, from the left, the chosen one, and the one that was last chosen from
        the menu, so that no tab moves when another is chosen."""
        widths = [self.bar.tabSizeHint(number).width() for number in range(len(self.names))]
        current = max(self.bar.currentIndex(), 0)
        shown = set(range(len(widths)))
        if sum(widths) > self.width():
            if current not in self._fitting(widths, set()):
                self._last_from_menu = {current}
            shown = self._fitting(widths, {current, *self._last_from_menu})
        menu = self.more.menu()
        menu.clear()
        for number, name in enumerate(self.names):
            if self.bar.isTabVisible(number) != (number in shown):  # else Qt forgets that others have to be laid out
                self.bar.setTabVisible(number, number in shown)
            if number not in shown:
                action = menu.addAction(title(name))
                action.setData(number)
                action.setToolTip(views()[name].summary)
        self.more.setVisible(not menu.isEmpty())
