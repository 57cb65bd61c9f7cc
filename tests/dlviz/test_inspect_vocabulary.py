"""Vocabularies in a `.keras` file are plain lines that are checked and handed over; nothing else in assets is."""

import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from dlviz.inspect import inspect_file, load_network
from dlviz_models.errors import UserError

TEXTS = ["a good film", "a bad film, größer", "words"]
MEMBER = "assets/layers/text_vectorization/vocabulary.txt"


def of_texts(**options: Any) -> keras.Model:
    words = layers.TextVectorization(**options)
    words.adapt(TEXTS)
    return keras.Sequential([keras.Input((1,), dtype="string"), words])


@pytest.mark.parametrize(
    "options",
    [{"output_sequence_length": 5}, {"output_mode": "count", "max_tokens": 6}, {"output_mode": "tf_idf", "ngrams": 2}],
)
def test_text_layers_answer_as_before(options: dict[str, Any], tmp_path: Path) -> None:
    model = of_texts(**options)
    model.save(tmp_path / "net.keras")
    given = tf.constant([[text] for text in [*TEXTS, "unknown film"]])
    np.testing.assert_array_equal(load_network(tmp_path / "net.keras")[0](given), model(given))


def test_lookups_in_a_network_in_the_network(tmp_path: Path) -> None:
    words, numbers = layers.StringLookup(), layers.IntegerLookup(output_mode="one_hot")
    words.adapt(["b", "a", "c"])
    numbers.adapt([5, 7, -2])
    text, number = keras.Input((1,), dtype="string"), keras.Input((1,), dtype="int64")
    model = keras.Model([text, number], [keras.Model(text, words(text))(text), numbers(number)])
    model.save(tmp_path / "net.keras")
    given = [tf.constant([["a"], ["q"]]), tf.constant([[7], [9]], tf.int64)]
    for found, expected in zip(load_network(tmp_path / "net.keras")[0](given), model(given), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("member", "content", "says"),
    [
        (MEMBER, b"\xff\xfe", "not text"),
        (MEMBER, b"a\nb\na", "a word twice"),
        (MEMBER, b"a\n\0b", "not plain lines"),
        ("assets/layers/dense/vocabulary.txt", b"a\nb", "which none of its layers uses"),
        ("assets/layers/text_vectorization/run.py", b"a\nb", "vocabularies are the only assets that dlviz reads"),
        ("assets/../../vocabulary.txt", b"a\nb", "outside of its folder"),
        (
            "assets/layers/text_vectorization/_lookup_layer/vocabulary.txt/x",
            b"",
            "vocabularies are the only assets that dlviz reads",
        ),
    ],
)
def test_other_assets_are_refused(member: str, content: bytes, says: str, tmp_path: Path) -> None:
    of_texts().save(tmp_path / "saved.keras")
    with zipfile.ZipFile(tmp_path / "saved.keras") as old, zipfile.ZipFile(tmp_path / "net.keras", "w") as new:
        for name in old.namelist():
            if name != member:
                new.writestr(name, old.read(name))
        new.writestr(member, content)
    with pytest.raises(UserError, match=says):
        inspect_file(tmp_path / "net.keras")
