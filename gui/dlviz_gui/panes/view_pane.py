"""The view pane: a tab for each view, its controls, the sentence of what is seen, and the sheet."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from dlviz.applies import counts_for
from dlviz.jobs import Description
from dlviz.model.changes import described
from dlviz.options import Option, Value, options_of
from dlviz.sheet import Sheet
from dlviz.views import views
from dlviz_gui.controls import Controls
from dlviz_gui.labels import ElidedLabel, FoldedLabel, in_words_of
from dlviz_gui.panes.film_bar import FilmBar
from dlviz_gui.panes.other_box import OtherBox
from dlviz_gui.panes.sheet_pane import SheetPane
from dlviz_gui.panes.unit_field import UnitField
from dlviz_gui.panes.view_tabs import ViewTabs
from dlviz_gui.scrolled import Scrolled, column
from dlviz_gui.selection import Selection, layer_of, offered, suits, takes, targets

LINES = 2
"""Of controls, and of the sentence: more would leave the picture little room at 1366 x 768."""
PRESENTED = 6
"""Lines of the sentence over what is presented, where the controls leave their room."""


class ViewPane(QFrame):
    """Shows the chosen view and emits what is chosen in it."""

    view_chosen = Signal(str)
    options_changed = Signal(dict)
    units_chosen = Signal(tuple)
    chosen = Signal(str, object)
    turned = Signal(int)
    """The page of a contact sheet that is shown now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.tabs = ViewTabs()
        self.tabs.chosen.connect(self.view_chosen)
        self.other = OtherBox()
        self.units = UnitField()
        self.units.chosen.connect(self.units_chosen)
        self.units.hide()
        self.controls = Controls(lines=LINES, last=(self.units, self.other))
        self.controls.changed.connect(self.options_changed)
        self.options_area = column(self.controls, stretched=self.controls)
        """The controls, which hide by themselves where there are none."""
        self._title = ElidedLabel("dim")
        self._summary = FoldedLabel("summary", LINES)
        self.sheet_pane = SheetPane("The chosen view", "Opening the network…")
        self.sheet_pane.chosen.connect(self.chosen)
        self.sheet_pane.picked.connect(self.units.toggle)
        self.sheet_pane.sheets.touched.connect(self._on_touched)
        self.units.marked.connect(self.sheet_pane.sheets.set_picked)
        pager = self.sheet_pane.sheets.pager
        pager.turned.connect(lambda: self.turned.emit(pager.page))
        self.sheet_pane.waits.connect(self._forget_sheet)
        self.film = FilmBar()
        self.film.chosen.connect(self._show)
        self.sheet_pane.asked.connect(self.film.clear)
        foot = QWidget()
        beside = QHBoxLayout(foot)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self._title, 1)
        beside.addWidget(self.film)
        self._shown = ""
        self._network: Description | None = None
        self._settings: Mapping[str, Value] = {}
        self._offered: tuple[str, tuple[Option, ...], dict[str, tuple[str, ...]]] = ("", (), {})
        self._changes: tuple[str, ...] = ()
        self._is_new = False
        self._scrolled = Scrolled(
            column(self.options_area, self._summary, self.sheet_pane, foot, stretched=self.sheet_pane)
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 12, 8)
        layout.setSpacing(6)
        layout.addWidget(self.tabs)
        layout.addWidget(self._scrolled, 1)

    def around_picture(self) -> list[QWidget]:
        """What a class need not see."""
        return [self.tabs, self.options_area, self._title]

    def set_presented(self, on: bool) -> None:
        """Show the picture large, and the sentence whole where there is room."""
        self._summary.set_lines(PRESENTED if on else LINES)
        self.sheet_pane.sheets.set_presented(on)

    def set_network(self, network: Description) -> None:
        """Offer the views that suit a network; their controls are made anew for it."""
        self._shown = ""
        self._offered = ("", (), {})
        self._network = network
        self.other.set_kind(network.sample_kind)
        self.tabs.set_views(tuple(name for name in offered() if suits(name, network)))

    def set_selection(self, selection: Selection) -> None:
        """Show the tab and the controls of the chosen view."""
        self._changes = selection.changes
        self.sheet_pane.sheets.first_page = selection.page
        self.sheet_pane.sheets.set_selected(selection.unit, selection.layer)
        total = layer_of(self._network, selection.layer).units if self._network else 0
        self.units.set_units(selection.units, total)
        self.other.setVisible("other" in takes(selection.view) or bool(selection.other))
        self.other.set_model(selection.other, selection.model)
        self.units.setVisible(total > 1 and views()[selection.view].chosen_units)
        self._set_options(selection)
        if selection.view != self._shown:
            self._shown = selection.view
            self.tabs.choose(selection.view)
            self._is_new = True

    def _set_options(self, selection: Selection) -> None:
        """Offer the options of the view that make a difference to the network, anew where others are to be offered."""
        options, settings = self._options(selection), selection.settings.get(selection.view, {})
        offers = self._offers(selection, {option.suggests for option in options})
        if (selection.view, options, offers) != self._offered:
            self._offered = selection.view, options, offers
            self.controls.set_options(options, settings, offers)
        elif settings not in (self._settings, self.controls.values()):  # as it was when going back
            self.controls.set_values(settings)
        self._settings = settings

    def _options(self, selection: Selection) -> tuple[Option, ...]:
        chosen = views()[selection.view]
        found = options_of(chosen)
        if self._network:
            layer = layer_of(self._network, selection.layer)
            found = tuple(option for option in found if counts_for(option, self._network, layer))
        return tuple(sorted(found, key=lambda o: o.name not in vars(chosen)))  # its own before a recipe's

    def _offers(self, selection: Selection, wanted: set[str]) -> dict[str, tuple[str, ...]]:
        """What is offered to be chosen, by what options suggest."""
        if self._network is None:
            return {}
        weights = ("", *layer_of(self._network, selection.layer).weights)
        classes = ("", *self._network.classes)
        offers = {"target": targets(self._network), "weight": weights, "classes": classes}
        return {name: offered for name, offered in offers.items() if name in wanted}

    @property
    def summary(self) -> str:
        """The sentence over the picture."""
        return self._summary.words

    def set_sheet(self, sheet: Sheet) -> None:
        """Show a sheet, and keep it if it is part of a film."""
        self.film.add(sheet)
        self._show(sheet)

    def _show(self, sheet: Sheet) -> None:
        """Show a sheet; of a changed network the sentence begins with its changes."""
        changed = f"W{described(self._changes)[1:]}:" if self._changes else ""
        self._summary.set_words(self._in_words(" ".join(filter(None, (changed, sheet.question, sheet.summary)))))
        self._title.set_words(f"{sheet.title} — {self._in_words(sheet.note)}" if sheet.note else sheet.title)
        self.sheet_pane.set_sheet(sheet)
        if self._is_new:
            self._is_new = False
            QTimer.singleShot(0, self._scrolled.to_start)  # after the focus has left what stood here

    def say(self, words: str) -> None:
        """Show words instead of a sheet."""
        self._forget_sheet()
        self.film.clear()
        self.sheet_pane.say(self._in_words(words))

    def _in_words(self, sentence: str) -> str:
        """A sentence in the words of the controls of the view that is shown."""
        return in_words_of(options_of(views()[self._shown]) if self._shown else (), sentence)

    def _forget_sheet(self) -> None:
        """Say what the view shows, without a word on the sheet that stood here."""
        self._title.set_words("")
        self._summary.set_words(views()[self._shown].summary if self._shown else "")

    def _on_touched(self, name: str, value: Value) -> None:
        self.options_changed.emit({**self.controls.values(), name: value})

    def step_to(self, view: str) -> None:
        """Choose the tab of a view, where there is one."""
        self.tabs.step_to(view)
