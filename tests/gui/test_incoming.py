"""What is dropped anywhere on the window or pasted into it is opened: a network, then data, then a picture."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image as Pillow
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QImage
from qtpy.QtWidgets import QApplication

from dlviz.jobs import Describe, Identified, Identify, Job, Show
from dlviz_gui.incoming import Incoming, is_welcome
from dlviz_gui.window import Window
from dlviz_models.errors import UserError

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


def png() -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(PIXELS).save(out, "PNG")
    return out.getvalue()


def of(*, urls: tuple[str, ...] = (), text: str = "", image: bool = False) -> QMimeData:
    mime = QMimeData()
    if urls:
        mime.setUrls([QUrl(url) for url in urls])
    if text:
        mime.setText(text)
    if image:
        picture = QImage(7, 5, QImage.Format_RGB32)
        for row in range(5):
            for column in range(7):
                picture.setPixelColor(column, row, QColor(*(int(v) for v in PIXELS[row, column])))
        mime.setImageData(picture)
    return mime


def opened_file(mime: QMimeData) -> np.ndarray:
    incoming = Incoming()
    (path,) = incoming.paths(mime)
    with Pillow.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    incoming.close()
    assert not Path(path).parent.exists()
    return pixels


DATA = f"data:image/png;base64,{b64encode(png()).decode()}"


@pytest.mark.parametrize(
    "mime",
    [
        of(image=True),
        of(urls=("https://example.org/cat.png",), image=True),  # of a browser that hands the pixels over as well
        of(urls=(DATA,)),
        of(text=DATA),
        of(text=f"data:image/png,{quote(png())}"),
    ],
    ids=["pixels", "pixels and link", "data link", "data text", "data without base64"],
)
def test_pictures_without_a_file_get_one(qapp: Any, mime: QMimeData) -> None:
    assert is_welcome(mime)
    np.testing.assert_array_equal(opened_file(mime), PIXELS)


@pytest.mark.parametrize(
    ("mime", "says"),
    [
        (of(urls=("https://example.org/cat.png",)), "web page"),
        (of(text="http://example.org/cat.png"), "web page"),
        (of(urls=("data:image/png;base64,!!!",)), "damaged"),
        (of(text="data:image/png"), "damaged"),
        (of(text="some words"), "no picture"),
        (of(), "no picture"),
    ],
)
def test_what_cannot_be_opened_gets_one_sentence(qapp: Any, mime: QMimeData, says: str) -> None:
    with pytest.raises(UserError, match=says):
        Incoming().paths(mime)


def test_a_path_that_was_copied_as_text_is_a_file(qapp: Any, tmp_path: Path) -> None:
    path = tmp_path / "a b.png"
    path.write_bytes(png())
    for mime in (of(text=str(path)), of(urls=(QUrl.fromLocalFile(str(path)).toString(),))):
        assert Incoming().paths(mime) == [str(path)]


HOLDS = {"/n.keras": "network", "/d.npz": "data", "/p.png": "picture", "/q.png": "picture"}


@pytest.fixture
def drop(qtbot: Any, window: Window, engine: Any) -> Callable[..., list[Job]]:
    """Drop files; the jobs that wait once the engine has said what each file is."""

    def them(*paths: str, broken: tuple[str, ...] = ()) -> list[Job]:
        mime = of(urls=tuple(QUrl.fromLocalFile(path).toString() for path in paths))
        event = QDropEvent(QPointF(300, 300), Qt.CopyAction, mime, Qt.LeftButton, Qt.NoModifier)
        QApplication.sendEvent(window.windowHandle(), event)
        for path in paths:
            (number,) = [n for n, job in engine.waiting.items() if job == Identify(path)]
            with qtbot.waitSignal(window.slots.failed if path in broken else window.slots.done):
                if path in broken:
                    engine.fail(number, f"{path} is broken: save it again.")
                else:
                    engine.answer(number, Identified(path, HOLDS[path]))  # type: ignore[arg-type]
        return list(engine.waiting.values())

    return them


@pytest.mark.parametrize("paths", [("/n.keras", "/d.npz", "/p.png"), ("/p.png", "/d.npz", "/n.keras")])
def test_network_data_and_picture_are_opened_in_this_order(
    qtbot: Any, window: Window, engine: Any, drop: Callable[..., list[Job]], paths: tuple[str, ...]
) -> None:
    (describe,) = drop(*paths)
    assert isinstance(describe, Describe)
    assert describe.model == "/n.keras"
    with qtbot.waitSignal(window.controller.network_opened):
        engine.answer_all()
    selection = window.controller.selection
    assert selection is not None
    assert (selection.model, selection.data, selection.input) == ("/n.keras", "/d.npz", "/p.png")


def test_what_is_broken_or_too_much_is_told_and_the_rest_is_opened(
    opened: Window, drop: Callable[..., list[Job]]
) -> None:
    jobs = drop("/q.png", "/d.npz", "/p.png", broken=("/d.npz",))
    shown = [job.request for job in jobs if isinstance(job, Show)]
    assert {request.inputs for request in shown if request.inputs} == {("/q.png",)}
    assert opened.message.words.startswith("p.png is left out, for q.png is opened")


def test_a_copied_picture_is_fed(qtbot: Any, opened: Window, engine: Any) -> None:
    QApplication.clipboard().setMimeData(of(image=True))
    qtbot.keyClick(opened, Qt.Key_V, Qt.ControlModifier)
    (job,) = engine.waiting.values()
    assert isinstance(job, Identify)
    with Pillow.open(job.path) as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), PIXELS)
    QApplication.clipboard().setMimeData(of(text="words"))
    opened.opening.paste()
    assert "no picture" in opened.message.words


def test_the_window_shows_wherever_the_pointer_is_that_it_takes_drops(opened: Window) -> None:
    handle, area, mime = opened.windowHandle(), opened.drops, of(urls=("file:///n.keras",))
    for widget in (
        opened.view_pane.sheet_pane,
        opened.network.list,
        opened.input.strip,
        opened.predictions,
        opened.menuBar(),
    ):
        at = widget.mapTo(opened, QPoint(widget.width() // 2, widget.height() // 2))
        how = (at, Qt.CopyAction, mime, Qt.LeftButton, Qt.NoModifier)
        for event in (QDragEnterEvent(*how), QDragMoveEvent(*how)):
            event.ignore()
            QApplication.sendEvent(handle, event)
            assert event.isAccepted()
            assert area.isVisible()
            assert area.geometry() == opened.rect()
        QApplication.sendEvent(handle, QDragLeaveEvent())
        assert not area.isVisible()
