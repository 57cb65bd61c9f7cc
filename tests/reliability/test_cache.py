"""What is kept on disk: right or not there, whatever happens to the files and to those who write them."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from dlviz import cache_keys
from dlviz.cache import Entry, default_folder, prune
from dlviz.jobs import Request
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.session import Session
from dlviz.sheet import Sheet
from dlviz_models.data import ArrayPictures
from dlviz_models.data.folder import FolderPictures
from dlviz_models.data.pictures import SelectedPictures
from dlviz_models.files import sweep_beside
from tests.reliability.kill import killed_while, started
from tests.reliability.writers import hammer, put

ARRAYS = {"score": np.arange(5000, dtype=np.float32), "conv/index": np.array([[3, 1]])}


def same(found: dict[str, np.ndarray] | None) -> bool:
    return found is not None and all(np.array_equal(found[name], array) for name, array in ARRAYS.items())


def test_what_was_put_is_found(tmp_path: Path) -> None:
    entry = Entry(tmp_path / "new" / "cache", "0a")
    assert entry.get() is None
    entry.put(ARRAYS)
    assert same(entry.get())
    assert Entry(entry.folder, "0b").get() is None
    assert os.listdir(entry.folder) == [entry.path.name]


def test_damage_is_noticed_and_rebuilt(tmp_path: Path) -> None:
    entry, chance = Entry(tmp_path, "0a"), random.Random(0)
    entry.put(ARRAYS)
    whole = entry.path.read_bytes()
    damaged = [b"", whole[:31], whole[:-1], whole + b"x"]
    for _ in range(40):
        at = chance.randrange(len(whole))
        damaged.append(whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :])
    for content in damaged:
        entry.path.write_bytes(content)
        assert entry.get() is None
        assert not entry.path.exists()
        entry.put(ARRAYS)
        assert same(entry.get())


def test_what_was_asked_for_last_stays(tmp_path: Path) -> None:
    entries = [Entry(tmp_path, str(n)) for n in range(4)]
    for age, entry in enumerate(entries):
        entry.put(ARRAYS)
        os.utime(entry.path, (1000 + age, 1000 + age))
    assert same(entries[0].get())
    prune(tmp_path, 2 * entries[0].path.stat().st_size)
    assert [entry.get() is not None for entry in entries] == [True, False, False, True]


def test_where_nothing_can_be_kept_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    entry = Entry(tmp_path / "file", "0a")
    entry.put(ARRAYS)
    assert entry.get() is None


def test_folder_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_folder() is None  # as all tests are run
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("DLVIZ_CACHE")
    assert default_folder() != tmp_path


def test_twenty_kills_leave_an_entry_whole_or_absent(tmp_path: Path) -> None:
    entry, size = Entry(tmp_path, "0a"), 100_000

    def before() -> None:
        entry.path.unlink(missing_ok=True)
        sweep_beside(entry.path)
        assert not os.listdir(tmp_path)

    for _ in killed_while(put, tmp_path, "0a", size, before=before):
        if entry.path.exists():
            found = entry.get()
            assert found is not None
            np.testing.assert_array_equal(found["x"], np.arange(size))
    entry.put(ARRAYS)
    assert os.listdir(tmp_path) == [entry.path.name]


def test_processes_share_a_cache(tmp_path: Path) -> None:
    others = [started(hammer, tmp_path, seed, 1.0) for seed in range(3)]
    for process in others:
        process.join()
    assert [process.exitcode for process in others] == [0, 0, 0]
    assert all(name.endswith(".entry") for name in os.listdir(tmp_path))


# -- what a result depends on ----------------------------------------------------------------------------------------


def network(kernel: int = 3, mode: str = "unit") -> Network:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, kernel, name="conv")])
    return Network(model, "toy", mode=mode)


def test_networks_are_told_apart() -> None:
    changed = network()
    kernel, bias = changed.model.get_weights()
    kernel[0, 0, 0, 0] += 1e-6
    changed.model.set_weights([kernel, bias])
    known = [cache_keys.of_network(n) for n in (network(), network(5), network(mode="tf"), changed)]
    assert len(set(known)) == 4


def test_pictures_are_told_apart(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), np.uint8)
    other = pixels.copy()
    other[3, 7, 7, 0] ^= 1
    whole = ArrayPictures("a", pixels)
    assert cache_keys.of_pictures(whole, 0) == cache_keys.of_pictures(ArrayPictures("b", pixels.copy()), 0)
    sets = [
        whole,
        ArrayPictures("a", other),
        ArrayPictures("a", pixels.reshape(4, 4, 16, 1)),
        SelectedPictures("a", whole, np.array([0, 1])),
        SelectedPictures("a", whole, np.array([1, 0])),
    ]
    assert len({cache_keys.of_pictures(s, 0) for s in sets}) == len(sets)


def test_files_that_changed_are_not_the_same(tmp_path: Path) -> None:
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in paths:
        path.write_bytes(b"1234")
    later = time.time() + 10
    first = cache_keys.of_pictures(FolderPictures("f", paths), later)
    assert first
    assert cache_keys.of_pictures(FolderPictures("f", paths), later) == first
    assert cache_keys.of_pictures(FolderPictures("f", paths[::-1]), later) != first
    assert cache_keys.of_pictures(FolderPictures("f", paths), time.time() - 10) is None  # they changed after that
    time.sleep(0.01)
    paths[0].write_bytes(b"5678")
    assert cache_keys.of_pictures(FolderPictures("f", paths), later) != first
    paths[0].unlink()
    assert cache_keys.of_pictures(FolderPictures("f", paths), later) is None


def test_a_second_look_needs_no_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request("patches", "lenet5", layer="conv1", data="digits", limit=50)

    def look(asked: Request) -> tuple[int, dict[str, np.ndarray]]:
        """In a new session: how often progress was reported, and the arrays."""
        found = list(Session().show(asked))
        sheet = [s for s in found if isinstance(s, Sheet)][-1]
        return sum(isinstance(p, Progress) for p in found), dict(sheet.arrays)

    _, without = look(request)
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path))
    scans, first = look(request)
    again, second = look(request)
    assert scans > 0
    assert again == 0
    for arrays in (first, second):
        assert arrays.keys() == without.keys()
        for name, array in without.items():
            np.testing.assert_array_equal(arrays[name], array)
    assert look(Request("patches", "lenet5", layer="conv1", data="digits", limit=51))[0] > 0
    assert look(Request("patches", "lenet5", layer="conv1", data="digits", limit=50, preprocess="tf"))[0] > 0
    for entry in tmp_path.iterdir():
        entry.write_bytes(entry.read_bytes()[:-7])
    rebuilt, third = look(request)
    assert rebuilt > 0
    np.testing.assert_array_equal(third["score"], without["score"])
