"""Exports are complete or absent: killed, on a full disk, in a folder that cannot be written, beside each other."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pptx import Presentation

from dlviz import draw, inspect
from dlviz.jobs import Item, Lecture, Request
from dlviz.lectures import notebook
from dlviz.lectures.lecture import write_lecture
from dlviz_models.errors import UserError
from dlviz_models.files import sweep_beside
from dlviz_models.zoo import zoo
from tests.reliability.kill import killed_while, started
from tests.reliability.writers import export, rewrite, sheets


def _is_png(path: Path) -> None:
    with Image.open(path) as image:
        image.load()


def _is_svg(path: Path) -> None:
    ElementTree.parse(path)


def _is_pdf(path: Path) -> None:
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert content.rstrip().endswith(b"%%EOF")


def _is_html(path: Path) -> None:
    assert path.read_text("utf-8").rstrip().endswith("</html>")


def _is_film(path: Path) -> None:
    with Image.open(path) as film:
        for frame in range(film.n_frames):
            film.seek(frame)
            film.load()


def _is_pptx(path: Path) -> None:
    assert len(Presentation(str(path)).slides) == 1


def _is_npz(path: Path) -> None:
    with np.load(path) as file:
        np.testing.assert_array_equal(file["activation"], sheets()[-1].arrays["activation"])


WHOLE: dict[str, Callable[[Path], None]] = {
    ".png": _is_png,
    ".svg": _is_svg,
    ".pdf": _is_pdf,
    ".html": _is_html,
    ".pptx": _is_pptx,
    ".gif": _is_film,
    ".webp": _is_film,
    ".npz": _is_npz,
}
OLD = b"old"


@pytest.fixture(params=WHOLE)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An older file in a folder of its own."""
    path = tmp_path / "out" / f"maps{request.param}"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


def test_twenty_kills_leave_the_old_file_or_the_new(target: Path) -> None:
    seen = set()

    def before() -> None:
        target.write_bytes(OLD)
        sweep_beside(target)
        assert list(target.parent.iterdir()) == [target]

    for _ in killed_while(export, str(target), before=before):
        is_old = target.read_bytes() == OLD
        seen.add(is_old)
        if not is_old:
            WHOLE[target.suffix](target)
    assert seen == {True, False}
    draw.save(sheets(), target)
    assert list(target.parent.iterdir()) == [target]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that takes no more: a file system of its own where one can be made, else by a limit."""
    folder = tmp_path / "disk"
    folder.mkdir()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0:
        yield folder
        subprocess.run(["umount", str(folder)], check=True)
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, limits[1]))
        yield folder
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("ending", draw.MEDIA)
def test_full_disk_leaves_the_old_file(full_disk: Path, ending: str) -> None:
    target = full_disk / f"maps{ending}"
    target.write_bytes(OLD)
    with pytest.raises(UserError, match=rf"maps{ending} could not be written") as refused:
        draw.save(sheets(), target)
    assert len(str(refused.value)) <= 400
    assert target.read_bytes() == OLD
    assert list(full_disk.iterdir()) == [target]


LECTURE = Lecture("Monday", (Item(Request("filters", "lenet5", "conv1"), "title", "What is said of it. " * 400),))


@pytest.mark.parametrize(
    ("ending", "write"),
    [
        *((ending, lambda path: draw.save_deck(sheets(), "Monday", path)) for ending in (".html", ".pdf", ".pptx")),
        (".toml", lambda path: write_lecture(LECTURE, path)),
        (".ipynb", lambda path: notebook.write(LECTURE, path)),
    ],
)
def test_full_disk_leaves_the_old_lecture(full_disk: Path, ending: str, write: Callable[[Path], None]) -> None:
    target = full_disk / f"monday{ending}"
    target.write_bytes(OLD)
    with pytest.raises(UserError, match=f"monday{ending} could not be written"):
        write(target)
    assert target.read_bytes() == OLD
    assert list(full_disk.iterdir()) == [target]


def test_folder_that_cannot_be_written_keeps_the_old_file(target: Path) -> None:
    draw.save(sheets(), target)
    target.write_bytes(OLD)
    target.parent.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:  # who may write everywhere
        os.seteuid(65534)
    try:
        with pytest.raises(UserError, match="could not be written"):
            draw.save(sheets(), target)
    finally:
        if is_root:
            os.seteuid(0)
        target.parent.chmod(0o755)
    assert target.read_bytes() == OLD
    assert list(target.parent.iterdir()) == [target]


def test_writers_of_one_file_do_not_mix(tmp_path: Path) -> None:
    target = tmp_path / "maps.npz"
    writers = [started(export, str(target)) for _ in range(3)]
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    _is_npz(target)
    assert list(tmp_path.iterdir()) == [target]


def test_network_that_a_training_writes_again_and_again_opens_whole(tmp_path: Path) -> None:
    target, sources = tmp_path / "net.keras", [zoo()[name].path for name in ("lenet5", "squeezenet")]
    known = [inspect.inspect_file(source).facts["weights"] for source in sources]
    shutil.copy(sources[0], target)
    training = started(rewrite, target, sources, 3.0)
    seen = []
    while training.is_alive():
        seen.append(inspect.inspect_file(target).facts["weights"])
    training.join()
    assert training.exitcode == 0
    assert seen
    assert set(seen) <= set(known)
