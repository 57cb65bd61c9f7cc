"""Arrays of any shape and type: what they are read as, against what they were made from."""

import csv
from pathlib import Path

import numpy as np
import pytest
from skimage import data as photographs
from sklearn.datasets import load_iris

from dlviz_models.data import Data, open_pictures
from dlviz_models.data.datasets import open_dataset
from dlviz_models.data.npz import data_in
from dlviz_models.data.table import read_table, table_data
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(0)
DIGITS = open_pictures("digits")
X = np.asarray(DIGITS.batch(0, 60))  # (n, 28, 28, 1)
Y = np.asarray(DIGITS.labels)[:60]
COFFEE = photographs.coffee()
PATCHES = np.stack([COFFEE[y : y + 32, x : x + 32] for y in range(0, 360, 40) for x in range(0, 560, 40)])


def read(**arrays: np.ndarray) -> Data:
    return data_in(arrays, "d.npz")


@pytest.mark.parametrize(
    ("names", "counts"),
    [
        ("X y", (48, 12)),
        ("images labels", (48, 12)),
        ("data target", (48, 12)),
        ("features classes", (48, 12)),
        ("x_train y_train", (48, 12)),
        ("anything", (48, 12)),
        ("X_train Y_train X_val Y_val", (60, 60)),
        ("train_images train_labels test_images test_labels", (60, 60)),
        ("x y x_test y_test", (60, 60)),
        ("train-x train-y valid-x valid-y", (60, 60)),
    ],
)
def test_names_of_arrays(names: str, counts: tuple[int, int]) -> None:
    arrays = {name: X if number % 2 == 0 else Y for number, name in enumerate(names.split())}
    found = read(**arrays)
    assert (found.kind, len(found.train), len(found.test)) == ("picture", *counts)
    assert np.array_equal(found.whole.batch(0, 60), X)
    assert (found.whole.labels is None) == (len(arrays) == 1)
    if len(arrays) > 1:
        assert np.array_equal(found.whole.labels, Y)


@pytest.mark.parametrize(
    ("stored", "pixels", "range", "says"),
    [
        (X, X, (0, 255), ""),
        (X.astype(np.int64), X, (0, 255), ""),
        (X[..., 0] / 255.0, X, (0, 1), "in the range 0 to 1"),
        ((X / 127.5 - 1).astype(np.float32), X, (-1, 1), "in the range -1 to 1"),
        (X.astype(np.uint16) * 257, X, (0, 65535), "in the range 0 to 65535"),
        ((X > 127).astype(np.uint8), (X > 127) * 255, (0, 1), "in the range 0 to 1"),
        (X > 127, (X > 127) * 255, (0, 1), "in the range 0 to 1"),
        (X.transpose(0, 3, 1, 2), X, (0, 255), "come first"),
        (X.reshape(60, 784), X, (0, 255), "28 x 28 x 1"),
        (X.reshape(60, 784) / 255, X, (0, 1), "28 x 28 x 1"),
        (PATCHES.transpose(0, 3, 1, 2), PATCHES, (0, 255), "come first, 3 of them"),
        (PATCHES.reshape(-1, 3072), PATCHES, (0, 255), "32 x 32 x 3."),
        (PATCHES.transpose(0, 3, 1, 2).reshape(-1, 3072), PATCHES, (0, 255), "32 x 32 x 3, channels first"),
    ],
)
def test_pictures_of_any_range_and_layout(stored: np.ndarray, pixels: np.ndarray, range: tuple, says: str) -> None:
    whole = read(x=stored).whole
    assert np.array_equal(whole.batch(0, 999), pixels)
    assert np.array_equal(whole[7], pixels[7])
    assert (whole.range, whole.sample(7).range) == (range, range)
    assert says in " ".join(whole.notes)
    assert bool(whole.notes) == bool(says)
    sample = whole.sample(7).pixels
    assert sample.dtype == stored.dtype
    scaled = (sample - np.float64(range[0])) / (range[1] - range[0])
    assert np.allclose(scaled * 255, pixels[7], atol=1e-4)


