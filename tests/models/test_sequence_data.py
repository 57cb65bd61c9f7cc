"""Pairs, trees and recordings: the readers against what was written, data made by code against arithmetic."""

import gzip
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from dlviz_models.data.catalogue import GENERATED_SUMMARIES
from dlviz_models.data.datasets import GENERATED, open_dataset
from dlviz_models.data.samples import Samples
from dlviz_models.data.synthetic import DNA_LENGTH, MOTIF
from dlviz_models.data.treebank import parse
from dlviz_models.errors import UserError
from dlviz_models.layers.text import END, START, UNKNOWN, Text, split, vocabulary

AUDIO = np.arange(10, dtype=np.int16)
FORMATS = (
    "%d/%m/%Y",
    "%d-%m-%y",
    "%Y.%m.%d",
    "%d %b %Y",
    "%d %B %Y",
    "%d %b %y",
    "%B %d, %Y",
    "%b %d %Y",
    "%A, %d %B %Y",
)


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        open_dataset(str(path))
    assert len(str(caught.value)) <= 400
    assert path.name in str(caught.value)
    return str(caught.value)


def pairs(samples: Samples, count: int | None = None) -> list[tuple[str, str]]:
    """The texts and what is to be made of them, the names of classes in words."""
    assert samples.kind == "text"
    found = [samples.sample(number) for number in range(len(samples) if count is None else count)]
    names = samples.class_names
    return [(text.text, names[text.target] if names else text.target) for text in found]  # type: ignore[attr-defined]


def test_sums_are_right_and_distinct() -> None:
    data = open_dataset("sums")
    assert (len(data.train), len(data.test), data.whole.name) == (40_000, 2_000, "sums")
    assert not {text for text, _ in pairs(data.train)} & {text for text, _ in pairs(data.test)}
    for source, target in [*pairs(data.train, 2000), *pairs(data.test)]:
        assert sum(map(int, source.split("+"))) == int(target)


def test_dates_are_right() -> None:
    def read(text: str) -> set[str]:
        found = set()
        for form in FORMATS:
            try:
                day = datetime.strptime(text, form)
            except ValueError:
                continue
            year = day.year if day.year < 2050 else day.year - 100  # Python takes 50..68 for 2050..2068
            found.add(day.replace(year=year).date().isoformat())
        return found

    for source, target in pairs(open_dataset("dates").test, 500):
        assert target in read(source.title())


def test_motifs_are_where_the_label_says() -> None:
    motifs = open_dataset("motifs").test
    assert motifs.class_names == ("motif", "none")
    assert motifs.targets.dtype == np.int64
    data = pairs(motifs)
    assert all((MOTIF in source) == (target == "motif") and len(source) == DNA_LENGTH for source, target in data)
    assert 0.45 < np.mean([target == "motif" for _, target in data]) < 0.55


def test_every_made_set_has_a_sentence() -> None:
    assert all(says.endswith(".") for says in GENERATED_SUMMARIES.values())
    assert GENERATED_SUMMARIES.keys() == GENERATED.keys()
    assert pairs(open_dataset("motifs").train, 50) == pairs(open_dataset("motifs").train, 50)
    assert open_dataset("digits").kind == "picture"


@pytest.mark.parametrize("zipped", [False, True])
def test_table_of_pairs(tmp_path: Path, zipped: bool) -> None:
    content = "".join(f"word {n}\tord {n}\tby nobody\r\n" for n in range(10)).encode()
    path = tmp_path / ("a.tsv.gz" if zipped else "a.tsv")
    path.write_bytes(gzip.compress(content, mtime=0) if zipped else content)
    data = open_dataset(str(path))
    assert pairs(data.test) == [("word 4", "ord 4"), ("word 9", "ord 9")]
    assert [target for _, target in pairs(data.train)] == [f"ord {n}" for n in range(10) if n % 5 != 4]
    assert [text for text, _ in pairs(data.whole)] == [f"word {n}" for n in range(10)]


def test_no_tested_text_is_learned_from(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"text {n // 3}\tversion {n}\n" for n in range(12_000)))
    data = open_dataset(str(path))
    asked, learned = pairs(data.test), pairs(data.train)
    assert len(asked) == 2000
    assert asked[0][1] == "version 5"
    assert asked[-1][1] == "version 11999"
    assert {text for text, _ in learned} == {f"text {n}" for n in range(4000)} - {text for text, _ in asked}


def test_a_table_of_texts_and_their_classes(tmp_path: Path) -> None:
    lines = [f"{'spam' if n % 3 else 'ham'}\tmessage, {n}" for n in range(12)]
    (tmp_path / "sms.tsv").write_text("\n".join(lines))
    whole = open_dataset(str(tmp_path / "sms.tsv")).whole
    assert whole.class_names == ("ham", "spam")
    assert whole.targets.tolist() == [int(n % 3 > 0) for n in range(12)]
    assert whole.sample(4).text == "message, 4"
    assert "The class stands first" in " ".join(whole.notes)
    (tmp_path / "sms.csv").write_text("label,text\n" + "\n".join(f'{n % 2},"message, {n}"' for n in range(12)))
    whole = open_dataset(str(tmp_path / "sms.csv")).whole
    assert (whole.class_names, whole.sample(5).target, whole.sample(5).text) == (("0", "1"), 1, "message, 5")


