"""Short forms of `benchmarks/endurance.py`: the window clicked at random, and what stays behind of networks."""

from __future__ import annotations

import gc
import multiprocessing
import random
import shutil
import time
from collections import Counter
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import QSettings, QThreadPool

from benchmarks.clicker import Clicker
from benchmarks.gaps import GAP
from dlviz.jobs import Request
from dlviz.session import Session
from dlviz_models.zoo import zoo
from tests.reliability.kill import started
from tests.reliability.writers import keep_settings

SECONDS, ACTIONS = 8, 25


def test_random_clicks_do_no_harm(qapp: Any, tmp_path: Path) -> None:
    QSettings.setPath(QSettings.IniFormat, QSettings.UserScope, str(tmp_path))
    others = multiprocessing.active_children()
    clicker = Clicker(tmp_path, seed=0)
    clicker.run(SECONDS, least=ACTIONS)
    QThreadPool.globalInstance().waitForDone()
    assert not clicker.errors, "\n".join(clicker.errors)
    assert clicker.gaps.largest < GAP, clicker.gaps.worst
    assert sum(clicker.done.values()) >= ACTIONS
    assert set(multiprocessing.active_children()) <= set(others)
    assert not list(tmp_path.glob(".dlviz-*"))


def test_opened_files_leave_nothing_in_the_window(qapp: Any, tmp_path: Path) -> None:
    QSettings.setPath(QSettings.IniFormat, QSettings.UserScope, str(tmp_path))
    clicker = Clicker(tmp_path, seed=1)
    seen = []
    files = ("whole.keras", "cut.keras", "text.h5", "data.npz", "picture.png", "folder")
    for _ in range(3):
        for name in files:
            clicker.window.controller.open_path(str(clicker.files[name]))
            clicker.settle(30)
        seen.append(clicker.measure())
    clicker.window.close()
    QThreadPool.globalInstance().waitForDone()
    _, before, after = seen  # once through all of them first
    assert after.allocated < before.allocated + 0.1
    assert after.blocks < before.blocks + 20 * len(files)


def test_closed_networks_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three times as many networks as stay open, which are fewer here."""
    kept = 2
    monkeypatch.setattr("dlviz.session.KEPT", kept)
    session = Session()

    def look(number: int) -> None:
        path = tmp_path / f"{number}.keras"
        shutil.copy(zoo()["lenet5"].path, path)
        list(session.show(Request("unit", str(path), layer="conv1", units=(1,), limit=20)))

    def counted() -> Counter[str]:
        gc.collect()
        return Counter(type(thing).__name__ for thing in gc.get_objects())

    before = counted()["Network"]  # tests before this one may have left some
    seen = []
    for number in range(3 * kept):
        look(number)
        if number % kept == kept - 1:
            seen.append(counted())
    kinds = ("Network", "Functional", "Variable", "FuncGraph", "ConcreteFunction", "AtomicFunction", "Scan")
    assert not {kind: seen[2][kind] - seen[1][kind] for kind in kinds if seen[2][kind] > seen[1][kind]}
    assert seen[2]["Network"] <= before + kept
    assert sum(seen[2].values()) < 1.01 * sum(seen[1].values())


@pytest.mark.parametrize("kind", ["garbage", "types", "newer", "folder"])
def test_odd_settings_stop_nobody(qapp: Any, tmp_path: Path, kind: str) -> None:
    from dlviz_gui.engine import EngineLink
    from dlviz_gui.window import Window

    QSettings.setPath(QSettings.IniFormat, QSettings.UserScope, str(tmp_path))
    path = tmp_path / "dlviz" / "window.ini"
    path.parent.mkdir()
    match kind:
        case "garbage":
            path.write_bytes(bytes(range(256)) * 8)
        case "types":
            path.write_text("[General]\ngeometry=7\nsplitter=a, b, c\n")
        case "newer":  # Qt marks both with a number of its format
            path.write_text(
                "[General]\ngeometry=@ByteArray(\\x1\\xd9\\xd0\\xcb\\0\\x63)\nsplitter=@ByteArray(\\0\\0\\0\\xff)\n"
            )
        case "folder":
            path.mkdir()
    window = Window(EngineLink())
    window.show()
    assert window.width() >= window.minimumWidth() >= 800
    assert min(window.splitter.sizes()) > 0
    window.close()


def test_settings_that_cannot_be_written_are_said(
    qapp: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file stands where the folder should be made, which stops the superuser as well."""
    from dlviz_gui.engine import EngineLink
    from dlviz_gui.window import Window

    QSettings.setPath(QSettings.IniFormat, QSettings.UserScope, str(tmp_path))
    (tmp_path / "dlviz").write_text("somebody's")
    window = Window(EngineLink())
    window.show()
    assert window.close()
    [said] = capsys.readouterr().err.splitlines()
    assert (
        said
        == f"The window size was not saved: {tmp_path}/dlviz/window.ini cannot be written: make its folder writable."
    )
    assert (tmp_path / "dlviz").read_text() == "somebody's"


def test_twenty_kills_leave_whole_settings(tmp_path: Path) -> None:
    path, moments = tmp_path / "dlviz" / "window.ini", random.Random(0)
    for _ in range(20):
        before = path.stat().st_mtime_ns if path.exists() else 0
        process = started(keep_settings, tmp_path, 60.0)
        while not path.exists() or path.stat().st_mtime_ns == before:
            assert process.is_alive()
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.02))
        process.kill()
        process.join()
        file = ConfigParser()
        file.read(path)
        letters, number = file["General"]["letters"], file["General"]["number"]
        assert letters == "x" * (int(number) % 7 * 300_000)


def test_windows_share_their_settings(qapp: Any, tmp_path: Path) -> None:
    from dlviz_gui.engine import EngineLink
    from dlviz_gui.window import Window

    QSettings.setPath(QSettings.IniFormat, QSettings.UserScope, str(tmp_path))
    windows = [Window(EngineLink()) for _ in range(2)]
    for height, window in zip((520, 560), windows, strict=True):
        window.show()
        window.resize(800, height)
    for window in windows:
        window.close()
    assert [file.name for file in (tmp_path / "dlviz").iterdir()] == ["window.ini"]
    later = Window(EngineLink())
    assert later.height() == 560
    later.close()
