"""The readers against files written without them."""

import gzip
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlviz_models.data import ArrayPictures, names, open_data, open_pictures
from dlviz_models.data.classes import imagenet_classes
from dlviz_models.data.stack import picture_shapes, stack
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(0)
X = RANDOM.integers(0, 256, (10, 4, 3), np.uint8)
Y = RANDOM.integers(0, 5, 10)


def idx(values: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.astype("u1").tobytes()


def save_picture(path: Path, value: int, size: tuple[int, int] = (4, 3), mode: str = "L") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value if mode == "L" else (value,) * 3).save(path)


def refusal(source: str | Path) -> str:
    with pytest.raises(UserError) as caught:
        open_data(str(source))
    assert len(str(caught.value)) <= 400
    return str(caught.value)


def test_shipped_sets() -> None:
    for name in ("digits", "fashion"):
        test, train = open_pictures(name), open_pictures(f"{name}/train")
        assert (len(test), len(train)) == (1000, 5000)
        assert test[0].shape == (28, 28, 1)
        assert test.labels is not None
        assert len(test.class_names or ()) == 10
        assert set(test.labels) == set(range(10))
    assert open_pictures("digits/train").labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]  # type: ignore[index]


def test_reading_imports_no_framework() -> None:
    script = (
        "import sys; from dlviz_models.data import names, open_pictures; open_pictures('digits'); names()\n"
        "from dlviz_models.networks import NETWORKS; [n.options for n in NETWORKS.values()]\n"
        "from dlviz_models.zoo import zoo; zoo()\n"
        "assert not {'keras', 'tensorflow', 'h5py', 'PyQt5', 'matplotlib'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{script}"], check=True)


def test_every_name_has_a_sentence() -> None:
    assert {"digits", "fashion", "mnist", "fashion_mnist", "cifar10"} <= names().keys()
    assert all(says.endswith(".") for says in names().values())


def test_npz_in_two_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x_train=X, y_train=Y, x_test=X[:4] / 255.0, y_test=Y[:4, None], class_names=list("abcde"))
    data = open_data(str(path))
    assert np.array_equal(data.train.batch(2, 5), X[2:5, ..., None])
    assert np.array_equal(data.test.batch(0, 9), X[:4, ..., None])
    assert np.array_equal(data.test.labels, Y[:4])  # type: ignore[arg-type]
    assert data.test.class_names == tuple("abcde")
    assert np.array_equal(open_pictures(f"{path}/train")[9], X[9, ..., None])
    assert len(open_pictures(str(path))) == 4


def test_npz_in_one_part_is_looked_at_whole_and_divided_for_training(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=X.astype(np.float32) / 255)
    assert np.array_equal(open_pictures(str(path)).batch(0, 10), X[..., None])
    data = open_data(str(path))
    assert np.array_equal(data.test.batch(0, 2), X[[4, 9], ..., None])
    assert len(data.train) == 8
    assert np.array_equal(data.train[4], X[5, ..., None])
    assert data.train.labels is None


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"a": X, "b": X[:3]}, "holds a, b"),
        ({}, "holds nothing"),
        ({"x": np.array([{}, []], object)}, "Python objects"),
        ({"x": np.zeros((0, 4, 4))}, "no pictures"),
        ({"x": np.zeros((2, 2), "M8[s]")}, "type datetime64"),
        ({"x": X, "y": Y[:9]}, "10 samples need 10"),
        ({"x_train": X, "x_test": X, "y_train": Y}, "one of its parts"),
        ({"left": X, "right": X, "y": Y[:9]}, "10 samples need 10"),
        ({"x": X, "y": np.full(10, 3), "class_names": ["a", "b"]}, "label 3, outside 0..1"),
    ],
)
def test_npz_refused(tmp_path: Path, arrays: dict[str, np.ndarray], says: str) -> None:
    np.savez(tmp_path / "bad.npz", **arrays)  # type: ignore[arg-type]
    message = refusal(tmp_path / "bad.npz")
    assert "bad.npz" in message
    assert says in message


