"""An index that is built beside the window: what is asked for, what the bar says, and that it can be given up."""

from collections.abc import Callable
from typing import Any

import pytest

from dlviz.engine.client import Answer
from dlviz.jobs import BuildIndex, Indexed, Job
from dlviz.progress import Progress
from dlviz_gui.indexing import Indexing
from dlviz_gui.window import Window
from tests.gui.conftest import FakeEngine


@pytest.fixture
def builder() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def indexing(opened: Window, builder: FakeEngine) -> Indexing:
    """Of a window whose index is built by an engine that answers what it is told."""
    opened.indexing.process.start = lambda: builder
    return opened.indexing


def test_from_the_menu_to_the_end(
    qtbot: Any, indexing: Indexing, opened: Window, builder: FakeEngine, settle: Callable[[], list[Job]]
) -> None:
    assert not indexing.bar.isVisible()
    [action] = [action for action in opened.actions() if "Index" in action.text()]
    action.trigger()
    [(number, job)] = builder.jobs.items()
    assert job == BuildIndex("toy", "digits")
    assert indexing.bar.isVisible()

    builder.events.append(Answer(number, Progress(1000, 5000)))
    qtbot.waitUntil(lambda: indexing.bar.bar.value() == 1000)
    builder.events.append(Answer(number, Progress(3000, 5000)))
    qtbot.waitUntil(lambda: indexing.bar.bar.value() == 3000)
    indexing.bar._show_work()
    assert "3,000 of 5,000, a few seconds left" in indexing.bar.words

    opened.controller.choose_unit(3)  # answered while the index is being built
    assert settle()
    assert indexing.bar.isVisible()

    builder.answer(number, Indexed("toy", "digits", 5000, {"conv1": 6}, 16))
    qtbot.waitUntil(lambda: not indexing.bar.isVisible())
    assert "16 best of 5,000 samples of digits" in opened.message.words


def test_given_up_and_asked_for_again(qtbot: Any, indexing: Indexing, opened: Window, builder: FakeEngine) -> None:
    indexing.build()
    indexing.build()
    assert "already" in opened.message.words
    assert len(builder.jobs) == 1
    indexing.bar.cancel.click()
    qtbot.waitUntil(lambda: not indexing.bar.isVisible())
    assert builder.cancelled == [1]
    assert "go on from there" in opened.message.words
    indexing.build()
    assert len(builder.waiting) == 1


def test_refused_in_its_own_words(qtbot: Any, indexing: Indexing, opened: Window, builder: FakeEngine) -> None:
    indexing.build()
    builder.fail(1, "The index cannot be kept.")
    qtbot.waitUntil(lambda: not indexing.bar.isVisible())
    assert opened.message.words == "The index cannot be kept."


def test_nothing_is_open(window: Window) -> None:
    window.indexing.build()
    assert "open a network first" in window.message.words