def test_one_text_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("It works, (3 times).\n\nGood: \u2028 yes\n")
    whole = open_dataset(str(tmp_path / "a.txt")).whole
    assert [whole.sample(n).text for n in range(len(whole))] == ["It works, (3 times).", "Good: \u2028 yes"]
    assert whole.targets is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a\tb\nc\n", "line 2 does not hold two texts"),
        (b"a\t \n", "line 1 does not hold two texts"),
        (b"a\tb\n" + b"x" * 10_001 + b"\ty", "more than 10,000 letters"),
        (b"\xff\xfe\tb", "not UTF-8"),
        (b"\n \n", "is empty"),
        (b"", "is empty"),
        (gzip.compress(b"a\tb" * 99, mtime=0)[:-9], "cut off or damaged"),
        (b"hello\n", "line 1 does not hold two texts"),
    ],
)
def test_table_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "bad.tsv").write_bytes(content)
    assert says in refusal(tmp_path / "bad.tsv")


def test_tree_by_hand() -> None:
    tree = parse("(3 (2 It) (4 (1 's) (4 (2 2\xa01/2) (0 -LRB-))))")
    assert tree.words == ("It", "'s", "2\xa01/2", "-LRB-")
    assert tree.children.tolist() == [[2, 3], [1, 4], [0, 5]]
    assert tree.target.tolist() == [2, 1, 2, 0, 4, 4, 3]
    alone = parse("(4 Wow)")
    assert (alone.words, alone.children.shape, alone.target.tolist()) == (("Wow",), (0, 2), [4])


def test_treebank_and_its_dev_part(tmp_path: Path) -> None:
    line = "(1 (0 a) (2 b))\n"
    (tmp_path / "x_train.txt").write_text(line * 7 + "\n")
    undivided = open_dataset(str(tmp_path / "x_train.txt"))
    assert (undivided.kind, len(undivided.train), len(undivided.test), len(undivided.whole)) == ("tree", 6, 1, 7)
    assert undivided.whole.class_names == ("0", "1", "2")
    (tmp_path / "x_dev.txt").write_text(line * 2)
    divided = open_dataset(str(tmp_path / "x_train.txt"))
    assert (len(divided.train), len(divided.test)) == (7, 2)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("(1 (0 a) (2 b)", "a bracket is not closed"),
        ("(1 (0 a) (2 b)) (3 c)", "something after the tree"),
        ("(1 (0 a) (2 b) (3 c))", "a node has 3 parts"),
        ("(1 (0 a))", "a node has 1 parts"),
        ("(1 ((0 a) (2 b)))", "has “(” where its class number"),
        ("(x a)", "has “x” where"),
        ("(100 a)", "has “100” where"),
        ("(1 a b)", "stands beside another part"),
        ("(1 )", "a node has 0 parts"),
        ("()", "where its class number"),
        ("(" * 100_000, "where its class number"),
    ],
)
def test_trees_refused(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "bad.txt").write_text(f"(1 a)\n{line}\n")
    message = refusal(tmp_path / "bad.txt")
    assert "line 2" in message
    assert says in message


def test_recordings_and_their_official_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    arrays = {"audio": AUDIO, "offsets": np.array([0, 3, 7, 10]), "label": np.array([0, 1, 0])}
    np.savez(path, **arrays, recording=np.array([4, 5, 9]))  # type: ignore[arg-type]
    data = open_dataset(str(path))
    assert (data.kind, len(data.train), len(data.test)) == ("sound", 2, 1)
    sound = data.train.sample(0)
    assert np.array_equal(sound.samples * 2**15, AUDIO[3:7])
    assert (sound.target, sound.rate, sound.name) == (1, 8000, "a.npz/train:0")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"audio": AUDIO.astype(float)}, "audio is float64"),
        ({"offsets": np.array([0, 3, 3, 10])}, "offsets must rise"),
        ({"offsets": np.array([0, 3, 7, 11])}, "at most 10"),
        ({"offsets": np.array([0.5, 3, 7, 9])}, "whole numbers"),
        ({"label": np.array([0, 1])}, "3 recordings need"),
        ({"label": np.array([0, -1, 1])}, "3 recordings need"),
        ({"label": np.array([{}, [], ()], object)}, "damaged"),
    ],
)
def test_recordings_refused(tmp_path: Path, changes: dict[str, np.ndarray], says: str) -> None:
    arrays = {"audio": AUDIO, "offsets": np.array([0, 3, 7, 10]), "label": np.array([0, 1, 0]), **changes}
    np.savez(tmp_path / "bad.npz", **arrays)  # type: ignore[arg-type]
    assert says in refusal(tmp_path / "bad.npz")


def test_text_to_numbers_and_back() -> None:
    text = Text("ab", "characters")
    assert text.encode(["ab", "b", "x"], start=True, end=True).tolist() == [
        [START, 4, 5, END],
        [START, 5, END, 0],
        [START, UNKNOWN, END, 0],
    ]
    assert text.decode(text.encode(["abba", "b"], start=True, end=True)) == ["abba", "b"]
    assert split("Don't stop, now!", "words") == ["Don't", "stop", ",", "now", "!"]
    assert split("l’été, fortune-teller - ’tis", "words") == ["l’été", ",", "fortune-teller", "-", "’", "tis"]
    words = Text(["Stop", ",", "now", "!"], "words")
    assert words.decode(words.encode(["Stop, now!"])) == ["Stop, now!"]


def test_vocabulary() -> None:
    texts = [["b", "a", "b"], ["c", "a"]]
    assert vocabulary(texts) == ("a", "b", "c")
    assert vocabulary(texts, least=2) == ("a", "b")
    assert vocabulary(texts, least=3) == ("a", "b", "c")