def test_four_channels() -> None:
    pictures = RANDOM.integers(0, 256, (8, 32, 32, 4), np.uint8)
    whole = read(x=pictures, y=np.arange(8)).whole
    assert np.array_equal(whole.sample(3).pixels, pictures[3])
    part = whole.select(np.array([5, 2]))
    assert np.array_equal(part.batch(0, 2), pictures[[5, 2]])
    assert [part.sample(place).name for place in (0, 1)] == [whole.sample(number).name for number in (5, 2)]
    assert part.select(np.array([1])).number(0) == 2
    assert whole.select(np.array([5, 2]), "two").sample(1).name == "two:1"


def tokens() -> np.ndarray:
    """Numbers of words, each text filled up with 0."""
    texts = RANDOM.zipf(1.3, (100, 256)) % 200
    texts[np.arange(256) >= RANDOM.integers(20, 256, (100, 1))] = 0
    return texts


@pytest.mark.parametrize(
    "stored",
    [
        RANDOM.normal(size=(9, 128, 6)),
        RANDOM.random((9, 128, 6)),
        RANDOM.random((9, 5, 8, 8, 1)),
        RANDOM.integers(0, 1000, (9, 40)),
        RANDOM.random((90, 64)),
        tokens(),
        np.cumsum(RANDOM.random((50, 256)), axis=1) / 256,
        RANDOM.normal(size=(9, 4)) + 1j,
        np.full((2, 3, 3), np.nan),
    ],
    ids=["sensors", "sensors 0..1", "videos", "rows", "64 features", "tokens", "spectra", "complex", "NaN"],
)
def test_numbers_are_fed_as_they_stand(stored: np.ndarray) -> None:
    whole = read(x=stored).whole
    assert whole.kind == "numbers"
    assert whole.sample(1).values.dtype == stored.dtype
    assert np.array_equal(whole.sample(1).values, stored[1], equal_nan=True)
    assert ("NaN" in " ".join(whole.notes)) == (not np.isfinite(stored).all())


def test_what_a_network_takes_decides() -> None:
    arrays = {"x": np.round(RANDOM.random((9, 12, 10)), 3)}
    for kind, shape in (("numbers", (12, 10)), ("picture", (12, 10, 1))):
        whole = data_in(arrays, "d", inputs={"some_input": kind}).whole
        sample = whole.sample(2)
        assert sample.kind == kind
        stored = sample.values if kind == "numbers" else sample.pixels
        assert np.array_equal(stored, arrays["x"][2].reshape(shape))


def test_several_inputs() -> None:
    arrays = {"left": X, "right": X[::-1], "age": RANDOM.normal(size=(60, 2)), "y": Y}
    whole = read(**arrays).whole
    sample = whole.sample(3)
    assert sample.kind == "several"
    assert {name: part.kind for name, part in sample.parts.items()} == {
        "left": "picture",
        "right": "picture",
        "age": "numbers",
    }
    assert np.array_equal(sample.parts["right"].pixels, X[-4])
    assert sample.target == Y[3]
    named = data_in(
        {"Left": X, "age": X[:, 0, 0], "answer": Y}, "d", inputs={"left": "picture", "age": "numbers"}
    ).whole
    assert (list(named.sample(0).parts), named.sample(5).target) == (["left", "age"], Y[5])
    with pytest.raises(UserError, match="left 60, right 3"):
        data_in({"left": X, "right": X[:3]}, "d", inputs={"left": "picture", "right": "picture"})


