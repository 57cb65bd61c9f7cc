"""States are those of Keras's SimpleRNN and of a cell written out here."""

import math

import keras
import numpy as np
import pytest

from dlviz.films import last
from dlviz.lessons.rnn_unrolled import RNNUnrolled
from dlviz.sheet import Arrays
from dlviz_models.errors import UserError

WORDS = pytest.mark.parametrize("words", ["I love CS !", "not very good", "a b c d e f"])


@WORDS
def test_states_are_those_of_keras(words):
    arrays = last(RNNUnrolled, {"words": words}).arrays
    layer = keras.layers.SimpleRNN(3, use_bias=False, return_sequences=True)
    layer.build((None, None, 2))
    layer.set_weights([arrays["W_xh"].T, arrays["W_hh"].T])
    found = layer(arrays["x"][None].astype(np.float32))[0]
    np.testing.assert_allclose(arrays["states"][1:], found, atol=1e-6)


def test_a_state_one_number_at_a_time_from_a_start_that_was_typed():
    arrays = last(RNNUnrolled, {"start": "0.5; -0.5; 1", "w_xh": "1 2; 0 1; -1 0"}).arrays
    h = [0.5, -0.5, 1.0]
    for t, x in enumerate(arrays["x"]):
        h = [
            math.tanh(
                sum(arrays["W_xh"][i, j] * x[j] for j in range(2)) + sum(arrays["W_hh"][i, j] * h[j] for j in range(3))
            )
            for i in range(3)
        ]
        np.testing.assert_allclose(arrays["states"][t + 1], h, atol=1e-12)


def test_what_was_not_read_is_not_known():
    sheet = last(RNNUnrolled, {"step": 2})
    states = [box.values for box in sheet.panels[0].boxes if box.name.startswith("h")]
    assert [bool(np.isnan(values).any()) for values in states] == [False, False, False, True, True]
    assert isinstance(sheet.panels[0], Arrays)
    assert sheet.steps == 5


@WORDS
def test_swapped_words_end_where_the_answer_says(words):
    first, second, *rest = words.split()
    swapped = last(RNNUnrolled, {"words": " ".join([second, first, *rest])}).arrays["states"][-1]
    told = ", ".join(f"{v:.2f}".rstrip("0").rstrip(".").replace("-", "−") for v in swapped)
    assert told.replace("−0,", "0,") in last(RNNUnrolled, {"words": words}).answer.replace("−0,", "0,")


def test_wrong_shapes_are_refused():
    for options in ({"w_hh": "1 2"}, {"words": "one"}, {"start": "1 2 3"}):
        with pytest.raises(UserError, match=next(iter(options))):
            last(RNNUnrolled, options)
