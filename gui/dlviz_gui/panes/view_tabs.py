"""A tab for each view: as many as there is room for, the others in a menu at their end, and one of these as a tab."""

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
        self._from_menu = 0
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
        set_tip(self.more, "More views")
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
        self.names, self._from_menu = names, 0
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

    def _permanent(self, widths: list[int]) -> int:
        """How many tabs from the left always stand there, beside the menu and any one of its views."""
        if sum(widths) <= self.width():
            return len(widths)
        room = self.width() - self.more.sizeHint().width()
        return next(n for n in range(len(widths) - 1, -1, -1) if sum(widths[:n]) + max(widths[n:]) <= room or n == 0)

    def _fit(self) -> None:
        """Show the tabs that there is room for, from the left, and the view that was last chosen from the menu; neither
        tabs nor entries of the menu move when another is chosen."""
        widths = [self.bar.tabSizeHint(number).width() for number in range(len(self.names))]
        permanent, current = self._permanent(widths), max(self.bar.currentIndex(), 0)
        if current >= permanent or self._from_menu < permanent:
            self._from_menu = current
        shown = {*range(permanent), self._from_menu} if permanent else {current}
        room = self.width() - self.more.sizeHint().width()
        for number in range(permanent, len(widths)):  # in what the last view from the menu leaves free
            if sum(widths[n] for n in {*shown, number}) > room:
                break
            shown.add(number)
        menu = self.more.menu()
        menu.clear()
        for number, name in enumerate(self.names):
            if self.bar.isTabVisible(number) != (number in shown):  # else Qt forgets that others have to be laid out
                self.bar.setTabVisible(number, number in shown)
            if number >= permanent:
                action = menu.addAction(title(name))
                action.setData(number)
                action.setToolTip(views()[name].summary)
                action.setCheckable(True)
                action.setChecked(number == current)
        self.more.setVisible(not menu.isEmpty())