@pytest.mark.parametrize("keep", [3, 40, 300])
def test_npz_cut_off(tmp_path: Path, keep: int) -> None:
    np.savez_compressed(tmp_path / "whole.npz", x=X)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:keep])
    assert "cut.npz" in refusal(tmp_path / "cut.npz")


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_idx_folder(tmp_path: Path, ending: str) -> None:
    parts = {"train-images-idx3": X, "train-labels-idx1": Y, "t10k-images-idx3": X[:3], "t10k-labels-idx1": Y[:3]}
    for name, values in parts.items():
        content = idx(values)
        (tmp_path / f"{name}-ubyte{ending}").write_bytes(gzip.compress(content) if ending else content)
    data = open_data(str(tmp_path))
    assert np.array_equal(data.train.batch(0, 10), X[..., None])
    assert np.array_equal(data.train.labels, Y)  # type: ignore[arg-type]
    assert np.array_equal(data.test.batch(0, 10), X[:3, ..., None])
    alone = open_pictures(str(tmp_path / f"train-images-idx3-ubyte{ending}"))
    assert (len(alone), alone.labels is not None) == (10, True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (idx(X)[:-1], "declares 120 values but holds 119"),
        (idx(X) + b"x", "holds more"),
        (b"\0\0\x0d\x01" + b"\0" * 8, "type 0x0d"),
        (b"\0\0\x08\x03\0", "not an idx file"),
        (gzip.compress(idx(X), mtime=0)[:-9], "cut off or damaged"),
        (gzip.compress(b"hello", mtime=0), "not an idx file"),
        (idx(np.zeros((0, 4, 4))), "no pictures"),
    ],
)
def test_idx_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "t-images-idx3-ubyte").write_bytes(content)
    assert says in refusal(tmp_path / "t-images-idx3-ubyte")


def test_folder_of_classes_in_two_parts(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("val", 2)):
        for label, name in enumerate(("cat", "dog")):
            for number in range(count):
                save_picture(tmp_path / part / name / f"{number}.PNG", 100 * label + number)
    (tmp_path / "train" / "cat" / "notes.txt").write_text("not a picture")
    data = open_data(str(tmp_path))
    assert data.test.class_names == ("cat", "dog")
    assert data.test.labels.tolist() == [0, 0, 1, 1]  # type: ignore[union-attr]
    assert [int(picture[0, 0, 0]) for picture in data.train.batch(0, 99)] == [0, 1, 2, 100, 101, 102]
    assert len(open_pictures(f"{tmp_path}/train")) == 6


def test_folder_flat_and_classes_without_parts(tmp_path: Path) -> None:
    for number in range(3):
        save_picture(tmp_path / "flat" / f"{number}.png", number, size=(4 + number, 3), mode="RGB")
        save_picture(tmp_path / "classes" / "train" / f"{number}.png", number)
        save_picture(tmp_path / "classes" / "plane" / f"{number}.png", number)
    flat = open_pictures(str(tmp_path / "flat"))
    assert [picture.shape for picture in flat.batch(0, 3)] == [(3, 4, 3), (3, 5, 3), (3, 6, 3)]
    assert flat.labels is None
    assert open_pictures(str(tmp_path / "classes")).class_names == ("plane", "train")
    assert open_pictures(str(tmp_path / "classes/train")).labels is None  # a folder of its own, not a part


def test_folder_refused(tmp_path: Path) -> None:
    assert "holds no pictures" in refusal(tmp_path)
    save_picture(tmp_path / "cat" / "0.png", 0)
    (tmp_path / "dog").mkdir()
    assert "dog holds no pictures" in refusal(tmp_path)
    save_picture(tmp_path / "two/train/cat/0.png", 0)
    save_picture(tmp_path / "two/test/cow/0.png", 0)
    assert "cow is not in train" in refusal(tmp_path / "two")


def test_unknown_source(tmp_path: Path) -> None:
    assert "Unknown data digitz; give digits" in refusal("digitz")
    (tmp_path / "a.npz").write_text("version https://git-lfs.github.com/spec/v1")
    assert "neither an .npz nor an idx file" in refusal(tmp_path / "a.npz")


def test_stack_brings_pictures_to_one_shape(tmp_path: Path) -> None:
    save_picture(tmp_path / "0.png", 30, size=(8, 6))
    save_picture(tmp_path / "1.png", 90, size=(4, 2), mode="RGB")
    pictures = open_pictures(str(tmp_path))
    assert np.array_equal(stack(pictures, (5, 5, 3))[:, 2, 2], [[30] * 3, [90] * 3])
    assert stack(pictures, (5, 5, 1)).shape == (2, 5, 5, 1)
    assert picture_shapes(pictures) == {(6, 8, 1), (2, 4, 3)}
    array = ArrayPictures("a", X[..., None])
    assert np.shares_memory(stack(array, (4, 3, 1)), X)


def test_imagenet_classes_are_all_different() -> None:
    classes = imagenet_classes()
    assert len(set(classes)) == 1000
    assert classes[0] == "tench"
    assert classes[744] == "missile (projectile)"
