"""A write is complete or absent."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path


def test_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "net.tar.keras"
    target.write_text("old")
    with atomic_path(target) as path:
        assert path.parent.parent == tmp_path
        assert path.name == target.name
        path.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert os.listdir(tmp_path) == ["net.tar.keras"]


@pytest.mark.parametrize("failure", [RuntimeError("bug"), KeyboardInterrupt()])
def test_failure_leaves_the_old_file(tmp_path: Path, failure: BaseException) -> None:
    target = tmp_path / "a.npz"
    target.write_text("old")

    def write() -> None:
        with atomic_path(target) as path:
            path.write_text("half")
            raise failure

    with pytest.raises(type(failure)):
        write()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.npz"]


def test_full_disk_is_one_sentence(tmp_path: Path) -> None:
    target = tmp_path / "a.npz"
    target.write_text("old")
    with pytest.raises(UserError, match=r"a\.npz could not be written: no space left on device"), atomic_path(target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert target.read_text() == "old"


def test_missing_folder_and_folder_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="its folder does not exist"), atomic_path(tmp_path / "no" / "a.txt") as path:
        path.write_text("new")
    with pytest.raises(UserError, match="it is a folder"), atomic_path(tmp_path):
        pytest.fail("the body must not run")


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    link = tmp_path / "link.txt"
    link.symlink_to("real.txt")
    with atomic_path(link) as path:
        path.write_text("new")
    assert link.is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_killed_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    script = (
        "import sys, time; from dlviz_models.files import atomic_path\n"
        "with atomic_path(sys.argv[1]) as path:\n"
        "    path.write_text('half'); print('ready', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", script, str(target)], stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"ready"
        process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    assert target.read_text() == "old"
