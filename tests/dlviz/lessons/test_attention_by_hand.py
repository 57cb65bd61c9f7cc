"""Scores, weights and sums are those of Keras's MultiHeadAttention."""

import keras
import numpy as np
import pytest

from dlviz.by_hand.attention import WIDTH, embedded, projections
from dlviz.films import last
from dlviz.lessons.attention_by_hand import AttentionByHand
from dlviz.sheet import Bars
from dlviz_models.errors import UserError

WORDS = "the cat drank its milk"


@pytest.mark.parametrize("heads", [1, 3])
@pytest.mark.parametrize("masked", [False, True])
def test_it_is_keras_multi_head_attention(heads, masked):
    layer = keras.layers.MultiHeadAttention(heads, WIDTH, output_shape=heads * WIDTH, use_bias=False)
    x = embedded(WORDS.split())[None].astype("float32")
    layer.build(x.shape, x.shape)
    weights = [projections(head) for head in range(heads)]
    for kind, dense in enumerate((layer._query_dense, layer._key_dense, layer._value_dense)):
        dense.kernel.assign(np.stack([each[kind] for each in weights], axis=1))
    layer._output_dense.kernel.assign(np.eye(heads * WIDTH).reshape(heads, WIDTH, heads * WIDTH))
    sums, shares = layer(x, x, use_causal_mask=masked, return_attention_scores=True)
    for head in range(heads):
        sheet = last(AttentionByHand, {"words": WORDS, "heads": heads, "head": head + 1, "masked": masked})
        np.testing.assert_allclose(sheet.arrays["weights"], shares[0, head], atol=1e-6)
        np.testing.assert_allclose(sheet.arrays["sums"], sums[0, :, head * WIDTH : (head + 1) * WIDTH], atol=1e-5)


def test_scale_and_temperature_divide_the_scores():
    plain = last(AttentionByHand, {}).arrays["scores"]
    np.testing.assert_allclose(last(AttentionByHand, {"scaled": False}).arrays["scores"], plain * np.sqrt(WIDTH))
    np.testing.assert_allclose(last(AttentionByHand, {"temperature": 4}).arrays["scores"], plain / 4)


def test_a_query_typed_by_hand_is_used():
    queries = "; ".join(["0 0 0 0"] * 5)
    np.testing.assert_allclose(last(AttentionByHand, {"queries": queries}).arrays["weights"], 0.2)
    with pytest.raises(UserError, match="queries has the shape"):
        last(AttentionByHand, {"queries": "1 2 3 4"})


def test_the_same_word_has_the_same_numbers_and_order_does_not_matter():
    one, other = (last(AttentionByHand, {"words": words}).arrays["sums"] for words in ("a b c", "c a b"))
    np.testing.assert_allclose(one, other[[1, 2, 0]])


def test_every_head_has_its_bars():
    sheet = last(AttentionByHand, {"heads": 3, "head": 2, "at": "1,0"})
    bars = [panel for panel in sheet.panels if isinstance(panel, Bars)]
    assert len(bars) == 3
    np.testing.assert_allclose(bars[1].values, sheet.arrays["weights"][1])


@pytest.mark.parametrize("words", ["one", "a b c d e f g", ""])
def test_sentences_of_another_length_are_refused(words):
    with pytest.raises(UserError, match="give 2 to 6"):
        last(AttentionByHand, {"words": words})
