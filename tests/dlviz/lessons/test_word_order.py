"""Held to Keras's own attention layer, and to what attention without positions cannot see."""

import keras
import numpy as np
import pytest

from dlviz.by_hand.attention import embedded, projections
from dlviz.films import last
from dlviz.lessons.word_order import WordOrder, attended
from dlviz_models.errors import UserError

SENTENCES = pytest.mark.parametrize("words", ["dog bites man", "we live to eat", "to be or not be"])


@SENTENCES
def test_without_positions_every_order_gives_the_same_sums(words):
    words = words.split()
    plain = attended(words, 0.0)
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(words))
        shuffled = attended([words[i] for i in order], 0.0)
        np.testing.assert_allclose(shuffled.sums, plain.sums[order], atol=1e-12)
        np.testing.assert_allclose(shuffled.weights, plain.weights[np.ix_(order, order)], atol=1e-12)


@SENTENCES
def test_with_positions_they_differ(words):
    sheet = last(WordOrder, {"words": words, "positions": True})
    assert sheet.arrays["moved"].max() > 0.05
    assert "none" in sheet.answer
    assert last(WordOrder, {"words": words}).arrays["moved"].max() < 1e-12


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_it_is_keras_attention(strength):
    found = attended(["dog", "bites", "man"], strength)
    query, key, value = (found.x @ w for w in projections(0))
    sums, weights = keras.layers.Attention()(
        [query[None] / np.sqrt(4), value[None], key[None]], return_attention_scores=True
    )
    np.testing.assert_allclose(found.sums, sums[0], atol=1e-5)
    np.testing.assert_allclose(found.weights, weights[0], atol=1e-5)
    np.testing.assert_allclose(attended(["dog"], 0.0).x, embedded(["dog"]))


def test_too_many_words_are_refused():
    with pytest.raises(UserError, match="give 2 to 5"):
        last(WordOrder, {"words": "a b c d e f"})
