"""What the window exports and copies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QApplication,
    QFileDialog,
    QToolButton,
    QWidget,
)

from dlviz import draw
from dlviz.jobs import Export, Saved
from dlviz_gui import exporting
from dlviz_gui.selection import MAIN
from dlviz_gui.window import Window
from tests.gui.asking import Settle


def test_export_asks_for_what_is_shown(qtbot: Any, opened: Window, engine: Any, tmp_path: Any) -> None:
    opened.controller.export(str(tmp_path / "maps.svg"))
    ((number, job),) = engine.waiting.items()
    assert isinstance(job, Export)
    assert job.request.view == "activations"
    with qtbot.waitSignal(opened.controller.saved):
        engine.answer(number, Saved(job.path))
    assert job.path in opened.message.words


def test_what_is_shown_is_exported_and_not_what_is_asked_for(
    qtbot: Any, opened: Window, engine: Any, settle: Settle
) -> None:
    shown = opened.controller.shown[MAIN]
    opened.controller.choose_view("patches")
    opened.controller.export("maps.png")
    assert [job.request for job in engine.waiting.values() if isinstance(job, Export)] == [shown]
    opened.controller.cancel()
    opened.ask_export()
    assert opened.message.words.startswith("Nothing is shown")


def test_every_medium_is_offered(monkeypatch: pytest.MonkeyPatch, opened: Window, engine: Any) -> None:
    assert set(exporting.filters().values()) == set(draw.MEDIA)
    asked, offered = [], []

    def answer(parent: QWidget, words: str, name: str, filters: str, chosen: str) -> tuple[str, str]:
        asked.append(filters)
        offered.append((Path(name).suffix, chosen))
        return "/tmp/slides", next(f for f in filters.split(";;") if "pptx" in f)

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    opened.ask_export()
    assert all(f"*{ending})" in asked[0] for ending in draw.MEDIA)
    (job,) = engine.waiting.values()
    assert job.path == "/tmp/slides.pptx"
    opened.ask_export()
    assert offered == [(".png", "Picture (*.png)"), (".pptx", "Slides (*.pptx)")]  # the second time as the first
    opened.exporting._settings.setValue("medium", ".gif")
    slide, _ = opened.menuBar().cornerWidget().findChildren(QToolButton)
    slide.click()
    assert offered[-1] == (".pptx", "Slides (*.pptx)")
    assert exporting.with_ending("a.b", ".png") == "a.b.png"


def test_copying_and_help(qtbot: Any, opened: Window, settle: Settle) -> None:
    opened.copy_image()
    settle()
    image = QApplication.clipboard().image()
    assert (image.width(), image.height()) == (60, 40)
    assert image.pixelColor(3, 3).lightness() == 255
    qtbot.keyClick(opened, Qt.Key_H)
    assert opened.help.isVisible()
    qtbot.keyClick(opened.help, Qt.Key_Space)
    assert not opened.help.isVisible()


def test_escape_closes_the_help_and_cancels_nothing(qtbot: Any, opened: Window, engine: Any) -> None:
    opened.controller.choose_view("patches")
    qtbot.keyClick(opened, Qt.Key_H)
    qtbot.keyClick(opened.help, Qt.Key_Escape)
    assert not opened.help.isVisible()
    assert opened.slots.busy
