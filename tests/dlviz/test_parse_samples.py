"""What is given to be fed becomes the sample that it stands for."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile

from dlviz.inspect.data import load_samples
from dlviz.parsing.samples import parse_sample, parse_samples
from dlviz_models.data.samples import Picture, Sample, Several
from dlviz_models.errors import UserError

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)


def given(what: str | np.ndarray, **inputs: str) -> Sample:
    return parse_sample(what, load_samples, inputs)


def test_words_numbers_and_trees() -> None:
    assert given("text:to be, or: not").text == "to be, or: not"  # type: ignore[attr-defined]
    fractions, rows, whole = (given(f"numbers:{n}") for n in ("0.2,1,0", "1,2;3,4", "4 18 -2"))
    assert np.allclose(fractions.values, [0.2, 1, 0])  # type: ignore[attr-defined]
    assert rows.values.tolist() == [[1, 2], [3, 4]]  # type: ignore[attr-defined]
    assert whole.values.dtype == np.int64  # type: ignore[attr-defined]
    tree = given("tree:(3 (2 a) (4 film))")
    assert (tree.words, tree.children.tolist(), tree.target.tolist()) == (("a", "film"), [[0, 1]], [2, 4, 3])  # type: ignore[attr-defined]


def test_a_sentence_is_a_tree_in_which_each_word_joins_all_after_it() -> None:
    in_brackets = given("tree:(2 (2 not) (2 (2 very) (2 good)))")
    sentence = given("tree:not very good")
    assert sentence.words == in_brackets.words  # type: ignore[attr-defined]
    assert sentence.children.tolist() == in_brackets.children.tolist()  # type: ignore[attr-defined]
    assert sentence.target is None  # nobody said what it is
    assert given("tree:Good, isn't it?").words == ("Good", ",", "isn't", "it", "?")  # type: ignore[attr-defined]
    assert given("tree:good").children.shape == (0, 2)  # type: ignore[attr-defined]


def test_an_input_knows_numbers_and_sentences_without_their_prefix() -> None:
    inputs = {"left": "picture", "age": "numbers"}
    (two,) = parse_samples([{"left": "digits:0", "age": "0.2,1,0"}], load_samples, inputs)
    assert np.allclose(two.parts["age"].values, [0.2, 1, 0])  # type: ignore[attr-defined]
    assert given("the film is good", review="text").text == "the film is good"  # type: ignore[attr-defined]
    with pytest.raises(UserError, match=r"film\.txt does not exist"):
        given("film.txt", review="text")


def test_files(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a=b:1.png")
    assert np.array_equal(given(str(tmp_path / "a=b:1.png")).pixels, PIXELS)  # type: ignore[attr-defined]
    wavfile.write(tmp_path / "a.wav", 9000, np.arange(5, dtype=np.int16))
    sound = given(str(tmp_path / "a.wav"))
    assert (sound.kind, sound.rate, sound.name) == ("sound", 9000, "a.wav")  # type: ignore[attr-defined]
    np.save(tmp_path / "a.npy", PIXELS / 255)
    picture = given(str(tmp_path / "a.npy"))
    assert isinstance(picture, Picture)
    assert (picture.range, picture.pixels.dtype) == ((0, 1), np.float64)
    numbers = given(str(tmp_path / "a.npy"), readings="numbers")
    assert np.array_equal(numbers.values, PIXELS / 255)  # type: ignore[attr-defined]
    np.savez(tmp_path / "one.npz", anything=np.ones((4, 5, 6, 7)))
    assert given(str(tmp_path / "one.npz")).values.shape == (4, 5, 6, 7)  # type: ignore[attr-defined]


def test_a_sample_of_a_source(tmp_path: Path) -> None:
    digit, motif = given("digits:7"), given("motifs:3")
    assert (digit.kind, digit.name, digit.target) == ("picture", "digits:7", 0)
    assert (motif.kind, motif.target in (0, 1)) == ("text", True)
    (tmp_path / "x.csv").write_text("a,b,label\n1,2.5,0\n3,4,1\n")
    row = given(f"{tmp_path / 'x.csv'}:1")
    assert (row.values.tolist(), row.names, row.target) == ([3, 4], ("a", "b"), 1)  # type: ignore[attr-defined]


def test_several_inputs(tmp_path: Path) -> None:
    inputs = {"left": "picture", "right": "picture", "age": "numbers"}
    np.savez(tmp_path / "pair.npz", left=PIXELS, right=PIXELS[::-1], age=np.ones(3))
    asked = ["left=digits:0", "right=digits:1", "age=numbers:1,2,3"]
    first, second, stored = parse_samples([*asked, *asked[::-1], str(tmp_path / "pair.npz")], load_samples, inputs)
    for sample in (first, second, stored):
        assert isinstance(sample, Several)
        assert {name: part.kind for name, part in sample.parts.items()} == inputs
    assert second.parts["right"].name == "digits:1"  # type: ignore[attr-defined]
    assert np.array_equal(stored.parts["right"].pixels, PIXELS[::-1])  # type: ignore[attr-defined]
    (mixed,) = parse_samples(["left=digits:3", f"right={tmp_path / 'pair.npz'}", "age=4,5,6"], load_samples, inputs)
    assert np.array_equal(mixed.parts["right"].pixels, PIXELS[::-1])  # type: ignore[attr-defined]
    (only,) = parse_samples([str(tmp_path / "pair.npz")], load_samples, {"right": "picture"})
    assert np.array_equal(only.pixels, PIXELS[::-1])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("what", "inputs", "says"),
    [
        ("numbers:1,x", {}, "is not numbers"),
        ("numbers:", {}, "is empty"),
        ("text: ", {}, "is empty"),
        ("tree:(3 (2 a)", {}, "is not a tree: a bracket"),
        ("tree: ", {}, "there is no word in it"),
        ("digits:1000", {}, "digits has 1,000 samples"),
        ("digits", {}, "SOURCE:INDEX"),
        ("sums", {}, "SOURCE:INDEX"),
        ("nothing.png", {}, "nothing.png does not exist"),
        ("nowhere:3", {}, "Unknown data nowhere"),
        (
            "midle=digits:3",
            {"left": "picture", "middle": "picture"},
            "Unknown input midle: the network's inputs are left, middle",
        ),
    ],
)
def test_refused_in_one_sentence(what: str, inputs: dict[str, str], says: str) -> None:
    with pytest.raises(UserError, match=says) as refusal:
        parse_samples([what], load_samples, inputs)
    assert len(str(refusal.value)) <= 400


def test_a_data_set_is_no_sample(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2\n3,4\n")
    with pytest.raises(UserError, match=r"^a\.csv is not a single sample.*FILE:0"):
        given(str(tmp_path / "a.csv"))
    np.savez(tmp_path / "a.npz", x=np.ones((3, 2)), y=np.ones(3))
    with pytest.raises(UserError, match="holds x, y, but the network has one input"):
        given(str(tmp_path / "a.npz"), readings="numbers")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("text:No one goes unindicted here , which is probably", "“No one goes unindicted here , which is …”"),
        ("tree:the film is good", "“the film is good”"),
        ("text:" + "ACGT" * 20, "“" + "ACGT" * 10 + " …”"),
        ("numbers:" + "1," * 30 + "1", "1," * 19 + "1 …"),
    ],
)
def test_a_long_input_is_named_by_whole_words_and_an_ellipsis(given: str, name: str) -> None:
    [sample] = parse_samples([given], lambda source: pytest.fail(source), {})
    assert sample.name == name
