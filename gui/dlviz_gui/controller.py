"""Passes on what people choose as jobs, and what comes back to whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from dlviz.applies import data_obstacle
from dlviz.jobs import (
    Describe,
    Description,
    Export,
    Identified,
    Identify,
    Lecture,
    Render,
    Rendered,
    Request,
    Saved,
    Strip,
    Thumbnails,
)
from dlviz.options import Value
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz_gui.history import History
from dlviz_gui.job_slots import JobSlots
from dlviz_gui.job_titles import title_of
from dlviz_gui.selection import (
    MAIN,
    PREDICTIONS,
    UNIT,
    Selection,
    asked_for,
    completed,
    has_layer,
    layer_of,
    replaced,
    shows_network_alone,
    step_layer,
    suits,
    takes,
    with_layer_for_view,
)

FILE, NETWORK, STRIP, EXPORT, COPY = "file", "network", "strip", "export", "copy"
_NEEDS = {"input": "sample"}
PATIENCE = 600.0
"""Seconds that a view of a whole data set, its export, or looking into a large file may take."""


class Controller(QObject):
    """What is looked at, and the jobs that keep every pane of the window up to date."""

    network_opened = Signal(object)
    selection_changed = Signal(object)
    sheet = Signal(str, object)
    thumbnails = Signal(object)
    progress = Signal(str, object)
    failed = Signal(str, str)
    asked = Signal(str, str)
    """A pane whose picture is out of date, and what is done about it, in words."""
    left = Signal()
    """What was looked at is left for a file that is opened, or for another view."""
    refreshed = Signal()
    """Everything is asked for again; so are the samples, by whoever shows them."""
    cancelled = Signal(str)
    """A slot whose job was given up."""
    saved = Signal(str)
    made = Signal(object, str)
    """What made the files that are opened, as a lecture, and the path of the first of them."""
    rendered = Signal(object)
    """What is shown as a picture, (height, width, 3)."""

    def __init__(self, slots: JobSlots, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.slots = slots
        self.network: Description | None = None
        self.selection: Selection | None = None
        self._asked = Selection("", "", "")
        self._history = History()
        self._requests: dict[str, Request] = {}
        self.shown: dict[str, Request] = {}
        """What was asked for the sheet that each pane shows."""
        self._total = 0
        self._unread: list[str] = []
        self._found: dict[str, str] = {}
        self._made = Lecture()
        self._kind = ""
        slots.answered.connect(self._on_answer)
        slots.failed.connect(self._on_failed)
        slots.failed.connect(self._identify_next)
        slots.done.connect(self._identify_next)

    # -- opening -----------------------------------------------------------------------------------------------

    def open_network(self, model: str, data: str = "", trust: tuple[str, ...] = (), preprocess: str = "auto") -> None:
        """Open a network, with the data that suits it unless `data` names other; the old one stays until it is open."""
        self.left.emit()
        self._ask_network(self._start(model, data, trust=trust, preprocess=preprocess))

    def go(self, selection: Selection) -> None:
        """Look at what was looked at before, in its network."""
        self.left.emit()
        self._go(selection)

    def _go(self, selection: Selection) -> None:
        of_network = ("model", "output", "preprocess", "trust")
        if self.selection and all(getattr(selection, name) == getattr(self.selection, name) for name in of_network):
            self.selection = selection
            self._changed(PREDICTIONS, MAIN, UNIT)
        else:
            self._ask_network(selection)

    def visit(self, request: Request) -> None:
        """Look at what a request shows; what it leaves open stays as it is in the same network."""
        self.left.emit()
        old = self.selection if self.selection and self.selection.model == request.model else None
        selection = asked_for(request, old or Selection(request.model, "", ""))
        self._go(self._completed(selection, self.network) if old and self.network else selection)

    def step_history(self, by: int) -> None:
        """Go back (-1) to what was looked at before, or forward again (1)."""
        if selection := self._history.step(by):
            self.go(selection)

    def _start(self, model: str, data: str = "", **given: Any) -> Selection:
        """Where looking at a network starts: in the view that is open, with its options if it is the same network."""
        old = self.selection
        settings = old.settings if old and old.model == model else {}
        return Selection(model, data, "", view=old.view if old else "activations", settings=settings, **given)

    def choose_preprocess(self, mode: str) -> None:
        """Feed the network that is open in another way; layer, unit and picture stay."""
        if self.selection and mode != self.selection.preprocess:
            self._ask_network(replace(self.selection, preprocess=mode))

    def choose_output(self, name: str) -> None:
        """Look at another output of the network that is open; layer, unit and picture stay."""
        if self.selection and name != self.selection.output:
            self._ask_network(replace(self.selection, output=name))

    def _ask_network(self, asked: Selection) -> None:
        self._asked = asked
        self.slots.ask(
            NETWORK,
            Describe(asked.model, asked.output, preprocess=asked.preprocess, trust=asked.trust, data=asked.data),
        )

    def open_path(self, path: str) -> None:
        """Open whatever a file or folder is by its content: a network, a data set or a picture."""
        self.open_paths([path])

    def open_paths(self, paths: Sequence[str]) -> None:
        """Open what several files are, as far as they go together: a network, then data, then a picture."""
        self.left.emit()
        self._unread, self._found, self._kind, self._made = list(paths), {}, "", Lecture()
        self._identify_next(FILE)

    def _identify_next(self, slot: str, sentence: str = "") -> None:
        """Ask what the next file is; once all are known, or were refused, open them."""
        if slot == FILE and self._unread:
            self.slots.ask(FILE, Identify(self._unread.pop(0)), PATIENCE)
        elif slot == FILE:
            self._open_found()

    def _on_identified(self, found: Identified) -> None:
        if found.lecture:
            self._made = Lecture(found.lecture.title or self._made.title, self._made.items + found.lecture.items)
        self._kind = found.kind or self._kind
        first = self._found.setdefault(found.holds, found.path)
        if not found.lecture and first != found.path:
            left, first = Path(found.path).name[-100:], Path(first).name[-100:]
            self.failed.emit(FILE, f"{left} is left out, for {first} is opened: put several pictures into one folder.")

    def _open_found(self) -> None:
        found, self._found = self._found, {}
        if self._made.items and "network" not in found:
            self.made.emit(self._made, next(iter(found.values())))
            return
        data, picture = found.get("data", ""), found.get("picture", "")
        if "network" in found:
            self._ask_network(self._start(found["network"], data, input=picture))
        elif found and not self.network:
            name = Path(data or picture).name[-100:]
            self.failed.emit(FILE, f"{name} can only be fed to a network: open one first.")
        elif self.network:
            name, kind, network = Path(data).name[-100:], self._kind, self.network
            if data and kind and (sentence := data_obstacle(name, kind, network.name, network.sample_kind)):
                self.failed.emit(FILE, sentence)
            elif data:
                self.choose_data(data)
            if picture:
                self.choose_input(picture)

    def _open(self, network: Description) -> None:
        if self.selection and self.selection.model != self._asked.model:
            self.shown.clear()
        self.network = network
        self._total = 0
        self.selection = self._completed(self._asked, network)
        self.network_opened.emit(network)
        self._changed(PREDICTIONS, MAIN, UNIT)

    def _completed(self, selection: Selection, network: Description) -> Selection:
        """The selection with whatever it leaves open of a network, and a word on what this one has not."""
        for sentence in replaced(selection, network):
            self.failed.emit(NETWORK, sentence)
        return completed(selection, network)

    # -- choosing ----------------------------------------------------------------------------------------------

    def choose_layer(self, name: str) -> None:
        """Look at another layer; a diagram of the network before this one may still name others."""
        if self.selection and self.network and name != self.selection.layer and has_layer(self.network, name):
            units = layer_of(self.network, name).units
            unit = self.selection.unit if self.selection.unit < units else 0
            self._choose({"layer"}, layer=name, unit=unit, units=(), page=0)

    def choose_unit(self, unit: int, layer: str = "") -> None:
        """Look at another unit, of the layer or of another one."""
        if layer:
            self.choose_layer(layer)
        if self.selection and self.network and unit != self.selection.unit:
            units = layer_of(self.network, self.selection.layer).units
            if 0 <= unit < units:
                self._choose({"unit"}, unit=unit)

    def choose_units(self, units: tuple[int, ...]) -> None:
        """Show some units of the layer in the view pane, none for all."""
        if self.selection and units != self.selection.units:
            self.selection = replace(self.selection, units=units)
            self._changed(MAIN)

    def choose_other(self, model: str) -> None:
        """Choose the second network of views that compare two."""
        if self.selection and model != self.selection.other:
            self.selection = replace(self.selection, other=model)
            self._changed(MAIN)

    def choose_epoch(self, epoch: int) -> None:
        """Look at the weights that another epoch of the training left."""
        if self.selection and epoch != self.selection.epoch:
            self.selection = replace(self.selection, epoch=epoch)
            self._changed(PREDICTIONS, MAIN, UNIT)

    def choose_changes(self, changes: tuple[str, ...]) -> None:
        """Look at what becomes of the network after changes to it, as it was where there are none."""
        if self.selection and changes != self.selection.changes:
            self.selection = replace(self.selection, changes=changes)
            self._changed(PREDICTIONS, MAIN, UNIT)

    def turn_page(self, page: int) -> None:
        """Remember which page of a contact sheet is shown."""
        if self.selection:
            self.selection = replace(self.selection, page=page)
            self._history.visit(self.selection)

    def choose_input(self, given: str | np.ndarray | int | tuple[str, ...]) -> None:
        """Feed something else: an INPUT of the command line, pixels (height, width, channel), or a number in
        the data."""
        if self.selection:
            source = f"{self.selection.data}:{given}" if isinstance(given, int) else given
            self._choose({"input"}, input=source, page=0)

    def choose_data(self, source: str) -> None:
        """Take samples from a source; the one that is open is read again."""
        if self.selection and source == self.selection.data:
            self.refresh()
        elif self.selection:
            self._total = 0
            self._choose({"input", "data"}, data=source, input=f"{source}:0", limit=0, balanced=False, page=0)

    def choose_view(self, view: str) -> None:
        """Show another view in the view pane."""
        if self.selection and view != self.selection.view:
            self.left.emit()
            old, changed = self.selection, replace(self.selection, view=view, page=0)
            self.selection = with_layer_for_view(changed, self.network) if self.network else changed
            self._asked = replace(self._asked, view=view)  # a network that is being opened is shown so as well
            self._changed(MAIN, *([UNIT] if self.selection.layer != old.layer else []))

    def set_options(self, values: Mapping[str, Value]) -> None:
        """Set the options of the view in the view pane that are not at their defaults."""
        if self.selection:
            self.selection = replace(
                self.selection, settings={**self.selection.settings, self.selection.view: dict(values)}
            )
            self._changed(MAIN)

    def step_layer(self, by: int) -> None:
        """Go `by` layers on."""
        if self.selection and self.network:
            self.choose_layer(step_layer(self.network, self.selection.layer, by))

    def step_unit(self, by: int) -> None:
        """Go `by` units on."""
        if self.selection:
            self.choose_unit(self.selection.unit + by)

    def step_input(self, by: int) -> None:
        """Go `by` pictures on in the data; from a picture of another source, back to the first."""
        if self.selection:
            number = self.selection.number
            to = 0 if number is None else number + by
            if 0 <= to < max(self._total, 1) and to != number:
                self.choose_input(to)

    def _choose(self, changed: set[str], **fields: object) -> None:
        assert self.selection is not None
        self.selection = replace(self.selection, **fields)  # type: ignore[arg-type]
        stale = [UNIT]
        if {_NEEDS.get(c, c) for c in changed} & takes(self.selection.view):
            stale.insert(0, MAIN)
        if "input" in changed:
            stale.insert(0, PREDICTIONS)
        self._changed(*stale)

    # -- asking ------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for everything again, as after a failure."""
        self.refreshed.emit()
        if self.selection:
            self._changed(PREDICTIONS, MAIN, UNIT)
        elif self._asked.model:
            self._ask_network(self._asked)

    def _changed(self, *panes: str) -> None:
        assert self.selection
        self._history.visit(self.selection)
        self.selection_changed.emit(self.selection)
        alone = shows_network_alone(self.selection.view)
        for pane in sorted(panes, key=lambda pane: alone and pane != MAIN):
            self._ask(pane)

    def _ask(self, pane: str) -> None:
        assert self.selection
        assert self.network
        unit_less = pane == UNIT and not layer_of(self.network, self.selection.layer).units
        if unit_less or (pane != MAIN and not suits(pane, self.network)):
            self.slots.cancel(pane)
            return
        job = self.selection.show(pane)
        self._requests[pane] = job.request
        self.slots.ask(pane, job, PATIENCE)
        self.asked.emit(pane, f"{title_of(job)}…")

    def ask_thumbnails(self, start: int, stop: int) -> None:
        """Ask for the samples start..stop-1 of the data in small."""
        if self.selection and self.network:
            model = self.selection.model if self.selection.data == "made" else ""
            self.slots.ask(STRIP, Strip(self.selection.data, start, stop, model=model))

    def export(self, path: str, dpi: int = 150, size: tuple[int, int] | None = None) -> None:
        """Write what the view pane shows to a file whose ending chooses the medium."""
        if MAIN in self.shown:
            self.slots.ask(EXPORT, Export(self.shown[MAIN], path, dpi, size), PATIENCE)

    def copy(self) -> None:
        """Ask for what the view pane shows as a picture."""
        if MAIN in self.shown:
            self.slots.ask(COPY, Render(self.shown[MAIN]), PATIENCE)

    def cancel(self) -> None:
        """Give up everything that runs; what is seen of it already stays."""
        given_up = self.slots.busy
        self.slots.cancel(*given_up)
        for slot in given_up:
            if self.shown.get(slot) is not self._requests.get(slot):
                self.shown.pop(slot, None)
            self.cancelled.emit(slot)

    def _on_failed(self, slot: str, sentence: str) -> None:
        self.shown.pop(slot, None)
        self.failed.emit(slot, sentence)

    def _on_answer(self, slot: str, value: object) -> None:
        match value:
            case Identified():
                self._on_identified(value)
            case Description():
                self._open(value)
            case Sheet():
                self.shown[slot] = self._requests[slot]
                self.sheet.emit(slot, value)
            case Progress():
                self.progress.emit(slot, value)
            case Thumbnails():
                self._total = value.total
                self.thumbnails.emit(value)
            case Rendered(pixels):
                self.rendered.emit(pixels)
            case Saved(path):
                self.saved.emit(path)