@pytest.mark.parametrize(
    ("stored", "targets", "names", "says"),
    [
        (Y, Y, None, ""),
        (Y[:, None].astype(float), Y, None, ""),
        (np.eye(10)[Y], Y, None, "one-hot"),
        (Y.astype(str), Y, None, "numbers as text"),
        (np.array(["dog", "cat", "cow"])[Y % 3], np.array([2, 0, 1])[Y % 3], ("cat", "cow", "dog"), "3 classes"),
        (np.where(Y > 4, 1, -1), Y > 4, ("-1", "1"), "-1 and 1"),
        (Y > 4, Y > 4, None, ""),
        (Y - 5, Y - 5.0, None, "whole numbers"),
        (Y + 0.25, Y + 0.25, None, "fractions"),
        (X[..., 0] // 64, X[..., 0] // 64, None, ""),
        (np.eye(4)[X[..., 0] // 64], X[..., 0] // 64, None, "a class for each pixel"),
        (RANDOM.integers(0, 2, (60, 5)), None, None, ""),
        (RANDOM.normal(size=(60, 2)), None, None, ""),
    ],
)
def test_targets(stored: np.ndarray, targets: np.ndarray | None, names: tuple | None, says: str) -> None:
    whole = read(x=X, y=stored).whole
    expected = stored if targets is None else targets
    assert np.array_equal(whole.targets, expected)
    assert np.array_equal(whole.sample(9).target, expected[9])
    assert whole.class_names == names
    assert says in " ".join(whole.notes)
    assert bool(whole.notes) == bool(says)
    is_classes = expected.ndim == 1 and expected.dtype.kind in "iub"
    assert (whole.labels is not None) == is_classes


def test_notes_name_the_output_that_they_are_about() -> None:
    targets = {"digit": Y, "ink": X.mean(axis=(1, 2, 3))}
    notes = data_in({"x": X, **targets}, "d.npz", inputs={"x": "picture"}).test.notes
    assert "ink in d.npz holds fractions, which are read as numbers to predict, not as classes." in notes


def test_targets_of_several_outputs() -> None:
    for names in (("digit", "odd"), ("y_digit", "y_odd")):
        found = read(x=X, **dict(zip(names, (np.eye(10)[Y], Y % 2), strict=True)))
        assert found.whole.sample(4).target == {"digit": Y[4], "odd": Y[4] % 2}
        assert np.array_equal(found.test.targets["odd"], Y[4::5] % 2)


def test_texts() -> None:
    texts, labels = np.array(["so good", "so bad"] * 3), np.array([1, 0] * 3)
    found = read(texts=texts, labels=labels, label_names=np.array(["-", "+"]))
    sample = found.whole.sample(2)
    assert (sample.kind, sample.text, sample.target, found.whole.class_names) == ("text", "so good", 1, ("-", "+"))


def test_table_of_flowers(tmp_path: Path) -> None:
    iris = load_iris()
    names = iris.target_names[iris.target]
    with open(tmp_path / "iris.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *iris.feature_names, "variety"])
        writer.writerows([f"row {n}", *row, name] for n, (row, name) in enumerate(zip(iris.data, names, strict=True)))
        writer.writerows([["x", 1, 2, "?", 4, "setosa"], ["y", 1, 2]])
    whole = open_dataset(str(tmp_path / "iris.csv")).whole
    assert np.array_equal(whole.values, iris.data)
    assert np.array_equal(whole.targets, iris.target)
    assert whole.class_names == tuple(iris.target_names)
    assert whole.sample(0).names == tuple(iris.feature_names)
    notes = " ".join(whole.notes)
    assert "the column variety, the only one of names" in notes
    assert "Left out 2 of 152 rows: row 151 (“?” is not a number), row 152 (3 columns)." in notes
    assert "The column id is not numbers and is left out." in notes


def test_table_of_pixels_and_of_numbers_to_predict(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "digits.csv", np.column_stack([Y, X.reshape(60, 784)]), "%d", ",")
    whole = open_dataset(str(tmp_path / "digits.csv")).whole
    assert np.array_equal(whole.batch(0, 60), X)
    assert np.array_equal(whole.labels, Y)
    (tmp_path / "houses.csv").write_text("rooms;area;target\n3;70,5;1,25\n4;90;2,5\n")
    whole = open_dataset(str(tmp_path / "houses.csv")).whole
    assert whole.values.tolist() == [[3, 70.5], [4, 90]]
    assert whole.targets.tolist() == [1.25, 2.5]


def test_a_column_named_like_the_output_of_a_network_holds_the_targets(tmp_path: Path) -> None:
    (tmp_path / "houses.csv").write_text("rooms,Price,area\n3,1.25,70.5\n4,2.5,90\n")
    table = read_table(tmp_path / "houses.csv")
    for outputs, columns, targets in ((("price",), 2, [1.25, 2.5]), (("age",), 3, None)):
        whole = table_data(table, "houses", {"features": "numbers"}, outputs).whole
        assert len(whole.sample(0).names) == whole.values.shape[1] == columns
        assert (whole.targets is None) == (targets is None)
        assert targets is None or whole.targets.tolist() == targets
    assert whole.values.tolist() == [[3, 1.25, 70.5], [4, 2.5, 90]]
