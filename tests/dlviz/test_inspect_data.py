"""Data sets come through the process that looks into files as their readers read them."""

import gc
import gzip
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlviz.inspect.data import InspectedPictures, load_data, load_pictures
from dlviz_models.data import Data, open_pictures
from dlviz_models.data.datasets import open_dataset
from dlviz_models.data.sequences import Sequences
from dlviz_models.errors import UserError
from tests.dlviz.hostile_data import idx

RANDOM = np.random.default_rng(0)
X = RANDOM.integers(0, 256, (10, 4, 3), np.uint8)
Y = RANDOM.integers(0, 3, 10)


def pictures(folder: Path, *names: str) -> Path:
    """A folder of two pictures, of differing sizes, under each of the names."""
    for number, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        Image.fromarray(X[number]).save(folder / name / "a.png")
        Image.fromarray(np.repeat(X[number][..., None], 3, -1).repeat(2, 0)).save(folder / name / "b.jpg")
    return folder


def sources(folder: Path) -> Iterator[Path]:
    yield pictures(folder / "classes", "cats", "dögs")
    yield pictures(folder / "flat", "")
    yield pictures(folder / "divided", "train/cats", "train/dogs", "val/cats", "val/dogs")
    (folder / "mnist").mkdir()
    for name, values in {"train-images": X, "train-labels": Y, "t10k-images": X[:3], "t10k-labels": Y[:3]}.items():
        (folder / "mnist" / name).write_bytes(gzip.compress(idx(*values.shape, content=values.astype("u1").tobytes())))
    yield folder / "mnist"
    yield folder / "mnist" / "train-images"
    np.savez(folder / "parts.npz", x_train=X, y_train=Y, x_test=X / 255, y_test=Y, class_names=list("abc"), more=X)
    yield folder / "parts.npz"
    np.savez_compressed(folder / "one.npz", x=X.astype(">f4"))
    yield folder / "one.npz"
    sound = {"audio": np.arange(100, dtype=np.int16), "offsets": np.arange(0, 101, 10), "label": Y}
    np.savez(folder / "sounds.npz", **sound, speaker=Y)
    yield folder / "sounds.npz"
    (folder / "pairs.tsv").write_text("one\teins\nline\u2028of two\tzwei\tCC BY\n" * 6)
    yield folder / "pairs.tsv"
    (folder / "train.txt.gz").write_bytes(gzip.compress(b"(3 (2 It) (4 (2 's) (4 great)))\n(1 bad)\n" * 5))
    (folder / "dev.txt.gz").write_bytes(gzip.compress("(0 (1 a\u00a0b) (2 c))\n".encode()))
    yield folder / "train.txt.gz"
    yield folder / "dev.txt.gz"


def examples(part: Any) -> list[Any]:
    return [part[number] for number in range(len(part))]


def assert_equal(one: Any, two: Any) -> None:
    assert type(one) is type(two)
    if isinstance(one, tuple | list):
        assert len(one) == len(two)
        for left, right in zip(one, two, strict=True):
            assert_equal(left, right)
    else:
        np.testing.assert_array_equal(one, two)


def test_as_the_readers_read_it(tmp_path: Path) -> None:
    for source in sources(tmp_path):
        direct, safe = open_dataset(str(source)), load_data(str(source))
        assert type(direct) is type(safe)
        assert direct.name == safe.name
        for left, right in ((direct.train, safe.train), (direct.test, safe.test)):
            assert_equal(examples(left), examples(right))
            if isinstance(direct, Data):
                assert left.name == right.name
                assert left.class_names == right.class_names
                np.testing.assert_array_equal(left.labels, right.labels)


@pytest.mark.parametrize("part", ["", "/train", "/test"])
def test_parts_to_look_at(part: str, tmp_path: Path) -> None:
    source = f"{pictures(tmp_path / 'flat', '')}{part}"
    assert_equal(examples(open_pictures(source)), examples(load_pictures(source)))


def test_an_npy_file_is_pictures_too(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    np.testing.assert_array_equal(load_pictures(str(tmp_path / "x.npy"))[4], X[4, ..., None])


def test_shipped_data_need_no_inspection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.inspect.data.Child", lambda *a: pytest.fail("a process was started"))
    assert len(load_pictures("digits/train")) == 5000
    assert isinstance(load_data("sums"), Sequences)
    with pytest.raises(UserError, match="no data"):
        load_data("nothing/of/that/kind")


def test_one_bad_picture_spoils_no_other(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "flat", "")
    (folder / "aa.png").write_bytes(b"%!PS-Adobe")
    found = load_pictures(str(folder))
    for _ in range(2):
        with pytest.raises(UserError, match=r"^aa\.png is no PNG"):
            found.batch(0, 3)
    np.testing.assert_array_equal(found[0], X[0, ..., None])


def test_a_decoder_that_died_is_replaced(tmp_path: Path) -> None:
    found = load_pictures(str(pictures(tmp_path / "flat", "")))
    assert isinstance(found, InspectedPictures)
    child = found.folder._child
    os.kill(child._process.pid, signal.SIGKILL)
    child._process.wait()
    np.testing.assert_array_equal(found[0], X[0, ..., None])
    (tmp_path / "flat" / "c.png").write_bytes((tmp_path / "flat" / "a.png").read_bytes())
    found.folder._child._process.kill()
    found.folder._child._process.wait()
    with pytest.raises(UserError, match="no longer the folder"):
        found[1]


def test_the_decoder_ends_with_its_pictures(tmp_path: Path) -> None:
    found = load_pictures(str(pictures(tmp_path / "flat", "")))
    assert isinstance(found, InspectedPictures)
    child = found.folder._child
    del found
    gc.collect()
    assert not child.lives
    assert not child.folder.exists()


def test_what_holds_no_data(tmp_path: Path) -> None:
    Image.fromarray(X[0]).save(tmp_path / "a.png")
    with pytest.raises(UserError, match=r"^a\.png holds no data set: A grey picture"):
        load_data(str(tmp_path / "a.png"))
    (tmp_path / "a.tsv").write_text("one\ttwo\n")
    with pytest.raises(UserError, match="holds pairs of texts, no pictures"):
        load_pictures(str(tmp_path / "a.tsv"))


def test_ten_thousand_digits_take_little_longer(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=RANDOM.integers(0, 256, (10_000, 28, 28), np.uint8), y=np.zeros(10_000, int))
    start = time.perf_counter()
    open_dataset(str(tmp_path / "x.npz"))
    direct = time.perf_counter()
    load_data(str(tmp_path / "x.npz"))
    assert time.perf_counter() - direct < direct - start + 5  # 0.4 s alone; machines that run tests are busy
